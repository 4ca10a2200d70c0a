//! One line for each figure, and the count at the end.

use std::fmt::Display;

/// How a figure is judged.
#[derive(Clone, Copy)]
pub(crate) enum Goal {
    AtMost(f64),
    AtLeast(f64),
}

/// The rows so far.
#[derive(Default)]
pub(crate) struct Report {
    /// Whether the rows are those of a Markdown table.
    markdown: bool,
    met: usize,
    missed: usize,
    skipped: usize,
}

impl Report {
    pub(crate) fn new(markdown: bool) -> Self {
        if markdown {
            println!("| Figure | Measured | Goal | | In absolute terms |\n| --- | --- | --- | --- | --- |");
        }
        Self { markdown, ..Self::default() }
    }

    /// Prints a row: verdict, figure, goal, what it is, and in which absolute figures it shows.
    pub(crate) fn row(&mut self, name: &str, figure: f64, unit: &str, goal: Goal, absolute: impl Display) {
        let (met, goal) = match goal {
            Goal::AtMost(most) => (figure <= most, format!("<= {most}{unit}")),
            Goal::AtLeast(least) => (figure >= least, format!(">= {least}{unit}")),
        };
        let verdict = if met { "met" } else { "MISSED" };
        *if met { &mut self.met } else { &mut self.missed } += 1;
        let figure = format!("{}{unit}", rounded(figure));
        self.print(verdict, &figure, &goal, name, &absolute);
    }

    /// Prints a figure that is not judged.
    pub(crate) fn info(&self, name: &str, figure: f64, unit: &str, absolute: impl Display) {
        self.print("info", &format!("{}{unit}", rounded(figure)), "-", name, &absolute);
    }

    /// Prints a row that cannot be judged here, and why.
    pub(crate) fn skip(&mut self, name: &str, reason: &str) {
        self.skipped += 1;
        self.print("skip", "-", "-", name, &reason);
    }

    fn print(&self, verdict: &str, figure: &str, goal: &str, name: &str, absolute: &dyn Display) {
        if self.markdown {
            println!("| {name} | {figure} | {goal} | {verdict} | {absolute} |");
        } else {
            println!("{verdict:6}  {figure:>9}  goal {goal:>9}  {name}  [{absolute}]");
        }
    }

    /// Prints the count.
    pub(crate) fn close(self) {
        let skipped = match self.skipped {
            0 => String::new(),
            skipped => format!("{skipped} skipped, "),
        };
        let gap = if self.markdown { "\n" } else { "" };
        println!("{gap}{skipped}{} met, {} missed", self.met, self.missed);
    }
}

fn rounded(figure: f64) -> String {
    if figure.fract() == 0.0 || figure >= 100.0 { format!("{figure:.0}") } else { format!("{figure:.2}") }
}
