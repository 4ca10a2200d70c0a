//! The table that the demo prints.

use std::time::Duration;

/// What a credential gave.
pub(super) struct Obtained {
    /// Where the first token came from, and how long it took.
    pub(super) first: (&'static str, Duration),
    /// The same for the second.
    pub(super) second: (&'static str, Duration),
    pub(super) tenant: String,
    pub(super) application: String,
    pub(super) object: String,
    pub(super) lifetime: Duration,
}

/// A row of the table.
pub(super) struct Row {
    pub(super) position: usize,
    pub(super) credential: &'static str,
    pub(super) flavour: &'static str,
    pub(super) outcome: Result<Obtained, String>,
}

/// How the default chain fared in a situation: as expected, or what happened instead.
pub(super) struct Answered {
    pub(super) position: usize,
    pub(super) situation: &'static str,
    pub(super) flavour: &'static str,
    pub(super) outcome: Result<String, String>,
}

/// Prints one line per situation and flavour.
pub(super) fn print_answers(answers: &[Answered]) {
    for Answered { situation, flavour, outcome, .. } in answers {
        let text = match outcome {
            Ok(text) => text.clone(),
            Err(text) => format!("FAILED: {}", text.replace('\n', " ")),
        };
        println!("{situation:17}  {flavour:8}  {text}");
    }
}

const HEADER: [&str; 9] =
    ["credential", "flavour", "first from", "took", "then from", "took", "tenant", "application", "object"];

pub(super) fn print(rows: &[Row]) {
    let mut lines: Vec<Vec<String>> =
        vec![HEADER.iter().chain(&["lifetime"]).map(|h| (*h).to_owned()).collect()];
    for row in rows {
        let mut line = vec![row.credential.to_owned(), row.flavour.to_owned()];
        match &row.outcome {
            Ok(obtained) => line.extend([
                obtained.first.0.to_owned(),
                millis(obtained.first.1),
                obtained.second.0.to_owned(),
                millis(obtained.second.1),
                short(&obtained.tenant),
                short(&obtained.application),
                short(&obtained.object),
                format!("{} s", obtained.lifetime.as_secs()),
            ]),
            Err(error) => line.push(format!("FAILED: {}", error.replace('\n', " "))),
        }
        lines.push(line);
    }
    let width = |column: usize| {
        let cells = lines.iter().filter(|line| line.len() > 3).filter_map(|line| line.get(column));
        cells.map(|cell| cell.chars().count()).max().unwrap_or(0)
    };
    let widths: Vec<usize> = (0..=HEADER.len()).map(width).collect();
    for line in &lines {
        let cells: Vec<String> =
            line.iter().zip(&widths).map(|(cell, width)| format!("{cell:width$}")).collect();
        println!("{}", cells.join("  ").trim_end());
    }
}

fn millis(time: Duration) -> String {
    format!("{:.3} ms", time.as_secs_f64() * 1000.0)
}

/// The end of an id, enough to tell them apart.
fn short(id: &str) -> String {
    if id.is_empty() { "-".to_owned() } else { format!("…{}", &id[id.len().saturating_sub(8)..]) }
}
