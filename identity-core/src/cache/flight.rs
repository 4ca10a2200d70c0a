//! One request for many callers: they share its result, also its error; a flight that is given up promotes a waiter.

use std::collections::HashMap;
use std::hash::{Hash, Hasher};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Waker};
use std::thread;
use std::time::Duration;

use super::{Cache, Key, KeyRef, Partition, Pilot, Seat};
use crate::{AccessToken, Result, TokenRequest};

/// The requests under way.
#[derive(Default)]
pub(crate) struct Flights(Mutex<HashMap<FlightKey, Arc<Flight>>>);

/// The key of a cached token and what passes by the cache.
#[derive(Clone)]
struct FlightKey {
    key: Key,
    claims: Option<Box<str>>,
    forced: bool,
    prompt: bool,
}

/// The part of a caller in a flight.
pub(crate) enum Joined {
    /// The caller makes the request.
    Lead(Lead),
    /// Somebody else does.
    Wait(Arc<Flight>),
}

impl Cache {
    /// Joins the flight for a request, or begins one that may take as long as `budget`.
    pub(crate) fn join(&self, key: &KeyRef<'_>, request: &TokenRequest<'_>, budget: Duration) -> Joined {
        let key = FlightKey {
            key: key.to_owned_key(),
            claims: request.claims().map(Into::into),
            forced: request.force_refresh(),
            prompt: request.is_prompt_allowed(),
        };
        let mut flights = self.flights().lock();
        if let Some(flight) = flights.get(&key) {
            return Joined::Wait(flight.clone());
        }
        let flight = Flight::new(budget);
        flights.insert(key.clone(), flight.clone());
        Joined::Lead(Lead { cache: self.clone(), key, flight, landed: false })
    }
}

impl Flights {
    /// The pilots of a credential that their leading callers poll, or do not poll any more.
    pub(crate) fn leave_seats(&self, partition: &Arc<Partition>) -> Vec<Pilot> {
        let flights = self.lock();
        let ours = flights.iter().filter(|(key, _)| key.key.is_made_by(partition));
        ours.filter_map(|(_, flight)| flight.seat.leave()).collect()
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<FlightKey, Arc<Flight>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The duty to land a flight. Dropping it gives the flight up.
pub(crate) struct Lead {
    cache: Cache,
    key: FlightKey,
    flight: Arc<Flight>,
    landed: bool,
}

impl Lead {
    /// The flight, to wait for it.
    pub(crate) fn flight(&self) -> Arc<Flight> {
        self.flight.clone()
    }

    /// Ends the flight with the result that every waiter gets.
    pub(crate) fn land(mut self, result: Result<AccessToken>) {
        self.landed = true;
        self.end(State::Landed(result));
    }

    fn end(&self, state: State) {
        // First out of the way, then landed: whoever comes now looks in the cache or begins anew.
        self.cache.flights().lock().remove(&self.key);
        self.flight.end(state);
    }
}

impl Drop for Lead {
    fn drop(&mut self) {
        if !self.landed {
            self.end(State::GivenUp { panicked: thread::panicking() });
        }
    }
}

/// How a flight ended for a caller who waited.
#[derive(Clone, Debug)]
pub(crate) enum Landing {
    /// With a result, the same for all.
    Landed(Result<AccessToken>),
    /// Without: whoever ran it was ended, or panicked. Try again.
    GivenUp { panicked: bool },
    /// The caller's time passed first.
    TimedOut,
}

/// A request under way.
pub(crate) struct Flight {
    state: Mutex<State>,
    seat: Seat,
    budget: Duration,
}

enum State {
    Flying(Vec<Waker>),
    Landed(Result<AccessToken>),
    GivenUp { panicked: bool },
}

impl Flight {
    fn new(budget: Duration) -> Arc<Self> {
        Arc::new(Self { state: Mutex::new(State::Flying(Vec::new())), seat: Seat::default(), budget })
    }

    /// How long whoever began it lets it take.
    pub(crate) const fn budget(&self) -> Duration {
        self.budget
    }

    /// Who polls it.
    pub(crate) const fn seat(&self) -> &Seat {
        &self.seat
    }

    /// Waits: the waker is woken when the flight ends. `place` is where this waiter is known; it begins as `None` and belongs to this flight.
    pub(crate) fn poll(&self, context: &Context<'_>, place: &mut Option<usize>) -> Poll<Landing> {
        let mut state = self.lock();
        if let Some(landing) = state.landing() {
            return Poll::Ready(landing);
        }
        if let State::Flying(wakers) = &mut *state {
            match place.and_then(|place| wakers.get_mut(place)) {
                Some(waker) => waker.clone_from(context.waker()),
                None => {
                    *place = Some(wakers.len());
                    wakers.push(context.waker().clone());
                }
            }
        }
        Poll::Pending
    }

    fn end(&self, end: State) {
        let before = std::mem::replace(&mut *self.lock(), end);
        if let State::Flying(wakers) = before {
            wakers.into_iter().for_each(Waker::wake);
        }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    fn landing(&self) -> Option<Landing> {
        match self {
            Self::Flying(_) => None,
            Self::Landed(result) => Some(Landing::Landed(result.clone())),
            Self::GivenUp { panicked } => Some(Landing::GivenUp { panicked: *panicked }),
        }
    }
}

impl PartialEq for FlightKey {
    fn eq(&self, other: &Self) -> bool {
        self.forced == other.forced
            && self.prompt == other.prompt
            && self.claims == other.claims
            && self.key.is_same(&other.key)
    }
}

impl Eq for FlightKey {}

impl Hash for FlightKey {
    fn hash<H: Hasher>(&self, state: &mut H) {
        state.write_u64(self.key.hash());
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Error;
    use crate::cache::Partition;

    fn join(cache: &Cache, partition: &Arc<Partition>, request: &TokenRequest<'_>) -> Joined {
        cache.join(&KeyRef::new(partition, request), request, Duration::MAX)
    }

    fn look(flight: &Flight) -> Poll<Landing> {
        flight.poll(&Context::from_waker(Waker::noop()), &mut None)
    }

    #[test]
    fn followers_get_the_error_of_the_leader() {
        let (cache, partition) = (Cache::new(), Arc::new(Partition::new("p")));
        let request = TokenRequest::new(&["s"]);
        let Joined::Lead(lead) = join(&cache, &partition, &request) else { panic!("nobody leads") };
        let Joined::Wait(flight) = join(&cache, &partition, &request) else { panic!("two lead") };
        assert!(matches!(join(&cache, &partition, &request.with_claims("{}")), Joined::Lead(_)));
        assert!(look(&flight).is_pending());
        lead.land(Err(Error::unavailable("nothing")));
        let Poll::Ready(Landing::Landed(Err(error))) = look(&flight) else { panic!("not landed") };
        assert_eq!(error.message(), "nothing");
        assert!(matches!(join(&cache, &partition, &request), Joined::Lead(_)));
    }

    #[test]
    fn a_leader_that_is_dropped_gives_up() {
        let (cache, partition) = (Cache::new(), Arc::new(Partition::new("p")));
        let request = TokenRequest::new(&["s"]);
        let Joined::Lead(lead) = join(&cache, &partition, &request) else { panic!("nobody leads") };
        let flight = lead.flight();
        drop(lead);
        assert!(matches!(look(&flight), Poll::Ready(Landing::GivenUp { panicked: false })));
    }
}
