//! The sans-IO crates touch nothing: no clock, file, variable, socket, process or runtime.

use super::checkout::Checkout;
use super::finding::Finding;
use super::mask::{closing, line_of, word_starts};
use crate::failure::Outcome;
use crate::tree::{FeatureSet, Platform, matching, packages};

const PURE: &[&str] = &["identity-core", "identity-msi", "identity-devtools"];

/// What their source may not name, and what to do instead.
const FORBIDDEN: &[(&str, &str)] = &[
    ("SystemTime::now", "take the time from `Moment`"),
    ("Instant::now", "take the time from `Moment`"),
    ("std::env", "take the environment from `Env`"),
    ("std::fs", "read files through a step"),
    ("File::", "read files through a step"),
    ("std::net", "send through a step; addresses are in `core::net`"),
    ("TcpStream", "send through a step"),
    ("std::process", "run programs through a step"),
    ("process::Command", "run programs through a step"),
    ("thread::spawn", "let the host do it"),
    ("thread::sleep", "sleep through a step"),
    ("tokio", "leave the runtime to the async host"),
    ("reqwest", "send through a step"),
    ("ureq", "send through a step"),
];

/// Modules of std that are forbidden also in `use std::{env, fs};`.
const MODULES: &[&str] = &["env", "fs", "net", "process"];

/// What may not be in their dependency trees, whichever features are on.
const BANNED: &[&str] = &["ureq", "reqwest", "tokio", "hyper", "mio", "socket2"];

pub(crate) fn check(checkout: &Checkout) -> Outcome<Vec<Finding>> {
    let mut findings = Vec::new();
    for name in PURE {
        let folder = format!("{name}/src/");
        for (path, code) in checkout.shipped_code(&folder) {
            findings.extend(check_code(path, &code));
        }
        let tree = packages(name, &FeatureSet::All, Platform::Every)?;
        for package in matching(&tree, BANNED) {
            findings.push(Finding::new(
                format!("{name}/Cargo.toml"),
                1,
                format!("`{package}` is in the dependency tree of a crate without I/O"),
                format!("`cargo tree -p {name} --all-features -e normal --target all` shows who brings it"),
            ));
        }
    }
    Ok(findings)
}

/// `code` without comments, literals and tests.
fn check_code(path: &str, code: &str) -> Vec<Finding> {
    let mut findings = Vec::new();
    for (name, remedy) in FORBIDDEN {
        for offset in word_starts(code, name) {
            findings.push(finding(path, line_of(code, offset), name, remedy));
        }
    }
    for offset in word_starts(code, "std::{") {
        let open = offset + "std::".len();
        let list = &code[open + 1..closing(code, open).saturating_sub(1)];
        for module in MODULES.iter().filter(|module| first_segments(list).contains(*module)) {
            findings.push(finding(
                path,
                line_of(code, offset),
                &format!("std::{module}"),
                "do it through a step",
            ));
        }
    }
    findings
}

fn finding(path: &str, line: usize, name: &str, remedy: &str) -> Finding {
    Finding::new(path, line, format!("`{name}` in a crate without I/O"), remedy)
}

/// The first segment of each entry at the top level of a `use` list.
fn first_segments(list: &str) -> Vec<&str> {
    let (mut depth, mut start, mut segments) = (0_usize, 0, Vec::new());
    for (offset, c) in list.char_indices().chain([(list.len(), ',')]) {
        match c {
            '{' => depth += 1,
            '}' => depth = depth.saturating_sub(1),
            ',' if depth == 0 => {
                let entry = list[start..offset].trim();
                segments
                    .push(entry.split(|c: char| !c.is_alphanumeric() && c != '_').next().unwrap_or(entry));
                start = offset + 1;
            }
            _ => {}
        }
    }
    segments
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_forbidden_name_is_found() {
        for (name, _) in FORBIDDEN {
            assert_eq!(check_code("a.rs", &format!("fn a() {{\n    {name}();\n}}"))[0].line(), 2, "{name}");
        }
    }

    #[test]
    fn grouped_imports_are_looked_into() {
        assert_eq!(check_code("a.rs", "use std::{collections::{self, env}, env, fs::read};").len(), 2);
        assert_eq!(check_code("a.rs", "use std::{fmt, sync::Arc, time::Duration};"), []);
    }

    #[test]
    fn names_of_our_own_are_no_offence() {
        assert_eq!(
            check_code("a.rs", "TokenFile::new(); Command::new(path); core::net::IpAddr::V4; Env::get()"),
            []
        );
    }
}
