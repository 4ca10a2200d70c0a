//! What simulated credentials live in: two clocks, a token service, and the record that the promises are checked on.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use identity_core::effect::Outbound;
use identity_core::moment::ENTROPY;
use identity_core::{AccessToken, Error, Result, TokenRequest};

use super::ledger::{Call, CallState, End, FlightKey, Ledger, Life, Stance, Violation, Who, outcome};
use super::plan::{Asked, Plan};
use super::rng::Rng;
use super::sabotage::Sabotage;
use super::service::{self, Answer};
use super::source::FLIGHT;

/// When every world begins.
const START: u64 = 1_700_000_000_000;

/// The world of one run. Clones are the same world.
#[derive(Clone)]
pub(super) struct World(Arc<Mutex<State>>);

struct State {
    plan: Plan,
    rng: Rng,
    sabotage: Option<Sabotage>,
    leaders_stay: bool,
    /// In milliseconds.
    uptime: u64,
    /// How far the wall clock was set forward.
    ahead: i64,
    /// Who runs, and which actor that is.
    current: Option<(Who, usize)>,
    latest_error: Option<Error>,
    ledger: Ledger,
    trace: Option<Vec<String>>,
}

impl World {
    pub(super) fn new(
        plan: Plan,
        rng: Rng,
        sabotage: Option<Sabotage>,
        leaders_stay: bool,
        traced: bool,
    ) -> Self {
        let ledger = Ledger { lives: vec![Life::default(); plan.credentials.len()], ..Ledger::default() };
        let trace = traced.then(Vec::new);
        Self(Arc::new(Mutex::new(State {
            plan,
            rng,
            sabotage,
            leaders_stay,
            uptime: 0,
            ahead: 0,
            current: None,
            latest_error: None,
            ledger,
            trace,
        })))
    }

    pub(super) fn is_sabotaged(&self, by: Sabotage) -> bool {
        self.state().sabotage == Some(by)
    }

    /// The record. Nothing of the core may be called meanwhile.
    pub(super) fn ledger<T>(&self, use_it: impl FnOnce(&mut Ledger) -> T) -> T {
        use_it(&mut self.state().ledger)
    }

    /// Milliseconds since the world began.
    pub(super) fn uptime(&self) -> u64 {
        self.state().uptime
    }

    /// The wall clock as credentials see it.
    pub(super) fn now(&self) -> SystemTime {
        let state = self.state();
        match state.sabotage {
            Some(Sabotage::StandingClock) => UNIX_EPOCH + Duration::from_millis(START),
            _ => state.now(),
        }
    }

    pub(super) fn advance_to(&self, uptime: u64) {
        let mut state = self.state();
        state.uptime = state.uptime.max(uptime);
    }

    pub(super) fn set_clock(&self, by: i64) {
        let mut state = self.state();
        state.ahead += by;
        state.ledger.set_backs += u64::from(by < 0);
    }

    pub(super) fn entropy(&self) -> [u8; ENTROPY] {
        let mut state = self.state();
        let mut bytes = [0; ENTROPY];
        bytes.chunks_mut(8).for_each(|chunk| chunk.copy_from_slice(&state.rng.next().to_le_bytes()));
        bytes
    }

    /// Background work of a credential that begins now.
    pub(super) fn task(&self, credential: usize) -> Who {
        Who::Task(credential, self.state().ledger.lives[credential].clears)
    }

    /// Whether a thread is interrupted this time.
    pub(super) fn interrupts(&self) -> bool {
        self.state().rng.chance(1, 3)
    }

    /// Whether something is run in the background this time.
    pub(super) fn spawns(&self) -> bool {
        let mut state = self.state();
        let trouble = state.plan.spawn_trouble;
        !state.rng.chance(trouble, 100)
    }

    pub(super) fn set_current(&self, who: Option<(Who, usize)>) {
        self.state().current = who;
    }

    pub(super) fn call_begins(&self, credential: usize, asked: Asked) -> usize {
        let mut state = self.state();
        let plan = state.plan.credentials[credential];
        let (began, ledger) = (state.uptime, &mut state.ledger);
        ledger.calls.push(Call {
            credential,
            asked,
            key: FlightKey::new(plan.cache, plan.client, asked),
            began,
            set_backs: ledger.set_backs,
            flights_before: ledger.flights.len(),
            late: ledger.lives[credential].closed.is_some(),
            leads: false,
            flies: None,
            seen: Vec::new(),
            waits_for: None,
            stance: Stance::Fresh,
            is_frozen: false,
            state: CallState::Waiting,
        });
        ledger.calls.len() - 1
    }

    /// The first instruction of a call: a future does nothing before it is polled.
    pub(super) fn call_sets_out(&self, call: usize) {
        let mut state = self.state();
        let (uptime, ledger) = (state.uptime, &mut state.ledger);
        let (set_backs, flights) = (ledger.set_backs, ledger.flights.len());
        let landing = ledger.landing(&ledger.calls[call].key);
        let call = &mut ledger.calls[call];
        call.seen = landing;
        call.began = uptime;
        call.set_backs = set_backs;
        call.flights_before = flights;
        call.late = ledger.lives[call.credential].closed.is_some();
    }

