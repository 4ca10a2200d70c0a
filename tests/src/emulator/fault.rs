//! Faults on demand: what a token request meets instead of, or before, its proper answer.

use super::echo;
use super::server::{Outcome, Request, Response};
use serde_json::json;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

/// Something that goes wrong, once unless [`Fault::times`] says otherwise.
///
/// Faults wait in a queue. Each applies to the next *token* requests (the token endpoint and every managed identity
/// endpoint, but not discovery), or with [`Fault::on`] to the next requests of any kind whose path contains a text.
///
/// ```
/// use identity_testing::emulator::Fault;
/// let busy = Fault::status(503).retry_after(2).times(3);
/// let slow_imds = Fault::silence(std::time::Duration::from_secs(60)).on("/metadata/identity");
/// ```
#[derive(Clone, Debug)]
#[must_use = "hand it to Emulator::fail"]
pub struct Fault {
    effect: Effect,
    headers: Vec<(String, String)>,
    delay: Option<Duration>,
    path: Option<String>,
    times: usize,
}

#[derive(Clone, Debug)]
enum Effect {
    /// The proper answer (after the delay, with the headers).
    Proper,
    Answer(Response),
    Echo(u16, String),
    Truncate,
    Drop,
    Silence(Duration),
}

impl Fault {
    /// An answer of this status with an empty JSON object as its body.
    pub fn status(status: u16) -> Self {
        Self::body(status, "application/json", "{}")
    }

    /// An answer of this status, content type and body.
    pub fn body(status: u16, content_type: &str, body: impl Into<Vec<u8>>) -> Self {
        Self::of(Effect::Answer(Response::new(status, content_type, body)))
    }

    /// An Entra error body with this OAuth error and AADSTS code, such as `("temporarily_unavailable", 90033)`.
    pub fn entra(status: u16, error: &str, code: u32) -> Self {
        let body = json!({
            "error": error,
            "error_description": format!("AADSTS{code}: This fault was asked for."),
            "error_codes": [code],
            "correlation_id": super::uuid::random(),
            "trace_id": super::uuid::random(),
        });
        Self::body(status, "application/json; charset=utf-8", body.to_string())
    }

    /// `interaction_required` with these claims, as Conditional Access answers.
    pub fn interaction_required(claims: &str) -> Self {
        let body = json!({
            "error": "interaction_required",
            "error_description": "AADSTS50076: Due to a configuration change made by your administrator, you must use \
                                  multi-factor authentication to access the resource.",
            "error_codes": [50_076],
            "suberror": "basic_action",
            "claims": claims,
            "correlation_id": super::uuid::random(),
            "trace_id": super::uuid::random(),
        });
        Self::body(400, "application/json; charset=utf-8", body.to_string())
    }

    /// An error of the instance metadata service, such as `(400, "invalid_request", "Identity not found")`.
    pub fn imds(status: u16, error: &str, description: &str) -> Self {
        let body = json!({ "error": error, "error_description": description });
        Self::body(status, "application/json; charset=utf-8", body.to_string())
    }

    /// An HTML page, as proxies and gateways answer.
    pub fn html(status: u16) -> Self {
        Self::body(
            status,
            "text/html",
            "<!DOCTYPE html><title>Error</title><p>The gateway could not be reached.",
        )
    }

    /// An answer of this status without a body.
    pub fn empty(status: u16) -> Self {
        Self::body(status, "application/json", "")
    }

    /// A body of 5,000,000 bytes that claims to be JSON.
    pub fn huge(status: u16) -> Self {
        let mut body = b"{\"access_token\":\"".to_vec();
        body.resize(5_000_000, b'A');
        Self::body(status, "application/json", body)
    }

    /// An answer that repeats the request (headers, query and body) in what clients show to people: `application/json` for an
    /// Entra error with it in each member (or, with a status below 300, a token with it as its expiry),
    /// `application/problem+json` for an error of a resource provider, `text/html` for a page, else plain text.
    pub fn echo(status: u16, content_type: &str) -> Self {
        Self::of(Effect::Echo(status, content_type.into()))
    }

