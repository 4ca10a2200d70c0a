//! Who polls the future of a flight: the caller that leads it, until somebody else depends on it.
//!
//! A task of its own would do for every flight, and costs a single caller more than all the rest of a fetched token.

use std::mem;
use std::pin::Pin;
use std::sync::PoisonError;
use std::task::{Context, Waker};

use crate::sync::{Mutex, MutexGuard};

/// The future that makes the request and lands the flight.
pub(crate) type Pilot = Pin<Box<dyn Future<Output = ()> + Send>>;

/// Where the pilot sits while the leading caller polls it.
#[derive(Default)]
pub(crate) struct Seat(Mutex<State>);

/// What the leading caller found.
pub(crate) enum Turn {
    /// The pilot stays and will wake this caller.
    Here,
    /// The pilot has landed, or is elsewhere; or it is to be run in a task now.
    Left(Option<Pilot>),
}

enum State {
    /// Nobody is here, yet or any more.
    Empty { wanted: bool },
    /// With the waker of the leading caller, who listens to nothing but the pilot.
    Seated(Pilot, Option<Waker>),
    /// The leading caller has it at this moment.
    Polled { wanted: bool },
}

impl Default for State {
    fn default() -> Self {
        Self::Empty { wanted: false }
    }
}

impl Seat {
    /// Seats the pilot; gives it back if somebody depends on it already, to be run in a task.
    pub(crate) fn take(&self, pilot: Pilot) -> Option<Pilot> {
        let mut state = self.lock();
        if matches!(*state, State::Empty { wanted: true }) {
            return Some(pilot);
        }
        *state = State::Seated(pilot, None);
        None
    }

    /// Polls the pilot for the leading caller.
    pub(crate) fn poll(&self, context: &mut Context<'_>) -> Turn {
        let mut pilot = {
            let mut state = self.lock();
            match mem::take(&mut *state) {
                State::Seated(pilot, _) => {
                    *state = State::Polled { wanted: false };
                    pilot
                }
                other => {
                    *state = other;
                    return Turn::Left(None);
                }
            }
        };
        // Unlocked: what is polled may come back here, as a credential that asks itself for a token.
        let landed = pilot.as_mut().poll(context).is_ready();
        let mut state = self.lock();
        let wanted = matches!(*state, State::Polled { wanted: true });
        if landed || wanted {
            *state = State::Empty { wanted };
            drop(state);
            return Turn::Left(Some(pilot).filter(|_| !landed));
        }
        *state = State::Seated(pilot, Some(context.waker().clone()));
        Turn::Here
    }

    /// Gives the pilot to somebody who depends on it, to be run in a task. If it is not there now, whoever has it
    /// will see to that.
    pub(crate) fn leave(&self) -> Option<Pilot> {
        let mut state = self.lock();
        let (next, pilot, leader) = match mem::take(&mut *state) {
            State::Seated(pilot, leader) => (State::Empty { wanted: true }, Some(pilot), leader),
            State::Polled { .. } => (State::Polled { wanted: true }, None, None),
            State::Empty { .. } => (State::Empty { wanted: true }, None, None),
        };
        *state = next;
        drop(state);
        // From now on the leading caller has to wait for the flight like everybody else.
        leader.into_iter().for_each(Waker::wake);
        pilot
    }

    /// Whether the pilot sits here, for anybody to take.
    pub(crate) fn is_taken(&self) -> bool {
        matches!(*self.lock(), State::Seated(..))
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::future;

    fn poll(seat: &Seat) -> Turn {
        seat.poll(&mut Context::from_waker(Waker::noop()))
    }

    #[test]
    fn the_pilot_leaves_when_somebody_depends_on_it() {
        let seat = Seat::default();
        assert!(seat.take(Box::pin(future::pending())).is_none());
        assert!(matches!(poll(&seat), Turn::Here));
        assert!(seat.leave().is_some());
        assert!(matches!(poll(&seat), Turn::Left(None)) && seat.leave().is_none());
    }

    #[test]
    fn whoever_depends_on_it_early_is_not_forgotten() {
        let seat = Seat::default();
        assert!(seat.leave().is_none());
        assert!(seat.take(Box::pin(future::pending())).is_some());
    }

    #[test]
    fn a_pilot_that_is_wanted_while_it_is_polled_leaves_afterwards() {
        let seat = std::sync::Arc::new(Seat::default());
        let inner = seat.clone();
        let pilot = future::poll_fn(move |_| {
            assert!(inner.leave().is_none());
            std::task::Poll::Pending
        });
        assert!(seat.take(Box::pin(pilot)).is_none());
        assert!(matches!(poll(&seat), Turn::Left(Some(_))));
    }
}
