//! What was measured: a Markdown table with a row for each scenario and a column for each library.

use std::fmt;

/// The libraries, in the order of the columns.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Column {
    Blocking,
    Async,
    Azure,
    Google,
    PythonSync,
    PythonAio,
}

const COLUMNS: [(Column, &str); 6] = [
    (Column::Blocking, "identity-blocking"),
    (Column::Async, "identity-async"),
    (Column::Azure, "azure_identity"),
    (Column::Google, "google-cloud-auth"),
    (Column::PythonSync, "Python, sync"),
    (Column::PythonAio, "Python, aio"),
];

/// Rows in the order in which they were first named.
#[derive(Default)]
pub(crate) struct Table(Vec<(&'static str, Vec<(Column, String)>)>);

impl Table {
    /// Enters a figure.
    pub(crate) fn enter(&mut self, row: &'static str, column: Column, figure: impl fmt::Display) {
        let cell = (column, figure.to_string());
        match self.0.iter_mut().find(|(name, _)| *name == row) {
            Some((_, cells)) => cells.push(cell),
            None => self.0.push((row, vec![cell])),
        }
    }

    /// Prints all of it. What a library has nothing like, or was not measured, is a dash.
    pub(crate) fn print(&self) {
        let names: Vec<&str> = COLUMNS.iter().map(|(_, name)| *name).collect();
        println!("| Scenario | {} |", names.join(" | "));
        println!("| --- |{}", " --- |".repeat(COLUMNS.len()));
        for (row, cells) in &self.0 {
            let cell = |column: Column| {
                let found = cells.iter().find(|(known, _)| *known == column);
                found.map_or("-", |(_, figure)| figure.as_str()).to_owned()
            };
            let cells: Vec<String> = COLUMNS.iter().map(|(column, _)| cell(*column)).collect();
            println!("| {row} | {} |", cells.join(" | "));
        }
    }
}
