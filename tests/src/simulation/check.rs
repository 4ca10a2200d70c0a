//! The promises, checked against the record of a run.

use std::time::SystemTime;

use identity_core::{AccessToken, Error, ErrorKind, Result};

use super::ledger::{Call, CallState, End, Flight, FlightKey, Ledger, Promise, Stance, Violation};

impl Ledger {
    pub(super) fn violated(&mut self, promise: Promise, what: impl Into<String>) {
        self.violations.push(Violation { promise, what: what.into() });
    }

    /// The flight of a key that is under way and can be joined.
    pub(super) fn active(&self, key: &FlightKey) -> Option<usize> {
        self.flights.iter().rposition(|flight| flight.end.is_none() && !flight.apart && flight.key == *key)
    }

    /// Flights of a key whose requests are over and which, for all that can be seen, may be joined still.
    pub(super) fn landing(&self, key: &FlightKey) -> Vec<usize> {
        let lands = |flight: &Flight| flight.end.is_some() && flight.actor.is_some() && flight.key == *key;
        (0..self.flights.len()).filter(|flight| lands(&self.flights[*flight])).collect()
    }

    /// An actor is done, or waits for something else by now.
    pub(super) fn has_landed(&mut self, actor: usize) {
        let landed = |flight: &&mut Flight| flight.end.is_some() && flight.actor == Some(actor);
        self.flights.iter_mut().filter(landed).for_each(|flight| flight.actor = None);
    }

    /// What a call waits for.
    fn awaited(&self, call: &Call) -> Option<usize> {
        let flies = |flight: &usize| self.flights[*flight].end.is_none();
        let known = call
            .flies
            .filter(flies)
            .or_else(|| call.waits_for.filter(flies))
            .or_else(|| self.active(&call.key));
        known.or_else(|| call.seen.iter().copied().rfind(flies))
    }

    /// The tokens of a credential are forgotten.
    pub(super) fn cleared(&mut self, cache: usize, client: usize) {
        let meant = |flight: &&mut Flight| flight.key.cache == cache && flight.key.client == client;
        self.flights.iter_mut().filter(meant).for_each(|flight| flight.apart = true);
    }

    pub(super) fn flight_begins(
        &mut self,
        credential: usize,
        key: FlightKey,
        budget: u64,
        apart: bool,
        actor: Option<usize>,
    ) -> usize {
        if let Some(other) = self.active(&key).filter(|_| !apart) {
            let flight = self.flights.len();
            self.violated(
                Promise::OneFlightPerKey,
                format!("flight {flight} begins beside flight {other} of the same key"),
            );
        }
        // A thread may have joined the flight before its leader, which was interrupted, asked the source.
        let next = self.flights.len();
        let alike = |id: &usize| self.calls[*id].key == key && self.awaited(&self.calls[*id]).is_none();
        let alike: Vec<usize> = (0..self.calls.len()).filter(alike).filter(|_| !apart).collect();
        let landing = !self.landing(&key).is_empty();
        for id in alike {
            let call = &mut self.calls[id];
            match call.stance {
                Stance::Parked if landing => call.seen.push(next),
                Stance::Parked if call.waits_for.is_none() => {
                    call.waits_for = Some(next);
                    call.seen.push(next);
                }
                Stance::Interrupted | Stance::Unclear => call.seen.push(next),
                _ => {}
            }
        }
        self.flights.push(Flight { credential, key, budget, end: None, actor, apart, closing: false });
        self.flights.len() - 1
    }

    pub(super) fn flight_ends(&mut self, flight: usize, end: End) {
        let life = &self.lives[self.flights[flight].credential];
        let closing = life.closing || life.dropped;
        let flight = &mut self.flights[flight];
        // The first word counts: whatever holds a flight is dropped later.
        if flight.end.is_none() {
            flight.end = Some(end);
            flight.closing = closing;
        }
    }

