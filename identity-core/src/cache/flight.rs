//! One request for many callers: they share its result, also its error; a flight that is given up promotes a waiter.

mod asked;
mod lead;
mod watch;

use std::collections::{BinaryHeap, HashSet};
use std::sync::{Arc, PoisonError};
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use foldhash::fast::FixedState;

use asked::{Asked, Known};
pub(crate) use lead::Lead;
pub(crate) use watch::Watch;

use super::{Cache, KeyRef, Partition, Pilot, Seat};
use crate::request::OwnedRequest;
use crate::sync::{Condvar, Mutex, MutexGuard};
use crate::{AccessToken, Result, TokenRequest};

/// The requests under way.
#[derive(Default)]
pub(crate) struct Flights(Mutex<Air>);

#[derive(Default)]
struct Air {
    flights: HashSet<Known, FixedState>,
    /// Nobody joins these any more: the cache was cleared after they began, or they were waited for in vain.
    apart: Vec<Arc<Flight>>,
    /// How many flights began.
    count: u64,
}

impl Air {
    /// Whether the flight can be joined.
    fn has(&self, flight: &Arc<Flight>) -> bool {
        self.flights.get(&flight.asked).is_some_and(|known| Arc::ptr_eq(&known.0, flight))
    }

    /// The flight of a credential that began first, if it is to be waited for.
    fn first_of(&self, partition: &Arc<Partition>, now: Duration) -> Option<Arc<Flight>> {
        let mut first: Option<&Arc<Flight>> = None;
        for Known(flight) in &self.flights {
            if flight.asked.partition.is(partition)
                && !flight.is_overdue(partition, now)
                && first.is_none_or(|first| flight.began < first.began)
            {
                first = Some(flight);
            }
        }
        first.cloned()
    }

    /// The same as [`set_apart`](Self::set_apart) for one flight.
    fn give_up_on(&mut self, flight: &Arc<Flight>) {
        if self.has(flight) {
            self.apart.extend(self.flights.take(&flight.asked).map(|known| known.0));
        }
    }

    /// From now on nobody joins the flights that are meant, and what they bring is not kept.
    fn set_apart(&mut self, is_meant: &dyn Fn(&Arc<Flight>) -> bool) {
        self.apart.extend(self.flights.extract_if(|known| is_meant(&known.0)).map(|known| known.0));
    }
}

/// The part of a caller in a flight.
pub(crate) enum Joined {
    /// The caller makes the request.
    Lead(Lead),
    /// Somebody else does.
    Wait(Arc<Flight>),
    /// Somebody else begins what this caller's request is to build on: join again when that has ended.
    After(Arc<Flight>),
}

/// How a caller joins a flight.
#[derive(Clone, Copy)]
pub(crate) struct Terms {
    /// The uptime of the caller's host, when it came.
    pub(crate) now: Duration,
    /// The uptime at which the caller's time is over, and that of a flight which it begins.
    pub(crate) until: Duration,
    /// How much time that was in the beginning.
    pub(crate) budget: Duration,
    /// Whether a flight may only begin while there is no other of its credential, unless there is a refresh token.
    pub(crate) begins_alone: bool,
}

/// A flight that has not ended so long after its time never will: it may be in a runtime that nobody drives any more.
const GRACE: Duration = Duration::from_secs(1);

impl Cache {
    /// Joins the flight for a request, or begins one.
    pub(crate) fn join(&self, key: &KeyRef<'_>, request: &TokenRequest<'_>, terms: Terms) -> Joined {
        let asked = Asked::new(key, request);
        let mut air = self.flights().lock();
        match air.flights.get(&asked) {
            Some(known) if known.0.is_overdue(key.partition(), terms.now) => {
                let overdue = known.0.clone();
                air.give_up_on(&overdue);
            }
            Some(known) => return Joined::Wait(known.0.clone()),
            None => {}
        }
        if terms.begins_alone
            && let Some(first) = air.first_of(key.partition(), terms.now)
            && self.previous(key, true).is_none()
        {
            return Joined::After(first);
        }
        air.count += 1;
        let flight = Flight::new(asked, terms, air.count);
        air.flights.insert(Known(flight.clone()));
        Joined::Lead(Lead::new(self.clone(), flight))
    }
}

impl Flights {
    /// From now on nobody joins a flight that was waited for in vain.
    pub(crate) fn give_up_on(&self, flight: &Arc<Flight>) {
        self.lock().give_up_on(flight);
    }

    /// The pilots of a credential that their leading callers poll, or do not poll any more.
    pub(crate) fn leave_seats(&self, partition: &Arc<Partition>) -> Vec<Pilot> {
        let air = self.lock();
        let flights = air.flights.iter().map(|known| &known.0).chain(&air.apart);
        let ours = flights.filter(|flight| Arc::ptr_eq(&flight.asked.partition, partition));
        let ours: Vec<&Arc<Flight>> = ours.collect();
        // In the order in which they began, so that a close does the same in every run.
        let order: BinaryHeap<(u64, usize)> =
            ours.iter().enumerate().map(|(index, flight)| (flight.began, index)).collect();
        let order = order.into_sorted_vec();
        order.into_iter().filter_map(|(_, index)| ours.get(index)?.seat.leave()).collect()
    }

