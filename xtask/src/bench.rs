//! `cargo xtask bench`: the figures of this project, each a ratio taken in one run; and a comparison with other libraries.

mod peers;

use crate::arguments::Arguments;
use crate::cargo::Cargo;
use crate::failure::{Failure, Outcome};

pub(crate) const ARGUMENTS: &str =
    "[--markdown] [hit | refresh | wire | tenants | herd | build | process]... | peers";
pub(crate) const PURPOSE: &str = "the figures, each a ratio taken in one run, with goal and verdict, or only the groups named; \
     `peers`: this library beside others";

/// The groups of rows in `tests/benches/speed`.
const GROUPS: [&str; 7] = ["hit", "refresh", "wire", "tenants", "herd", "build", "process"];

pub(crate) fn run(arguments: &[String]) -> Outcome {
    let mut arguments = Arguments::new(arguments);
    let markdown = arguments.flag("--markdown").then_some("--markdown");
    let groups = arguments.rest(ARGUMENTS)?;
    if groups == ["peers"] {
        return peers::run();
    }
    if let Some(unknown) = groups.iter().find(|it| !GROUPS.contains(&it.as_str())) {
        return Err(Failure::new(format!(
            "there is no group {unknown:?}; there are {}, and peers alone",
            GROUPS.join(", ")
        )));
    }
    Cargo::new("bench")
        .args(["--quiet", "--package", "identity-testing", "--bench", "speed", "--"])
        .args(groups)
        .args(markdown)
        .run()
}
