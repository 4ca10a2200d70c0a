//! How threads wait for a flight: all of them on one condition, as waking each by itself takes the system longer.

use std::sync::{Arc, PoisonError};
use std::time::Duration;

use super::{Flight, Landing, Place, State};
use crate::Waiting;

/// The wait of a thread for a flight.
pub(crate) struct Watch {
    flight: Arc<Flight>,
    /// The round in which it began.
    round: u32,
}

#[cfg_attr(not(feature = "blocking"), allow(dead_code, reason = "tasks poll"))]
impl Watch {
    pub(super) fn new(flight: &Arc<Flight>, place: Place) -> Self {
        if let State::Flying(waiters) = &mut *flight.lock() {
            waiters.is_watched = true;
        }
        Self { flight: flight.clone(), round: place.round }
    }

    /// What the wait led to, if it is over.
    pub(crate) fn landing(&self) -> Option<Landing> {
        let state = self.flight.lock();
        match &*state {
            State::Flying(_) if self.ends_with(&state) => Some(Landing::GivenUp { panicked: false }),
            _ => state.landing(),
        }
    }

    fn ends_with(&self, state: &State) -> bool {
        match state {
            State::Flying(waiters) => waiters.round != self.round,
            State::Landed(_) | State::GivenUp { .. } => true,
        }
    }
}

impl Waiting for Watch {
    fn is_over(&self) -> bool {
        self.ends_with(&self.flight.lock())
    }

    fn wait(&self, limit: Duration) -> bool {
        let still = |state: &mut State| !self.ends_with(state);
        let waited = self.flight.changed.wait_timeout_while(self.flight.lock(), limit, still);
        self.ends_with(&waited.unwrap_or_else(PoisonError::into_inner).0)
    }
}
