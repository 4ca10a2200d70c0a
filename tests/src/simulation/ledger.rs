//! What happened in one run so far: flights, calls and credentials as an observer outside the core sees them.

use std::fmt;

use identity_core::{AccessToken, Error, Result};

use super::plan::Asked;

/// What is checked on every step.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Promise {
    /// No expired token is handed out, and none of another key.
    NoExpiredToken,
    /// Never more than one flight per key.
    OneFlightPerKey,
    /// No caller waits while a valid token is there.
    NoWaitBesideAToken,
    /// Whoever waits, waits for something that is under way, and not beyond its deadline; every call ends.
    NoLostWakeUp,
    /// An error reaches exactly those who waited for it.
    ErrorsReachTheirWaiters,
    /// Nothing begins and nothing runs after a close.
    NothingAfterClose,
    /// No flight, task, timer, waker or credential is left at the end, and no cache is over its bound.
    NoLeak,
}

/// A promise that was not kept, and how.
#[derive(Clone, Debug)]
pub struct Violation {
    /// Which.
    pub promise: Promise,
    /// What was seen.
    pub what: String,
}

impl fmt::Display for Violation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?}: {}", self.promise, self.what)
    }
}

/// Who runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Who {
    /// A call, by its index.
    Call(usize),
    /// Somebody who closes a credential.
    Closer(usize),
    /// Background work of a credential, and how often its cache had been cleared when it was begun.
    Task(usize, u64),
}

/// What requests share one flight, as an observer knows it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct FlightKey {
    pub(super) cache: usize,
    pub(super) client: usize,
    pub(super) asked: Asked,
}

impl FlightKey {
    pub(super) const fn new(cache: usize, client: usize, asked: Asked) -> Self {
        Self { cache, client, asked: Asked { deadline: None, ..asked } }
    }

    /// Whether a token for one serves the other.
    pub(super) const fn same_token(&self, other: &Self) -> bool {
        self.cache == other.cache
            && self.client == other.client
            && self.asked.scope == other.asked.scope
            && self.asked.tenant == other.asked.tenant
    }
}

/// How a flight ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum End {
    /// With a token, whose text ends in the number of the flight.
    Token,
    /// With this message; the flag is set if a deadline was the reason.
    Failed { message: String, timed_out: bool },
    /// Without either: given up, or out of time.
    Dropped,
}

/// A request that a source was asked for.
#[derive(Debug)]
pub(super) struct Flight {
    pub(super) credential: usize,
    pub(super) key: FlightKey,
    /// How long its leader lets it take.
    pub(super) budget: u64,
    pub(super) end: Option<End>,
    /// The actor that stays with it, and after the end of the request has yet to land it.
    pub(super) actor: Option<usize>,
    /// Whether the cache was cleared since it began: nobody joins it any more.
    pub(super) apart: bool,
    /// Whether the credential was being closed when it ended.
    pub(super) closing: bool,
}

/// A call of `get_token`.
#[derive(Debug)]
pub(super) struct Call {
    pub(super) credential: usize,
    pub(super) asked: Asked,
    pub(super) key: FlightKey,
    /// The uptime at its beginning.
    pub(super) began: u64,
    /// How often the clock had been set back until then.
    pub(super) set_backs: u64,
    /// How many flights there had been until then.
    pub(super) flights_before: usize,
    /// Whether it began on a closed credential.
    pub(super) late: bool,
    /// Whether it makes a request itself.
    pub(super) leads: bool,
    /// The request that it stays with to the end.
    pub(super) flies: Option<usize>,
    /// Flights of its key that were under way at some pause of it.
    pub(super) seen: Vec<usize>,
    /// The one that it waits for, or did when it last paused.
    pub(super) waits_for: Option<usize>,
    pub(super) stance: Stance,
    pub(super) is_frozen: bool,
    pub(super) state: CallState,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum CallState {
    Waiting,
    Ended,
    Cancelled,
}

/// How a call stands when it does not run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Stance {
    /// It has not set out.
    Fresh,
    /// Between two instructions.
    Interrupted,
    /// It waits.
    Parked,
    /// It waits, for all that can be seen for one of several.
    Unclear,
}

/// A credential.
#[derive(Clone, Debug, Default)]
pub(super) struct Life {
    pub(super) used: bool,
    /// Somebody has begun to close it.
    pub(super) closing: bool,
    /// The uptime at which a close returned.
    pub(super) closed: Option<u64>,
    /// The owner dropped the handle.
    pub(super) dropped: bool,
    pub(super) exchanges: usize,
    /// How often its tokens were forgotten.
    pub(super) clears: u64,
}

/// The record of one run.
#[derive(Debug, Default)]
pub(super) struct Ledger {
    pub(super) flights: Vec<Flight>,
    pub(super) calls: Vec<Call>,
    pub(super) lives: Vec<Life>,
    /// How often the wall clock was set back.
    pub(super) set_backs: u64,
    pub(super) violations: Vec<Violation>,
}

/// The outcome of a call, for the trace.
pub(super) fn outcome(result: &Result<AccessToken, Error>) -> String {
    match result {
        Ok(token) => token.secret().to_owned(),
        Err(error) => format!("error {:?}: {}", error.kind(), error.message()),
    }
}
