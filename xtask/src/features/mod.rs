//! `cargo xtask features`: each crate alone under each of its features, and nothing but additions.

mod builds;
mod outside;
mod report;
mod trees;

use crate::failure::Outcome;
use crate::workspace::Workspace;

pub(crate) const ARGUMENTS: &str = "";
pub(crate) const PURPOSE: &str = "each crate alone with no, each and all features; both façades in one build";

pub(crate) fn run(_: &[String]) -> Outcome {
    let workspace = Workspace::load()?;
    let mut report = report::Report::default();
    trees::check(&workspace, &mut report);
    builds::check(&workspace, &mut report);
    outside::check(&workspace, &mut report);
    report.close()
}
