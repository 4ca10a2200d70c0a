//! What came of a suite: counts, failures, departures, and the lines that people and machines read.

use std::collections::BTreeMap;
use std::fmt::Write;

use super::Flavour;
use super::difference::Difference;

/// What came of a suite. A pair of alternatives counts once per flavour.
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub struct Report {
    /// As recorded.
    pub passed: usize,
    /// Not as recorded, and not documented.
    pub failed: usize,
    /// Each vector behind `failed`: of a pair, both.
    pub failures: Vec<Failure>,
    /// Not as recorded, for a documented reason: vector, flavour, reason.
    pub departed: Vec<(String, Flavour, String)>,
    /// Not tried: how many, by reason.
    pub skipped: BTreeMap<String, usize>,
    /// What is wrong with the list of departures. Each counts as failed.
    pub problems: Vec<String>,
}

/// A vector that was not replayed as recorded.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Failure {
    /// The vector.
    pub id: String,
    /// The flavour.
    pub flavour: Flavour,
    /// What differed; the first is the cause.
    pub differences: Vec<Difference>,
}

impl Report {
    /// Whether nothing failed.
    pub fn is_success(&self) -> bool {
        self.failed == 0 && self.problems.is_empty()
    }

    /// The text to print: a line for each failure (with `explain` everything that is known of it), then what was
    /// skipped and what departed, and last `N passed, N failed, N skipped`.
    pub fn text(&self, explain: bool) -> String {
        let mut text = String::new();
        for failure in &self.failures {
            let name = format!("FAILED {} ({})", failure.id, failure.flavour.name());
            let cause = failure.differences.first();
            text += &format!("{name}: {}\n", cause.map(Difference::line).unwrap_or_default());
            for difference in failure.differences.iter().filter(|_| explain) {
                text += &format!("  {}\n", difference.to_string().replace('\n', "\n  "));
            }
        }
        for problem in &self.problems {
            text += &format!("FAILED {problem}\n");
        }
        for (why, count) in &self.skipped {
            text += &format!("{count} skipped: {why}\n");
        }
        for (id, flavour, why) in self.departed.iter().filter(|_| explain) {
            text += &format!("departs {id} ({}): {why}\n", flavour.name());
        }
        if !self.departed.is_empty() {
            let count = self.departed.len();
            text += &format!("{count} of the skipped ones depart for the reasons in tests/departures.md\n");
        }
        let failed = self.failed + self.problems.len();
        let skipped = self.skipped.values().sum::<usize>() + self.departed.len();
        let _ = writeln!(text, "{} passed, {failed} failed, {skipped} skipped", self.passed);
        text
    }
}
