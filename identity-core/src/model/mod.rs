//! What threads share, under a checker that runs them in many orders (`cargo xtask model`).
//!
//! Every lock, condition variable and atomic of the cache, of flights, of closing and of the blocking driver is a place
//! where the checker may let another thread go on, and a thread that nobody wakes is a failure. It lets every thread
//! see the same order of writes, and `arc-swap` replaces a shard in one step; both are taken for granted.

#![allow(clippy::unwrap_used, reason = "a failed unwrap is a failed test")]

mod closing;
mod credential;
mod flight;
mod table;
mod town;

use std::time::{Duration, SystemTime};

use crate::cache::Terms;

/// Whoever joins a flight has all the time there is.
const TERMS: Terms =
    Terms { now: Duration::ZERO, until: Duration::MAX, budget: Duration::MAX, begins_alone: false };

/// How many orders are tried for each test, unless the environment says otherwise.
const ORDERS: usize = 2_000;

const ORDERS_VARIABLE: &str = "MODEL_ORDERS";

/// Tries many orders of what the threads of a test do; one that fails is printed with its seed.
fn check(test: impl Fn() + Send + Sync + 'static) {
    let orders = std::env::var(ORDERS_VARIABLE).ok().and_then(|orders| orders.parse().ok());
    shuttle::check_random(test, orders.unwrap_or(ORDERS));
}

fn at(seconds: u64) -> SystemTime {
    SystemTime::UNIX_EPOCH + Duration::from_secs(seconds)
}
