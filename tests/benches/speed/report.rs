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
    met: usize,
    missed: usize,
}

impl Report {
    /// Prints a row: verdict, figure, goal, what it is, and in which absolute figures it shows.
    pub(crate) fn row(&mut self, name: &str, figure: f64, unit: &str, goal: Goal, absolute: impl Display) {
        let (met, goal) = match goal {
            Goal::AtMost(most) => (figure <= most, format!("<= {most}{unit}")),
            Goal::AtLeast(least) => (figure >= least, format!(">= {least}{unit}")),
        };
        let verdict = if met { "met" } else { "MISSED" };
        *if met { &mut self.met } else { &mut self.missed } += 1;
        let figure = format!("{}{unit}", rounded(figure));
        println!("{verdict:6}  {figure:>9}  goal {goal:>9}  {name}  [{absolute}]");
    }

    /// Prints the count.
    pub(crate) fn close(self) {
        println!("{} met, {} missed", self.met, self.missed);
    }
}

fn rounded(figure: f64) -> String {
    if figure.fract() == 0.0 || figure >= 100.0 { format!("{figure:.0}") } else { format!("{figure:.2}") }
}
