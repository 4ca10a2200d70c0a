//! Many vectors: pairs of alternatives, documented departures, and departures that no longer are any.

use std::collections::BTreeSet;
use std::path::PathBuf;

use super::departures::Departures;
use super::difference::Difference;
use super::report::{Failure, Report};
use super::vector::{Vector, load};
use super::{Flavour, Verdict, replay};

/// Vectors to replay. A pair of alternatives is one unit: the flavours of the reference disagree there.
#[derive(Clone, Debug, Default)]
pub struct Suite {
    units: Vec<Vec<Vector>>,
}

/// How a unit ended in one flavour.
enum Ending<'a> {
    Passed,
    Departed(&'a str),
    Failed(Vec<Failure>),
    Skipped(String),
}

impl Suite {
    /// Reads files and directories.
    ///
    /// # Errors
    /// Text that names the file and the problem, also if there are no vectors at all.
    pub fn load(paths: &[PathBuf]) -> Result<Self, String> {
        let mut suite = Self::default();
        for path in paths {
            suite.add(load(path)?);
        }
        if suite.units.is_empty() { Err("there are no vectors in the given files".into()) } else { Ok(suite) }
    }

    /// Adds the vectors of one file or several.
    pub fn add(&mut self, vectors: Vec<Vector>) {
        for vector in vectors {
            let area = vector.id.split('/').next().map(str::to_owned);
            let pair = self.units.iter_mut().find(|unit| {
                vector.alternatives.is_some()
                    && unit.first().is_some_and(|first| {
                        first.alternatives == vector.alternatives
                            && first.id.split('/').next().map(str::to_owned) == area
                            && first.id != vector.id
                    })
            });
            match pair {
                Some(unit) => unit.push(vector),
                None => self.units.push(vec![vector]),
            }
        }
    }

    /// Keeps the units with this text in an id.
    pub fn keep(&mut self, text: &str) {
        self.units.retain(|unit| unit.iter().any(|vector| vector.id.contains(text)));
    }

    /// Whether there is nothing to replay.
    pub const fn is_empty(&self) -> bool {
        self.units.is_empty()
    }

    /// Replays everything and judges it.
    pub fn run(&self, flavours: &[Flavour], departures: &Departures) -> Report {
        let mut report = Report { problems: departures.problems.clone(), ..Report::default() };
        // Named departures whose unit passed in every flavour are departures no more.
        let (mut departed, mut passed) = (BTreeSet::new(), BTreeSet::new());
        for unit in &self.units {
            let ids = || unit.iter().map(|vector| vector.id.clone());
            for flavour in flavours {
                match judge(unit, *flavour, departures) {
                    Ending::Passed => {
                        report.passed += 1;
                        passed.extend(ids());
                    }
                    Ending::Departed(why) => {
                        departed.extend(ids());
                        let id = ids().next().unwrap_or_default();
                        report.departed.push((id, *flavour, why.to_owned()));
                    }
                    Ending::Failed(failures) => {
                        // Something is wrong, but not that it no longer departs.
                        departed.extend(ids());
                        report.failed += 1;
                        report.failures.extend(failures);
                    }
                    Ending::Skipped(why) => *report.skipped.entry(why).or_default() += 1,
                }
            }
        }
        let named = departures.entries.iter().flat_map(|entry| &entry.ids);
        for id in named.filter(|id| passed.contains(*id) && !departed.contains(*id)) {
            report.problems.push(format!("departures.md: {id} no longer departs: take it out"));
        }
        report
    }
}

/// Replays the alternatives in one flavour.
fn judge<'a>(unit: &[Vector], flavour: Flavour, departures: &'a Departures) -> Ending<'a> {
    let mut failed: Vec<(&Vector, Vec<Difference>)> = Vec::new();
    let mut skipped = None;
    for vector in unit {
        match replay(vector, flavour) {
            Verdict::Passed => return Ending::Passed,
            Verdict::Failed(differences) => failed.push((vector, differences)),
            Verdict::Skipped(why) => skipped = Some(why),
        }
    }
    if let (true, Some(why)) = (failed.is_empty(), skipped) {
        return Ending::Skipped(why);
    }
    let entry = failed.iter().find_map(|(vector, differences)| departures.covering(vector, differences));
    match entry {
        Some(entry) => Ending::Departed(&entry.why),
        None => Ending::Failed(
            failed
                .into_iter()
                .map(|(vector, differences)| Failure { id: vector.id.clone(), flavour, differences })
                .collect(),
        ),
    }
}
