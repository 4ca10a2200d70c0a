//! What the blocking flavour does with waits and background work.

use std::time::Duration;

pub(super) use identity_core::blocking::{Host, Task};

use crate::scripted::World;

/// Runs background work at once, so that a test is deterministic: it has ended when the call that caused it returns.
#[derive(Clone, Debug, Default)]
pub(super) struct Background {}

impl Background {
    pub(super) fn start(&self, task: Task) {
        task();
    }
}

/// Moves the clock.
pub(super) fn sleep(world: &World, delay: Duration) {
    world.advance(delay);
}