    pub(super) fn call_ends(&self, call: usize, result: Result<AccessToken, Error>) {
        let mut state = self.state();
        let mut result = result;
        if state.sabotage == Some(Sabotage::ForeignErrors)
            && state.rng.chance(1, 3)
            && let Some(error) = state.latest_error.clone()
        {
            result = Err(error);
        }
        state.say(|| format!("  call {call} ends: {}", outcome(&result)));
        let (now, uptime) = (state.now(), state.uptime);
        state.ledger.call_ends(call, &result, now, uptime);
        state.latest_error = result.err().or(state.latest_error.take());
    }

    pub(super) fn flight_begins(&self, credential: usize, request: &TokenRequest<'_>) -> usize {
        let mut state = self.state();
        let plan = state.plan.credentials[credential];
        let asked = Asked::of(request);
        let key = FlightKey::new(plan.cache, plan.client, asked);
        let (current, actor) = state.current.unzip();
        let actor = actor.filter(|_| state.leaders_stay);
        // What callers agreed on when the task was begun may have been set apart by now.
        let clears = state.ledger.lives[credential].clears;
        let apart = matches!(current, Some(Who::Task(_, known)) if known != clears);
        let flight = state.ledger.flight_begins(credential, key, asked.budget(), apart, actor);
        state.ledger.lives[credential].used = true;
        if let Some(Who::Call(call)) = current
            && state.ledger.calls[call].key == key
        {
            let stays = state.leaders_stay;
            let call = &mut state.ledger.calls[call];
            call.leads = true;
            call.flies = stays.then_some(flight);
            call.waits_for = Some(flight);
            call.seen.push(flight);
        }
        state.say(|| {
            format!("  flight {flight} begins for {current:?} on credential {credential}: {asked:?}")
        });
        flight
    }

    pub(super) fn flight_ends(&self, flight: usize, end: End) {
        let mut state = self.state();
        if state.ledger.flights[flight].end.is_none() {
            state.say(|| format!("  flight {flight} ends: {end:?}"));
        }
        state.ledger.flight_ends(flight, end);
    }

    /// A request sets off. Returns how long it takes, what comes back, and a guard to keep meanwhile.
    pub(super) fn exchange(
        &self,
        credential: usize,
        outbound: &Outbound,
        strict: bool,
    ) -> (u64, Answer, Exchange) {
        let header = outbound.request.headers().get(FLIGHT).and_then(|value| value.to_str().ok());
        let flight = header.and_then(|text| text.parse().ok()).unwrap_or_default();
        let mut state = self.state();
        let uptime = state.uptime;
        state.ledger.effect_begins(credential, "send", strict, uptime);
        state.ledger.lives[credential].exchanges += 1;
        let (trouble, life) = (state.plan.trouble, state.plan.life);
        let (delay, answer) = service::answer(&mut state.rng, flight, trouble, life, outbound.timeout);
        state.say(|| {
            let status = answer.as_ref().map_or_else(ToString::to_string, |it| it.status().to_string());
            format!("  flight {flight} sends; in {delay} ms: {status}")
        });
        (delay, answer, Exchange { world: self.clone(), credential })
    }

    /// Something else than a request begins.
    pub(super) fn effect(&self, credential: usize, what: &str, strict: bool) {
        let mut state = self.state();
        let uptime = state.uptime;
        state.ledger.effect_begins(credential, what, strict, uptime);
    }

    pub(super) fn cleared(&self, credential: usize) {
        let mut state = self.state();
        let plan = state.plan.credentials[credential];
        state.ledger.cleared(plan.cache, plan.client);
        for (index, other) in state.plan.credentials.clone().iter().enumerate() {
            let alike = other.cache == plan.cache && other.client == plan.client;
            state.ledger.lives[index].clears += u64::from(alike);
        }
    }

    pub(super) fn close_begins(&self, credential: usize) {
        self.state().ledger.lives[credential].closing = true;
    }

    pub(super) fn close_returned(&self, credential: usize, strict: bool) {
        let mut state = self.state();
        state.say(|| format!("  credential {credential} is closed"));
        let uptime = state.uptime;
        state.ledger.close_returned(credential, strict, uptime);
    }

    /// A line of the trace, if there is one.
    pub(super) fn say(&self, line: impl FnOnce() -> String) {
        self.state().say(line);
    }

    pub(super) fn first_violation(&self) -> Option<Violation> {
        self.state().ledger.violations.first().cloned()
    }

    pub(super) fn take_trace(&self) -> Vec<String> {
        self.state().trace.take().unwrap_or_default()
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    fn now(&self) -> SystemTime {
        UNIX_EPOCH + Duration::from_millis((START + self.uptime).saturating_add_signed(self.ahead))
    }

    fn say(&mut self, line: impl FnOnce() -> String) {
        if let Some(trace) = &mut self.trace {
            trace.push(format!("{:>9} ms  {}", self.uptime, line()));
        }
    }
}

/// A request on its way.
pub(super) struct Exchange {
    world: World,
    credential: usize,
}

impl Drop for Exchange {
    fn drop(&mut self) {
        self.world.state().ledger.lives[self.credential].exchanges -= 1;
    }
}