    /// An effect of a credential begins.
    pub(super) fn effect_begins(&mut self, credential: usize, what: &str, strict: bool, uptime: u64) {
        // A thread that looked just before the close may still begin; time does not pass between these two.
        let late = self.lives[credential].closed.is_some_and(|closed| strict || uptime > closed);
        if late {
            self.violated(
                Promise::NothingAfterClose,
                format!("credential {credential} begins to {what} after its close"),
            );
        }
    }

    /// A call comes to a pause. `parked` is not set where a thread was merely interrupted.
    pub(super) fn call_pauses(&mut self, call: usize, parked: bool) {
        let (awaited, active) = (self.awaited(&self.calls[call]), self.active(&self.calls[call].key));
        let landing = self.landing(&self.calls[call].key);
        // One that it may have waited for before is under way as well: it may be that one still.
        let rivals = |flight: &usize| Some(*flight) != awaited && self.flights[*flight].end.is_none();
        let rivals = self.calls[call].seen.iter().any(rivals);
        // Whoever was told to look again may have left a flight that was set apart: both are possible from now on.
        let call = &mut self.calls[call];
        let stays = call.flies.is_some() && call.flies == awaited;
        let unclear = !stays && (awaited != active && active.is_some() || !landing.is_empty() || rivals);
        for flight in awaited.into_iter().chain(active).chain(landing) {
            if !call.seen.contains(&flight) {
                call.seen.push(flight);
            }
        }
        call.stance = match (parked, unclear) {
            (false, _) => Stance::Interrupted,
            (true, false) => Stance::Parked,
            (true, true) => Stance::Unclear,
        };
        if parked {
            call.waits_for = awaited.filter(|_| !unclear);
        }
    }

    pub(super) fn call_ends(
        &mut self,
        id: usize,
        result: &Result<AccessToken, Error>,
        now: SystemTime,
        uptime: u64,
    ) {
        self.calls[id].state = CallState::Ended;
        let call = &self.calls[id];
        let found = match result {
            Ok(token) => self.token_is_right(call, token, now),
            Err(error) => self.error_is_right(call, error, uptime).map(|what| (error_promise(error), what)),
        };
        if let Some((promise, what)) = found {
            self.violated(promise, format!("call {id} {what}"));
        }
    }

    fn token_is_right(&self, call: &Call, token: &AccessToken, now: SystemTime) -> Option<(Promise, String)> {
        if token.expires_on() <= now {
            return Some((Promise::NoExpiredToken, format!("is handed {}, which expired", token.secret())));
        }
        let flight = token.secret().rsplit('-').next().and_then(|number| number.parse::<usize>().ok());
        let Some(flight) = flight.filter(|flight| *flight < self.flights.len()) else {
            return Some((
                Promise::NoExpiredToken,
                format!("is handed {}, which nobody issued", token.secret()),
            ));
        };
        if !self.flights[flight].key.same_token(&call.key) {
            return Some((Promise::NoExpiredToken, format!("is handed {}, of another key", token.secret())));
        }
        if !call.asked.reads_cache() && flight < call.flights_before && !call.seen.contains(&flight) {
            return Some((
                Promise::NoExpiredToken,
                format!("wants more than {}, an old one", token.secret()),
            ));
        }
        if call.late {
            return Some((Promise::NothingAfterClose, "is handed a token after the close".into()));
        }
        let missed = call.waits_for.filter(|flight| self.failed_for(call, *flight).is_some());
        // Whoever refreshes a valid token inline keeps that one if it fails.
        missed.filter(|missed| !call.leads || flight > *missed).map(|flight| {
            let what = format!("is handed {}, and not the error of flight {flight}", token.secret());
            (Promise::ErrorsReachTheirWaiters, what)
        })
    }

