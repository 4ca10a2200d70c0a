//! The floor of the blocking flavour: real threads, of which the one with the baton runs.

use std::cell::Cell;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::{self, JoinHandle, Thread};
use std::time::Duration;

use identity_core::blocking::Task;
use identity_core::{Closing, Waiting};

use crate::simulation::ledger::{Promise, Who};
use crate::simulation::sabotage::Sabotage;
pub(super) use crate::simulation::stage::Actors;
use crate::simulation::stage::Pause;
use crate::simulation::world::World;

/// A caller's own thread may still have a request under way when a close returns.
pub(super) const STRICT: bool = false;

/// A thread makes the whole of its own request.
pub(super) const LEADERS_STAY: bool = true;

/// A call of a function as work for a thread.
macro_rules! task {
    ($call:expr) => {
        Box::new(move || $call)
    };
}
pub(super) use task;

/// A thread that keeps the baton for so long of real time is stuck outside the simulation.
const PATIENCE: Duration = Duration::from_secs(20);

thread_local!(static ME: Cell<Option<usize>> = const { Cell::new(None) });

/// Clones are the same floor.
#[derive(Clone)]
pub(super) struct Floor {
    world: World,
    state: Arc<Mutex<Vec<Actor>>>,
    /// Whose turn it is: 0 is the director, then the actors.
    turn: Arc<AtomicUsize>,
    director: Thread,
}

struct Actor {
    who: Who,
    stand: Stand,
    thread: Option<JoinHandle<()>>,
}

/// Where an actor stands.
enum Stand {
    New(Task),
    Running,
    Interrupted,
    /// Until the time comes, or sooner if there may have been a close that `look` is about.
    Until {
        due: u64,
        closable: bool,
        look: bool,
    },
    Parked {
        due: u64,
        waiting: Arc<dyn Waiting>,
        deaf: bool,
    },
    Ended,
}

impl Floor {
    pub(super) fn new(world: &World) -> Self {
        Self {
            world: world.clone(),
            state: Arc::default(),
            turn: Arc::default(),
            director: thread::current(),
        }
    }

    pub(super) fn start(&self, who: Who, task: Task) {
        self.state().push(Actor { who, stand: Stand::New(task), thread: None });
    }

    pub(super) fn pause(&self, delay: Duration, closing: Option<&Closing>) {
        let due = self.due(delay);
        while self.world.uptime() < due && !closing.is_some_and(Closing::is_closed) {
            self.stand(Stand::Until { due, closable: closing.is_some(), look: false });
        }
    }

    /// Lets others run now and then, between any two instructions where the core asks for the time.
    pub(super) fn interrupt(&self) {
        if ME.get().is_some() && self.world.interrupts() {
            self.stand(Stand::Interrupted);
        }
    }

    pub(super) fn park(&self, waiting: &Arc<dyn Waiting>, limit: Duration) -> bool {
        let due = self.due(limit);
        let deaf = self.world.is_sabotaged(Sabotage::LostWakeUps) && self.world.interrupts();
        self.stand(Stand::Parked { due, waiting: waiting.clone(), deaf });
        waiting.wait(Duration::ZERO)
    }

    /// Sleepers look whether their credential was closed.
    pub(super) fn look(&self) {
        for actor in &mut *self.state() {
            if let Stand::Until { closable: true, look, .. } = &mut actor.stand {
                *look = true;
            }
        }
    }

    pub(super) fn leftovers(&self) -> Vec<String> {
        let state = self.state();
        let left = state.iter().filter(|actor| !matches!(actor.stand, Stand::Ended));
        left.map(|actor| format!("{:?} is left", actor.who)).collect()
    }

    fn due(&self, delay: Duration) -> u64 {
        let delay = u64::try_from(delay.as_micros().div_ceil(1000)).unwrap_or(u64::MAX);
        self.world.uptime().saturating_add(delay)
    }

