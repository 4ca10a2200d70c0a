//! A world for credentials under the checker: a service that fails now and then, and threads of the checker.

use std::io;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use http::Response;
use shuttle::rand::Rng;
use shuttle::sync::Mutex;
use shuttle::sync::atomic::{AtomicBool, AtomicUsize, Ordering::SeqCst};
use shuttle::thread;

use super::at;
use crate::blocking::{Host, Task};
use crate::closing::Closing;
use crate::effect::{Command, CommandError, CommandOutput, FileRead, Outbound, TransportError};
use crate::moment::ENTROPY;
use crate::{Env, Error, Grant, Moment, Result, Source, Step, TokenRequest};

/// What is there once, whoever looks at it.
#[derive(Default)]
pub(super) struct Town {
    /// The time in seconds. It stands still unless a test says otherwise.
    pub(super) now: AtomicUsize,
    /// Whether the service may fail.
    pub(super) fails: AtomicBool,
    /// Whether the credential has been closed, and whoever closed it has waited.
    pub(super) closed: AtomicBool,
    pub(super) requests: AtomicUsize,
    /// The requests under way, by scope.
    flying: Mutex<Vec<String>>,
    threads: Mutex<Vec<thread::JoinHandle<()>>>,
}

impl Town {
    /// Waits for every thread of the background.
    pub(super) fn join(&self) {
        loop {
            let thread = self.threads.lock().unwrap().pop();
            match thread {
                Some(thread) => thread.join().unwrap(),
                None => return,
            }
        }
    }
}

/// The host.
#[derive(Clone)]
pub(super) struct Citizen(pub(super) Arc<Town>);

impl Host for Citizen {
    fn env(&self) -> Env {
        Env::empty()
    }

    fn now(&self) -> SystemTime {
        at(1_000_000 + self.0.now.load(SeqCst) as u64)
    }

    fn uptime(&self) -> Duration {
        Duration::from_secs(1_000)
    }

    fn entropy(&self) -> [u8; ENTROPY] {
        [7; ENTROPY]
    }

    fn send(&self, outbound: Outbound) -> Result<Response<Vec<u8>>, TransportError> {
        let scope = outbound.request.uri().path().to_owned();
        assert!(!self.0.closed.load(SeqCst), "a request after the close");
        self.0.requests.fetch_add(1, SeqCst);
        {
            let mut flying = self.0.flying.lock().unwrap();
            assert!(!flying.contains(&scope), "two requests for {scope}");
            flying.push(scope.clone());
        }
        thread::yield_now();
        self.0.flying.lock().unwrap().retain(|other| *other != scope);
        let fails = self.0.fails.load(SeqCst) && shuttle::rand::thread_rng().gen_bool(0.4);
        let mut response = Response::new(Vec::new());
        *response.status_mut() = if fails { http::StatusCode::BAD_REQUEST } else { http::StatusCode::OK };
        Ok(response)
    }

    fn sleep(&self, _delay: Duration, _closing: &Closing) {
        thread::yield_now();
    }

    fn run(&self, _command: Command, _closing: &Closing) -> Result<CommandOutput, CommandError> {
        Err(io::Error::from(io::ErrorKind::Unsupported).into())
    }

    fn read(&self, _file: FileRead) -> io::Result<Vec<u8>> {
        Err(io::ErrorKind::Unsupported.into())
    }

    fn exists(&self, _path: PathBuf) -> bool {
        false
    }

    fn spawn(&self, task: Task) -> Result<()> {
        self.0.threads.lock().unwrap().push(thread::spawn(task));
        Ok(())
    }

    fn close(&self) {}
}

/// One request for a token of an hour.
pub(super) enum Service {
    /// Each scope for itself.
    Plain,
    /// Whatever the scope, first that which is to be done once; then by the refresh token.
    Session,
}

impl Source for Service {
    fn name(&self) -> &str {
        "Service"
    }

    fn configure(&mut self, _env: &Env) -> Result<()> {
        Ok(())
    }

    fn partition(&self) -> String {
        "service".into()
    }

    fn begins_alone(&self, _request: &TokenRequest<'_>) -> bool {
        matches!(self, Self::Session)
    }

    fn acquire(&self, request: &TokenRequest<'_>, previous: Option<&Grant>, _moment: &Moment) -> Step {
        // Whoever passes by the cache does not share a request with those who do not.
        let kind = if request.force_refresh() { "forced" } else { "ordinary" };
        let path = match self {
            Self::Session if previous.is_none() => "begin".to_owned(),
            _ => format!("{}/{kind}", request.scopes().join("+")),
        };
        let url = format!("https://service.example/{path}");
        let outbound = Outbound::new(http::Request::get(url).body(Vec::new()).unwrap());
        Step::Send(
            outbound,
            Box::new(|moment, answer| match answer {
                Ok(answer) if answer.status() == http::StatusCode::OK => {
                    let mut grant =
                        Grant::new("token", moment.now() + Duration::from_secs(3600), moment.now());
                    grant.refresh_token = Some("refresh".into());
                    Step::Done(Ok(grant))
                }
                _ => Step::fail(Error::unavailable("refused")),
            }),
        )
    }
}
