//! The async host: reqwest for HTTP, tokio for tasks and time, the standard library for the rest.

use std::io;
use std::path::PathBuf;
use std::pin::Pin;
use std::sync::Arc;
#[cfg(feature = "devtools")]
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, SystemTime};

use http::Response;
use identity_core::asynchronous::{Host, Task};
#[cfg(feature = "interactive-browser")]
use identity_core::browser::Redirect;
use identity_core::effect::{
    Command, CommandError, CommandOutput, FileRead, Message, Outbound, TransportError,
};
#[cfg(feature = "interactive-browser")]
use identity_core::effect::{Listen, Listening, Open, Receive};
use identity_core::moment::ENTROPY;
use identity_core::{Closing, Env, Error, Moment, Result};
use tokio::runtime::Handle;

use crate::clients::Clients;
#[cfg(feature = "devtools")]
use crate::process;
use crate::settings::{Settings, TransportBuilder};
use crate::system;

/// The HTTP client and the operating system, as credentials use them. Cheap to clone; clones share connections.
///
/// Redirects are never followed, unless by a client of yours; see [`from_client`](Self::from_client). Answers are limited in
/// size and time, and requests to metadata endpoints never go through a proxy. Nothing is connected before the first request.
#[derive(Clone, Debug)]
pub struct Transport(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    settings: Settings,
    clients: Clients,
}

/// What an application may bring in place of the clients made here.
pub(crate) type Client = reqwest::Client;

impl Transport {
    pub(crate) fn with(settings: Settings) -> Self {
        Self(Arc::new(Inner { settings, clients: Clients::open() }))
    }

    /// A transport with options.
    pub fn builder() -> TransportBuilder {
        TransportBuilder::new()
    }

