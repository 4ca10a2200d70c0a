//! One line per combination as it is done, what failed once more at the end, and the sum.

use std::time::Instant;

use crate::failure::{Failure, Outcome};

#[derive(Default)]
pub(crate) struct Report {
    passed: usize,
    failed: Vec<String>,
    skipped: usize,
}

impl Report {
    /// Does one check and prints its line.
    pub(crate) fn check(&mut self, what: &str, check: impl FnOnce() -> Outcome) {
        let began = Instant::now();
        let outcome = check();
        let seconds = began.elapsed().as_secs_f64();
        match outcome {
            Ok(()) => {
                self.passed += 1;
                println!("ok    {seconds:6.1} s  {what}");
            }
            Err(failure) => {
                println!("FAIL  {seconds:6.1} s  {what}\n{failure}\n");
                self.failed.push(what.to_owned());
            }
        }
    }

    /// Prints why something cannot be checked here.
    pub(crate) fn skip(&mut self, what: &str, why: &str) {
        self.skipped += 1;
        println!("skip       -    {what}: {why}");
    }

    pub(crate) fn close(self) -> Outcome {
        if !self.failed.is_empty() {
            println!("\nfailed:\n  {}", self.failed.join("\n  "));
        }
        println!("\n{} passed, {} failed, {} skipped", self.passed, self.failed.len(), self.skipped);
        match self.failed.len() {
            0 => Ok(()),
            number => Err(Failure::new(format!("{number} feature checks failed"))),
        }
    }
}
