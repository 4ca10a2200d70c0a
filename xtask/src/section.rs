//! A stretch of a long run, announced when it begins and timed when it ends.

use std::time::{Duration, Instant};

/// Prints its name when made and the time it took when dropped, whichever way it is left.
pub(crate) struct Section {
    name: String,
    began: Instant,
}

impl Section {
    pub(crate) fn new(name: impl Into<String>) -> Self {
        let name = name.into();
        println!("\n==> {name}");
        Self { name, began: Instant::now() }
    }

    pub(crate) fn elapsed(&self) -> Duration {
        self.began.elapsed()
    }
}

impl Drop for Section {
    fn drop(&mut self) {
        println!("<== {} ({:.1} s)", self.name, self.elapsed().as_secs_f64());
    }
}
