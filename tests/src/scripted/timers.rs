//! Timers of the virtual clock, for sleeps in tasks.

use std::collections::BTreeMap;
use std::pin::Pin;
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use super::world::World;

/// Who waits for which uptime.
#[derive(Debug, Default)]
pub(super) struct Timers {
    next: u64,
    waiting: BTreeMap<(Duration, u64), Waker>,
}

impl Timers {
    /// The earliest uptime that somebody waits for.
    pub(super) fn earliest(&self) -> Option<Duration> {
        self.waiting.keys().next().map(|(due, _)| *due)
    }

    /// Takes the wakers of everybody whose time has come.
    pub(super) fn due(&mut self, uptime: Duration) -> Vec<Waker> {
        let later = self.waiting.split_off(&(uptime, u64::MAX));
        std::mem::replace(&mut self.waiting, later).into_values().collect()
    }
}

/// A sleep that ends when the virtual clock gets there.
#[derive(Debug)]
pub(super) struct Sleep {
    world: World,
    due: Duration,
    id: Option<u64>,
}

impl Sleep {
    pub(super) fn new(world: &World, delay: Duration) -> Self {
        Self { world: world.clone(), due: world.uptime().saturating_add(delay), id: None }
    }
}

impl Future for Sleep {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<()> {
        if self.world.uptime() >= self.due {
            return Poll::Ready(());
        }
        let (known, due) = (self.id, self.due);
        self.id = Some(self.world.with_timers(|timers| {
            let id = known.unwrap_or(timers.next);
            timers.next = timers.next.max(id + 1);
            timers.waiting.insert((due, id), context.waker().clone());
            id
        }));
        Poll::Pending
    }
}

impl Drop for Sleep {
    fn drop(&mut self) {
        if let Some(id) = self.id {
            self.world.with_timers(|timers| timers.waiting.remove(&(self.due, id)));
        }
    }
}
