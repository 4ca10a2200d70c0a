//! An application that authenticates with a certificate, as a source of its own.

use std::path::PathBuf;

use super::certificate_assertion::CertificateAssertion;
use crate::client::ClientOptions;
use crate::explain::Inspection;
use crate::signer::{Signer, SigningAlgorithm};
use crate::source::{ClientAssertion, Source};
use crate::tenant::Tenancy;
use crate::{Env, Grant, Moment, Result, Secret, Step, TokenRequest};

/// Tokens for an application, by its certificate. Tokens are cached.
///
/// Files may be PEM (keys in PKCS#1 or PKCS#8, also encrypted, anywhere in the file) or PKCS#12 (with or without
/// password, modern or legacy encryption). A file is read for each token request and parsed when it has changed, so that
/// a rotated certificate is picked up; a file that cannot be used then leaves the previous certificate in force.
#[derive(Clone, Debug)]
pub struct ClientCertificate(ClientAssertion<CertificateAssertion>);

impl ClientCertificate {
    /// An application of a tenant (id or domain name), its client id and a file with certificate and key. The file is
    /// first read when the first token is asked for.
    #[inline]
    pub fn from_file(
        tenant_id: impl Into<String>,
        client_id: impl Into<String>,
        certificate_path: impl Into<PathBuf>,
    ) -> Self {
        let client_id = client_id.into();
        let assertion = CertificateAssertion::from_file(client_id.clone(), certificate_path);
        Self(ClientAssertion::new(tenant_id, client_id, assertion))
    }

    /// The same with the content of such a file, which is read when the credential is built.
    #[inline]
    pub fn from_bytes(
        tenant_id: impl Into<String>,
        client_id: impl Into<String>,
        certificate_data: impl Into<Vec<u8>>,
    ) -> Self {
        let client_id = client_id.into();
        let assertion = CertificateAssertion::from_bytes(client_id.clone(), certificate_data);
        Self(ClientAssertion::new(tenant_id, client_id, assertion))
    }

    /// The same with a certificate (PEM with its chain, the leaf first, or one certificate as DER) whose key is elsewhere.
    #[inline]
    pub fn with_signer(
        tenant_id: impl Into<String>,
        client_id: impl Into<String>,
        certificate: impl Into<Vec<u8>>,
        signer: impl Signer,
    ) -> Self {
        let client_id = client_id.into();
        let assertion = CertificateAssertion::with_signer(client_id.clone(), certificate, signer);
        Self(ClientAssertion::new(tenant_id, client_id, assertion))
    }

    /// The password of an encrypted key or archive.
    #[must_use]
    #[inline]
    pub fn with_password(self, password: impl Into<Secret>) -> Self {
        Self(self.0.map_assertion(|assertion| assertion.with_password(password)))
    }

    /// Whether to send the certificates along (`x5c`), as applications need that are registered by subject name and
    /// issuer. The default is `false`.
    #[must_use]
    #[inline]
    pub fn with_certificate_chain(self, send: bool) -> Self {
        Self(self.0.map_assertion(|assertion| assertion.with_certificate_chain(send)))
    }

    /// The algorithm, in place of `PS256` for Entra and `RS256` for AD FS (tenant `adfs`).
    #[must_use]
    #[inline]
    pub fn with_algorithm(self, algorithm: SigningAlgorithm) -> Self {
        Self(self.0.map_assertion(|assertion| assertion.with_algorithm(algorithm)))
    }

    /// Authority, further tenants, retry, region.
    #[must_use]
    #[inline]
    pub fn with_options(self, options: ClientOptions) -> Self {
        Self(self.0.with_options(options))
    }
}

super::delegate_source!(ClientCertificate, "ClientCertificateCredential");
