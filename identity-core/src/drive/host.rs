//! What performs effects: the only place where a flow meets the world.

use std::io;
use std::path::PathBuf;
use std::pin::Pin;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use http::Response;

use super::flavour;
use super::task::Task;
#[cfg(feature = "interactive-browser")]
use crate::browser::Redirect;
use crate::closing::Closing;
use crate::effect::{Command, CommandError, CommandOutput, FileRead, Message, Outbound, TransportError};
#[cfg(feature = "interactive-browser")]
use crate::effect::{Listen, Listening, Open, Receive};
use crate::moment::ENTROPY;
use crate::{Env, Moment, Result, Waiting};

/// Performs effects. Two hosts are used in production, one is scripted for tests; a host of your own replaces the
/// transport, for example by wrapping one of these.
///
/// A host honours what travels with an effect (route, trust, limits) or refuses the effect; it never follows redirects.
#[flavour(AFIT)]
pub trait Host: Send + Sync + 'static {
    /// The environment that credentials are configured from.
    fn env(&self) -> Env;

    /// The wall clock.
    fn now(&self) -> SystemTime;

    /// Time since some point in the past, by a clock that nobody sets. Deadlines are measured with it.
    fn uptime(&self) -> Duration;

    /// Fresh random bytes, fit for secrets.
    fn entropy(&self) -> [u8; ENTROPY];

    /// Sends a request and reads the whole answer, whatever its status.
    fn send<'a>(
        &'a self,
        outbound: Outbound,
    ) -> Pin<Box<dyn Future<Output = Result<Response<Vec<u8>>, TransportError>> + Send + 'a>>;

    /// Waits. Where this holds up a thread, the wait ends when `closing` closes.
    fn sleep<'a>(
        &'a self,
        delay: Duration,
        closing: &'a Closing,
    ) -> Pin<Box<dyn Future<Output = ()> + Send + 'a>>;

    /// A timer that guards the time of a caller. It is apart from [`sleep`](Self::sleep) so that a host with a virtual
    /// clock can let pauses pass without letting time run out. The blocking flavour waits by other means.
    fn guard<'a>(
        &'a self,
        limit: Duration,
        closing: &'a Closing,
    ) -> Pin<Box<dyn Future<Output = ()> + Send + 'a>> {
        self.sleep(limit, closing)
    }

    /// Waits in this thread for another one, at most for `limit`, and tells whether that was over by then. Only the
    /// blocking flavour waits so. By default the thread sleeps; a host with a virtual clock lets its time pass instead.
    fn park(&self, waiting: &Arc<dyn Waiting>, limit: Duration) -> bool {
        waiting.wait(limit)
    }

    /// Runs a developer tool. When its time is over, and when `closing` closes (or, in the async flavour, the future is
    /// dropped), the tool and everything it started is ended.
    fn run<'a>(
        &'a self,
        command: Command,
        closing: &'a Closing,
    ) -> Pin<Box<dyn Future<Output = Result<CommandOutput, CommandError>> + Send + 'a>>;

    /// The program that [`run`](Self::run) would run for this command. Nothing is run. By default none.
    fn find<'a>(&'a self, _command: Command) -> Pin<Box<dyn Future<Output = Option<PathBuf>> + Send + 'a>> {
        Box::pin(async move { None })
    }

    /// Reads a file.
    fn read<'a>(&'a self, file: FileRead) -> Pin<Box<dyn Future<Output = io::Result<Vec<u8>>> + Send + 'a>>;

    /// Whether a path exists.
    fn exists<'a>(&'a self, path: PathBuf) -> Pin<Box<dyn Future<Output = bool> + Send + 'a>>;

    /// Tells the person who uses the program something, usually on standard error. The default cannot.
    ///
    /// # Errors
    /// If the message reaches nobody.
    fn tell(&self, _message: &Message) -> io::Result<()> {
        Err(io::ErrorKind::Unsupported.into())
    }

    /// Opens a port of the loopback interface. The default cannot.
    ///
    /// # Errors
    /// Kind `AddrInUse` if somebody else has the port.
    #[cfg(feature = "interactive-browser")]
    fn listen(&self, _listen: &Listen) -> io::Result<Listening> {
        Err(io::ErrorKind::Unsupported.into())
    }

    /// Opens an address in the person's browser, and does not wait until that is closed. No further browser is tried when
    /// the time is over, or once `closing` closes (or, in the async flavour, the future is dropped). The default cannot.
    #[cfg(feature = "interactive-browser")]
    fn open<'a>(
        &'a self,
        _open: Open,
        _closing: &'a Closing,
    ) -> Pin<Box<dyn Future<Output = io::Result<()>> + Send + 'a>> {
        Box::pin(async move { Err(io::ErrorKind::Unsupported.into()) })
    }

    /// Waits for the redirect on a port; ends early when `closing` closes, where this holds up a thread. The default
    /// cannot.
    #[cfg(feature = "interactive-browser")]
    fn receive<'a>(
        &'a self,
        _receive: Receive,
        _closing: &'a Closing,
    ) -> Pin<Box<dyn Future<Output = io::Result<Redirect>> + Send + 'a>> {
        Box::pin(async move { Err(io::ErrorKind::Unsupported.into()) })
    }

    /// Runs work in the background.
    ///
    /// # Errors
    /// If nothing can be run in the background here.
    fn spawn(&self, task: Task) -> Result<()>;

    /// Drops connections and refuses further requests.
    fn close<'a>(&'a self) -> Pin<Box<dyn Future<Output = ()> + Send + 'a>>;

    /// The time and randomness of now.
    fn moment(&self) -> Moment {
        Moment::new(self.now(), self.entropy())
    }
}

