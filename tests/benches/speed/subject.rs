//! The credentials under test on hosts that answer from memory.

use std::io;
use std::path::PathBuf;
use std::pin::Pin;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, SystemTime};

use http::{Response, StatusCode};
use identity_core::effect::{
    Command, CommandError, CommandOutput, FileRead, Outbound, TransportError, TransportErrorKind,
};
use identity_core::moment::ENTROPY;
use identity_core::{ClientOptions, ClientSecret, Closing, Env, Result, Retry};
use identity_core::{asynchronous, blocking};

use crate::loopback::{TOKEN_LENGTH, answer};

pub(crate) const TENANT: &str = "5f1c2d6e-7a3b-4c8d-9e0f-a1b2c3d4e5f6";

pub(crate) const CLIENT: &str = "9d2c4b1a-0f3e-4d5c-8b7a-665544332211";

pub(crate) const AUTHORITY: &str = "https://login.microsoftonline.com";

pub(crate) type Blocking = blocking::Credential<ClientSecret, Arc<Memory<identity_blocking::Transport>>>;
pub(crate) type Async = asynchronous::Credential<ClientSecret, Arc<Memory<identity_async::Transport>>>;

/// A token of the usual length.
pub(crate) fn token() -> String {
    "t".repeat(TOKEN_LENGTH)
}

/// The source that all figures are taken with. The secret opens nothing.
pub(crate) fn source(authority: &str) -> ClientSecret {
    let options = ClientOptions::new().with_authority(authority).allow_tenant("*");
    ClientSecret::new(TENANT, CLIENT, "not-a-secret").with_options(options)
}

/// The same, with pauses between retries that take no time worth speaking of.
pub(crate) fn impatient(authority: &str) -> ClientSecret {
    let mut retry = Retry::default();
    retry.backoff = Duration::from_millis(1);
    let options = ClientOptions::new().with_authority(authority).allow_tenant("*").with_retry(retry);
    ClientSecret::new(TENANT, CLIENT, "not-a-secret").with_options(options)
}

/// How the endpoint behaves.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Endpoint {
    /// How long it takes.
    pub(crate) delay: Duration,
    /// What it answers.
    pub(crate) status: u16,
    /// How long its tokens live, in seconds.
    pub(crate) lifetime: u64,
    /// Whether nobody answers at all.
    pub(crate) down: bool,
}

impl Default for Endpoint {
    fn default() -> Self {
        Self { delay: Duration::ZERO, status: 200, lifetime: 86_400, down: false }
    }
}

/// The production host with an endpoint in memory and a clock that can be put forward.
#[derive(Debug, Default)]
pub(crate) struct Memory<H> {
    pub(crate) real: H,
    pub(crate) requests: AtomicUsize,
    pub(crate) endpoint: Mutex<Endpoint>,
    /// In seconds.
    pub(crate) ahead: AtomicU64,
}

impl<H> Memory<H> {
    pub(crate) fn behave(&self, endpoint: Endpoint) {
        *self.endpoint.lock().unwrap() = endpoint;
    }

    fn delay(&self) -> Duration {
        self.requests.fetch_add(1, Ordering::Relaxed);
        self.endpoint.lock().unwrap().delay
    }

    fn respond(&self) -> Result<Response<Vec<u8>>, TransportError> {
        let endpoint = *self.endpoint.lock().unwrap();
        if endpoint.down {
            return Err(TransportError::new(TransportErrorKind::Connect, "connection refused"));
        }
        let mut response = Response::new(answer(endpoint.lifetime));
        *response.status_mut() = StatusCode::from_u16(endpoint.status).unwrap();
        Ok(response)
    }

    /// The clock that is measured is the real one.
    #[inline]
    fn ahead_of(&self, now: SystemTime) -> SystemTime {
        match self.ahead.load(Ordering::Relaxed) {
            0 => now,
            ahead => now + Duration::from_secs(ahead),
        }
    }
}

impl blocking::Host for Memory<identity_blocking::Transport> {
    fn env(&self) -> Env {
        Env::empty()
    }
    fn now(&self) -> SystemTime {
        self.ahead_of(self.real.now())
    }
    fn uptime(&self) -> Duration {
        self.real.uptime()
    }
    fn entropy(&self) -> [u8; ENTROPY] {
        [7; ENTROPY]
    }
    fn send(&self, _outbound: Outbound) -> Result<Response<Vec<u8>>, TransportError> {
        std::thread::sleep(self.delay());
        self.respond()
    }
    fn sleep(&self, delay: Duration, closing: &Closing) {
        self.real.sleep(delay, closing);
    }
    fn run(&self, command: Command, closing: &Closing) -> Result<CommandOutput, CommandError> {
        self.real.run(command, closing)
    }
    fn read(&self, file: FileRead) -> io::Result<Vec<u8>> {
        self.real.read(file)
    }
    fn exists(&self, path: PathBuf) -> bool {
        self.real.exists(path)
    }
    fn spawn(&self, task: blocking::Task) -> Result<()> {
        self.real.spawn(task)
    }
    fn close(&self) {}
}

type Later<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;

impl asynchronous::Host for Memory<identity_async::Transport> {
    fn env(&self) -> Env {
        Env::empty()
    }
    fn now(&self) -> SystemTime {
        self.ahead_of(self.real.now())
    }
    fn uptime(&self) -> Duration {
        self.real.uptime()
    }
    fn entropy(&self) -> [u8; ENTROPY] {
        [7; ENTROPY]
    }
    fn send<'a>(&'a self, _outbound: Outbound) -> Later<'a, Result<Response<Vec<u8>>, TransportError>> {
        let delay = self.delay();
        Box::pin(async move {
            if !delay.is_zero() {
                tokio::time::sleep(delay).await;
            }
            self.respond()
        })
    }
    fn sleep<'a>(&'a self, delay: Duration, closing: &'a Closing) -> Later<'a, ()> {
        self.real.sleep(delay, closing)
    }
    fn run<'a>(
        &'a self,
        command: Command,
        closing: &'a Closing,
    ) -> Later<'a, Result<CommandOutput, CommandError>> {
        self.real.run(command, closing)
    }
    fn read<'a>(&'a self, file: FileRead) -> Later<'a, io::Result<Vec<u8>>> {
        self.real.read(file)
    }
    fn exists<'a>(&'a self, path: PathBuf) -> Later<'a, bool> {
        self.real.exists(path)
    }
    fn spawn(&self, task: asynchronous::Task) -> Result<()> {
        self.real.spawn(task)
    }
    fn close<'a>(&'a self) -> Later<'a, ()> {
        Box::pin(async {})
    }
}
