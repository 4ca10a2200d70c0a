//! `cargo xtask model`: what threads share in the core, run in many orders by a checker.

use crate::arguments::Arguments;
use crate::cargo::Cargo;
use crate::failure::Outcome;
use crate::workspace::Workspace;

pub(crate) const ARGUMENTS: &str = "[--orders N] [--seed S]";
pub(crate) const PURPOSE: &str = "cache, flights, closing and the blocking driver under shuttle, which runs threads in N orders (2,000 for each test)";

pub(crate) fn run(arguments: &[String]) -> Outcome {
    let mut arguments = Arguments::new(arguments);
    let (orders, seed) = (arguments.value("--orders")?, arguments.value("--seed")?);
    arguments.finish(ARGUMENTS)?;
    // A folder of its own: everything is compiled with another flag.
    let target = Workspace::load()?.target.join("model");
    let mut cargo = Cargo::new("test")
        .args(["--package", "identity-core", "--lib", "--features", "blocking,async"])
        .args(["--", "model::"])
        .env("RUSTFLAGS", "--cfg shuttle")
        .env("CARGO_TARGET_DIR", target);
    if let Some(orders) = orders {
        cargo = cargo.env("MODEL_ORDERS", orders);
    }
    if let Some(seed) = seed {
        cargo = cargo.env("SHUTTLE_RANDOM_SEED", seed);
    }
    cargo.run()
}
