//! The end of a credential and the work that still runs.

use std::sync::Arc;
use std::time::Duration;

use shuttle::sync::atomic::{AtomicUsize, Ordering::SeqCst};
use shuttle::thread;

use super::check;
use crate::closing::Closing;

#[test]
fn nothing_runs_after_whoever_closed_has_waited() {
    check(|| {
        let (closing, running) = (Arc::new(Closing::default()), Arc::new(AtomicUsize::new(0)));
        let work = |_| {
            let (closing, running) = (closing.clone(), running.clone());
            thread::spawn(move || {
                let Some(ticket) = closing.enter() else { return };
                running.fetch_add(1, SeqCst);
                thread::yield_now();
                running.fetch_sub(1, SeqCst);
                drop(ticket);
            })
        };
        let threads: Vec<_> = (0..3).map(work).collect();
        closing.close();
        assert!(closing.wait_idle(Duration::MAX));
        assert_eq!(running.load(SeqCst), 0);
        assert!(closing.enter().is_none());
        threads.into_iter().for_each(|thread| thread.join().unwrap());
    });
}

/// Nobody's time passes here: only the close can end these sleeps.
#[test]
fn a_close_ends_every_sleep() {
    check(|| {
        let closing = Arc::new(Closing::default());
        let sleep = |_| {
            let closing = closing.clone();
            thread::spawn(move || closing.sleep(Duration::from_secs(3600)))
        };
        let threads: Vec<_> = (0..3).map(sleep).collect();
        closing.close();
        threads.into_iter().for_each(|thread| thread.join().unwrap());
    });
}
