//! Lets one run happen: actions, turns and time in the order that the seed decides, checked after every step.

use super::ledger::{CallState, Promise, Violation, Who};
use super::plan::{Action, Plan};
use super::rng::Rng;
use super::sabotage::Sabotage;
use super::stage::{Pause, Stage};
use super::world::World;

/// Steps after which a run counts as one that does not end.
const STEPS: usize = 20_000;

/// How a run went.
#[derive(Clone, Debug, Default)]
pub struct Run {
    /// The first promise that was not kept.
    pub violation: Option<Violation>,
    /// How many credentials were used and then dropped without being closed.
    pub unclosed: usize,
    /// How many calls there were.
    pub calls: usize,
    /// How many flights there were.
    pub flights: usize,
    /// What happened, if it was asked for.
    pub trace: Vec<String>,
}

/// Directs the run of a seed.
pub(super) fn run<S: Stage>(seed: u64, sabotage: Option<Sabotage>, traced: bool) -> Run {
    let mut rng = Rng::new(seed);
    let mut plan = Plan::draw(&mut rng);
    let actions = std::mem::take(&mut plan.actions);
    let closes = plan.closes;
    let credentials = plan.credentials.len();
    let headline = format!("{plan:?}");
    let mut order = Rng::new(rng.next());
    let stage = {
        let staged = Plan { actions: Vec::new(), ..plan.clone() };
        let world = World::new(staged, rng, sabotage, S::LEADERS_STAY, traced);
        world.say(|| headline);
        (S::new(&world, &plan), world)
    };
    let (Ok(stage), world) = stage else {
        let what = "the credentials cannot be built".to_owned();
        return Run { violation: Some(Violation { promise: Promise::NoLeak, what }), ..Run::default() };
    };
    let mut director = Director { world, stage };
    director.perform(actions, &mut order);
    if director.world.first_violation().is_none() {
        director.leave(credentials, closes, &mut order);
    }
    director.report()
}

struct Director<S> {
    world: World,
    stage: S,
}

impl<S: Stage> Director<S> {
    /// Actions and turns until nothing is left to do.
    fn perform(&mut self, actions: Vec<(u64, Action)>, order: &mut Rng) {
        let mut due = self.world.uptime();
        let mut actions = actions.into_iter().peekable();
        for _ in 0..STEPS {
            if self.world.first_violation().is_some() {
                return;
            }
            let ready = self.stage.floor().ready();
            // Now and then something happens before those who could go on do.
            let is_early = !ready.is_empty() && order.chance(1, 6) && !self.stage.floor().is_interrupted();
            if !(ready.is_empty() || is_early && actions.peek().is_some()) {
                self.turn(order.pick(&ready));
                continue;
            }
            let latest = actions.peek().map(|(pause, _)| due.saturating_add(*pause));
            if is_early || self.passes_to(latest) {
                due = self.world.uptime();
                match actions.next() {
                    Some((_, action)) => self.act(&action),
                    None if self.thaw() => {}
                    None => return,
                }
            }
        }
        self.world.ledger(|it| it.violated(Promise::NoLostWakeUp, "the run does not end"));
    }

    /// Lets one actor go on.
    fn turn(&self, actor: usize) {
        let floor = self.stage.floor();
        let who = floor.who(actor);
        self.world.say(|| format!("{who:?}"));
        self.world.set_current(Some((who, actor)));
        let pause = floor.step(actor);
        self.world.set_current(None);
        if pause != Pause::Interrupted {
            self.world.ledger(|it| it.has_landed(actor));
        }
        if let (Who::Call(call), true) = (who, pause != Pause::Ended) {
            self.world.ledger(|it| it.call_pauses(call, pause == Pause::Waits));
        }
        if self.stage.is_over_bound() {
            self.world.ledger(|it| it.violated(Promise::NoLeak, "a cache is over its bound"));
        }
    }

    /// Nobody can go on: time passes to the next timer, or to `latest` if that comes first. Whether it was the latter,
    /// or there is nothing to wait for.
    fn passes_to(&self, latest: Option<u64>) -> bool {
        self.look_around();
        let floor = self.stage.floor();
        let timer = floor.next_due();
        let Some(to) = timer.into_iter().chain(latest).min() else { return true };
        self.world.advance_to(to);
        floor.time_passed();
        latest == Some(to)
    }

