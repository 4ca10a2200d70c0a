//! Nothing unfinished is left behind: no `todo!`, no `dbg!`, no test ignored for ever.

use std::time::SystemTime;

use super::checkout::Checkout;
use super::finding::Finding;
use super::mask::{code_only, line_of, word_starts};
use crate::failure::Outcome;

const MACROS: &[&str] = &["todo!", "unimplemented!", "dbg!"];

pub(crate) fn check(checkout: &Checkout) -> Outcome<Vec<Finding>> {
    let seconds = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).map_or(0, |time| time.as_secs());
    let today = date(seconds);
    Ok(checkout.rust_files("").flat_map(|file| check_text(&file.path, &file.text, &today)).collect())
}

fn check_text(path: &str, text: &str, today: &str) -> Vec<Finding> {
    let code = code_only(text);
    let mut findings = Vec::new();
    for name in MACROS {
        for offset in word_starts(&code, name) {
            let problem = format!("`{name}` is left over");
            findings.push(Finding::new(
                path,
                line_of(&code, offset),
                problem,
                "finish the code or take it out",
            ));
        }
    }
    // The reason is a literal and hence masked, so the attribute is found in the code and read in the text.
    for (number, (masked, line)) in (1..).zip(code.lines().zip(text.lines())) {
        let attribute = masked.trim_start();
        if !attribute.starts_with("#[ignore") && !attribute.starts_with("#[cfg_attr(") {
            continue;
        }
        if masked.contains("ignore")
            && let Some(problem) = wrong_with_ignore(line, today)
        {
            findings.push(Finding::new(
                path,
                number,
                problem,
                "write `#[ignore = \"REASON, until YYYY-MM-DD\"]` on one line, or make the test pass",
            ));
        }
    }
    findings
}

fn wrong_with_ignore(line: &str, today: &str) -> Option<String> {
    let Some((_, reason)) = line.split_once("ignore = \"") else {
        return Some("a test is ignored without a reason".to_owned());
    };
    let reason = reason.split('"').next().unwrap_or_default();
    let end = reason.split(|c: char| !c.is_ascii_digit() && c != '-').find(|word| is_date(word));
    match end {
        None => Some("a test is ignored without an end date".to_owned()),
        Some(end) if end < today => Some(format!("a test was to be ignored until {end}, and that is past")),
        Some(_) => None,
    }
}

fn is_date(word: &str) -> bool {
    let lengths: Vec<usize> = word.split('-').map(str::len).collect();
    lengths == [4, 2, 2]
}

/// The day of a Unix time, as `YYYY-MM-DD`.
fn date(seconds: u64) -> String {
    // Days are counted from 1 March of year 0, so that leap days come last in their year and era.
    let days = seconds / 86_400 + 719_468;
    let (era, day) = (days / 146_097, days % 146_097);
    let year = (day - day / 1_460 + day / 36_524 - day / 146_096) / 365;
    let day = day - (365 * year + year / 4 - year / 100);
    let month = (5 * day + 2) / 153;
    let (day, month) = (day - (153 * month + 2) / 5 + 1, if month < 10 { month + 3 } else { month - 9 });
    format!("{:04}-{month:02}-{day:02}", year + era * 400 + u64::from(month <= 2))
}

#[cfg(test)]
mod tests {
    use super::*;

    const TODAY: &str = "2026-05-04";

    #[test]
    fn unfinished_code_is_found_and_its_mention_is_not() {
        let found = check_text("a.rs", "fn a() {\n    todo!()\n}\nfn b() { dbg!(1); }\n", TODAY);
        assert_eq!(found.iter().map(Finding::line).collect::<Vec<_>>(), [2, 4]);
        assert_eq!(check_text("a.rs", "// todo!\nlet a = \"dbg!\"; my_dbg!();", TODAY), []);
    }

    #[test]
    fn an_ignored_test_needs_a_reason_and_a_date_to_come() {
        assert_eq!(check_text("a.rs", "#[ignore = \"no server yet, until 2026-05-04\"]", TODAY), []);
        for bad in ["#[ignore]", "#[ignore = \"no server yet\"]", "#[ignore = \"until 2026-05-03\"]"] {
            assert_eq!(check_text("a.rs", bad, TODAY).len(), 1, "{bad}");
        }
    }

    #[test]
    fn days_are_named_as_the_calendar_names_them() {
        assert_eq!(date(0), "1970-01-01");
        assert_eq!(date(951_782_400), "2000-02-29");
        assert_eq!(date(1_767_225_599), "2025-12-31");
        assert_eq!(date(1_767_225_600), "2026-01-01");
    }
}
