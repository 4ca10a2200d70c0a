//! The README says what is so: its commands exist, its features are the façades', its code is compiled.

use super::checkout::Checkout;
use super::finding::Finding;
use super::mask::code_only;
use crate::failure::Outcome;

const README: &str = "README.md";
const FACADES: &[&str] = &["identity-blocking", "identity-async"];
/// What `cargo xtask ci` runs for the README.
const TEST_COMMAND: &str = "test";

pub(crate) fn check(checkout: &Checkout) -> Outcome<Vec<Finding>> {
    let Some(text) = checkout.text(README) else {
        return Ok(vec![Finding::new(README, 1, "the README is missing", "write it")]);
    };
    let tasks: Vec<&str> = crate::TASKS.iter().map(|task| task.name).collect();
    let mut findings = check_commands(text, &tasks);
    let facades: Vec<(&str, &[String])> = checkout
        .workspace
        .members
        .iter()
        .filter(|member| FACADES.contains(&member.name.as_str()))
        .map(|member| (member.name.as_str(), member.features.as_slice()))
        .collect();
    findings.extend(check_features(text, &facades));
    findings.extend(check_credentials(text, &facades));
    for facade in FACADES {
        let path = format!("{facade}/src/lib.rs");
        findings.extend(check_inclusion(&path, checkout.text(&path).unwrap_or_default()));
    }
    Ok(findings)
}

/// Commands in fenced `sh` blocks.
fn check_commands(text: &str, tasks: &[&str]) -> Vec<Finding> {
    let mut findings = Vec::new();
    let mut tests = false;
    for (number, line) in fenced(text, &["sh", "bash", "shell", "console"]) {
        let command = line.trim().trim_start_matches("$ ");
        let Some(rest) = command.strip_prefix("cargo xtask") else { continue };
        let task = rest.split_whitespace().next().unwrap_or_default();
        tests |= task == TEST_COMMAND;
        if !tasks.contains(&task) {
            findings.push(Finding::new(
                README,
                number,
                format!("`cargo xtask {task}` does not exist"),
                "name a task that `cargo xtask help` lists",
            ));
        }
    }
    if !tests {
        findings.push(Finding::new(
            README,
            1,
            format!("no `sh` block shows `cargo xtask {TEST_COMMAND}`"),
            "show how to run the tests; ci runs exactly that command",
        ));
    }
    findings
}

/// The table whose first column is headed `Feature`, against the features of the façades.
///
/// A row speaks of both façades unless another cell names one of them in backticks.
fn check_features(text: &str, facades: &[(&str, &[String])]) -> Vec<Finding> {
    let (_, rows) = table(text, "Feature");
    let mut findings = Vec::new();
    for (facade, features) in facades {
        let own: Vec<&Row> = rows.iter().filter(|row| speaks_of(&row.1, facade)).collect();
        for (number, cells) in &own {
            for name in backticked(cells.first().map_or("", String::as_str)) {
                if !features.iter().any(|feature| feature == name) {
                    findings.push(Finding::new(
                        README,
                        *number,
                        format!("{facade} has no feature `{name}`"),
                        "correct the name, delete the row, or name the crate that has it in backticks in the row",
                    ));
                }
            }
        }
        let named = |feature: &str| own.iter().any(|row| backticked(&row.1[0]).any(|name| name == feature));
        for feature in features.iter().filter(|feature| *feature != "default" && !named(feature)) {
            findings.push(Finding::new(
                README,
                rows.first().map_or(1, |row| row.0),
                format!("the table of features lacks `{feature}` of {facade}"),
                "add a row; the table is the one whose first column is headed `Feature`",
            ));
        }
    }
    findings
}

/// The features in the table whose first column is headed `Credential`: both façades have each of them.
fn check_credentials(text: &str, facades: &[(&str, &[String])]) -> Vec<Finding> {
    let (headings, rows) = table(text, "Credential");
    let Some(column) = headings.iter().position(|heading| heading.eq_ignore_ascii_case("feature")) else {
        return vec![Finding::new(
            README,
            1,
            "no table of credentials says which feature each of them takes",
            "the table is the one whose first column is headed `Credential`; give it a column `Feature`",
        )];
    };
    let mut findings = Vec::new();
    for (number, cells) in &rows {
        for name in backticked(cells.get(column).map_or("", String::as_str)) {
            for (facade, _) in facades.iter().filter(|(_, features)| features.iter().all(|it| it != name)) {
                findings.push(Finding::new(
                    README,
                    *number,
                    format!("{facade} has no feature `{name}`"),
                    "correct the name; a credential takes the same features in both flavours",
                ));
            }
        }
    }
    findings
}

