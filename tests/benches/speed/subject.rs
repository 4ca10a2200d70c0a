//! The credentials under test on hosts that answer from memory.

use std::io;
use std::path::PathBuf;
use std::pin::{Pin, pin};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::{Context, Poll, Waker};
use std::time::{Duration, SystemTime};

use http::Response;
use identity_core::effect::{Command, CommandError, CommandOutput, FileRead, Outbound, TransportError};
use identity_core::moment::ENTROPY;
use identity_core::{ClientOptions, ClientSecret, Closing, Env, Result, Retry};

/// As long as a real one.
pub(crate) const TOKEN_LENGTH: usize = 1500;

pub(crate) const TENANT: &str = "5f1c2d6e-7a3b-4c8d-9e0f-a1b2c3d4e5f6";

/// A token of the usual length.
pub(crate) fn token() -> String {
    "t".repeat(TOKEN_LENGTH)
}

/// The source that all figures are taken with. The secret opens nothing.
pub(crate) fn source(authority: &str) -> ClientSecret {
    let options = ClientOptions::new().with_authority(authority).allow_tenant("*");
    ClientSecret::new(TENANT, "9d2c4b1a-0f3e-4d5c-8b7a-665544332211", "not-a-secret").with_options(options)
}

/// The same, with retries that take no time worth speaking of.
pub(crate) fn impatient(authority: &str, retries: u32) -> ClientSecret {
    let retry = Retry::default().with_total(retries);
    let options = ClientOptions::new().with_authority(authority).allow_tenant("*").with_retry(retry);
    ClientSecret::new(TENANT, "9d2c4b1a-0f3e-4d5c-8b7a-665544332211", "not-a-secret").with_options(options)
}

/// The body of a token answer.
pub(crate) fn answer(expires_in: u64) -> Vec<u8> {
    format!(r#"{{"token_type":"Bearer","expires_in":{expires_in},"access_token":"{}"}}"#, token()).into_bytes()
}

/// Polls a future that must be ready at once.
pub(crate) fn now<T>(future: impl Future<Output = T>) -> T {
    match pin!(future).poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(output) => output,
        Poll::Pending => panic!("a hit waited"),
    }
}

/// The production clock with answers from memory.
#[derive(Debug, Default)]
pub(crate) struct Memory<H> {
    pub(crate) real: H,
    pub(crate) requests: AtomicUsize,
}

impl<H> Memory<H> {
    fn respond(&self) -> Response<Vec<u8>> {
        self.requests.fetch_add(1, Ordering::Relaxed);
        Response::new(answer(86_400))
    }
}

impl identity_core::blocking::Host for Memory<identity_blocking::Transport> {
    fn env(&self) -> Env {
        Env::empty()
    }
    fn now(&self) -> SystemTime {
        self.real.now()
    }
    fn uptime(&self) -> Duration {
        self.real.uptime()
    }
    fn entropy(&self) -> [u8; ENTROPY] {
        [7; ENTROPY]
    }
    fn send(&self, _outbound: Outbound) -> Result<Response<Vec<u8>>, TransportError> {
        Ok(self.respond())
    }
    fn sleep(&self, _delay: Duration, _closing: &Closing) {}
    fn run(&self, command: Command) -> Result<CommandOutput, CommandError> {
        self.real.run(command)
    }
    fn read(&self, file: FileRead) -> io::Result<Vec<u8>> {
        self.real.read(file)
    }
    fn exists(&self, path: PathBuf) -> bool {
        self.real.exists(path)
    }
    fn spawn(&self, task: identity_core::blocking::Task) -> Result<()> {
        self.real.spawn(task)
    }
    fn close(&self) {}
}

type Later<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;

impl identity_core::asynchronous::Host for Memory<identity_async::Transport> {
    fn env(&self) -> Env {
        Env::empty()
    }
    fn now(&self) -> SystemTime {
        self.real.now()
    }
    fn uptime(&self) -> Duration {
        self.real.uptime()
    }
    fn entropy(&self) -> [u8; ENTROPY] {
        [7; ENTROPY]
    }
    fn send<'a>(&'a self, _outbound: Outbound) -> Later<'a, Result<Response<Vec<u8>>, TransportError>> {
        let response = self.respond();
        Box::pin(async { Ok(response) })
    }
    fn sleep<'a>(&'a self, delay: Duration, closing: &'a Closing) -> Later<'a, ()> {
        self.real.sleep(delay, closing)
    }
    fn run<'a>(&'a self, command: Command) -> Later<'a, Result<CommandOutput, CommandError>> {
        self.real.run(command)
    }
    fn read<'a>(&'a self, file: FileRead) -> Later<'a, io::Result<Vec<u8>>> {
        self.real.read(file)
    }
    fn exists<'a>(&'a self, path: PathBuf) -> Later<'a, bool> {
        self.real.exists(path)
    }
    fn spawn(&self, task: identity_core::asynchronous::Task) -> Result<()> {
        self.real.spawn(task)
    }
    fn close<'a>(&'a self) -> Later<'a, ()> {
        Box::pin(async {})
    }
}
