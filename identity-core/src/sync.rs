//! Locks and atomics of everything that threads share here.
//!
//! They are those of the standard library, or, under `cargo xtask model`, those of a checker that tries many orders of
//! what threads do.

#[cfg(all(test, shuttle))]
pub(crate) use shuttle::{
    sync::{Condvar, Mutex, MutexGuard, atomic},
    thread_local,
};
#[cfg(not(all(test, shuttle)))]
pub(crate) use std::{
    sync::{Condvar, Mutex, MutexGuard, atomic},
    thread_local,
};
