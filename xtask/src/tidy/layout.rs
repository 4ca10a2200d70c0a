//! Nothing lies about at the top level, so that a newcomer sees the design there.

use std::fs;

use super::checkout::Checkout;
use super::finding::Finding;
use crate::failure::{Failure, Outcome};
use crate::workspace::root;

/// What may be there besides dot-files, licences and the folder of build results.
const ALLOWED: &[&str] = &[
    "identity-core",
    "identity-msi",
    "identity-devtools",
    "identity-blocking",
    "identity-async",
    "tests",
    "xtask",
    "Cargo.toml",
    "Cargo.lock",
    "README.md",
    "target",
];

const LICENCES: [&str; 2] = ["LICENSE-MIT", "LICENSE-APACHE"];

pub(crate) fn check(_: &Checkout) -> Outcome<Vec<Finding>> {
    let entries = fs::read_dir(root())
        .map_err(|error| Failure::new(format!("the checkout could not be read: {error}")))?;
    let names: Vec<String> =
        entries.flatten().map(|entry| entry.file_name().to_string_lossy().into_owned()).collect();
    Ok(check_names(&names))
}

fn check_names(names: &[String]) -> Vec<Finding> {
    let allowed =
        |name: &str| ALLOWED.contains(&name) || name.starts_with('.') || name.starts_with("LICENSE");
    let mut findings: Vec<Finding> = names
        .iter()
        .filter(|name| !allowed(name))
        .map(|name| {
            Finding::new(
                name,
                1,
                "this does not belong at the top level",
                "move it into the crate that it belongs to, or delete it",
            )
        })
        .collect();
    for licence in LICENCES {
        if names.iter().all(|name| name != licence) {
            findings.push(Finding::new(licence, 1, "the licence is missing", "add the licence's full text"));
        }
    }
    findings
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(more: &[&str]) -> Vec<String> {
        let always = ["LICENSE-MIT", "LICENSE-APACHE", "Cargo.toml", ".ci", "identity-core"];
        always.iter().chain(more).map(|name| (*name).to_owned()).collect()
    }

    #[test]
    fn strangers_are_found() {
        assert_eq!(check_names(&names(&[])), []);
        assert_eq!(check_names(&names(&["notes.txt", "docs"])).len(), 2);
    }

    #[test]
    fn a_missing_licence_is_found() {
        assert_eq!(check_names(&["LICENSE-MIT".to_owned()]).len(), 1);
    }
}
