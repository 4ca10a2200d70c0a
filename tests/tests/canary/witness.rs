//! Sees everything that is logged, and panics, and remembers what must never be seen.

use std::fmt::Write;
use std::sync::{Mutex, MutexGuard, Once, PoisonError};

use log::{LevelFilter, Log, Metadata, Record};

static SEEN: Mutex<String> = Mutex::new(String::new());

struct Witness;

impl Log for Witness {
    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        // The HTTP clients warn themselves that their trace level shows what is sent; ours is what is tested.
        metadata.target().starts_with("identity")
    }

    fn log(&self, record: &Record<'_>) {
        if self.enabled(record.metadata()) {
            let _ = writeln!(seen(), "{} {} {}", record.level(), record.target(), record.args());
        }
    }

    fn flush(&self) {}
}

fn seen() -> MutexGuard<'static, String> {
    SEEN.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Begins to watch.
pub(crate) fn watch() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        log::set_logger(&Witness).unwrap();
        log::set_max_level(LevelFilter::Trace);
        let before = std::panic::take_hook();
        std::panic::set_hook(Box::new(move |info| {
            let _ = writeln!(seen(), "PANIC {info}");
            before(info);
        }));
    });
}

/// Adds something that a user could print.
pub(crate) fn show(text: &str) {
    let _ = writeln!(seen(), "{text}");
}

/// Fails if a canary was seen.
pub(crate) fn acquit(canaries: &[&str]) {
    let seen = seen().clone();
    for canary in canaries.iter().filter(|canary| !canary.is_empty()) {
        let line = seen.lines().find(|line| line.contains(canary));
        // The message must not show it either.
        assert!(
            line.is_none(),
            "a secret of {} characters was seen: {}",
            canary.len(),
            line.map_or(String::new(), |l| l.replace(canary, "***"))
        );
    }
}

#[test]
fn the_witness_does_see() {
    watch();
    log::trace!(target: "identity_test", "a canary named c4n4ry-of-the-test");
    assert!(seen().contains("c4n4ry-of-the-test"));
}
