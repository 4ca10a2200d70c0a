//! Retry, written once: a policy that wraps one `Send`.

use std::time::{Duration, SystemTime};

use http::header::RETRY_AFTER;
use http::{HeaderMap, HeaderName, Response, StatusCode};

use crate::decimal;
use crate::effect::{Outbound, TransportError};
use crate::{Error, Moment, Secret, Step};

/// The answer that a retried request ends with.
pub type Outcome = Result<Response<Vec<u8>>, TransportError>;

/// How often and when a request is sent again. The defaults are those of the token endpoint: ten retries in all, of
/// which three after failed connections, three after failed reads and three after a status; at once, then after 1.6 s,
/// 3.2 s and so on up to 120 s; `Retry-After` takes the place of the computed delay.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Retry {
    /// Retries in all.
    pub total: u32,
    /// Retries after failures before the request was sent.
    pub connect: u32,
    /// Retries after failures while the answer was read.
    pub read: u32,
    /// Retries after an answer with a status to retry.
    pub status: u32,
    /// The second delay is twice this; the first retry comes at once.
    pub backoff: Duration,
    /// The same for status 410, where it differs.
    pub backoff_gone: Duration,
    /// The longest single delay.
    pub longest_delay: Duration,
    /// Which answers are retried.
    pub on: Statuses,
}

/// Which statuses are retried.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Statuses {
    /// 408, 429, 500, 502 to 504 and from 506 on, and any from 400 on with `Retry-After`.
    TokenEndpoint,
    /// 404, 408, 410, 429 and all of 5xx, and any from 400 on with `Retry-After`: the instance metadata service.
    Metadata,
    /// The same without 404, for services that mean it.
    MetadataWithout404,
}

impl Default for Retry {
    fn default() -> Self {
        Self {
            total: 10,
            connect: 3,
            read: 3,
            status: 3,
            backoff: Duration::from_millis(800),
            backoff_gone: Duration::from_millis(800),
            longest_delay: Duration::from_secs(120),
            on: Statuses::TokenEndpoint,
        }
    }
}

impl Retry {
    /// Never again.
    pub fn none() -> Self {
        Self { total: 0, ..Self::default() }
    }

    /// At most this many retries in all.
    #[must_use]
    pub const fn with_total(mut self, total: u32) -> Self {
        self.total = total;
        self
    }

    /// The schedule of the instance metadata service: five retries in all, also after 404, 408, 410, 429 and 5xx (0, 1.6,
    /// 3.2, 6.4 and 12.8 s), slower after 410 (0, 5, 10, 20 and 40 s) as an upgrade of the service takes up to 70 s.
    pub fn metadata() -> Self {
        Self {
            total: 5,
            status: 5,
            backoff_gone: Duration::from_millis(2500),
            longest_delay: Duration::from_secs(60),
            on: Statuses::Metadata,
            ..Self::default()
        }
    }

    /// Sends `outbound` as often as the policy says; `then` gets the last answer.
    pub fn send(
        self,
        outbound: Outbound,
        then: impl FnOnce(Moment, Outcome) -> Step + Send + 'static,
    ) -> Step {
        self.send_counted(outbound, |moment, _, outcome| then(moment, outcome))
    }

    /// The same; `then` also gets the number of attempts, for a message that says what was tried.
    pub fn send_counted(
        self,
        outbound: Outbound,
        then: impl FnOnce(Moment, u32, Outcome) -> Step + Send + 'static,
    ) -> Step {
        attempt(Run { left: self.clone(), policy: self, done: 0, was_gone: false }, outbound, Box::new(then))
    }

    fn delay(&self, done: u32, was_gone: bool) -> Duration {
        if done == 0 {
            return Duration::ZERO;
        }
        let base = if was_gone { self.backoff_gone } else { self.backoff };
        base.saturating_mul(1u32.checked_shl(done).unwrap_or(u32::MAX)).min(self.longest_delay)
    }
}

/// The state of one request: what is left of each budget.
struct Run {
    policy: Retry,
    left: Retry,
    done: u32,
    /// Whether the last answer that came was 410.
    was_gone: bool,
}

type Continue = Box<dyn FnOnce(Moment, u32, Outcome) -> Step + Send>;

fn attempt(mut run: Run, outbound: Outbound, then: Continue) -> Step {
    // The last attempt needs no copy to send again.
    let again = (run.left.total > 0).then(|| outbound.clone());
    Step::send(outbound, move |moment, outcome| {
        let (Some(outbound), Some(delay)) = (again, run.next_delay(&outcome, moment.now())) else {
            return then(moment, run.done + 1, outcome);
        };
        log::debug!("retry {} of {outbound:?} in {delay:?}: {}", run.done, summary(&outcome));
        if delay.is_zero() {
            return attempt(run, outbound, then);
        }
        Step::sleep(delay, Some(failure(&outcome, &outbound.secrets)), move |_| attempt(run, outbound, then))
    })
}

