//! A host around another one whose clock a test sets: pauses between retries take no real time.

use std::io;
use std::path::PathBuf;
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, SystemTime};

use http::Response;
use identity_core::browser::Redirect;
use identity_core::effect::{
    Command, CommandError, CommandOutput, FileRead, Listen, Listening, Message, Open, Outbound, Receive,
    TransportError,
};
use identity_core::moment::ENTROPY;
use identity_core::{Closing, Env, Result, Waiting};

use super::driver::{Host, Task};
use super::flavour;

/// A host that does what the one inside does, except that its time is virtual. Clones share the clock.
#[derive(Clone, Debug)]
pub struct VirtualClock<H> {
    inner: H,
    time: Arc<Mutex<Time>>,
}

#[derive(Debug, Default)]
struct Time {
    /// How far the clock is ahead of, or behind, the real one.
    ahead: Duration,
    behind: Duration,
    pauses: Vec<Duration>,
}

impl<H> VirtualClock<H> {
    /// Wraps a host. The clock begins at the time of the host.
    pub fn new(inner: H) -> Self {
        Self { inner, time: Arc::default() }
    }

    /// Moves the clock forward.
    pub fn advance(&self, by: Duration) {
        self.edit(|time| time.ahead += by);
    }

    /// Sets the clock back, as a correction of the system time does.
    pub fn set_back(&self, by: Duration) {
        self.edit(|time| time.behind += by);
    }

    /// The pauses that flows made so far.
    pub fn pauses(&self) -> Vec<Duration> {
        self.edit(|time| time.pauses.clone())
    }

    fn edit<T>(&self, change: impl FnOnce(&mut Time) -> T) -> T {
        change(&mut self.time.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

#[flavour(AFIT)]
impl<H: Host> Host for VirtualClock<H> {
    fn env(&self) -> Env {
        self.inner.env()
    }

    fn now(&self) -> SystemTime {
        self.edit(|time| self.inner.now() + time.ahead - time.behind)
    }

    fn uptime(&self) -> Duration {
        self.edit(|time| self.inner.uptime() + time.ahead)
    }

    fn entropy(&self) -> [u8; ENTROPY] {
        self.inner.entropy()
    }

    fn send<'a>(
        &'a self,
        outbound: Outbound,
    ) -> Pin<Box<dyn Future<Output = Result<Response<Vec<u8>>, TransportError>> + Send + 'a>> {
        self.inner.send(outbound)
    }

    fn sleep<'a>(
        &'a self,
        delay: Duration,
        _closing: &'a Closing,
    ) -> Pin<Box<dyn Future<Output = ()> + Send + 'a>> {
        Box::pin(async move {
            self.edit(|time| {
                time.ahead += delay;
                time.pauses.push(delay);
            });
        })
    }

    fn guard<'a>(
        &'a self,
        limit: Duration,
        closing: &'a Closing,
    ) -> Pin<Box<dyn Future<Output = ()> + Send + 'a>> {
        self.inner.guard(limit, closing)
    }

    fn park(&self, waiting: &Arc<dyn Waiting>, limit: Duration) -> bool {
        self.inner.park(waiting, limit)
    }

    fn run<'a>(
        &'a self,
        command: Command,
        closing: &'a Closing,
    ) -> Pin<Box<dyn Future<Output = Result<CommandOutput, CommandError>> + Send + 'a>> {
        self.inner.run(command, closing)
    }

    fn find<'a>(&'a self, command: Command) -> Pin<Box<dyn Future<Output = Option<PathBuf>> + Send + 'a>> {
        self.inner.find(command)
    }

    fn read<'a>(&'a self, file: FileRead) -> Pin<Box<dyn Future<Output = io::Result<Vec<u8>>> + Send + 'a>> {
        self.inner.read(file)
    }

    fn exists<'a>(&'a self, path: PathBuf) -> Pin<Box<dyn Future<Output = bool> + Send + 'a>> {
        self.inner.exists(path)
    }

    fn tell(&self, message: &Message) -> io::Result<()> {
        self.inner.tell(message)
    }

    fn listen(&self, listen: &Listen) -> io::Result<Listening> {
        self.inner.listen(listen)
    }

    fn open<'a>(
        &'a self,
        open: Open,
        closing: &'a Closing,
    ) -> Pin<Box<dyn Future<Output = io::Result<()>> + Send + 'a>> {
        self.inner.open(open, closing)
    }

    fn receive<'a>(
        &'a self,
        receive: Receive,
        closing: &'a Closing,
    ) -> Pin<Box<dyn Future<Output = io::Result<Redirect>> + Send + 'a>> {
        self.inner.receive(receive, closing)
    }

    fn spawn(&self, task: Task) -> Result<()> {
        self.inner.spawn(task)
    }

    fn close<'a>(&'a self) -> Pin<Box<dyn Future<Output = ()> + Send + 'a>> {
        self.inner.close()
    }
}
