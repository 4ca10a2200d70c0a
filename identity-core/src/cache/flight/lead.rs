//! The part of whoever makes the request of a flight: it keeps what comes of it, and ends the flight in any case.

use std::sync::Arc;
use std::thread;
use std::time::SystemTime;

use super::{Flight, State};
use crate::cache::Cache;
use crate::{AccessToken, Grant, Result};

/// The duty to land a flight. Dropping it gives the flight up.
pub(crate) struct Lead {
    cache: Cache,
    flight: Arc<Flight>,
    landed: bool,
}

impl Lead {
    pub(super) const fn new(cache: Cache, flight: Arc<Flight>) -> Self {
        Self { cache, flight, landed: false }
    }

    /// The flight.
    pub(crate) const fn flight(&self) -> &Arc<Flight> {
        &self.flight
    }

    /// Ends the flight with the result that every waiter gets.
    pub(crate) fn land(mut self, result: Result<AccessToken>) {
        self.landed = true;
        let others = if result.is_ok() { self.content_with_the_same() } else { Vec::new() };
        self.end(State::Landed(result));
        others.iter().for_each(|flight| flight.nudge());
    }

    /// Other flights whose callers a token in the cache serves as well: they need not wait for theirs.
    fn content_with_the_same(&self) -> Vec<Arc<Flight>> {
        let air = self.cache.flights().lock();
        if air.flights.len() < 2 {
            return Vec::new();
        }
        let mut others = Vec::new();
        for flags in [(false, false), (false, true), (true, false), (true, true)] {
            match air.flights.get(&self.flight.asked.plain(flags)) {
                Some(known) if !Arc::ptr_eq(&known.0, &self.flight) => others.push(known.0.clone()),
                _ => {}
            }
        }
        others
    }

    /// Keeps the grant, unless the cache was cleared since the flight began, and gives its token. Where it is for another
    /// person than before, the tokens of that person are forgotten: a credential is never two people at once.
    pub(crate) fn store(&self, grant: Grant, credential: &Arc<str>, now: SystemTime) -> AccessToken {
        let (flight, mut air) = (&self.flight, self.cache.flights().lock());
        if !air.has(flight) {
            return AccessToken::of(&grant, credential.clone());
        }
        let (token, is_another) = flight.with_key(|key| {
            let is_another = self.cache.forget_others(key, &grant);
            if is_another {
                air.set_apart(&|other| {
                    !Arc::ptr_eq(other, flight) && other.asked.partition.is(key.partition())
                });
            }
            (self.cache.store(key, grant, credential, flight.began, now), is_another)
        });
        // A logger may ask for a token itself.
        drop(air);
        if is_another {
            log::info!("{credential}: another person signed in; what the one before was given is forgotten");
        }
        token
    }

    fn end(&self, state: State) {
        // First out of the way, then landed: whoever comes now looks in the cache or begins anew.
        let mut air = self.cache.flights().lock();
        if air.has(&self.flight) {
            air.flights.remove(&self.flight.asked);
        } else {
            air.apart.retain(|flight| !Arc::ptr_eq(flight, &self.flight));
        }
        drop(air);
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
