//! The floor of the async flavour: an executor on one thread that polls who was woken, and nobody else.

use std::collections::BTreeMap;
use std::pin::Pin;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Wake, Waker};
use std::time::Duration;

use identity_core::asynchronous::Task;
use identity_core::{Closing, Waiting};

use crate::simulation::ledger::Who;
use crate::simulation::sabotage::Sabotage;
pub(super) use crate::simulation::stage::Actors;
use crate::simulation::stage::Pause;
use crate::simulation::world::World;

/// After a close nothing at all runs.
pub(super) const STRICT: bool = true;

/// A request moves to a task of its own when somebody else depends on it.
pub(super) const LEADERS_STAY: bool = false;

/// A call of an async function as a task.
macro_rules! task {
    ($call:expr) => {
        Box::pin($call)
    };
}
pub(super) use task;

/// Clones are the same floor.
#[derive(Clone)]
pub(super) struct Floor {
    world: World,
    state: Arc<Mutex<State>>,
}

#[derive(Default)]
struct State {
    actors: Vec<Actor>,
    timers: BTreeMap<(u64, u64), Waker>,
    next: u64,
}

struct Actor {
    who: Who,
    /// `None` once it has ended, and while it is polled.
    task: Option<Task>,
    woken: Arc<Woken>,
    frozen: bool,
}

impl Floor {
    pub(super) fn new(world: &World) -> Self {
        Self { world: world.clone(), state: Arc::default() }
    }

    pub(super) fn start(&self, who: Who, task: Task) {
        let loses = self.world.is_sabotaged(Sabotage::LostWakeUps) && matches!(who, Who::Call(_));
        let woken = Arc::new(Woken { now: AtomicBool::new(true), loses, count: AtomicUsize::new(0) });
        self.state().actors.push(Actor { who, task: Some(task), woken, frozen: false });
    }

    pub(super) fn pause(&self, delay: Duration, _closing: Option<&Closing>) -> Sleep {
        let delay = u64::try_from(delay.as_micros().div_ceil(1000)).unwrap_or(u64::MAX);
        Sleep { floor: self.clone(), due: self.world.uptime().saturating_add(delay), id: None }
    }

    /// Tasks are not interrupted.
    #[expect(clippy::unused_self, reason = "threads are")]
    pub(super) const fn interrupt(&self) {}

    /// No task waits for a thread.
    #[expect(clippy::unused_self, reason = "threads do")]
    pub(super) fn park(&self, waiting: &Arc<dyn Waiting>, limit: Duration) -> bool {
        waiting.wait(limit)
    }

    /// Whoever is closed is woken.
    #[expect(clippy::unused_self, reason = "threads look")]
    pub(super) const fn look(&self) {}

    pub(super) fn leftovers(&self) -> Vec<String> {
        let state = self.state();
        let tasks = state.actors.iter().filter(|actor| actor.task.is_some());
        let mut left: Vec<String> = tasks.map(|actor| format!("{:?} is left", actor.who)).collect();
        if !state.timers.is_empty() {
            left.push(format!("{} timers are left", state.timers.len()));
        }
        let wakers = state.actors.iter().filter(|actor| Arc::strong_count(&actor.woken) > 1);
        left.extend(wakers.map(|actor| format!("a waker of {:?} is left", actor.who)));
        left
    }

    fn of_call(&self, call: usize) -> Option<usize> {
        self.state().actors.iter().position(|actor| actor.who == Who::Call(call) && actor.task.is_some())
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Actors for Floor {
    fn ready(&self) -> Vec<usize> {
        let state = self.state();
        let can_go_on =
            |actor: &Actor| actor.task.is_some() && !actor.frozen && actor.woken.now.load(Ordering::Relaxed);
        state.actors.iter().enumerate().filter(|(_, it)| can_go_on(it)).map(|(index, _)| index).collect()
    }

    fn who(&self, actor: usize) -> Who {
        self.state().actors[actor].who
    }

    fn step(&self, actor: usize) -> Pause {
        let (task, woken) = {
            let actor = &mut self.state().actors[actor];
            actor.woken.now.store(false, Ordering::Relaxed);
            (actor.task.take(), actor.woken.clone())
        };
        let Some(mut task) = task else { return Pause::Ended };
        // The floor is not locked: whoever runs may start others.
        let waker = Waker::from(woken);
        if task.as_mut().poll(&mut Context::from_waker(&waker)).is_ready() {
            drop(task);
            return Pause::Ended;
        }
        self.state().actors[actor].task = Some(task);
        Pause::Waits
    }

    fn is_interrupted(&self) -> bool {
        false
    }

    fn next_due(&self) -> Option<u64> {
        self.state().timers.keys().next().map(|(due, _)| *due)
    }

    fn time_passed(&self) {
        let uptime = self.world.uptime();
        let due = {
            let mut state = self.state();
            let later = state.timers.split_off(&(uptime, u64::MAX));
            std::mem::replace(&mut state.timers, later)
        };
        due.into_values().for_each(Waker::wake);
    }

    fn cancel(&self, call: usize) -> bool {
        let Some(actor) = self.of_call(call) else { return false };
        let task = self.state().actors[actor].task.take();
        drop(task);
        true
    }

    fn freeze(&self, call: usize, frozen: bool) -> bool {
        let Some(actor) = self.of_call(call) else { return false };
        self.state().actors[actor].frozen = frozen;
        true
    }
}

/// Whether an actor is to be polled.
struct Woken {
    now: AtomicBool,
    /// Broken on purpose: every second wake-up is lost.
    loses: bool,
    count: AtomicUsize,
}

impl Wake for Woken {
    fn wake(self: Arc<Self>) {
        if !self.loses || self.count.fetch_add(1, Ordering::Relaxed).is_multiple_of(2) {
            self.now.store(true, Ordering::Relaxed);
        }
    }
}

/// Waits until the virtual clock gets there.
pub(super) struct Sleep {
    floor: Floor,
    due: u64,
    id: Option<u64>,
}

impl Future for Sleep {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<()> {
        if self.floor.world.uptime() >= self.due {
            return Poll::Ready(());
        }
        let (floor, known, due) = (self.floor.clone(), self.id, self.due);
        let mut state = floor.state();
        let id = known.unwrap_or(state.next);
        state.next = state.next.max(id + 1);
        state.timers.insert((due, id), context.waker().clone());
        self.id = Some(id);
        Poll::Pending
    }
}

impl Drop for Sleep {
    fn drop(&mut self) {
        if let Some(id) = self.id {
            self.floor.state().timers.remove(&(self.due, id));
        }
    }
}
