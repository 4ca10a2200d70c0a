//! Client assertions signed with a certificate's key: from a file that may change, from memory, or by a user's signer.

use std::fmt;
use std::io;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};

use zeroize::Zeroizing;

use super::assertion_fn::failed;
use super::client_assertion::assertion;
use crate::assertion as jwt;
use crate::certificate::{self, Certificate, Key};
use crate::effect::FileRead;
use crate::explain::{Inspection, Outlook};
use crate::signer::{Signer, SigningAlgorithm, SigningRequest};
use crate::source::Source;
use crate::{Env, Error, Grant, Moment, Result, Secret, Step, TokenRequest};

/// The largest certificate file that is read.
const LIMIT: usize = 1024 * 1024;

/// Assertions that an application signs with its certificate: what [`ClientCertificate`](super::ClientCertificate)
/// exchanges, and what other flows of the same application may use.
#[derive(Clone)]
pub struct CertificateAssertion {
    client_id: String,
    input: Input,
    password: Option<Secret>,
    send_chain: bool,
    algorithm: Option<SigningAlgorithm>,
    /// What was read last.
    loaded: Arc<Mutex<Option<Loaded>>>,
}

#[derive(Clone)]
enum Input {
    File(PathBuf),
    Bytes(Zeroizing<Vec<u8>>),
    Signer(Vec<u8>, Arc<dyn Signer>),
}

#[derive(Clone)]
struct Loaded {
    /// Of the file's content.
    digest: [u8; 32],
    certificate: Arc<Certificate>,
    key: Signing,
}

#[derive(Clone)]
enum Signing {
    Here(Key),
    Elsewhere(Arc<dyn Signer>),
}

impl CertificateAssertion {
    /// For this application, by certificate and key in a file.
    #[inline]
    pub fn from_file(client_id: impl Into<String>, path: impl Into<PathBuf>) -> Self {
        Self::of(client_id.into(), Input::File(path.into()))
    }

    /// For this application, by the content of such a file.
    #[inline]
    pub fn from_bytes(client_id: impl Into<String>, content: impl Into<Vec<u8>>) -> Self {
        Self::of(client_id.into(), Input::Bytes(Zeroizing::new(content.into())))
    }

    /// For this application, by a certificate whose key is elsewhere.
    #[inline]
    pub fn with_signer(
        client_id: impl Into<String>,
        certificate: impl Into<Vec<u8>>,
        signer: impl Signer,
    ) -> Self {
        Self::of(client_id.into(), Input::Signer(certificate.into(), Arc::new(signer)))
    }

    /// The password of an encrypted key or archive.
    #[must_use]
    #[inline]
    pub fn with_password(mut self, password: impl Into<Secret>) -> Self {
        self.password = Some(password.into());
        self
    }

    /// Whether to send the certificates along (`x5c`).
    #[must_use]
    #[inline]
    pub const fn with_certificate_chain(mut self, send: bool) -> Self {
        self.send_chain = send;
        self
    }

    /// The algorithm, in place of `PS256` for Entra and `RS256` for AD FS.
    #[must_use]
    #[inline]
    pub const fn with_algorithm(mut self, algorithm: SigningAlgorithm) -> Self {
        self.algorithm = Some(algorithm);
        self
    }

    #[inline]
    fn of(client_id: String, input: Input) -> Self {
        Self { client_id, input, password: None, send_chain: false, algorithm: None, loaded: Arc::default() }
    }

