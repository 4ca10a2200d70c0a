//! Whether an instance metadata service is there at all: asked only inside a chain, where absence must show quickly.

use std::sync::{Mutex, PoisonError};
use std::time::{Duration, SystemTime};

use http::Response;
use identity_core::effect::{Outbound, TransportErrorKind};
use identity_core::moment::Seconds;
use identity_core::{Error, Moment, Result, ServiceError, Step};

use crate::response::is_unreachable;
use identity_core::effect::place;

/// For this long after a probe that took all its time, the next one is not made: every call would wait for it. A probe
/// that failed at once costs nothing and is repeated. No failure is kept longer, as the service may just be starting.
const PAUSE: Duration = Duration::from_secs(30);

/// What is known of the service.
#[derive(Debug, Default)]
pub(crate) struct Probe(Mutex<Known>);

#[derive(Clone, Copy, Debug, Default)]
enum Known {
    #[default]
    Nothing,
    Present,
    /// It did not answer in time.
    SilentAt(SystemTime),
}

impl Probe {
    #[inline]
    fn known(&self) -> Known {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    #[inline]
    fn learn(&self, known: Known) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = known;
    }

    /// The service answered: there is no need to ask again.
    #[inline]
    pub(crate) fn found(&self) {
        self.learn(Known::Present);
    }

    /// Whether a probe must come before a token request; an error if the last one was in vain and not long ago.
    #[inline]
    pub(crate) fn is_needed(&self, now: SystemTime) -> Result<bool> {
        match self.known() {
            Known::Present => Ok(false),
            Known::Nothing => Ok(true),
            Known::SilentAt(then) => match now.duration_since(then) {
                Ok(since) if since < PAUSE => Err(Error::unavailable(format!(
                    "no response from the IMDS endpoint {} s ago; a chain asks again after {} s",
                    since.as_secs(),
                    PAUSE.as_secs()
                ))),
                // Also after the clock was set back.
                _ => Ok(true),
            },
        }
    }
}

/// Asks once, without the header that a token request must have: the service refuses that at once, so any answer
/// counts, except that of a proxy which says, as JSON, that the service is unreachable. Where it says so as text, the
/// token request finds out.
#[inline]
pub(crate) fn probe(
    mut outbound: Outbound,
    limit: Duration,
    known: std::sync::Arc<Probe>,
    then: impl FnOnce(Moment) -> Step + Send + 'static,
) -> Step {
    outbound.request.headers_mut().remove("metadata");
    let place = place(outbound.request.uri());
    let outbound = outbound.with_timeout(limit).with_connect_timeout(limit);
    Step::send(outbound, move |moment, result| match result {
        Ok(response) if is_unreachable(&response) && is_json(&response) => Step::fail(unreachable(&response)),
        Ok(_) => {
            known.found();
            then(moment)
        }
        Err(error) => {
            if matches!(error.kind(), TransportErrorKind::ConnectTimeout | TransportErrorKind::Timeout) {
                known.learn(Known::SilentAt(moment.now()));
            }
            let limit = Seconds(limit);
            Step::fail(Error::unavailable(format!(
                "no response from the IMDS endpoint {place} to one attempt of at most {limit}: {error}"
            )))
        }
    })
}

#[inline]
fn is_json(response: &Response<Vec<u8>>) -> bool {
    serde_json::from_slice::<serde_json::Value>(response.body()).is_ok()
}

#[inline]
fn unreachable(response: &Response<Vec<u8>>) -> Error {
    let service = ServiceError::read(response.status(), response.body(), &[]);
    let said = service.description.as_deref().or(service.excerpt.as_deref()).unwrap_or("unreachable");
    Error::unavailable(format!("the IMDS endpoint is unreachable behind a proxy: {said}"))
        .with_service(service)
}
