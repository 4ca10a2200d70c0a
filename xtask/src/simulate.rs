//! `cargo xtask simulate`: simulated runs of both flavours, more than the tests have time for, and one alone with its trace.

use std::sync::atomic::{AtomicU64, Ordering};
use std::thread;

use identity_testing::simulation::{Flavour, Violation, run};

use crate::arguments::Arguments;
use crate::conformance::flavours;
use crate::failure::{Failure, Outcome};

pub(crate) const ARGUMENTS: &str = "[--seeds N] [--seed S] [--flavour blocking|async|both]";
pub(crate) const PURPOSE: &str = "simulated runs, each named by its seed, with every promise checked on every step; `--seed` by itself tells one alone, and with `--seeds` where to begin";

/// How many seeds are run unless the command says otherwise.
const SEEDS: u64 = 100_000;

pub(crate) fn run_task(arguments: &[String]) -> Outcome {
    let options = Options::read(arguments)?;
    for flavour in &options.flavours {
        match (options.seed, options.seeds) {
            (Some(seed), None) => tell(*flavour, seed)?,
            (from, seeds) => search(*flavour, from.unwrap_or(0), seeds.unwrap_or(SEEDS))?,
        }
    }
    Ok(())
}

/// One run, line by line.
fn tell(flavour: Flavour, seed: u64) -> Outcome {
    println!("seed {seed}, {} flavour", flavour.name());
    let run = run(flavour, seed, None, true);
    run.trace.iter().for_each(|line| println!("{line}"));
    println!("{} calls, {} flights", run.calls, run.flights);
    match run.violation {
        None => Ok(()),
        Some(violation) => Err(failed(flavour, seed, &violation)),
    }
}

/// Many runs on every processor, up to the lowest seed that fails.
fn search(flavour: Flavour, from: u64, seeds: u64) -> Outcome {
    let (next, end) = (AtomicU64::new(from), AtomicU64::new(from.saturating_add(seeds)));
    let work = || {
        let mut found: Option<(u64, Violation)> = None;
        loop {
            let seed = next.fetch_add(1, Ordering::Relaxed);
            if seed >= end.load(Ordering::Relaxed) {
                return found;
            }
            if let Some(violation) = run(flavour, seed, None, false).violation {
                end.fetch_min(seed, Ordering::Relaxed);
                found = Some((seed, violation));
            }
        }
    };
    let threads = thread::available_parallelism().map_or(1, usize::from);
    let found = thread::scope(|scope| {
        let workers: Vec<_> = (0..threads).map(|_| scope.spawn(work)).collect();
        let found = workers.into_iter().filter_map(|worker| worker.join().ok().flatten());
        found.min_by_key(|(seed, _)| *seed)
    });
    match found {
        None => {
            println!("{} flavour: {seeds} seeds from {from} on keep every promise", flavour.name());
            Ok(())
        }
        Some((seed, violation)) => Err(failed(flavour, seed, &violation)),
    }
}

fn failed(flavour: Flavour, seed: u64, violation: &Violation) -> Failure {
    let name = flavour.name();
    Failure::new(format!(
        "seed {seed}, {name} flavour: {violation}\n\
         alone: cargo xtask simulate --flavour {name} --seed {seed}"
    ))
}

/// The command line, understood.
#[derive(Debug, PartialEq)]
struct Options {
    flavours: Vec<Flavour>,
    seeds: Option<u64>,
    seed: Option<u64>,
}

impl Options {
    fn read(arguments: &[String]) -> Outcome<Self> {
        let mut arguments = Arguments::new(arguments);
        let flavours = flavours(arguments.value("--flavour")?.as_deref().unwrap_or("both"))?;
        let seeds = number(arguments.value("--seeds")?)?;
        let seed = number(arguments.value("--seed")?)?;
        arguments.finish(ARGUMENTS)?;
        Ok(Self { flavours, seeds, seed })
    }
}

fn number(text: Option<String>) -> Outcome<Option<u64>> {
    let parse = |text: String| {
        text.parse()
            .map_err(|_| Failure::new(format!("{text:?} is not a number; the arguments are {ARGUMENTS}")))
    };
    text.map(parse).transpose()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(arguments: &[&str]) -> Option<Options> {
        Options::read(&arguments.iter().map(|it| (*it).to_owned()).collect::<Vec<_>>()).ok()
    }

    #[test]
    fn a_range_or_one_seed() {
        let range = read(&["--seeds", "5", "--seed", "7", "--flavour", "async"]).unwrap();
        assert_eq!(range, Options { flavours: vec![Flavour::Async], seeds: Some(5), seed: Some(7) });
        assert_eq!(read(&["--seed", "3"]).unwrap().seeds, None);
    }

    #[test]
    fn what_is_not_understood_is_refused() {
        for bad in [&["--seeds", "many"][..], &["--seed"], &["--typo"], &["--seed", "-1"]] {
            assert_eq!(read(bad), None, "{bad:?}");
        }
    }
}
