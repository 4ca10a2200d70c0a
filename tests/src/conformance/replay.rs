//! The script of a call: gives the recorded answers to the recorded requests and notes every difference.

use std::collections::VecDeque;
use std::io;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use http::Response;
use identity_core::Error;
use identity_core::effect::{CommandError, CommandOutput, TransportError, TransportErrorKind};
use serde_json::{Value, json};

use super::browser::{Answer, Browser};
use super::command;
use super::difference::{Difference, DifferenceKind};
use super::matchers::Bindings;
use super::outcome::{self, Gave, Over};
use super::request;
use super::vector::Call;
use crate::scripted::{Ran, Script, Sent};

/// How far the time of a request may be off.
const TOLERANCE: f64 = 0.001;

/// What is expected, and what has happened. Cheap to clone; clones share everything.
#[derive(Clone, Debug, Default)]
pub(super) struct Replay(Arc<Mutex<State>>);

#[derive(Debug, Default)]
struct State {
    bindings: Bindings,
    place: String,
    began: Option<SystemTime>,
    /// The required exchanges that are left.
    required: VecDeque<Value>,
    optional: Vec<Value>,
    done: usize,
    commands: VecDeque<Value>,
    browser: Browser,
    prompts: Vec<Value>,
    differences: Vec<Difference>,
    unanswered: bool,
}

impl Replay {
    /// A call begins.
    pub(super) fn begin(&self, place: &str, call: &Call, now: SystemTime) {
        let mut state = self.lock();
        let (optional, required) =
            call.exchanges.iter().cloned().partition(|exchange| exchange["optional"] == true);
        *state = State {
            bindings: std::mem::take(&mut state.bindings),
            place: place.to_owned(),
            began: Some(now),
            optional,
            required: Vec::into(required),
            commands: call.commands.clone().into(),
            browser: Browser::new(call.browser.as_ref()),
            ..State::default()
        };
        state.bindings.now = unix(now);
    }

    /// A call has ended: everything that differed, in the order in which it happened.
    pub(super) fn end(&self, call: &Call, result: &Result<Gave, Error>, now: SystemTime) -> Vec<Difference> {
        let mut state = self.lock();
        state.bindings.now = unix(now);
        let place = state.place.clone();
        if state.differences.is_empty()
            && let Some(exchange) = state.required.front()
        {
            let wanted = format!("{} {}", exchange["request"]["method"], exchange["request"]["url"]);
            let place = format!("{place}, exchange {}", state.done + 1);
            let difference = Difference::new(DifferenceKind::MissingRequest, place, wanted, "the call ended");
            state.differences.push(difference);
        }
        if let (true, Some(command)) = (state.differences.is_empty(), state.commands.front()) {
            let difference =
                Difference::new(DifferenceKind::Command, &place, &command["argv"], "it was not run");
            state.differences.push(difference);
        }
        if let (true, Some(what)) = (state.differences.is_empty(), state.browser.left()) {
            let difference = Difference::new(DifferenceKind::Person, &place, what, "the call ended");
            state.differences.push(difference);
        }
        let (wanted, shown) = (Value::Array(call.prompts.clone()), Value::Array(state.prompts.clone()));
        if let Err(problem) = state.bindings.check(&wanted, &shown) {
            let difference = Difference::new(DifferenceKind::Person, &place, wanted, problem);
            state.differences.push(difference);
        }
        if let Err(problem) = state.bindings.settle() {
            let difference = Difference::new(DifferenceKind::Request, &place, "a matching hash", problem);
            state.differences.push(difference);
        }
        let over = if state.unanswered { Over::Unanswered } else { Over::Answered };
        let ended = outcome::check(&mut state.bindings, &place, &call.expected, result, over);
        state.differences.extend(ended);
        std::mem::take(&mut state.differences)
    }

    /// That an assertion was signed in another way than the recorded one, where nothing else differed.
    pub(super) fn resigned(&self) -> Option<Difference> {
        let state = self.lock();
        let how = state.bindings.resigned.as_ref()?;
        Some(Difference::new(DifferenceKind::Assertion, &state.place, "the recorded signature", how))
    }

