//! The text names no machine that it was written on and no package registry.

use std::path::{Path, PathBuf};

use super::checkout::Checkout;
use super::finding::Finding;
use super::mask::line_of;
use crate::failure::Outcome;
use crate::workspace::root;

/// The only place that a locked package may come from.
const PUBLIC_INDEX: &str = "source = \"registry+https://github.com/rust-lang/crates.io-index\"";

/// Hosts and settings that belong into a machine's configuration, not into the repository.
const REGISTRIES: &[&str] = &[
    "index.crates.io",
    "static.crates.io",
    "pypi.org",
    "pythonhosted.org",
    "registry.npmjs.org",
    "proxy.golang.org",
    "replace-with",
    "[registries",
];

/// This file has to name what it looks for.
const SELF: &str = "xtask/src/tidy/traces.rs";

/// Folders that are the same on every machine, so that naming them gives nothing away.
const STANDARD: &[&str] = &[
    "/",
    "/tmp",
    "/home",
    "/opt",
    "/srv",
    "/usr",
    "/var",
    "/mnt",
    "/media",
    "/etc",
    "/var/tmp",
    "/usr/local",
];

pub(crate) fn check(checkout: &Checkout) -> Outcome<Vec<Finding>> {
    let home = std::env::var_os("HOME").map(PathBuf::from);
    let machine = machine_paths(root(), home.as_deref());
    Ok(checkout
        .files
        .iter()
        .filter(|file| file.path != SELF)
        .flat_map(|file| check_text(&file.path, &file.text, &machine))
        .collect())
}

/// The folders whose names tell which machine this is.
fn machine_paths(root: &Path, home: Option<&Path>) -> Vec<String> {
    let paths = [Some(root), root.parent(), home];
    let mut names: Vec<String> = paths.into_iter().flatten().map(|path| path.display().to_string()).collect();
    names.retain(|name| !STANDARD.contains(&name.as_str()) && name.len() > 1);
    names.dedup();
    names
}

fn check_text(path: &str, text: &str, machine: &[String]) -> Vec<Finding> {
    let mut findings = Vec::new();
    for name in machine {
        if let Some(offset) = find_path(text, name) {
            findings.push(Finding::new(
                path,
                line_of(text, offset),
                format!("`{name}` is a path of this machine"),
                "use a path relative to the workspace, or a variable",
            ));
        }
    }
    for (number, line) in (1..).zip(text.lines()) {
        if REGISTRIES.iter().any(|host| line.contains(host)) {
            findings.push(Finding::new(
                path,
                number,
                format!("`{}` names a package registry", line.trim()),
                "leave registries to the configuration of the machine (`$CARGO_HOME/config.toml`)",
            ));
        }
        if path == "Cargo.lock" && line.starts_with("source = ") && line != PUBLIC_INDEX {
            findings.push(Finding::new(
                path,
                number,
                format!("`{line}` is not the public index"),
                "depend on published versions only, and lock them without a mirror",
            ));
        }
    }
    findings
}

/// Where `name` stands in `text` as a whole path or as its beginning.
fn find_path(text: &str, name: &str) -> Option<usize> {
    let part = |c: char| c.is_alphanumeric() || matches!(c, '_' | '-' | '.');
    text.match_indices(name).map(|(offset, _)| offset).find(|offset| {
        let before = text[..*offset].chars().next_back();
        let after = text[offset + name.len()..].chars().next();
        !before.is_some_and(|c| part(c) || c == '/') && !after.is_some_and(part)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_checkout_its_parent_and_the_home_are_machine_paths() {
        let paths = machine_paths(Path::new("/builds/project"), Some(Path::new("/home/somebody")));
        assert_eq!(paths, ["/builds/project", "/builds", "/home/somebody"]);
        assert_eq!(machine_paths(Path::new("/tmp/project"), None), ["/tmp/project"]);
    }

    #[test]
    fn a_machine_path_is_found_and_a_similar_address_is_not() {
        let machine = ["/builds".to_owned()];
        assert_eq!(check_text("a.md", "see\n/builds/project/x\n", &machine).len(), 1);
        assert_eq!(check_text("a.md", "https://example.com/builds/x ../builds /buildspec", &machine), []);
    }

    #[test]
    fn registries_and_foreign_lock_entries_are_found() {
        assert_eq!(check_text("a.toml", "[registries.mirror]\n", &[]).len(), 1);
        assert_eq!(check_text("Cargo.lock", "source = \"git+https://example.com/a\"\n", &[]).len(), 1);
        assert_eq!(check_text("Cargo.lock", &format!("{PUBLIC_INDEX}\n"), &[]), []);
    }
}