    /// A transport that sends ordinary requests through a client of yours, with its proxy, TLS and pool. Metadata requests
    /// and those with a trust of their own go through clients of this transport.
    ///
    /// **Build the client with [`Policy::none`](reqwest::redirect::Policy::none).** A client cannot be told afterwards, and
    /// one that was built without a policy follows redirects: after a 307 or 308 it posts the form, with the secret in it,
    /// to whatever address the answer names.
    ///
    /// ```
    /// use identity_async::Transport;
    ///
    /// # fn transport() -> Result<Transport, reqwest::Error> {
    /// let client = reqwest::Client::builder().redirect(reqwest::redirect::Policy::none()).build()?;
    /// let transport = Transport::from_client(client);
    /// # Ok(transport)
    /// # }
    /// ```
    pub fn from_client(client: reqwest::Client) -> Self {
        Self::builder().own(client).build()
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

    fn send<'a>(
        &'a self,
        mut outbound: Outbound,
    ) -> Pin<Box<dyn Future<Output = Result<Response<Vec<u8>>, TransportError>> + Send + 'a>> {
        let settings = &self.0.settings;
        // Never longer than the flow allows: its limit includes the caller's deadline.
        outbound.timeout = settings.timeout.unwrap_or(outbound.timeout).min(outbound.timeout);
        outbound.connect_timeout = settings.connect_timeout.unwrap_or(outbound.connect_timeout);
        let proxy = settings.proxy_of(&outbound);
        Box::pin(async move {
            let answer = self.0.clients.send(outbound, settings).await;
            answer.map_err(|error| error.by_way_of(proxy))
        })
    }

    fn sleep<'a>(
        &'a self,
        delay: Duration,
        _closing: &'a Closing,
    ) -> Pin<Box<dyn Future<Output = ()> + Send + 'a>> {
        if Handle::try_current().is_err() {
            // A timer needs a runtime. What is waited for has a limit of its own, inside a runtime.
            return Box::pin(std::future::pending());
        }
        Box::pin(tokio::time::sleep(delay))
    }

    #[cfg(feature = "devtools")]
    fn run<'a>(
        &'a self,
        command: Command,
        _closing: &'a Closing,
    ) -> Pin<Box<dyn Future<Output = Result<CommandOutput, CommandError>> + Send + 'a>> {
        let env = self.0.settings.env.clone();
        // A close drops this future, and the future drops the guard.
        let guard = Abandoned::default();
        let abandoned = guard.0.clone();
        Box::pin(async move {
            let _guard = guard;
            let work = move || process::run(&command, env.as_ref(), &|| abandoned.load(Ordering::Acquire));
            off_thread(work).await?
        })
    }

    #[cfg(not(feature = "devtools"))]
    fn run<'a>(
        &'a self,
        _command: Command,
        _closing: &'a Closing,
    ) -> Pin<Box<dyn Future<Output = Result<CommandOutput, CommandError>> + Send + 'a>> {
        let error = io::Error::new(io::ErrorKind::Unsupported, "the feature `devtools` is off");
        Box::pin(std::future::ready(Err(error.into())))
    }

    #[cfg(feature = "devtools")]
    fn find<'a>(&'a self, command: Command) -> Pin<Box<dyn Future<Output = Option<PathBuf>> + Send + 'a>> {
        let env = self.0.settings.env.clone();
        Box::pin(
            async move { off_thread(move || process::find(&command, env.as_ref())).await.ok().flatten() },
        )
    }

    fn read<'a>(&'a self, file: FileRead) -> Pin<Box<dyn Future<Output = io::Result<Vec<u8>>> + Send + 'a>> {
        Box::pin(async move { off_thread(move || system::read(&file)).await? })
    }

    fn exists<'a>(&'a self, path: PathBuf) -> Pin<Box<dyn Future<Output = bool> + Send + 'a>> {
        Box::pin(async move { off_thread(move || path.exists()).await.unwrap_or(false) })
    }

    fn tell(&self, message: &Message) -> io::Result<()> {
        system::tell(message)
    }

    #[cfg(feature = "interactive-browser")]
    fn listen(&self, listen: &Listen) -> io::Result<Listening> {
        crate::browser::listen(listen)
    }

    #[cfg(feature = "interactive-browser")]
    fn open<'a>(
        &'a self,
        open: Open,
        _closing: &'a Closing,
    ) -> Pin<Box<dyn Future<Output = io::Result<()>> + Send + 'a>> {
        let env = self.env();
        Box::pin(watched(move |given_up| crate::browser::open(&open, &env, given_up)))
    }

    #[cfg(feature = "interactive-browser")]
    fn receive<'a>(
        &'a self,
        receive: Receive,
        _closing: &'a Closing,
    ) -> Pin<Box<dyn Future<Output = io::Result<Redirect>> + Send + 'a>> {
        Box::pin(watched(move |given_up| crate::browser::receive(receive, given_up)))
    }

    fn spawn(&self, task: Task) -> Result<()> {
        let runtime = Handle::try_current().map_err(|_| {
            Error::invalid_argument(
                "there is no tokio runtime here: await the credential inside one, or use the blocking flavour",
            )
        })?;
        drop(runtime.spawn(task));
        Ok(())
    }

    fn close<'a>(&'a self) -> Pin<Box<dyn Future<Output = ()> + Send + 'a>> {
        self.0.clients.close();
        Box::pin(std::future::ready(()))
    }
}

/// Tells a running tool, when dropped, that nobody waits for it any more.
#[cfg(feature = "devtools")]
#[derive(Default)]
struct Abandoned(Arc<AtomicBool>);

#[cfg(feature = "devtools")]
impl Drop for Abandoned {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Release);
    }
}

/// Does what may block on a thread that may, and tells it when nobody waits for it any more: no browser is started then,
/// and a port is given back at once.
#[cfg(feature = "interactive-browser")]
async fn watched<T: Send + 'static>(
    work: impl FnOnce(&dyn Fn() -> bool) -> io::Result<T> + Send + 'static,
) -> io::Result<T> {
    let waiting = Arc::new(());
    let watched = Arc::downgrade(&waiting);
    let done = off_thread(move || work(&|| watched.strong_count() == 0)).await;
    drop(waiting);
    done?
}

/// Does what may block on a thread that may.
async fn off_thread<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> io::Result<T> {
    tokio::task::spawn_blocking(work).await.map_err(io::Error::other)
}
