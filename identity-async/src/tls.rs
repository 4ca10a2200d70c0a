//! TLS below reqwest: which library, and the client builder with the trust of the request.

use identity_core::Result;
use identity_core::effect::Trust;
use reqwest::ClientBuilder;

/// The library that does TLS. Without a choice it is rustls, if that is compiled in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Tls {
    /// rustls with ring (feature `rustls`).
    #[cfg(feature = "rustls")]
    Rustls,
    /// The operating system's: OpenSSL, Schannel or Secure Transport (feature `native-tls`).
    #[cfg(feature = "native-tls")]
    Native,
}

impl Tls {
    /// The default of this build; `None` without any TLS.
    const DEFAULT: Option<Self> = {
        #[cfg(feature = "rustls")]
        let default = Some(Self::Rustls);
        #[cfg(all(feature = "native-tls", not(feature = "rustls")))]
        let default = Some(Self::Native);
        #[cfg(not(any(feature = "native-tls", feature = "rustls")))]
        let default = None;
        default
    };
}

/// Whether reqwest cannot do what the trust asks of this library: look at a certificate before it sends anything, or
/// name the server otherwise than the URL does.
#[cfg(feature = "native-tls")]
pub(crate) fn needs_inspection(choice: Option<Tls>, trust: &Trust) -> bool {
    choice.or(Tls::DEFAULT) == Some(Tls::Native)
        && matches!(trust, Trust::Thumbprint(_) | Trust::Authorities { server_name: Some(_), .. })
}

/// Prepares TLS for a trust; `extra` authorities (PEM) count besides those of the operating system. Without TLS in the
/// build, reqwest refuses https URLs by itself.
#[cfg_attr(
    not(any(feature = "native-tls", feature = "rustls")),
    allow(unused_variables, clippy::unnecessary_wraps, reason = "there is nothing to prepare")
)]
pub(crate) fn configure(
    builder: ClientBuilder,
    choice: Option<Tls>,
    trust: &Trust,
    extra: &[String],
) -> Result<ClientBuilder> {
    match choice.or(Tls::DEFAULT) {
        #[cfg(feature = "rustls")]
        Some(Tls::Rustls) => Ok(builder.tls_backend_preconfigured(rustls_config(trust, extra)?)),
        #[cfg(feature = "native-tls")]
        Some(Tls::Native) => Ok(builder.tls_backend_preconfigured(crate::native::connector(trust, extra)?)),
        _ => Ok(builder),
    }
}

#[cfg(feature = "rustls")]
fn rustls_config(trust: &Trust, extra: &[String]) -> Result<rustls::ClientConfig> {
    use identity_core::tls;

    let mut more = Vec::new();
    for pem in extra {
        more.extend(tls::certificates(pem.as_bytes())?);
    }
    tls::client_config(trust, || {
        let mut found = rustls_native_certs::load_native_certs();
        for error in &found.errors {
            log::debug!("a certificate authority of the operating system cannot be read: {error}");
        }
        found.certs.append(&mut more);
        found.certs
    })
}