    /// Gives the baton back and waits for it.
    fn stand(&self, stand: Stand) {
        let Some(me) = ME.get() else { return };
        self.state()[me].stand = stand;
        self.turn.store(0, Ordering::Release);
        self.director.unpark();
        while self.turn.load(Ordering::Acquire) != me + 1 {
            thread::park();
        }
    }

    /// The life of a thread, which has the baton.
    fn live(self, me: usize, task: Task) {
        ME.set(Some(me));
        // Also if the task panics.
        let _end = End(self, me);
        task();
    }

    fn state(&self) -> MutexGuard<'_, Vec<Actor>> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Hands the baton back for good.
struct End(Floor, usize);

impl Drop for End {
    fn drop(&mut self) {
        ME.set(None);
        self.0.state()[self.1].stand = Stand::Ended;
        self.0.turn.store(0, Ordering::Release);
        self.0.director.unpark();
    }
}

impl Actors for Floor {
    fn ready(&self) -> Vec<usize> {
        let now = self.world.uptime();
        let can_go_on = |actor: &Actor| match &actor.stand {
            Stand::New(_) | Stand::Interrupted => true,
            Stand::Until { due, look, .. } => *look || *due <= now,
            Stand::Parked { due, waiting, deaf } => *due <= now || (waiting.is_over() && !deaf),
            Stand::Running | Stand::Ended => false,
        };
        self.state().iter().enumerate().filter(|(_, it)| can_go_on(it)).map(|(index, _)| index).collect()
    }

    fn who(&self, actor: usize) -> Who {
        self.state()[actor].who
    }

    fn step(&self, actor: usize) -> Pause {
        {
            let mut state = self.state();
            let floor = self.clone();
            let stand = std::mem::replace(&mut state[actor].stand, Stand::Running);
            // From now on the actor may run, and say where it stands next.
            self.turn.store(actor + 1, Ordering::Release);
            match stand {
                Stand::New(task) => {
                    state[actor].thread = Some(thread::spawn(move || floor.live(actor, task)))
                }
                _ => state[actor].thread.iter().for_each(|it| it.thread().unpark()),
            }
        }
        let mut patient = true;
        while self.turn.load(Ordering::Acquire) != 0 {
            thread::park_timeout(PATIENCE);
            if self.turn.load(Ordering::Acquire) != 0 && !std::mem::replace(&mut patient, false) {
                self.world.ledger(|it| it.violated(Promise::NoLostWakeUp, "a thread keeps the baton"));
                return Pause::Waits;
            }
        }
        let (pause, thread) = {
            let mut state = self.state();
            match state[actor].stand {
                Stand::Ended => (Pause::Ended, state[actor].thread.take()),
                Stand::Interrupted => (Pause::Interrupted, None),
                _ => (Pause::Waits, None),
            }
        };
        if let Some(thread) = thread
            && thread.join().is_err()
        {
            self.world.ledger(|it| it.violated(Promise::NoLostWakeUp, "a thread panicked"));
        }
        // Whoever ends may have dropped the last handle, and whoever closes wakes sleepers.
        if pause == Pause::Ended || matches!(self.who(actor), Who::Closer(_)) {
            self.look();
        }
        pause
    }

    fn is_interrupted(&self) -> bool {
        self.state().iter().any(|actor| matches!(actor.stand, Stand::Interrupted))
    }

    fn next_due(&self) -> Option<u64> {
        let state = self.state();
        let due = state.iter().filter_map(|actor| match actor.stand {
            Stand::Until { due, .. } | Stand::Parked { due, .. } => Some(due),
            _ => None,
        });
        due.filter(|due| *due < u64::MAX).min()
    }

    fn time_passed(&self) {}

    /// Threads cannot be dropped.
    fn cancel(&self, _call: usize) -> bool {
        false
    }

    fn freeze(&self, _call: usize, _frozen: bool) -> bool {
        false
    }
}
