//! What the async flavour does with waits and background work: an executor with a virtual clock, on one thread.

use std::fmt;
use std::pin::{Pin, pin};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll, Wake, Waker};
use std::time::Duration;

pub(super) use identity_core::asynchronous::{Host, Task};

use super::host::ScriptedHost;
use crate::scripted::World;
use crate::scripted::timers::Sleep;

impl ScriptedHost {
    /// Runs a future, and the background work that it starts, to the end of the future. When nothing can go on, the
    /// clock moves to the next timer.
    ///
    /// # Panics
    /// If everything waits and no timer runs: nobody will ever wake the future.
    pub fn block_on<T>(&self, future: impl Future<Output = T>) -> T {
        let mut future = pin!(future);
        let woken = Arc::new(Woken(AtomicBool::new(true)));
        let waker = Waker::from(woken.clone());
        let mut context = Context::from_waker(&waker);
        loop {
            while woken.0.swap(false, Ordering::AcqRel) {
                if let Poll::Ready(result) = future.as_mut().poll(&mut context) {
                    self.background.poll(&mut context);
                    return result;
                }
                self.background.poll(&mut context);
            }
            assert!(self.world.skip_to_next_timer(), "everything waits, and no timer runs");
        }
    }
}

/// Spawned tasks that have not ended.
#[derive(Clone, Default)]
pub(super) struct Background(Arc<Mutex<Vec<Task>>>);

impl Background {
    pub(super) fn start(&self, task: Task) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).push(task);
    }

    /// Polls every task once, and those that they start.
    fn poll(&self, context: &mut Context<'_>) {
        let mut unfinished = Vec::new();
        loop {
            // The lock is not held while tasks run, as they may start others.
            let tasks = std::mem::take(&mut *self.0.lock().unwrap_or_else(PoisonError::into_inner));
            if tasks.is_empty() {
                break;
            }
            for mut task in tasks {
                if task.as_mut().poll(context).is_pending() {
                    unfinished.push(task);
                }
            }
        }
        self.0.lock().unwrap_or_else(PoisonError::into_inner).extend(unfinished);
    }
}

impl fmt::Debug for Background {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Background")
    }
}

/// Waits until the virtual clock gets there.
pub(super) fn sleep(world: &World, delay: Duration) -> Pin<Box<dyn Future<Output = ()> + Send>> {
    Box::pin(Sleep::new(world, delay))
}

/// Whether anybody can go on.
struct Woken(AtomicBool);

impl Wake for Woken {
    fn wake(self: Arc<Self>) {
        self.0.store(true, Ordering::Release);
    }
}
