//! Every Rust file opens with a sentence that names its responsibility, and is short enough to have one.

use super::checkout::Checkout;
use super::finding::Finding;
use crate::failure::Outcome;

/// Lines a file may have; 300 is the aim.
const LONGEST: usize = 400;

pub(crate) fn check(checkout: &Checkout) -> Outcome<Vec<Finding>> {
    Ok(checkout.rust_files("").flat_map(|file| check_text(&file.path, &file.text)).collect())
}

fn check_text(path: &str, text: &str) -> Vec<Finding> {
    let mut findings = Vec::new();
    let first = text.lines().next().unwrap_or_default().trim_end();
    let sentence = first.strip_prefix("//! ").is_some_and(|words| words.len() > 10 && words.ends_with('.'));
    if !sentence {
        findings.push(Finding::new(
            path,
            1,
            format!("the first line is `{first}`, not a sentence about the file"),
            "begin with one line `//! What this file is responsible for.`, ending in a full stop",
        ));
    }
    let lines = text.lines().count();
    if lines > LONGEST {
        findings.push(Finding::new(
            path,
            lines,
            format!("{lines} lines are more than {LONGEST}"),
            "split the file by responsibility; 60 to 300 lines is the aim",
        ));
    }
    findings
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_with_a_sentence_is_fine() {
        assert_eq!(check_text("a.rs", "//! What a tenant may be called.\n"), []);
    }

    #[test]
    fn no_header_no_full_stop_and_no_words_are_found() {
        for text in [
            "",
            "use std::fmt;\n",
            "//! What a tenant may be called\n",
            "//! Tbd.\n",
            "\n//! A sentence here.\n",
        ] {
            assert_eq!(check_text("a.rs", text).len(), 1, "{text:?}");
        }
    }

    #[test]
    fn a_file_of_401_lines_is_too_long() {
        let text = |lines: usize| format!("//! A sentence about it.\n{}", "\n".repeat(lines - 1));
        assert_eq!(check_text("a.rs", &text(400)), []);
        assert_eq!(check_text("a.rs", &text(401)).len(), 1);
    }
}
