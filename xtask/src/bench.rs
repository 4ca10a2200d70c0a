//! `cargo xtask bench`: the figures of this project, each a ratio taken in one run.

use crate::cargo::Cargo;
use crate::failure::{Failure, Outcome};

pub(crate) const ARGUMENTS: &str = "[hit | refresh | wire | herd]...";
pub(crate) const PURPOSE: &str =
    "the figures, each a ratio taken in one run, with goal and verdict; or only the groups named";

/// The groups of rows in `tests/benches/speed`.
const GROUPS: [&str; 4] = ["hit", "refresh", "wire", "herd"];

pub(crate) fn run(arguments: &[String]) -> Outcome {
    if let Some(unknown) = arguments.iter().find(|it| !GROUPS.contains(&it.as_str())) {
        return Err(Failure::new(format!("there is no group {unknown:?}; there are {}", GROUPS.join(", "))));
    }
    Cargo::new("bench")
        .args(["--quiet", "--package", "identity-testing", "--bench", "speed", "--"])
        .args(arguments)
        .run()
}
