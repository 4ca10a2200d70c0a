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
use identity_core::{Closing, Env, Error, ErrorKind, Moment, Result};

use crate::agents::Agents;
#[cfg(feature = "devtools")]
use crate::process;
use crate::settings::{Settings, TransportBuilder};
use crate::system;

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

/// What an application may bring in place of the clients made here.
pub(crate) type Client = ureq::Agent;

impl Transport {
    pub(crate) fn with(settings: Settings) -> Self {
        Self(Arc::new(Inner { settings, agents: Agents::open() }))
    }

    /// A transport with options.
    pub fn builder() -> TransportBuilder {
        TransportBuilder::new()
    }

    /// A transport that sends ordinary requests through an agent of yours, with its proxy, TLS and pool. Metadata
    /// requests and those with a trust of their own go through agents of this transport. Each request tells the agent to
    /// follow no redirects, whatever it was built with.
    pub fn from_agent(agent: ureq::Agent) -> Self {
        Self::builder().own(agent).build()
    }
}

impl Default for Transport {
    fn default() -> Self {
        Self::builder().build()
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
        Moment::drawing(SystemTime::now(), system::entropy)
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
        let proxy = settings.proxy_of(&outbound);
        self.0.agents.send(outbound, settings).map_err(|error| error.by_way_of(proxy))
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
    fn open(&self, open: Open, closing: &Closing) -> io::Result<()> {
        crate::browser::open(&open, &self.env(), || closing.is_closed())
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
