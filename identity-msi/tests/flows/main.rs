//! The flows of every managed identity host, step by step.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "tests")]

mod arc;
mod hosts;
mod imds;
mod script;
mod workload;