    fn error_is_right(&self, call: &Call, error: &Error, uptime: u64) -> Option<String> {
        let life = &self.lives[call.credential];
        match error.kind() {
            ErrorKind::Closed if life.closing || life.dropped => return None,
            ErrorKind::Unavailable if error.message().contains("nothing runs in the background") => {
                return None;
            }
            _ if call.late => return Some(format!("gets {error} in place of word of the close")),
            ErrorKind::TimedOut if uptime >= call.began.saturating_add(call.asked.budget()) => return None,
            // Twice it asked again; no flight failed.
            ErrorKind::Authentication if error.message().contains("had expired when they arrived") => {
                return (call.seen.len() < 3).then(|| format!("gets {error} after {:?}", call.seen));
            }
            _ => {}
        }
        let told = |flight: usize| match &self.flights[flight].end {
            Some(End::Failed { message, .. }) => error.message().contains(message.as_str()),
            Some(End::Dropped) => error.kind() == ErrorKind::TimedOut,
            _ => false,
        };
        if let Some(flight) = call.waits_for.filter(|flight| self.failed_for(call, *flight).is_some())
            && !told(flight)
        {
            return Some(format!("gets {error:?}, and not the error of flight {flight}"));
        }
        (!call.seen.iter().any(|flight| told(*flight)))
            .then(|| format!("gets {error}, for which it did not wait"))
    }

    /// The error that a caller who waited for this flight is owed.
    fn failed_for(&self, call: &Call, flight: usize) -> Option<&str> {
        let flight = &self.flights[flight];
        let Some(End::Failed { message, timed_out }) = &flight.end else { return None };
        // Whoever was in a hurry, or was closed, speaks for nobody else.
        let hasty = *timed_out && flight.budget < call.asked.budget() / 2;
        (!hasty && !flight.closing).then_some(message)
    }

    /// Nobody can go on before time passes: whoever waits must have a reason. `has_token` asks the cache.
    pub(super) fn all_quiet(&mut self, uptime: u64, has_token: impl Fn(&Call) -> bool) {
        let mut found = Vec::new();
        for (id, call) in self.calls.iter().enumerate() {
            if call.state != CallState::Waiting || call.is_frozen {
                continue;
            }
            if self.awaited(call).is_none() {
                let what = format!("call {id} waits, and no flight of its key is under way");
                found.push((Promise::NoLostWakeUp, what));
            } else if uptime >= call.began.saturating_add(call.asked.budget()) {
                found.push((Promise::NoLostWakeUp, format!("call {id} waits beyond its deadline")));
            }
            // A clock that was set back makes an expired token valid again; whoever waited when the cache was cleared
            // stays with its own flight.
            let apart = call.seen.iter().any(|flight| self.flights[*flight].apart);
            let excused = apart || call.set_backs != self.set_backs;
            if call.asked.reads_cache() && !call.leads && !excused && has_token(call) {
                found.push((Promise::NoWaitBesideAToken, format!("call {id} waits beside a valid token")));
            }
        }
        for (promise, what) in found {
            self.violated(promise, what);
        }
    }

    /// A close returned. In the async flavour nothing at all may run then.
    pub(super) fn close_returned(&mut self, credential: usize, strict: bool, uptime: u64) {
        let running = self.flights.iter().any(|it| it.credential == credential && it.end.is_none());
        if strict && (running || self.lives[credential].exchanges > 0) {
            self.violated(
                Promise::NothingAfterClose,
                format!("a request of credential {credential} runs after its close"),
            );
        }
        let life = &mut self.lives[credential];
        life.closed = life.closed.or(Some(uptime));
    }

    /// The end of a run: everybody has been served.
    pub(super) fn all_over(&mut self) {
        let waiting = self.calls.iter().position(|call| call.state == CallState::Waiting);
        let flying = self.flights.iter().position(|flight| flight.end.is_none());
        let sending = self.lives.iter().position(|life| life.exchanges > 0);
        if let Some(call) = waiting {
            self.violated(Promise::NoLostWakeUp, format!("call {call} never ends"));
        }
        if let Some(flight) = flying {
            self.violated(Promise::NoLeak, format!("flight {flight} is left"));
        }
        if let Some(credential) = sending {
            self.violated(Promise::NoLeak, format!("a request of credential {credential} is left"));
        }
    }
}

/// What a wrong error means.
fn error_promise(error: &Error) -> Promise {
    match error.kind() {
        ErrorKind::TimedOut => Promise::NoLostWakeUp,
        ErrorKind::Closed => Promise::NothingAfterClose,
        _ => Promise::ErrorsReachTheirWaiters,
    }
}