    /// Forgets what `forget` forgets, and sees to it that flights which began before do not bring it back: their tokens
    /// go to those who wait for them already, and to nobody else.
    pub(super) fn forgetting(&self, is_meant: &dyn Fn(&Partition) -> bool, forget: &dyn Fn()) {
        let mut air = self.lock();
        air.set_apart(&|flight| is_meant(&flight.asked.partition));
        forget();
    }

    fn lock(&self) -> MutexGuard<'_, Air> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// How a flight ended for a caller who waited.
#[derive(Clone, Debug)]
pub(crate) enum Landing {
    /// With a result, the same for all.
    Landed(Result<AccessToken>),
    /// Without: whoever ran it was ended, or panicked, or a token came from elsewhere meanwhile. Try again.
    GivenUp { panicked: bool },
    /// The caller's time passed first.
    TimedOut,
}

/// A request under way.
pub(crate) struct Flight {
    asked: Asked,
    state: Mutex<State>,
    /// Tells all threads that wait: one by one would take the system as long as a request.
    changed: Condvar,
    seat: Seat,
    until: Duration,
    budget: Duration,
    /// Flights are numbered in the order in which they begin.
    began: u64,
}

enum State {
    Flying(Waiters),
    Landed(Result<AccessToken>),
    GivenUp { panicked: bool },
}

/// Who waits for a flight, since it was last told to look again.
#[derive(Default)]
struct Waiters {
    round: u32,
    wakers: Vec<Waker>,
    /// Whether threads are among them.
    is_watched: bool,
}

/// Where a waiter is known: the round in which it began to wait, and its place in it.
#[derive(Clone, Copy)]
pub(crate) struct Place {
    round: u32,
    index: Option<usize>,
}

impl Flight {
    fn new(asked: Asked, terms: Terms, began: u64) -> Arc<Self> {
        Arc::new(Self {
            asked,
            state: Mutex::new(State::Flying(Waiters::default())),
            changed: Condvar::new(),
            seat: Seat::default(),
            until: terms.until,
            budget: terms.budget,
            began,
        })
    }

    /// What it was begun for.
    pub(crate) const fn request(&self) -> &OwnedRequest {
        &self.asked.request
    }

    /// Lends the key that its token will have.
    pub(crate) fn with_key<T>(&self, use_it: impl FnOnce(&KeyRef<'_>) -> T) -> T {
        self.asked.with_key(use_it)
    }

    /// How long whoever began it lets it take.
    pub(crate) const fn budget(&self) -> Duration {
        self.budget
    }

    /// Until when a caller of a credential waits for it at most, by the uptime of its host.
    pub(crate) fn patience(&self, partition: &Arc<Partition>, now: Duration) -> Duration {
        // The host of another credential may count otherwise.
        let is_own = Arc::ptr_eq(&self.asked.partition, partition);
        let until = if is_own { self.until.max(now) } else { now.saturating_add(self.budget) };
        until.saturating_add(GRACE)
    }

    /// Whether it should have ended, and nobody can take it to another runtime.
    fn is_overdue(&self, partition: &Arc<Partition>, now: Duration) -> bool {
        self.until.saturating_add(GRACE) < now
            && Arc::ptr_eq(&self.asked.partition, partition)
            && !self.seat.is_taken()
    }

    /// Who polls it.
    pub(crate) const fn seat(&self) -> &Seat {
        &self.seat
    }

    /// A place for somebody who looks into the cache next, and then waits: of what comes meanwhile it is told.
    pub(crate) fn place(&self) -> Place {
        let round = match &*self.lock() {
            State::Flying(waiters) => waiters.round,
            _ => 0,
        };
        Place { round, index: None }
    }

    /// Waits: the waker is woken when the flight ends, or when there is something to look for.
    pub(crate) fn poll(&self, context: &Context<'_>, place: &mut Place) -> Poll<Landing> {
        let mut state = self.lock();
        if let Some(landing) = state.landing() {
            return Poll::Ready(landing);
        }
        if let State::Flying(Waiters { round, wakers, .. }) = &mut *state {
            if place.round != *round {
                return Poll::Ready(Landing::GivenUp { panicked: false });
            }
            match place.index.and_then(|index| wakers.get_mut(index)) {
                Some(waker) => waker.clone_from(context.waker()),
                None => {
                    place.index = Some(wakers.len());
                    wakers.push(context.waker().clone());
                }
            }
        }
        Poll::Pending
    }

    /// Begins to wait in a thread.
    #[cfg_attr(not(feature = "blocking"), allow(dead_code, reason = "tasks poll"))]
    pub(crate) fn watch(self: &Arc<Self>, place: Place) -> Watch {
        Watch::new(self, place)
    }

    /// Makes those who wait look at the cache again.
    fn nudge(&self) {
        let waiters = match &mut *self.lock() {
            State::Flying(waiters) => {
                let next = Waiters { round: waiters.round.wrapping_add(1), ..Waiters::default() };
                std::mem::replace(waiters, next)
            }
            _ => return,
        };
        self.wake(waiters);
    }

    fn end(&self, end: State) {
        let before = std::mem::replace(&mut *self.lock(), end);
        if let State::Flying(waiters) = before {
            self.wake(waiters);
        }
    }

    fn wake(&self, waiters: Waiters) {
        // A call of the system, so not for nobody.
        if waiters.is_watched {
            self.changed.notify_all();
        }
        waiters.wakers.into_iter().for_each(Waker::wake);
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

#[cfg(test)]
mod tests;