    /// Whoever waits must have a reason.
    fn look_around(&self) {
        let waiting: Vec<_> = self.world.ledger(|it| {
            let calls = it.calls.iter().filter(|call| call.state == CallState::Waiting);
            calls.map(|call| (call.credential, call.asked)).collect()
        });
        // The cache is asked first, as the record cannot be used meanwhile.
        let served: Vec<_> = waiting
            .into_iter()
            .filter(|(credential, asked)| self.stage.has_token(*credential, *asked))
            .collect();
        let uptime = self.world.uptime();
        self.world.ledger(|it| it.all_quiet(uptime, |call| served.contains(&(call.credential, call.asked))));
    }

    fn act(&mut self, action: &Action) {
        self.world.say(|| format!("-> {action:?}"));
        match action {
            Action::Call(credential, asked) if self.stage.has_handle(*credential) => {
                let id = self.world.call_begins(*credential, *asked);
                self.world.say(|| format!("  that is call {id}"));
                self.stage.call(*credential, id, *asked);
            }
            Action::Cancel(back) => {
                if let Some(call) = self.recent(*back)
                    && self.stage.floor().cancel(call)
                {
                    self.world.ledger(|it| it.calls[call].state = CallState::Cancelled);
                }
            }
            Action::Freeze(back) => {
                if let Some(call) = self.recent(*back)
                    && self.stage.floor().freeze(call, true)
                {
                    self.world.ledger(|it| it.calls[call].is_frozen = true);
                }
            }
            Action::Thaw => {
                self.thaw();
            }
            Action::SetClock(by) => self.world.set_clock(*by),
            Action::Close(credential) => self.stage.close(*credential),
            Action::Drop(credential) => self.drop_handle(*credential),
            Action::Invalidate(credential, asked) => self.stage.invalidate(*credential, *asked),
            Action::Clear(credential) if self.stage.has_handle(*credential) => {
                self.world.cleared(*credential);
                self.stage.clear(*credential);
            }
            Action::Call(..) | Action::Clear(_) => {}
        }
    }

    /// The last call but so many that has not ended.
    fn recent(&self, back: usize) -> Option<usize> {
        self.world.ledger(|it| {
            let open = it.calls.iter().enumerate().filter(|(_, call)| call.state == CallState::Waiting);
            open.map(|(id, _)| id).rev().nth(back)
        })
    }

    /// Polls everybody again; `false` if nobody was frozen.
    fn thaw(&self) -> bool {
        let frozen: Vec<usize> = self.world.ledger(|it| {
            let mut frozen = Vec::new();
            for (id, call) in it.calls.iter_mut().enumerate().filter(|(_, call)| call.is_frozen) {
                call.is_frozen = false;
                frozen.push(id);
            }
            frozen
        });
        for call in &frozen {
            self.stage.floor().freeze(*call, false);
        }
        !frozen.is_empty()
    }

    fn drop_handle(&mut self, credential: usize) {
        self.world.ledger(|it| it.lives[credential].dropped = true);
        self.stage.drop_handle(credential);
    }

    /// The end: everything is closed, or only dropped.
    fn leave(&mut self, credentials: usize, closes: bool, order: &mut Rng) {
        if closes {
            (0..credentials).for_each(|credential| self.stage.close(credential));
            self.perform(Vec::new(), order);
        }
        (0..credentials).for_each(|credential| self.drop_handle(credential));
        self.perform(Vec::new(), order);
        self.world.ledger(super::ledger::Ledger::all_over);
        for left in self.stage.leftovers() {
            self.world.ledger(|it| it.violated(Promise::NoLeak, left));
        }
    }

    fn report(self) -> Run {
        let mut run = self.world.ledger(|it| Run {
            unclosed: it.lives.iter().filter(|life| life.used && !life.closing).count(),
            calls: it.calls.len(),
            flights: it.flights.len(),
            ..Run::default()
        });
        run.violation = self.world.first_violation();
        if let Some(violation) = &run.violation {
            self.world.say(|| format!("VIOLATED {violation}"));
        }
        run.trace = self.world.take_trace();
        run
    }
}