    /// A redirect to `location`, which no client may follow.
    pub fn redirect(location: &str) -> Self {
        Self::body(307, "text/plain", "").header("Location", location)
    }

    /// The proper answer, cut in the middle of its body.
    pub fn truncated() -> Self {
        Self::of(Effect::Truncate)
    }

    /// The proper answer with another content type.
    pub fn content_type(content_type: &str) -> Self {
        Self::of(Effect::Proper).header("Content-Type", content_type)
    }

    /// The proper answer, late: in real time, so for benchmarks and demonstrations rather than for tests.
    pub fn delay(time: Duration) -> Self {
        Self { delay: Some(time), ..Self::of(Effect::Proper) }
    }

    /// The connection closes without an answer.
    pub fn drop_connection() -> Self {
        Self::of(Effect::Drop)
    }

    /// No answer for this long, then the connection closes. Ends early when the emulator is dropped.
    pub fn silence(time: Duration) -> Self {
        Self::of(Effect::Silence(time))
    }

    /// Adds a `Retry-After` header of so many seconds.
    pub fn retry_after(self, seconds: u64) -> Self {
        self.header("Retry-After", &seconds.to_string())
    }

    /// Adds a header to the answer, or replaces it.
    pub fn header(mut self, name: &str, value: &str) -> Self {
        self.headers.push((name.into(), value.into()));
        self
    }

    /// Waits before the fault takes effect, in real time.
    pub fn after(mut self, time: Duration) -> Self {
        self.delay = Some(time);
        self
    }

    /// Happens to this many requests. Default: 1.
    pub fn times(mut self, times: usize) -> Self {
        self.times = times;
        self
    }

    /// Only happens to requests whose path contains `part`, token requests or not.
    pub fn on(mut self, part: &str) -> Self {
        self.path = Some(part.into());
        self
    }

    fn of(effect: Effect) -> Self {
        Self { effect, headers: Vec::new(), delay: None, path: None, times: 1 }
    }
}

impl Fault {
    /// How long to wait first.
    pub(super) fn waits(&self) -> Option<Duration> {
        self.delay
    }

    /// What becomes of a request whose proper answer `answer` gives. It is not asked unless it is needed, so that a
    /// refused request changes nothing.
    pub(super) fn apply(&self, request: &Request, answer: impl FnOnce() -> Response) -> Outcome {
        let with_headers =
            |response: Response| self.headers.iter().fold(response, |response, (n, v)| response.header(n, v));
        match &self.effect {
            Effect::Proper => Outcome::Answer(with_headers(answer())),
            Effect::Answer(response) => Outcome::Answer(with_headers(response.clone())),
            Effect::Echo(status, kind) => Outcome::Answer(with_headers(echo::answer(*status, kind, request))),
            Effect::Truncate => Outcome::Truncate(with_headers(answer())),
            Effect::Drop => Outcome::Drop,
            Effect::Silence(time) => Outcome::Silence(*time),
        }
    }
}

/// The faults that have not happened yet, in the order in which they were asked for.
#[derive(Debug, Default)]
pub(super) struct Faults(Mutex<Vec<Fault>>);

impl Faults {
    pub(super) fn push(&self, fault: Fault) {
        if fault.times > 0 {
            self.0.lock().unwrap_or_else(PoisonError::into_inner).push(fault);
        }
    }

    pub(super) fn clear(&self) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clear();
    }

    /// The first fault that applies, counted down.
    pub(super) fn take(&self, request: &Request, is_token_request: bool) -> Option<Fault> {
        let mut queue = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let applies = |fault: &Fault| match &fault.path {
            Some(part) => request.path.contains(part.as_str()),
            None => is_token_request,
        };
        let at = queue.iter().position(applies)?;
        let fault = queue.get_mut(at)?;
        fault.times -= 1;
        if fault.times == 0 { Some(queue.remove(at)) } else { Some(fault.clone()) }
    }
}
