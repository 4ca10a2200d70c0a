//! Takes the steps of a flow one by one, with virtual time: no host, no runtime, no clock, no file.

use std::collections::HashMap;
use std::io;
use std::path::PathBuf;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use http::Response;
use identity_core::effect::{Outbound, TransportError, TransportErrorKind};
use identity_core::moment::ENTROPY;
use identity_core::{Env, Grant, Moment, Platform, Result, Source, Step, TokenRequest};
use identity_msi::ManagedIdentity;
use serde_json::{Value, json};

pub(crate) const START: u64 = 1_700_000_000;

/// What the network does with a request.
#[derive(Clone)]
pub(crate) enum Reply {
    Answer(u16, Vec<(&'static str, String)>, String),
    Fails(TransportErrorKind),
}

/// An answer with a token for an hour.
pub(crate) fn token() -> Reply {
    reply(200, json!({"access_token": "token-1", "expires_in": "3600", "token_type": "Bearer"}))
}

pub(crate) fn reply(status: u16, body: Value) -> Reply {
    Reply::Answer(status, vec![("content-type", "application/json".into())], body.to_string())
}

pub(crate) fn challenge(path: &str) -> Reply {
    Reply::Answer(401, vec![("www-authenticate", format!("Basic realm={path}"))], String::new())
}

/// A request as it went out, with the seconds since the start.
pub(crate) struct Sent {
    pub(crate) at: f64,
    pub(crate) outbound: Outbound,
}

impl Sent {
    pub(crate) fn line(&self) -> String {
        format!("{} {}", self.outbound.request.method(), self.outbound.request.uri())
    }

    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.outbound.request.headers().get(name).map(|value| value.to_str().unwrap())
    }
}

/// A machine: its variables, files and network; time goes on from call to call.
pub(crate) struct Machine {
    pub(crate) env: Env,
    pub(crate) files: HashMap<PathBuf, Vec<u8>>,
    pub(crate) now: SystemTime,
    pub(crate) sent: Vec<Sent>,
}

impl Machine {
    pub(crate) fn new(variables: &[(&str, &str)]) -> Self {
        let env = variables.iter().copied().collect::<Env>().on(Platform::Linux);
        let now = UNIX_EPOCH + Duration::from_secs(START);
        Self { env, files: HashMap::new(), now, sent: Vec::new() }
    }

    pub(crate) fn file(mut self, path: &str, content: &[u8]) -> Self {
        self.files.insert(path.into(), content.to_vec());
        self
    }

    pub(crate) fn configured(&self, mut source: ManagedIdentity) -> ManagedIdentity {
        source.configure(&self.env).unwrap();
        source
    }

    /// Runs one request to its end. The last reply is given for ever.
    pub(crate) fn run(
        &mut self,
        source: &ManagedIdentity,
        request: &TokenRequest<'_>,
        previous: Option<&Grant>,
        replies: &[Reply],
    ) -> Result<Grant> {
        let started = self.now;
        let mut replies = replies.iter();
        let mut last = None;
        let moment = |now| Moment::new(now, [7; ENTROPY]);
        let mut step = source.acquire(request, previous, &moment(self.now));
        loop {
            step = match step {
                Step::Done(result) => return result,
                Step::Send(outbound, then) => {
                    let at = self.now.duration_since(started).unwrap().as_secs_f64();
                    last = replies.next().or(last);
                    let answer = match last.expect("no request was expected") {
                        Reply::Answer(status, headers, body) => {
                            let mut answer = Response::builder().status(*status);
                            for (name, value) in headers {
                                answer = answer.header(*name, value);
                            }
                            Ok(answer.body(body.clone().into_bytes()).unwrap())
                        }
                        Reply::Fails(kind) => {
                            self.now += match kind {
                                TransportErrorKind::ConnectTimeout => outbound.connect_timeout,
                                TransportErrorKind::Timeout => outbound.timeout,
                                _ => Duration::ZERO,
                            };
                            Err(TransportError::new(*kind, "no luck"))
                        }
                    };
                    self.sent.push(Sent { at, outbound });
                    then(moment(self.now), answer)
                }
                Step::Sleep(pause, then) => {
                    self.now += pause.delay;
                    then(moment(self.now), ())
                }
                Step::Exists(path, then) => then(moment(self.now), self.files.contains_key(&path)),
                Step::Read(file, then) => {
                    let content = match self.files.get(&file.path) {
                        None => Err(io::Error::from(io::ErrorKind::NotFound)),
                        Some(content) if content.len() > file.limit => {
                            Err(io::Error::from(io::ErrorKind::FileTooLarge))
                        }
                        Some(content) => Ok(content.clone()),
                    };
                    then(moment(self.now), content)
                }
                other => panic!("unexpected {other:?}"),
            };
        }
    }
}
