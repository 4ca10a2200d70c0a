//! Locks and atomics of everything that threads share here.
//!
//! They are those of the standard library, or, under `cargo xtask model`, those of a checker that tries many orders of
//! what threads do.

#[allow(unused_imports, reason = "without a driver less is shared")]
#[cfg(all(test, shuttle))]
pub(crate) use shuttle::{
    sync::{Condvar, Mutex, MutexGuard, atomic},
    thread_local,
};
#[allow(unused_imports, reason = "without a driver less is shared")]
#[cfg(not(all(test, shuttle)))]
pub(crate) use std::{
    sync::{Condvar, Mutex, MutexGuard, atomic},
    thread_local,
};
