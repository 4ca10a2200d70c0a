//! Signers of a user's own: keys that never leave a key vault or a hardware module.

use std::pin::Pin;

use crate::source::FunctionError;

/// How client assertions are signed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum SigningAlgorithm {
    /// RSASSA-PSS with SHA-256 (`PS256`), the thumbprint by SHA-256: what Entra recommends.
    Ps256,
    /// RSASSA-PKCS1-v1_5 with SHA-256 (`RS256`), the thumbprint by SHA-1: what AD FS understands.
    Rs256,
}

/// What to sign.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct SigningRequest {
    /// The algorithm.
    pub algorithm: SigningAlgorithm,
    /// The message: header and claims of the assertion.
    pub message: Vec<u8>,
    /// The SHA-256 of the message, for signers that take a digest.
    pub digest: [u8; 32],
}

/// A signature to come. An [`Error`](crate::Error) comes out unchanged; others become the cause of one.
pub type Signature = Pin<Box<dyn Future<Output = Result<Vec<u8>, FunctionError>> + Send>>;

/// Signs in the place of a private key on this machine, for example by Azure Key Vault, a TPM or an HSM.
///
/// It is called once for each token request. A signer that waits for nothing returns
/// `Box::pin(std::future::ready(signature))`, in both flavours.
pub trait Signer: Send + Sync + 'static {
    /// Signs the request.
    fn sign(&self, request: SigningRequest) -> Signature;
}

impl<F: Fn(SigningRequest) -> Signature + Send + Sync + 'static> Signer for F {
    fn sign(&self, request: SigningRequest) -> Signature {
        self(request)
    }
}