impl Run {
    /// When to try again; `None` if not at all. Takes from the budgets.
    fn next_delay(&mut self, outcome: &Outcome, now: SystemTime) -> Option<Duration> {
        let (budget, asked) = match outcome {
            Ok(answer) if answer.status().as_u16() < 400 => return None,
            Ok(answer) => {
                let (status, headers) = (answer.status(), answer.headers());
                self.was_gone = status == StatusCode::GONE;
                // Whoever names a time to come back wants to be asked again, whatever the status.
                let asked = standard_retry_after(headers, Some(now));
                if asked.is_none() && !retries(self.policy.on, status.as_u16()) {
                    return None;
                }
                (&mut self.left.status, asked.or_else(|| retry_after_in_milliseconds(headers)))
            }
            Err(error) if !error.is_transient() => return None,
            Err(error) if error.is_connect() => (&mut self.left.connect, None),
            Err(_) => (&mut self.left.read, None),
        };
        *budget = budget.checked_sub(1)?;
        self.left.total = self.left.total.checked_sub(1)?;
        let computed = self.policy.delay(self.done, self.was_gone);
        self.done += 1;
        Some(asked.filter(|delay| !delay.is_zero()).unwrap_or(computed))
    }
}

const fn retries(on: Statuses, status: u16) -> bool {
    match on {
        Statuses::TokenEndpoint => matches!(status, 408 | 429 | 500 | 502..=504 | 506..),
        Statuses::Metadata => matches!(status, 404 | 408 | 410 | 429 | 500..),
        Statuses::MetadataWithout404 => matches!(status, 408 | 410 | 429 | 500..),
    }
}

/// The delay that an answer asks for: `Retry-After` in seconds or, given the current time, as a date (RFC 9110,
/// section 10.2.3); where that is missing or unreadable, `retry-after-ms` or `x-ms-retry-after-ms`.
pub(crate) fn retry_after(headers: &HeaderMap, now: Option<SystemTime>) -> Option<Duration> {
    standard_retry_after(headers, now).or_else(|| retry_after_in_milliseconds(headers))
}

/// `Retry-After`. A time that has passed is none to wait.
fn standard_retry_after(headers: &HeaderMap, now: Option<SystemTime>) -> Option<Duration> {
    let value = text(headers, &RETRY_AFTER)?;
    if let Some(delay) = decimal::seconds(value) {
        return Some(delay.min(LONGEST_ASKED));
    }
    if value.strip_prefix('-').and_then(decimal::seconds).is_some() {
        return Some(Duration::ZERO);
    }
    let date = httpdate::parse_http_date(value).ok()?;
    Some(date.duration_since(now?).unwrap_or(Duration::ZERO).min(LONGEST_ASKED))
}

fn retry_after_in_milliseconds(headers: &HeaderMap) -> Option<Duration> {
    let thousandfold = IN_MILLISECONDS.iter().find_map(|name| decimal::seconds(text(headers, name)?))?;
    Some((thousandfold / 1000).min(LONGEST_ASKED))
}

/// No server means more than a week.
const LONGEST_ASKED: Duration = Duration::from_secs(604_800);

static IN_MILLISECONDS: [HeaderName; 2] =
    [HeaderName::from_static("retry-after-ms"), HeaderName::from_static("x-ms-retry-after-ms")];

#[inline(never)]
fn text<'a>(headers: &'a HeaderMap, name: &HeaderName) -> Option<&'a str> {
    headers.get(name)?.to_str().ok().map(str::trim)
}

fn summary(outcome: &Outcome) -> String {
    match outcome {
        Ok(answer) => format!("HTTP {}", answer.status().as_u16()),
        Err(error) => error.to_string(),
    }
}