#[flavour(AFIT)]
impl<H: Host + ?Sized> Host for Arc<H> {
    fn env(&self) -> Env {
        (**self).env()
    }

    fn now(&self) -> SystemTime {
        (**self).now()
    }

    fn uptime(&self) -> Duration {
        (**self).uptime()
    }

    fn entropy(&self) -> [u8; ENTROPY] {
        (**self).entropy()
    }

    fn send<'a>(
        &'a self,
        outbound: Outbound,
    ) -> Pin<Box<dyn Future<Output = Result<Response<Vec<u8>>, TransportError>> + Send + 'a>> {
        (**self).send(outbound)
    }

    fn sleep<'a>(
        &'a self,
        delay: Duration,
        closing: &'a Closing,
    ) -> Pin<Box<dyn Future<Output = ()> + Send + 'a>> {
        (**self).sleep(delay, closing)
    }

    fn guard<'a>(
        &'a self,
        limit: Duration,
        closing: &'a Closing,
    ) -> Pin<Box<dyn Future<Output = ()> + Send + 'a>> {
        (**self).guard(limit, closing)
    }

    fn park(&self, waiting: &Arc<dyn Waiting>, limit: Duration) -> bool {
        (**self).park(waiting, limit)
    }

    fn run<'a>(
        &'a self,
        command: Command,
        closing: &'a Closing,
    ) -> Pin<Box<dyn Future<Output = Result<CommandOutput, CommandError>> + Send + 'a>> {
        (**self).run(command, closing)
    }

    fn find<'a>(&'a self, command: Command) -> Pin<Box<dyn Future<Output = Option<PathBuf>> + Send + 'a>> {
        (**self).find(command)
    }

    fn read<'a>(&'a self, file: FileRead) -> Pin<Box<dyn Future<Output = io::Result<Vec<u8>>> + Send + 'a>> {
        (**self).read(file)
    }

    fn exists<'a>(&'a self, path: PathBuf) -> Pin<Box<dyn Future<Output = bool> + Send + 'a>> {
        (**self).exists(path)
    }

    fn tell(&self, message: &Message) -> io::Result<()> {
        (**self).tell(message)
    }

    #[cfg(feature = "interactive-browser")]
    fn listen(&self, listen: &Listen) -> io::Result<Listening> {
        (**self).listen(listen)
    }

    #[cfg(feature = "interactive-browser")]
    fn open<'a>(
        &'a self,
        open: Open,
        closing: &'a Closing,
    ) -> Pin<Box<dyn Future<Output = io::Result<()>> + Send + 'a>> {
        (**self).open(open, closing)
    }

    #[cfg(feature = "interactive-browser")]
    fn receive<'a>(
        &'a self,
        receive: Receive,
        closing: &'a Closing,
    ) -> Pin<Box<dyn Future<Output = io::Result<Redirect>> + Send + 'a>> {
        (**self).receive(receive, closing)
    }

    fn spawn(&self, task: Task) -> Result<()> {
        (**self).spawn(task)
    }

    fn close<'a>(&'a self) -> Pin<Box<dyn Future<Output = ()> + Send + 'a>> {
        (**self).close()
    }
}
