//! TLS below ureq: which library, and a connector that leaves the connection to it.

mod choice;
#[cfg(feature = "native-tls")]
mod native;
#[cfg(feature = "rustls")]
mod rustls;
#[cfg(any(feature = "native-tls", feature = "rustls"))]
mod stream;

pub use choice::Tls;
use identity_core::Result;
use identity_core::effect::Trust;
use ureq::unversioned::transport::{ConnectionDetails, Connector, Transport};

use crate::settings::Settings;

/// Wraps connections to https URLs in TLS.
#[derive(Debug)]
pub(crate) enum Layer {
    #[cfg(feature = "rustls")]
    Rustls(rustls::Rustls),
    #[cfg(feature = "native-tls")]
    Native(native::Native),
    /// Refuses https URLs: no TLS was compiled in.
    Missing,
}

impl Layer {
    /// TLS for a trust, as the transport is set up.
    #[cfg_attr(
        not(any(feature = "native-tls", feature = "rustls")),
        allow(unused_variables, clippy::unnecessary_wraps, reason = "there is nothing to prepare")
    )]
    pub(crate) fn new(trust: &Trust, settings: &Settings) -> Result<Self> {
        Ok(match settings.tls.or(Tls::DEFAULT) {
            #[cfg(feature = "rustls")]
            Some(Tls::Rustls) => Self::Rustls(rustls::Rustls::new(trust, &settings.roots)?),
            #[cfg(feature = "native-tls")]
            Some(Tls::Native) => Self::Native(native::Native::new(trust, &settings.authorities)?),
            _ => Self::Missing,
        })
    }
}

impl<In: Transport> Connector<In> for Layer {
    type Out = Box<dyn Transport>;

    fn connect(
        &self,
        details: &ConnectionDetails<'_>,
        chained: Option<In>,
    ) -> Result<Option<Self::Out>, ureq::Error> {
        let Some(transport) = chained else { return Ok(None) };
        if !details.needs_tls() || transport.is_tls() {
            return Ok(Some(transport.boxed()));
        }
        match self {
            #[cfg(feature = "rustls")]
            Self::Rustls(it) => it.wrap(details, transport.boxed()).map(Some),
            #[cfg(feature = "native-tls")]
            Self::Native(it) => it.wrap(details, transport.boxed()).map(Some),
            Self::Missing => Err(ureq::Error::TlsRequired),
        }
    }
}

/// The name or address of the server.
#[cfg(any(feature = "native-tls", feature = "rustls"))]
fn host<'a>(details: &ConnectionDetails<'a>) -> &'a str {
    details.uri.host().unwrap_or_default().trim_start_matches('[').trim_end_matches(']')
}
