//! `cargo xtask test`: every test of the workspace, in both flavours.

use crate::cargo::Cargo;
use crate::failure::{Failure, Outcome};
use crate::openssl;
use crate::workspace::Workspace;

pub(crate) const ARGUMENTS: &str = "[ARGUMENTS OF cargo test]";
pub(crate) const PURPOSE: &str = "all tests, with the runner's own closing lines and its exit status";

pub(crate) fn run(arguments: &[String]) -> Outcome {
    let (_, outcome) = run_tests(arguments);
    outcome
}

/// Runs the tests and returns the closing lines of every test binary, also when some failed.
pub(crate) fn run_tests(arguments: &[String]) -> (Vec<String>, Outcome) {
    let features = match Workspace::load().and_then(|workspace| openssl::everything(&workspace)) {
        Ok(features) => features,
        Err(failure) => return (Vec::new(), Err(failure)),
    };
    let mut for_cargo = arguments.iter().take_while(|argument| *argument != "--");
    let one_package =
        for_cargo.any(|argument| argument.starts_with("-p") || argument.starts_with("--package"));
    let packages: &[&str] = if one_package { &[] } else { &["--workspace"] };
    let (lines, outcome) = Cargo::new("test")
        .args(packages)
        .args(features)
        .args(["--no-fail-fast"])
        .args(arguments)
        .run_keeping(|line| line.starts_with("test result: "));
    let totals = Totals::of(&lines);
    println!("\n{totals}");
    let outcome = match outcome {
        Ok(()) if totals.passed == 0 && arguments.is_empty() => {
            Err(Failure::new("not a single test was run"))
        }
        other => other,
    };
    (lines, outcome)
}

/// The sum of the runner's closing lines.
#[derive(Debug, Default, PartialEq)]
struct Totals {
    passed: u64,
    failed: u64,
    ignored: u64,
    binaries: usize,
}

impl Totals {
    /// Adds up lines like `test result: ok. 3 passed; 0 failed; 1 ignored; ...`.
    fn of(lines: &[String]) -> Self {
        let mut totals = Self { binaries: lines.len(), ..Self::default() };
        for line in lines {
            let words: Vec<&str> = line.split([' ', ';', '.']).filter(|word| !word.is_empty()).collect();
            for (number, what) in words.iter().zip(words.iter().skip(1)) {
                let number = number.parse().unwrap_or(0);
                match *what {
                    "passed" => totals.passed += number,
                    "failed" => totals.failed += number,
                    "ignored" => totals.ignored += number,
                    _ => {}
                }
            }
        }
        totals
    }
}

impl std::fmt::Display for Totals {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { passed, failed, ignored, binaries } = self;
        write!(f, "{passed} passed, {failed} failed, {ignored} ignored in {binaries} test binaries")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn closing_lines_are_added_up() {
        let lines = [
            "test result: ok. 12 passed; 0 failed; 1 ignored; 0 measured; 0 filtered out; finished in 0.01s",
            "test result: FAILED. 3 passed; 2 failed; 0 ignored; 0 measured; 4 filtered out; finished in 0.5s",
        ];
        let totals = Totals::of(&lines.map(str::to_owned));
        assert_eq!(totals, Totals { passed: 15, failed: 2, ignored: 1, binaries: 2 });
    }
}
