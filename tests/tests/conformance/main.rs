//! The vector runner catches what it must: a runner that cannot fail proves nothing.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a failed unwrap is a failed test")]

mod departures;
mod failures;
mod vectors;
