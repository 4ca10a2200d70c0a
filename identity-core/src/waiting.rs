//! How a thread waits for another one of this process: by default asleep, and in a simulation by other means.

use std::time::Duration;

/// Something that another thread will end; see `Host::park` of the blocking flavour.
pub trait Waiting: Send + Sync {
    /// Whether it is over. Looking changes nothing.
    fn is_over(&self) -> bool;

    /// Sleeps until it is over, at most for `limit`, and takes note. `false` if it is not over by then.
    fn wait(&self, limit: Duration) -> bool;
}
