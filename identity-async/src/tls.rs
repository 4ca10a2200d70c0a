//! TLS below reqwest: which library, and the client builder with the trust of the request.

mod choice;

#[cfg(feature = "rustls")]
use std::sync::Arc;

pub use choice::Tls;
use identity_core::Result;
use identity_core::effect::Trust;
use reqwest::ClientBuilder;

use crate::settings::Settings;

/// Whether reqwest cannot do what the trust asks of this library: look at a certificate before it sends anything, or
/// name the server otherwise than the URL does.
#[cfg(feature = "native-tls")]
pub(crate) fn needs_inspection(choice: Option<Tls>, trust: &Trust) -> bool {
    choice.or(Tls::DEFAULT) == Some(Tls::Native)
        && matches!(trust, Trust::Thumbprint(_) | Trust::Authorities { server_name: Some(_), .. })
}

/// Prepares TLS for a trust, as the transport is set up; for a client that will never meet TLS nothing is read. Without TLS in the build, reqwest refuses https URLs by itself.
#[cfg_attr(
    not(feature = "rustls"),
    allow(unused_variables, reason = "nothing is read for the other library")
)]
#[cfg_attr(
    not(any(feature = "native-tls", feature = "rustls")),
    allow(clippy::unnecessary_wraps, reason = "there is nothing to prepare")
)]
pub(crate) fn configure(
    builder: ClientBuilder,
    trust: &Trust,
    secure: bool,
    settings: &Settings,
) -> Result<ClientBuilder> {
    match settings.tls.or(Tls::DEFAULT) {
        #[cfg(feature = "rustls")]
        Some(Tls::Rustls) => {
            let nobody = || Ok(Arc::new(rustls::RootCertStore::empty()));
            let roots = || if secure { settings.roots.get() } else { nobody() };
            let config = identity_core::tls::client_config(trust, roots)?;
            Ok(builder.tls_backend_preconfigured(config))
        }
        #[cfg(feature = "native-tls")]
        Some(Tls::Native) => {
            let connector = crate::native::connector(trust, &settings.authorities)?;
            Ok(builder.tls_backend_preconfigured(connector))
        }
        _ => Ok(builder),
    }
}
