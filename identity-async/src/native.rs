//! A connector of the operating system's TLS for the trust of a request.

use identity_core::effect::Trust;
use identity_core::{Error, Result};
use native_tls::{Certificate, Protocol, TlsConnector, TlsConnectorBuilder};

/// A connector for a trust; `extra` authorities (PEM) count besides those of the operating system.
///
/// For a pinned thumbprint it accepts every certificate: whoever connects has to look at it
/// ([`identity_core::pin`]) before anything is sent.
///
/// # Errors
/// [`InvalidArgument`](identity_core::ErrorKind::InvalidArgument) if the authorities cannot be read.
pub(crate) fn connector(trust: &Trust, extra: &[String]) -> Result<TlsConnector> {
    let mut builder = TlsConnector::builder();
    builder.min_protocol_version(Some(Protocol::Tlsv12));
    match trust {
        Trust::Thumbprint(_) => {
            builder.danger_accept_invalid_certs(true).danger_accept_invalid_hostnames(true);
        }
        Trust::Authorities { pem: Some(pem), .. } => {
            builder.disable_built_in_roots(true);
            add(&mut builder, pem)?;
        }
        Trust::Authorities { pem: None, .. } | Trust::System => {
            for pem in extra {
                add(&mut builder, pem)?;
            }
        }
        other => {
            let text = format!("the TLS of the operating system cannot check this: {other:?}");
            return Err(Error::invalid_argument(text));
        }
    }
    builder.build().map_err(|error| {
        Error::invalid_argument(format!("the TLS of the operating system cannot be used: {error}"))
    })
}

/// The name in TLS SNI and in the certificate, where it is not the one of the URL.
pub(crate) fn server_name(trust: &Trust) -> Option<&str> {
    match trust {
        Trust::Authorities { server_name, .. } => server_name.as_deref(),
        _ => None,
    }
}

fn add(builder: &mut TlsConnectorBuilder, pem: &str) -> Result<()> {
    let certificates = Certificate::stack_from_pem(pem.as_bytes()).unwrap_or_default();
    if certificates.is_empty() {
        return Err(Error::invalid_argument(
            "the certificate authorities are not PEM: pass text with -----BEGIN CERTIFICATE----- blocks",
        ));
    }
    for certificate in certificates {
        builder.add_root_certificate(certificate);
    }
    Ok(())
}
