//! TLS configuration for both HTTP clients: ordinary trust, a given authority, another server name, a pinned thumbprint.

use std::error::Error as StdError;
use std::io;
use std::sync::Arc;

use ring::digest::{SHA1_FOR_LEGACY_USE_ONLY, digest};
use rustls::client::WebPkiServerVerifier;
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::{CryptoProvider, verify_tls12_signature, verify_tls13_signature};
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::{
    CertificateError, ClientConfig, DigitallySignedStruct, Error as TlsError, RootCertStore, SignatureScheme,
};

use crate::effect::Trust;
use crate::{Error, Result};

/// The certificates in PEM text.
///
/// # Errors
/// [`InvalidArgument`](crate::ErrorKind::InvalidArgument) if a certificate is malformed or there is none.
pub fn certificates(pem: &[u8]) -> Result<Vec<CertificateDer<'static>>> {
    let mut certificates = Vec::new();
    let mut is_pem = true;
    for certificate in CertificateDer::pem_slice_iter(pem) {
        is_pem &= certificate.map(|certificate| certificates.push(certificate)).is_ok();
    }
    if is_pem && !certificates.is_empty() {
        return Ok(certificates);
    }
    Err(Error::invalid_argument(
        "the certificate authorities are not PEM: pass text with -----BEGIN CERTIFICATE----- blocks",
    ))
}

/// The authorities among these certificates that can vouch for somebody: an operating system may keep others as well.
pub fn authorities(certificates: Vec<CertificateDer<'static>>) -> RootCertStore {
    let mut store = RootCertStore::empty();
    store.add_parsable_certificates(certificates);
    store
}

/// Whether an error comes of a certificate that rustls does not trust.
pub fn is_untrusted(error: &(dyn StdError + 'static)) -> bool {
    let mut cause = Some(error);
    while let Some(error) = cause {
        if matches!(error.downcast_ref(), Some(TlsError::InvalidCertificate(_))) {
            return true;
        }
        cause = match error.downcast_ref::<io::Error>() {
            // Its source is that of the error which it holds.
            Some(error) => error.get_ref().map(|held| held as &(dyn StdError + 'static)),
            None => error.source(),
        };
    }
    false
}

/// A client configuration. `system` are the authorities that count for [`Trust::System`]; it is asked only if they do.
///
/// The provider that the application installed for the process is used, else ring.
///
/// # Errors
/// [`InvalidArgument`](crate::ErrorKind::InvalidArgument) if the authorities of the trust cannot be read.
pub fn client_config(
    trust: &Trust,
    system: impl FnOnce() -> Result<Arc<RootCertStore>>,
) -> Result<ClientConfig> {
    let provider = CryptoProvider::get_default()
        .cloned()
        .unwrap_or_else(|| Arc::new(rustls::crypto::ring::default_provider()));
    let builder = ClientConfig::builder_with_provider(provider.clone())
        .with_safe_default_protocol_versions()
        .map_err(|error| {
            Error::invalid_argument(format!("the TLS provider of the process cannot be used: {error}"))
        })?;
    let store = match trust {
        Trust::Thumbprint(thumbprint) => {
            let verifier = Arc::new(Pinned { thumbprint: *thumbprint, provider });
            return Ok(builder.dangerous().with_custom_certificate_verifier(verifier).with_no_client_auth());
        }
        Trust::Authorities { pem: Some(pem), .. } => Arc::new(authorities(certificates(pem.as_bytes())?)),
        Trust::Authorities { pem: None, .. } | Trust::System => system()?,
    };
    let Trust::Authorities { server_name: Some(name), .. } = trust else {
        return Ok(builder.with_root_certificates(store).with_no_client_auth());
    };
    let name = server_name(name)?;
    let inner = WebPkiServerVerifier::builder_with_provider(store, provider)
        .build()
        .map_err(|error| Error::invalid_argument(format!("no certificate authority can be used: {error}")))?;
    let verifier = Arc::new(Renamed { name, inner });
    Ok(builder.dangerous().with_custom_certificate_verifier(verifier).with_no_client_auth())
}

/// A name for SNI.
///
/// # Errors
/// [`InvalidArgument`](crate::ErrorKind::InvalidArgument) if it is neither a DNS name nor an address.
pub fn server_name(name: &str) -> Result<ServerName<'static>> {
    ServerName::try_from(name.to_owned())
        .map_err(|_| Error::invalid_argument(format!("{name:?} is not the name of a server")))
}

/// Trusts the one certificate with a thumbprint, whoever issued it and whatever its dates.
#[derive(Debug)]
struct Pinned {
    thumbprint: [u8; 20],
    provider: Arc<CryptoProvider>,
}

impl ServerCertVerifier for Pinned {
    fn verify_server_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        _intermediates: &[CertificateDer<'_>],
        _server_name: &ServerName<'_>,
        _ocsp_response: &[u8],
        _now: UnixTime,
    ) -> Result<ServerCertVerified, TlsError> {
        let actual = digest(&SHA1_FOR_LEGACY_USE_ONLY, end_entity);
        let difference = actual.as_ref().iter().zip(self.thumbprint).fold(0, |sum, (a, b)| sum | (a ^ b));
        if difference == 0 {
            return Ok(ServerCertVerified::assertion());
        }
        Err(TlsError::InvalidCertificate(CertificateError::ApplicationVerificationFailure))
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, TlsError> {
        let algorithms = &self.provider.signature_verification_algorithms;
        verify_tls12_signature(message, certificate, signature, algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, TlsError> {
        let algorithms = &self.provider.signature_verification_algorithms;
        verify_tls13_signature(message, certificate, signature, algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.provider.signature_verification_algorithms.supported_schemes()
    }
}

/// Checks the certificate against another name than that of the URL.
#[derive(Debug)]
struct Renamed {
    name: ServerName<'static>,
    inner: Arc<WebPkiServerVerifier>,
}

impl ServerCertVerifier for Renamed {
    fn verify_server_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        _server_name: &ServerName<'_>,
        ocsp_response: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, TlsError> {
        self.inner.verify_server_cert(end_entity, intermediates, &self.name, ocsp_response, now)
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, TlsError> {
        self.inner.verify_tls12_signature(message, certificate, signature)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, TlsError> {
        self.inner.verify_tls13_signature(message, certificate, signature)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.inner.supported_verify_schemes()
    }
}
