//! Every crate tells its users what has changed, in the format of Keep a Changelog.

use super::checkout::Checkout;
use super::finding::Finding;
use crate::failure::Outcome;

pub(crate) fn check(checkout: &Checkout) -> Outcome<Vec<Finding>> {
    let members = checkout.workspace.members.iter();
    Ok(members
        .filter_map(|member| {
            let path = format!("{}/CHANGELOG.md", member.folder);
            check_text(&path, checkout.text(&path), &member.version)
        })
        .collect())
}

fn check_text(path: &str, text: Option<&str>, version: &str) -> Option<Finding> {
    let remedy =
        format!("write at least one line `- ...` under `## [Unreleased]` or `## [{version}] - YYYY-MM-DD`");
    let Some(text) = text else {
        return Some(Finding::new(path, 1, "the changelog is missing", remedy));
    };
    let heading =
        |line: &str| line.starts_with("## [Unreleased]") || line.starts_with(&format!("## [{version}]"));
    let Some(line) = text.lines().position(heading) else {
        let problem = format!("neither version {version} nor an Unreleased section is named");
        return Some(Finding::new(path, 1, problem, remedy));
    };
    // An empty Unreleased section is right after a release: then the version's own section counts.
    let mut inside = false;
    let written = text.lines().any(|line| {
        if line.starts_with("## ") {
            inside = heading(line);
        }
        inside && line.starts_with("- ") && line.len() > 4
    });
    (!written).then(|| Finding::new(path, line + 1, "the section has no line", remedy))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(text: &str) -> bool {
        check_text("a/CHANGELOG.md", Some(text), "0.2.0").is_some()
    }

    #[test]
    fn a_line_under_the_version_or_unreleased_is_enough() {
        assert!(!found("# Changelog\n\n## [Unreleased]\n\n### Added\n\n- The beginning.\n"));
        assert!(!found("## [Unreleased]\n\n## [0.2.0] - 2026-01-01\n\n- The beginning.\n"));
    }

    #[test]
    fn missing_stale_and_empty_changelogs_are_found() {
        assert!(check_text("a/CHANGELOG.md", None, "0.2.0").is_some());
        assert!(found("## [0.1.0] - 2026-01-01\n\n- The beginning.\n"));
        assert!(found("## [Unreleased]\n\n## [0.1.0] - 2026-01-01\n\n- The beginning.\n"));
    }
}
