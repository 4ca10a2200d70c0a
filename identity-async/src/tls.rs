//! TLS below reqwest: the client builder with the trust of the request.

use identity_core::Result;
use identity_core::effect::Trust;
use reqwest::ClientBuilder;

/// Prepares TLS for a trust; `extra` authorities (PEM) count besides those of the operating system.
#[cfg(feature = "rustls")]
pub(crate) fn configure(builder: ClientBuilder, trust: &Trust, extra: &[String]) -> Result<ClientBuilder> {
    use identity_core::tls;

    let mut more = Vec::new();
    for pem in extra {
        more.extend(tls::certificates(pem.as_bytes())?);
    }
    let config = tls::client_config(trust, || {
        let mut found = rustls_native_certs::load_native_certs();
        for error in &found.errors {
            log::debug!("a certificate authority of the operating system cannot be read: {error}");
        }
        found.certs.append(&mut more);
        found.certs
    })?;
    Ok(builder.tls_backend_preconfigured(config))
}

/// Without TLS in the build, reqwest refuses https URLs by itself.
#[cfg(not(feature = "rustls"))]
pub(crate) fn configure(builder: ClientBuilder, _trust: &Trust, _extra: &[String]) -> Result<ClientBuilder> {
    Ok(builder)
}