    /// A person was shown a device code.
    #[allow(dead_code, reason = "for credentials that prompt a person")]
    pub(super) fn prompted(&self, verification_uri: &str, user_code: &str, expires_on: SystemTime) {
        let prompt = json!({
            "verification_uri": verification_uri,
            "user_code": user_code,
            "expires_on": unix(expires_on),
        });
        self.lock().prompts.push(prompt);
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Script for Replay {
    fn respond(&mut self, sent: &Sent) -> Result<Response<Vec<u8>>, TransportError> {
        self.lock().respond(sent)
    }

    fn run(&mut self, ran: &Ran) -> Result<CommandOutput, CommandError> {
        let mut state = self.lock();
        let state = &mut *state;
        command::run(&mut state.commands, &ran.command).map_err(|refusal| match refusal {
            command::Refusal::Recorded(error) => error,
            command::Refusal::Differs(expected, problem) => {
                let difference = Difference::new(DifferenceKind::Command, &state.place, expected, problem);
                state.differences.push(difference);
                CommandError::NotFound
            }
        })
    }

    fn listen(&mut self, port: u16) -> io::Result<()> {
        let mut state = self.lock();
        let answer = state.browser.listen(port);
        state.browsed(answer)
    }

    fn open(&mut self, url: &str) -> io::Result<()> {
        let mut state = self.lock();
        let state = &mut *state;
        let answer = state.browser.open(&mut state.bindings, url);
        state.browsed(answer)
    }

    fn redirect(&mut self) -> io::Result<Option<Vec<(String, String)>>> {
        let mut state = self.lock();
        let state = &mut *state;
        let answer = state.browser.redirect(&state.bindings);
        state.browsed(answer)
    }
}

impl State {
    /// Gives the browser's answer, or notes what is different.
    fn browsed<T>(&mut self, answer: Answer<T>) -> io::Result<T> {
        answer.unwrap_or_else(|problem| {
            let expected = self.browser.left().unwrap_or_else(|| "no browser".into());
            let difference = Difference::new(DifferenceKind::Person, &self.place, expected, problem);
            self.differences.push(difference);
            Err(io::ErrorKind::Unsupported.into())
        })
    }

    fn respond(&mut self, sent: &Sent) -> Result<Response<Vec<u8>>, TransportError> {
        self.bindings.now = unix(sent.at);
        let problem = match self.required.front() {
            None => None,
            Some(exchange) => {
                let mut bindings = self.bindings.clone();
                match request::check(&mut bindings, &exchange["request"], sent) {
                    Ok(()) => {
                        self.bindings = bindings;
                        return self.required(sent);
                    }
                    Err(problem) => Some(problem),
                }
            }
        };
        for exchange in &self.optional {
            let mut bindings = self.bindings.clone();
            if request::check(&mut bindings, &exchange["request"], sent).is_ok() {
                self.bindings = bindings;
                return self.answer(&exchange.clone());
            }
        }
        let place = format!("{}, exchange {}", self.place, self.done + 1);
        let difference = match (self.required.front(), problem) {
            (Some(exchange), Some(problem)) => {
                let wanted = serde_json::to_string_pretty(&exchange["request"]).unwrap_or_default();
                let actual = format!("{problem}\n{}", request::show(sent));
                Difference::new(DifferenceKind::Request, place, wanted, actual)
            }
            _ => Difference::new(DifferenceKind::ExtraRequest, place, "no request", request::show(sent)),
        };
        self.differences.push(difference);
        Err(refused("the recording has no such request"))
    }

    /// The next required exchange takes place.
    fn required(&mut self, sent: &Sent) -> Result<Response<Vec<u8>>, TransportError> {
        let Some(exchange) = self.required.pop_front() else { return Err(refused("nothing is left")) };
        self.done += 1;
        let at = exchange["at"].as_f64().unwrap_or(0.0);
        let began = self.began.unwrap_or(sent.at);
        let actual = sent.at.duration_since(began).unwrap_or(Duration::ZERO).as_secs_f64();
        if (actual - at).abs() > TOLERANCE {
            let place = format!("{}, exchange {}", self.place, self.done);
            let (wanted, actual) = (format!("after {at} s"), format!("after {actual} s"));
            self.differences.push(Difference::new(DifferenceKind::Time, place, wanted, actual));
        }
        self.answer(&exchange)
    }

    fn answer(&mut self, exchange: &Value) -> Result<Response<Vec<u8>>, TransportError> {
        self.unanswered = exchange["transport_error"].is_string();
        if let Some(error) = exchange["transport_error"].as_str() {
            return Err(transport_error(error));
        }
        response(&self.bindings, &exchange["response"]).map_err(|problem| {
            let difference =
                Difference::new(DifferenceKind::Runner, &self.place, &exchange["response"], &problem);
            self.differences.push(difference);
            refused(&problem)
        })
    }
}

fn response(bindings: &Bindings, recorded: &Value) -> Result<Response<Vec<u8>>, String> {
    let status =
        recorded["status"].as_u64().and_then(|status| u16::try_from(status).ok()).unwrap_or_default();
    let mut response = Response::builder().status(status);
    for (name, value) in recorded["headers"].as_object().into_iter().flatten() {
        response = response.header(name, value.as_str().unwrap_or_default());
    }
    let body = match recorded.get("json") {
        Some(json) => bindings.fill(json)?.to_string(),
        None => recorded["text"].as_str().unwrap_or_default().to_owned(),
    };
    response.body(body.into_bytes()).map_err(|error| error.to_string())
}

fn transport_error(name: &str) -> TransportError {
    let kind = match name {
        "connection_refused" => TransportErrorKind::Connect,
        "connect_timeout" => TransportErrorKind::ConnectTimeout,
        "connection_reset" => TransportErrorKind::Read,
        "timeout" => TransportErrorKind::Timeout,
        _ => TransportErrorKind::Unsupported,
    };
    TransportError::new(kind, name)
}

/// Ends a flow that has left its recording: nothing of this kind is tried again.
fn refused(why: &str) -> TransportError {
    TransportError::new(TransportErrorKind::Unsupported, why)
}

fn unix(time: SystemTime) -> u64 {
    time.duration_since(UNIX_EPOCH).unwrap_or_default().as_secs()
}