    #[inline]
    fn loaded(&self) -> Option<Loaded> {
        self.loaded.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    #[inline]
    fn keep(&self, loaded: Loaded) -> Loaded {
        *self.loaded.lock().unwrap_or_else(PoisonError::into_inner) = Some(loaded.clone());
        loaded
    }

    #[inline]
    fn parse(&self, content: &[u8], what: &str) -> Result<Loaded> {
        let (certificate, key) = Certificate::with_key(content, self.password.as_ref(), what)?;
        let digest = certificate::digest(content);
        Ok(Loaded { digest, certificate: Arc::new(certificate), key: Signing::Here(key) })
    }

    /// The certificate after a look at the file: parsed if it has changed, the previous one if it cannot be used.
    #[inline]
    fn after_reading(&self, path: &std::path::Path, content: io::Result<Vec<u8>>) -> Result<Loaded> {
        let what = format!("the certificate file {}", path.display());
        let previous = self.loaded();
        let current = match content {
            Ok(content) => {
                let content = Zeroizing::new(content);
                match &previous {
                    Some(known) if known.digest == certificate::digest(&content) => return Ok(known.clone()),
                    _ => self.parse(&content, &what),
                }
            }
            Err(error) => Err(Error::invalid_argument(format!("{what} cannot be read: {error}")).transient()),
        };
        match (current, previous) {
            (Ok(loaded), _) => Ok(self.keep(loaded)),
            (Err(error), Some(known)) => {
                log::warn!("the previous certificate stays in use: {error}");
                Ok(known)
            }
            (Err(error), None) => Err(error),
        }
    }

    #[inline]
    fn sign(&self, loaded: &Loaded, wanted: &Wanted, moment: &Moment) -> Step {
        let certificate = &loaded.certificate;
        let (algorithm, send_chain) = (wanted.algorithm, self.send_chain);
        let message =
            jwt::message(certificate, send_chain, algorithm, &self.client_id, &wanted.audience, moment);
        let message = match message {
            Ok(message) => message,
            Err(error) => return Step::fail(error),
        };
        let moment = moment.clone();
        let finished =
            move |message: &str, signature: &[u8]| assertion(jwt::signed(message, signature), &moment);
        match &loaded.key {
            Signing::Here(key) => {
                let signature = key.sign(algorithm, message.as_bytes());
                Step::Done(signature.map(|signature| finished(&message, &signature)))
            }
            Signing::Elsewhere(signer) => {
                let digest = certificate::digest(message.as_bytes());
                let request = SigningRequest { algorithm, message: message.clone().into_bytes(), digest };
                let signature = signer.sign(request);
                let work = async move {
                    match signature.await {
                        Ok(signature) => Ok(finished(&message, &signature)),
                        Err(error) => Err(failed(error, "the signer of the client assertion failed")),
                    }
                };
                Step::Await(Box::pin(work), Box::new(|_, result| Step::Done(result)))
            }
        }
    }
}

/// What an assertion is needed for.
struct Wanted {
    audience: String,
    algorithm: SigningAlgorithm,
}

impl Source for CertificateAssertion {
    #[inline]
    fn name(&self) -> &str {
        "ClientCertificateCredential"
    }

    #[inline]
    fn configure(&mut self, _env: &Env) -> Result<()> {
        let loaded = match &self.input {
            Input::File(path) if path.as_os_str().is_empty() => {
                return Err(Error::invalid_argument(
                    "certificate_path is empty: pass the path of a PEM or PKCS#12 file",
                ));
            }
            Input::File(_) => return Ok(()),
            Input::Bytes(content) => self.parse(content, "the certificate_data")?,
            Input::Signer(content, signer) => {
                let certificate = Arc::new(Certificate::public(content, "the certificate of the signer")?);
                Loaded { digest: [0; 32], certificate, key: Signing::Elsewhere(signer.clone()) }
            }
        };
        self.keep(loaded);
        Ok(())
    }

    #[inline]
    fn partition(&self) -> String {
        // Whichever certificate vouches for the application, the tokens are its own.
        String::new()
    }

    #[inline]
    fn inspect(&self, _env: &Env) -> Inspection {
        let inspection = Inspection::new("signed with the certificate's key");
        match &self.input {
            Input::File(path) => inspection.with_files([path.clone()]).without_files(Outlook::Broken),
            _ => inspection,
        }
    }

    #[inline]
    fn acquire(&self, request: &TokenRequest<'_>, _previous: Option<&Grant>, moment: &Moment) -> Step {
        let is_adfs = request.tenant_id().is_some_and(|tenant| tenant.eq_ignore_ascii_case("adfs"));
        let usual = if is_adfs { SigningAlgorithm::Rs256 } else { SigningAlgorithm::Ps256 };
        let wanted = Wanted {
            audience: request.assertion_audience().unwrap_or_default().to_owned(),
            algorithm: self.algorithm.unwrap_or(usual),
        };
        let Input::File(path) = &self.input else {
            return match self.loaded() {
                Some(loaded) => self.sign(&loaded, &wanted, moment),
                None => Step::fail(Error::not_configured()),
            };
        };
        let (own, path) = (self.clone(), path.clone());
        Step::read(FileRead::new(&path, LIMIT), move |moment, content| {
            match own.after_reading(&path, content) {
                Ok(loaded) => own.sign(&loaded, &wanted, &moment),
                Err(error) => Step::fail(error),
            }
        })
    }
}

impl fmt::Debug for CertificateAssertion {
    #[inline]
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let input = match &self.input {
            Input::File(path) => format!("file {}", path.display()),
            Input::Bytes(_) => "bytes".to_owned(),
            Input::Signer(..) => "signer".to_owned(),
        };
        f.debug_struct("CertificateAssertion")
            .field("client_id", &self.client_id)
            .field("input", &input)
            .field("send_chain", &self.send_chain)
            .finish_non_exhaustive()
    }
}
