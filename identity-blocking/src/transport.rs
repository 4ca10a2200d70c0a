//! The blocking host: ureq for HTTP, the standard library for the rest.

use std::io;
use std::path::PathBuf;
use std::sync::Arc;
use std::thread;
use std::time::{Duration, SystemTime};

use http::Response;
use identity_core::blocking::{Host, Task};
#[cfg(feature = "interactive-browser")]
use identity_core::browser::Redirect;
use identity_core::effect::{
    Command, CommandError, CommandOutput, FileRead, Message, Outbound, TransportError,
};
#[cfg(feature = "interactive-browser")]
use identity_core::effect::{Listen, Listening, Open, Receive};
use identity_core::moment::ENTROPY;
use identity_core::proxy::{Proxies, Proxy};
use identity_core::{Closing, Env, Error, ErrorKind, Moment, Result};

use crate::agents::Agents;
#[cfg(feature = "devtools")]
use crate::process;
#[cfg(feature = "rustls")]
use crate::roots::Roots;
use crate::system;
use crate::tls::Tls;

/// The HTTP client and the operating system, as credentials use them. Cheap to clone; clones share connections.
///
/// Redirects are never followed, answers are limited in size and time, and requests to metadata endpoints never go
/// through a proxy. Nothing is connected before the first request.
#[derive(Clone, Debug)]
pub struct Transport(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    settings: Settings,
    agents: Agents,
}

#[derive(Debug)]
pub(crate) struct Settings {
    proxy: Proxy,
    pub(crate) proxies: Proxies,
    pub(crate) authorities: Vec<String>,
    #[cfg(feature = "rustls")]
    pub(crate) roots: Roots,
    pub(crate) tls: Option<Tls>,
    pub(crate) user_agent: String,
    pub(crate) agent: Option<ureq::Agent>,
    timeout: Option<Duration>,
    connect_timeout: Option<Duration>,
    env: Option<Env>,
}

impl Transport {
    /// A transport with options.
    pub fn builder() -> TransportBuilder {
        TransportBuilder(Settings {
            proxy: Proxy::Environment,
            proxies: Proxies::default(),
            authorities: Vec::new(),
            #[cfg(feature = "rustls")]
            roots: Roots::default(),
            tls: None,
            user_agent: concat!("azure-identity-rust/", env!("CARGO_PKG_VERSION")).to_owned(),
            agent: None,
            timeout: None,
            connect_timeout: None,
            env: None,
        })
    }

    /// A transport that sends ordinary requests through an agent of yours, with its proxy, TLS and pool. Metadata
    /// requests and those with a trust of their own go through agents of this transport.
    pub fn from_agent(agent: ureq::Agent) -> Self {
        let mut builder = Self::builder();
        builder.0.agent = Some(agent);
        builder.build()
    }
}

impl Default for Transport {
    fn default() -> Self {
        Self::builder().build()
    }
}

/// Options of a [`Transport`].
#[derive(Debug)]
#[must_use]
pub struct TransportBuilder(Settings);

impl TransportBuilder {
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
        Transport(Arc::new(Inner { settings, agents: Agents::open() }))
    }
}

impl Host for Transport {
    fn env(&self) -> Env {
        self.0.settings.env.clone().unwrap_or_else(system::env)
    }

    fn now(&self) -> SystemTime {
        system::now()
    }

    fn moment(&self) -> Moment {
        Moment::new(SystemTime::now(), self.entropy())
    }

    fn uptime(&self) -> Duration {
        system::uptime()
    }

    fn entropy(&self) -> [u8; ENTROPY] {
        system::entropy()
    }

    fn send(&self, mut outbound: Outbound) -> Result<Response<Vec<u8>>, TransportError> {
        let settings = &self.0.settings;
        // Never longer than the flow allows: its limit includes the caller's deadline.
        outbound.timeout = settings.timeout.unwrap_or(outbound.timeout).min(outbound.timeout);
        outbound.connect_timeout = settings.connect_timeout.unwrap_or(outbound.connect_timeout);
        self.0.agents.send(outbound, settings)
    }

    fn sleep(&self, delay: Duration, closing: &Closing) {
        closing.sleep(delay);
    }

    #[cfg(feature = "devtools")]
    fn run(&self, command: Command, closing: &Closing) -> Result<CommandOutput, CommandError> {
        process::run(&command, self.0.settings.env.as_ref(), &|| closing.is_closed())
    }

    #[cfg(not(feature = "devtools"))]
    fn run(&self, _command: Command, _closing: &Closing) -> Result<CommandOutput, CommandError> {
        Err(io::Error::new(io::ErrorKind::Unsupported, "the feature `devtools` is off").into())
    }

    #[cfg(feature = "devtools")]
    fn find(&self, command: Command) -> Option<PathBuf> {
        process::find(&command, self.0.settings.env.as_ref())
    }

    fn read(&self, file: FileRead) -> io::Result<Vec<u8>> {
        system::read(&file)
    }

    fn exists(&self, path: PathBuf) -> bool {
        path.exists()
    }

    fn tell(&self, message: &Message) -> io::Result<()> {
        system::tell(message)
    }

    #[cfg(feature = "interactive-browser")]
    fn listen(&self, listen: &Listen) -> io::Result<Listening> {
        crate::browser::listen(listen)
    }

    #[cfg(feature = "interactive-browser")]
    fn open(&self, open: Open) -> io::Result<()> {
        crate::browser::open(&open.url, &open.inherited.unwrap_or_else(|| self.env()))
    }

    #[cfg(feature = "interactive-browser")]
    fn receive(&self, receive: Receive, closing: &Closing) -> io::Result<Redirect> {
        crate::browser::receive(receive, || closing.is_closed())
    }

    fn spawn(&self, task: Task) -> Result<()> {
        let spawned = thread::Builder::new().name("azure-identity".into()).spawn(task);
        spawned.map(drop).map_err(|error| {
            let error: Arc<dyn std::error::Error + Send + Sync> = Arc::new(error);
            Error::new(ErrorKind::Unavailable, "no thread can be started").with_source(error)
        })
    }

    fn close(&self) {
        self.0.agents.close();
    }
}
