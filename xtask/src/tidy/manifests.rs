//! Dependencies are declared once, with a reason each, and every crate inherits the lints.

use super::checkout::Checkout;
use super::finding::Finding;
use crate::failure::Outcome;
use crate::workspace::Member;

/// Lints that the workspace's table must set, as the code relies on them.
const LINTS: &[&str] =
    &["unsafe_code = \"forbid\"", "missing_docs", "unwrap_used", "expect_used", "dbg_macro"];

pub(crate) fn check(checkout: &Checkout) -> Outcome<Vec<Finding>> {
    let root = checkout.text("Cargo.toml").unwrap_or_default();
    let mut findings = check_root(root);
    let members = &checkout.workspace.members;
    findings.extend(check_unused(root, members));
    for member in members {
        let path = format!("{}/Cargo.toml", member.folder);
        findings.extend(check_member(&path, checkout.text(&path).unwrap_or_default()));
    }
    for file in checkout.files.iter().filter(|file| file.path.ends_with("Cargo.toml")) {
        findings.extend(check_flavour(&file.path, &file.text));
    }
    Ok(findings)
}

/// A reason above each third-party dependency, and the lints that must be set.
fn check_root(text: &str) -> Vec<Finding> {
    let mut findings = Vec::new();
    for entry in entries(text) {
        let third_party = entry.section == "workspace.dependencies" && !entry.is_ours();
        if third_party && !entry.above.starts_with('#') {
            findings.push(Finding::new(
                "Cargo.toml",
                entry.line,
                format!("the dependency `{}` has no reason", entry.name()),
                "write a comment directly above that says what it is needed for",
            ));
        }
    }
    for lint in LINTS.iter().filter(|lint| !text.lines().any(|line| line.starts_with(**lint))) {
        findings.push(Finding::new(
            "Cargo.toml",
            1,
            format!("the lint tables do not set `{lint}`"),
            "put it back into [workspace.lints]",
        ));
    }
    findings
}

/// Everything declared is used somewhere.
fn check_unused(root: &str, members: &[Member]) -> Vec<Finding> {
    let used = |name: &str| members.iter().any(|member| member.dependencies.iter().any(|it| it == name));
    entries(root)
        .into_iter()
        .filter(|entry| entry.section == "workspace.dependencies" && !entry.is_ours() && !used(entry.name()))
        .map(|entry| {
            Finding::new(
                "Cargo.toml",
                entry.line,
                format!("no crate uses the dependency `{}`", entry.name()),
                "delete the line",
            )
        })
        .collect()
}

/// Dependencies and lints come from the workspace.
fn check_member(path: &str, text: &str) -> Vec<Finding> {
    let entries = entries(text);
    let mut findings = Vec::new();
    for entry in &entries {
        // `[dependencies.name]` holds the keys of one dependency, one of which says it.
        let table = entry.section.rsplit_once('.').filter(|(table, _)| table.ends_with("dependencies"));
        let inherited = if table.is_some() {
            entries.iter().any(|other| other.section == entry.section && other.text == "workspace = true")
        } else {
            !entry.section.ends_with("dependencies") || entry.text.contains("workspace = true")
        };
        if !inherited {
            let name = table.map_or(entry.name(), |(_, name)| name);
            findings.push(Finding::new(
                path,
                entry.line,
                format!("`{name}` is not inherited from the workspace"),
                "declare it in [workspace.dependencies] and write `workspace = true` here",
            ));
        }
    }
    if !entries.iter().any(|entry| entry.section == "lints" && entry.text == "workspace = true") {
        findings.push(Finding::new(
            path,
            1,
            "the crate does not inherit the lint tables",
            "add `[lints]` with `workspace = true`",
        ));
    }
    findings
}

/// Nobody asks for blocking code in the whole build.
fn check_flavour(path: &str, text: &str) -> Vec<Finding> {
    (1..)
        .zip(text.lines())
        .filter(|(_, line)| line.split('#').next().unwrap_or_default().contains("is_sync"))
        .map(|(number, _)| {
            Finding::new(
                path,
                number,
                "`is_sync` changes every crate of a build",
                "use must_be_sync or must_be_async, one module per flavour",
            )
        })
        .collect()
}

