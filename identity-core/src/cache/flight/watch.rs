//! How threads wait for a flight: all of them on one condition, as waking each by itself takes the system longer.

use std::sync::{Arc, PoisonError};
use std::time::Duration;

use super::{Flight, Landing, State};
use crate::Waiting;

/// The wait of a thread for a flight.
pub(crate) struct Watch {
    flight: Arc<Flight>,
    /// The round in which it began.
    round: u32,
}

#[cfg_attr(not(feature = "blocking"), allow(dead_code, reason = "tasks poll"))]
impl Watch {
    pub(super) fn new(flight: &Arc<Flight>) -> Self {
        let round = match &mut *flight.lock() {
            State::Flying(waiters) => {
                waiters.is_watched = true;
                waiters.round
            }
            _ => 0,
        };
        Self { flight: flight.clone(), round }
    }

    /// What the wait led to, if it is over.
    pub(crate) fn landing(&self) -> Option<Landing> {
        self.landing_of(&self.flight.lock())
    }

    fn landing_of(&self, state: &State) -> Option<Landing> {
        match state {
            State::Flying(waiters) if waiters.round != self.round => {
                Some(Landing::GivenUp { panicked: false })
            }
            _ => state.landing(),
        }
    }
}

impl Waiting for Watch {
    fn is_over(&self) -> bool {
        self.landing().is_some()
    }

    fn wait(&self, limit: Duration) -> bool {
        let still = |state: &mut State| self.landing_of(state).is_none();
        let waited = self.flight.changed.wait_timeout_while(self.flight.lock(), limit, still);
        self.landing_of(&waited.unwrap_or_else(PoisonError::into_inner).0).is_some()
    }
}