/// The failure that a retry follows, for callers who have no time for it.
fn failure(outcome: &Outcome, secrets: &[Secret]) -> Error {
    match outcome {
        Ok(answer) => crate::oauth::answer_error(answer, secrets),
        Err(error) => Error::transport(error.to_string(), error),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::effect::TransportErrorKind;
    use crate::moment::ENTROPY;
    use http::Request;
    use std::time::UNIX_EPOCH;

    /// Answers every request with the next outcome (the last for ever) and returns the times of the requests in ms.
    fn times(policy: Retry, outcomes: &[Outcome]) -> Vec<u128> {
        let mut step =
            policy.send(Outbound::new(Request::new(Vec::new())), |_, _| Step::fail(Error::closed()));
        let (mut now, mut sent) = (UNIX_EPOCH, Vec::new());
        loop {
            let moment = |now| Moment::new(now, [0; ENTROPY]);
            step = match step {
                Step::Send(_, then) => {
                    let outcome = outcomes[sent.len().min(outcomes.len() - 1)].clone();
                    sent.push(now.duration_since(UNIX_EPOCH).unwrap().as_millis());
                    then(moment(now), outcome)
                }
                Step::Sleep(pause, then) => {
                    now += pause.delay;
                    then(moment(now), ())
                }
                _ => return sent,
            };
        }
    }

    fn answer(status: u16) -> Outcome {
        Ok(Response::builder().status(status).body(Vec::new()).unwrap())
    }

    fn after(status: u16, name: &str, value: &str) -> Outcome {
        Ok(Response::builder().status(status).header(name, value).body(Vec::new()).unwrap())
    }

    fn lost(kind: TransportErrorKind) -> Outcome {
        Err(TransportError::new(kind, "lost"))
    }

    #[test]
    fn three_retries_at_growing_distances() {
        for status in [408, 429, 500, 503, 506, 599] {
            assert_eq!(times(Retry::default(), &[answer(status)]), [0, 0, 1600, 4800], "{status}");
        }
        for status in [200, 400, 401, 404, 501, 505] {
            assert_eq!(times(Retry::default(), &[answer(status)]), [0], "{status}");
        }
    }

    #[test]
    fn budgets_are_separate_within_the_total() {
        let mixed = [lost(TransportErrorKind::Connect), lost(TransportErrorKind::Timeout), answer(500)];
        let cycle: Vec<Outcome> = mixed.iter().cycle().take(12).cloned().collect();
        assert_eq!(times(Retry::default(), &cycle).len(), 10);
        assert_eq!(times(Retry::default().with_total(1), &cycle).len(), 2);
        assert_eq!(times(Retry::none(), &cycle).len(), 1);
    }

    #[test]
    fn the_server_may_name_the_delay() {
        for (name, value, expected) in [
            ("retry-after", "7", 7000),
            ("retry-after", "0.5", 500),
            ("retry-after", "Thu, 01 Jan 1970 00:00:09 GMT", 9000),
            ("retry-after", "0", 0),
            ("retry-after", "-1", 0),
            ("retry-after-ms", "20", 20),
            ("x-ms-retry-after-ms", "30", 30),
        ] {
            let asks = |status| times(Retry::default(), &[after(status, name, value), answer(200)]);
            assert_eq!(asks(503), [0, expected], "{name} {value}");
            // What says how long is no reason to ask again, unless it is the standard header.
            let again: &[u128] = if name == "retry-after" { &[0, expected] } else { &[0] };
            assert_eq!(asks(400), again, "{name} {value}");
        }
    }

    #[test]
    fn the_standard_header_wins_and_whoever_names_a_time_is_asked_again() {
        let mut both = after(503, "retry-after-ms", "20").unwrap();
        both.headers_mut().insert("retry-after", "7".parse().unwrap());
        assert_eq!(times(Retry::default(), &[Ok(both.clone()), answer(200)]), [0, 7000]);
        both.headers_mut().insert("retry-after", "soon".parse().unwrap());
        assert_eq!(times(Retry::default(), &[Ok(both), answer(200)]), [0, 20]);
        assert_eq!(times(Retry::metadata(), &[after(400, "retry-after", "7"), answer(200)]), [0, 7000]);
    }

    #[test]
    fn metadata_waits_longer_after_gone() {
        assert_eq!(times(Retry::metadata(), &[answer(404)]), [0, 0, 1600, 4800, 11200, 24000]);
        assert_eq!(times(Retry::metadata(), &[answer(410)]), [0, 0, 5000, 15000, 35000, 75000]);
        assert_eq!(times(Retry::metadata(), &[answer(400)]), [0]);
        assert_eq!(times(Retry::metadata(), &[answer(408)]).len(), 6);
        let lost = lost(TransportErrorKind::Timeout);
        assert_eq!(times(Retry::metadata(), &[answer(410), lost.clone(), answer(200)]), [0, 0, 5000]);
        let [a, b] = [answer(500), lost].map(|outcome| std::iter::repeat_n(outcome, 3));
        assert_eq!(times(Retry::metadata(), &a.chain(b).collect::<Vec<_>>()).len(), 6, "five retries in all");
    }

    #[test]
    fn an_answer_that_is_too_large_is_not_asked_for_again() {
        assert_eq!(times(Retry::default(), &[lost(TransportErrorKind::TooLarge)]), [0]);
    }
}
