//! The documented departures from the recordings: who departs, why, and what of unseen vectors follows the same rule.

use super::difference::{Difference, DifferenceKind};
use super::vector::Vector;

/// The table in `tests/departures.md`.
#[derive(Clone, Debug, Default)]
pub struct Departures {
    pub(super) entries: Vec<Entry>,
    /// What is wrong with the table itself. Each is a failure.
    pub(super) problems: Vec<String>,
}

/// A row: vectors that depart, the rule that other vectors may depart by, and why.
#[derive(Clone, Debug)]
pub(super) struct Entry {
    pub(super) ids: Vec<String>,
    rule: Option<Rule>,
    /// The point of the wire facts and the reason.
    pub(super) why: String,
}

/// Every condition must hold; of several kinds of difference, one.
#[derive(Clone, Debug, Default)]
struct Rule {
    conditions: Vec<(String, String)>,
    differs: Vec<DifferenceKind>,
}

impl Departures {
    /// Reads the rows of every four-column table in a Markdown text: vectors, rule, point, reason.
    pub fn parse(markdown: &str) -> Self {
        let mut departures = Self::default();
        let mut in_table = false;
        for (index, line) in markdown.lines().enumerate() {
            let Some(row) = line.trim().strip_prefix('|') else {
                in_table = false;
                continue;
            };
            let cells: Vec<&str> = row.trim_end_matches('|').split('|').map(str::trim).collect();
            if cells.iter().all(|cell| !cell.is_empty() && cell.chars().all(|c| matches!(c, '-' | ':' | ' ')))
            {
                in_table = true;
            } else if in_table {
                match entry(&cells) {
                    Ok(entry) => departures.entries.push(entry),
                    Err(problem) => {
                        departures.problems.push(format!("departures.md:{}: {problem}", index + 1));
                    }
                }
            }
        }
        departures
    }

    /// The entry that covers a vector which failed like this.
    pub(super) fn covering(&self, vector: &Vector, differences: &[Difference]) -> Option<&Entry> {
        let named = self.entries.iter().find(|entry| entry.ids.contains(&vector.id));
        named.or_else(|| {
            let follows = |rule: &Rule| rule.covers(vector, differences);
            self.entries.iter().find(|entry| entry.rule.as_ref().is_some_and(follows))
        })
    }
}

fn entry(cells: &[&str]) -> Result<Entry, String> {
    let [vectors, rule, point, reason] = cells else {
        return Err("a row needs four cells: vectors, rule, point, reason".into());
    };
    let ids = quoted(vectors);
    let name = ids.first().map_or("the row", String::as_str);
    if ids.iter().any(|id| !id.contains('/')) || (ids.is_empty() && rule.is_empty()) {
        return Err(format!("{name}: the first cell lists vector ids in backticks, such as `area/name`"));
    }
    if reason.chars().filter(|c| c.is_alphabetic()).count() < 10 {
        return Err(format!("{name}: a departure needs a reason"));
    }
    if point.is_empty() {
        return Err(format!("{name}: a departure needs the point of the wire facts that it follows"));
    }
    let words = quoted(rule);
    let rule = if words.is_empty() { None } else { Some(Rule::of(&words)?) };
    Ok(Entry { ids, rule, why: format!("{point}: {reason}") })
}

/// The texts in backticks.
fn quoted(cell: &str) -> Vec<String> {
    cell.split('`').skip(1).step_by(2).map(str::to_owned).collect()
}

impl Rule {
    fn of(words: &[String]) -> Result<Self, String> {
        let mut rule = Self::default();
        for word in words {
            match word.split_once(':') {
                Some(("differs", name)) => {
                    let kind = DifferenceKind::ALL.into_iter().find(|kind| kind.name() == name);
                    rule.differs.push(kind.ok_or_else(|| format!("no difference is called {name:?}"))?);
                }
                Some((key @ ("id" | "area" | "tag" | "source" | "type"), value)) => {
                    rule.conditions.push((key.to_owned(), value.to_owned()));
                }
                _ => return Err(format!("the rule `{word}` is not understood")),
            }
        }
        if rule.conditions.is_empty() || rule.differs.is_empty() {
            return Err(
                "a rule needs a condition and the kind of difference: it would excuse anything".into()
            );
        }
        Ok(rule)
    }

    /// Whether a vector that differs like this falls under the rule. The first difference is the cause.
    fn covers(&self, vector: &Vector, differences: &[Difference]) -> bool {
        differences.first().is_some_and(|first| self.differs.contains(&first.kind))
            && self.conditions.iter().all(|(key, value)| match key.as_str() {
                "id" => glob(value, &vector.id),
                "area" => vector.id.split('/').next() == Some(value),
                "tag" => vector.tags.contains(value),
                "source" => vector.source == *value,
                _ => vector.credential.kind == *value,
            })
    }
}

/// Whether the text is the pattern, in which `*` stands for any text.
fn glob(pattern: &str, text: &str) -> bool {
    let Some((start, rest)) = pattern.split_once('*') else { return pattern == text };
    let Some(mut left) = text.strip_prefix(start) else { return false };
    loop {
        if glob(rest, left) {
            return true;
        }
        let mut characters = left.chars();
        if characters.next().is_none() {
            return false;
        }
        left = characters.as_str();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const HEADER: &str = "| vectors | rule | point | reason |\n| --- | --- | --- | --- |\n";

    fn problems(row: &str) -> usize {
        Departures::parse(&format!("{HEADER}{row}\n")).problems.len()
    }

    #[test]
    fn a_row_needs_ids_a_point_and_a_reason() {
        assert_eq!(problems("| `a/b`, `a/c` | | 19.1 | the service wants it so |"), 0);
        assert_eq!(problems("| `a/b` | | 19.1 | |"), 1);
        assert_eq!(problems("| `a/b` | | | the service wants it so |"), 1);
        assert_eq!(problems("| a/b | | 19.1 | the service wants it so |"), 1);
        assert_eq!(problems("| `a/b` | 19.1 | the service wants it so |"), 1);
    }

    #[test]
    fn a_rule_must_say_whom_and_what_it_excuses() {
        let row = |rule: &str| problems(&format!("| `a/b` | {rule} | 19.1 | the service wants it so |"));
        assert_eq!(row("`tag:msal` `differs:extra-request`"), 0);
        assert_eq!(row("`tag:msal`"), 1);
        assert_eq!(row("`differs:extra-request`"), 1);
        assert_eq!(row("`differs:colour` `tag:msal`"), 1);
        assert_eq!(row("`sometimes`"), 1);
    }

    #[test]
    fn stars_stand_for_any_text() {
        assert!(glob("a/*_sync", "a/b_c_sync") && glob("*", "") && glob("a*b*c", "a1b2c"));
        assert!(!glob("a/*_sync", "a/b_async_") && !glob("a", "ab"));
    }
}