/// The README's Rust blocks are compiled as documentation tests of the façades.
fn check_inclusion(path: &str, text: &str) -> Option<Finding> {
    let includes = code_only(text)
        .lines()
        .zip(text.lines())
        .any(|(code, line)| code.contains("include_str!") && line.contains("README.md\""));
    (!includes).then(|| {
        Finding::new(
            path,
            1,
            "the README's code blocks are not compiled",
            "add `#[cfg(doctest)] #[doc = include_str!(\"../../README.md\")] struct Readme;`",
        )
    })
}

/// A row of a table: its line, and the text of its cells.
type Row = (usize, Vec<String>);

/// The headings and rows of the tables whose first column is headed so.
fn table(text: &str, first_heading: &str) -> (Vec<String>, Vec<Row>) {
    let (mut headings, mut rows) = (Vec::new(), Vec::new());
    let mut inside = false;
    for (number, line) in (1..).zip(text.lines()) {
        let Some(line) = line.trim().strip_prefix('|') else {
            inside = false;
            continue;
        };
        let cells: Vec<String> =
            line.trim_end_matches('|').split('|').map(|cell| cell.trim().to_owned()).collect();
        let first = cells.first().map_or("", String::as_str);
        if first.eq_ignore_ascii_case(first_heading) {
            inside = true;
            headings = cells;
        } else if inside && !first.trim_matches([':', '-']).is_empty() {
            rows.push((number, cells));
        }
    }
    (headings, rows)
}

fn speaks_of(cells: &[String], facade: &str) -> bool {
    let names = |facade: &str| cells.iter().skip(1).any(|cell| backticked(cell).any(|name| name == facade));
    names(facade) || !FACADES.iter().any(|facade| names(facade))
}

fn backticked(cell: &str) -> impl Iterator<Item = &str> {
    cell.split('`').skip(1).step_by(2)
}

/// Numbered lines inside fenced blocks of one of these languages.
fn fenced<'a>(text: &'a str, languages: &[&str]) -> Vec<(usize, &'a str)> {
    let (mut lines, mut open) = (Vec::new(), None);
    for (number, line) in (1..).zip(text.lines()) {
        match (line.trim().strip_prefix("```"), open) {
            (Some(_), Some(_)) => open = None,
            (Some(language), None) => {
                let language = language.split([',', ' ']).next().unwrap_or_default();
                open = Some(languages.contains(&language));
            }
            (None, Some(true)) => lines.push((number, line)),
            _ => {}
        }
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_command_that_does_not_exist_is_found() {
        let text = "```sh\ncargo xtask test\ncargo xtask dance --fast\n```\n```rust\ncargo xtask sing\n```\n";
        let found = check_commands(text, &["test"]);
        assert_eq!(found.iter().map(Finding::line).collect::<Vec<_>>(), [3]);
    }

    #[test]
    fn a_readme_without_the_test_command_is_found() {
        assert_eq!(check_commands("cargo xtask test\n", &["test"]).len(), 1);
    }

    #[test]
    fn features_are_compared_in_both_directions() {
        let text = "| Feature | Meaning |\n| --- | --- |\n| `rustls` (default) | TLS |\n| `ghost` | only in `identity-async` |\n";
        let both = ["default".to_owned(), "rustls".to_owned()];
        let more = ["rustls".to_owned(), "ghost".to_owned()];
        assert_eq!(check_features(text, &[("identity-blocking", &both), ("identity-async", &more)]), []);
        assert_eq!(check_features(text, &[("identity-async", &both)]).len(), 1);
        assert_eq!(check_features(text, &[("identity-blocking", &more)]).len(), 1);
    }

    #[test]
    fn a_credential_with_a_feature_that_a_facade_lacks_is_found() {
        let text =
            "| Credential | Feature |\n| --- | --- |\n| `A` | `msi` |\n| `B` | - |\n| `C` | `ghost` |\n";
        let (both, more) = (["msi".to_owned()], ["msi".to_owned(), "ghost".to_owned()]);
        let found = check_credentials(text, &[("identity-blocking", &both), ("identity-async", &more)]);
        assert_eq!(found.iter().map(Finding::line).collect::<Vec<_>>(), [5]);
        assert_eq!(check_credentials("| Credential | Source |\n", &[("identity-async", &more)]).len(), 1);
    }

    #[test]
    fn a_facade_that_does_not_compile_the_readme_is_found() {
        assert_eq!(check_inclusion("a", "#[doc = include_str!(\"../../README.md\")]\nstruct Readme;"), None);
        assert!(check_inclusion("a", "// include_str!(\"../../README.md\")").is_some());
    }
}
