//! How a transport is set up.

use std::time::Duration;

use identity_core::effect::{Outbound, Route, Trust};
use identity_core::proxy::{Proxies, Proxy};
use identity_core::{Env, Secret};

#[cfg(feature = "rustls")]
use crate::roots::Roots;
use crate::system;
use crate::tls::Tls;
use crate::transport::{Client, Transport};

#[derive(Debug)]
pub(crate) struct Settings {
    proxy: Proxy,
    pub(crate) proxies: Proxies,
    pub(crate) authorities: Vec<String>,
    #[cfg(feature = "rustls")]
    pub(crate) roots: Roots,
    pub(crate) tls: Option<Tls>,
    pub(crate) user_agent: String,
    /// The client of the application.
    pub(crate) own: Option<Client>,
    pub(crate) timeout: Option<Duration>,
    pub(crate) connect_timeout: Option<Duration>,
    pub(crate) env: Option<Env>,
}

impl Settings {
    /// The proxy that a request goes through. What a client of the application does is not known.
    pub(crate) fn proxy_of(&self, outbound: &Outbound) -> Option<&Secret> {
        let is_own = self.own.is_some() && matches!(outbound.trust, Trust::System);
        if matches!(outbound.route, Route::Direct) || is_own {
            return None;
        }
        self.proxies.decide(outbound.request.uri()).ok().flatten()
    }
}

/// Options of a [`Transport`].
#[derive(Debug)]
#[must_use]
pub struct TransportBuilder(Settings);

impl TransportBuilder {
    pub(crate) fn new() -> Self {
        Self(Settings {
            proxy: Proxy::Environment,
            proxies: Proxies::default(),
            authorities: Vec::new(),
            #[cfg(feature = "rustls")]
            roots: Roots::default(),
            tls: None,
            user_agent: concat!("azure-identity-rust/", env!("CARGO_PKG_VERSION")).to_owned(),
            own: None,
            timeout: None,
            connect_timeout: None,
            env: None,
        })
    }

    /// An HTTP client of the application in place of those of the transport.
    pub(crate) fn own(mut self, client: Client) -> Self {
        self.0.own = Some(client);
        self
    }

    /// Which proxy to use; by default the one of the environment.
    pub fn proxy(mut self, proxy: Proxy) -> Self {
        self.0.proxy = proxy;
        self
    }

    /// Trusts these certificate authorities (PEM) besides those of the operating system. Malformed text is an error of
    /// the first request.
    pub fn add_certificate_authorities(mut self, pem: impl Into<String>) -> Self {
        self.0.authorities.push(pem.into());
        self
    }

    /// The library that does TLS; by default rustls, if that is compiled in.
    pub const fn tls(mut self, tls: Tls) -> Self {
        self.0.tls = Some(tls);
        self
    }

    /// The longest one exchange may take, in place of what the credential asks for (30 s).
    pub const fn timeout(mut self, timeout: Duration) -> Self {
        self.0.timeout = Some(timeout);
        self
    }

    /// The longest that connecting may take, in place of what the credential asks for (10 s, and less for metadata).
    pub const fn connect_timeout(mut self, timeout: Duration) -> Self {
        self.0.connect_timeout = Some(timeout);
        self
    }

    /// Text in front of the `User-Agent` header.
    pub fn application_id(mut self, id: &str) -> Self {
        self.0.user_agent = format!("{id} {}", self.0.user_agent);
        self
    }

    /// Environment variables in place of those of the process, for credentials on this transport.
    pub fn env(mut self, env: Env) -> Self {
        self.0.env = Some(env);
        self
    }

    /// The transport.
    pub fn build(self) -> Transport {
        let mut settings = self.0;
        let env = settings.env.as_ref();
        settings.proxies = Proxies::new(&settings.proxy, || env.cloned().unwrap_or_else(system::env));
        #[cfg(feature = "rustls")]
        {
            settings.roots = Roots::with(&settings.authorities);
        }
        Transport::with(settings)
    }
}