/// A line `key = value` of a manifest, continued as long as a bracket is open.
struct Entry<'a> {
    section: &'a str,
    line: usize,
    /// The line directly above.
    above: &'a str,
    text: String,
}

impl Entry<'_> {
    fn name(&self) -> &str {
        self.text.split(['=', '.']).next().unwrap_or_default().trim()
    }

    fn is_ours(&self) -> bool {
        self.text.contains("path = ")
    }
}

fn entries(text: &str) -> Vec<Entry<'_>> {
    let mut entries: Vec<Entry<'_>> = Vec::new();
    let (mut section, mut above, mut open) = ("", "", 0_usize);
    for (line, whole) in (1..).zip(text.lines()) {
        let content = whole.trim();
        if open > 0 {
            if let Some(entry) = entries.last_mut() {
                entry.text.push_str(content);
            }
        } else if let Some(name) = content.strip_prefix('[') {
            section = name.trim_end_matches(']');
        } else if !content.is_empty() && !content.starts_with('#') {
            entries.push(Entry { section, line, above, text: content.to_owned() });
        }
        if !content.starts_with('#') && (open > 0 || !content.starts_with('[')) {
            open += content.matches(['[', '{']).count();
            open = open.saturating_sub(content.matches([']', '}']).count());
        }
        above = content;
    }
    entries
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_dependency_without_a_reason_is_found() {
        let text = "[workspace.dependencies]\nours = { path = \"ours\" }\n\n# Form bodies.\nform = \"1\"\nother = \"2\"\n";
        let lines: Vec<usize> = check_root(text).iter().map(Finding::line).filter(|line| *line > 1).collect();
        assert_eq!(lines, [6]);
    }

    #[test]
    fn a_missing_lint_is_found() {
        let text: String = LINTS.iter().map(|lint| format!("{lint}\n")).collect();
        assert_eq!(check_root(&text), []);
        assert_eq!(check_root(&text.replace("forbid", "warn")).len(), 1);
    }

    #[test]
    fn a_dependency_of_a_crates_own_is_found() {
        let good = "[lints]\nworkspace = true\n[dependencies]\na.workspace = true\nb = { workspace = true, features = [\n \"x\",\n] }\n\
                    [dev-dependencies.c]\nworkspace = true\nfeatures = [\"y\"]\n";
        assert_eq!(check_member("a/Cargo.toml", good), []);
        for bad in ["a = \"1\"", "a = { version = \"1\" }", "a.version = \"1\""] {
            for table in ["dependencies", "dev-dependencies", "target.'cfg(unix)'.dependencies"] {
                let text = format!("[lints]\nworkspace = true\n[{table}]\n{bad}\n");
                assert_eq!(check_member("a/Cargo.toml", &text).len(), 1, "{text}");
            }
        }
        let table = "[lints]\nworkspace = true\n[dependencies.c]\nversion = \"1\"\n";
        assert_eq!(check_member("a/Cargo.toml", table).len(), 1);
    }

    #[test]
    fn a_crate_without_the_lints_is_found() {
        assert_eq!(check_member("a/Cargo.toml", "[dependencies]\n").len(), 1);
    }

    #[test]
    fn is_sync_is_found_unless_a_comment_speaks_of_it() {
        assert_eq!(check_flavour("Cargo.toml", "# never with `is_sync`\na = \"1\" # is_sync\n"), []);
        assert_eq!(
            check_flavour("Cargo.toml", "m = { version = \"1\", features = [\"is_sync\"] }\n").len(),
            1
        );
    }

    #[test]
    fn an_unused_dependency_is_found() {
        let root = "[workspace.dependencies]\na = \"1\"\n";
        let member = |dependencies: &[&str]| Member {
            name: "m".into(),
            version: "0.1.0".into(),
            folder: "m".into(),
            features: Vec::new(),
            dependencies: dependencies.iter().map(|name| (*name).to_owned()).collect(),
        };
        assert_eq!(check_unused(root, &[member(&["a"])]), []);
        assert_eq!(check_unused(root, &[member(&["b"])]).len(), 1);
    }
}
