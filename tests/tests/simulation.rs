//! Simulated runs: thousands of seeds keep every promise, and a world that is broken on purpose is found out.

#![allow(clippy::unwrap_used, reason = "a failed unwrap is a failed test")]

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::thread;

use identity_core::asynchronous::unclosed_credentials;
use identity_testing::simulation::{Flavour, Run, Sabotage, run};

/// How many there are.
const SEEDS: u64 = 10_000;

/// Credentials of the async flavour that were not closed are counted in one place of the process.
fn alone() -> MutexGuard<'static, ()> {
    static ONE_AT_A_TIME: Mutex<()> = Mutex::new(());
    ONE_AT_A_TIME.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Runs every seed below [`SEEDS`] on two threads.
fn runs(flavour: Flavour) -> Vec<Run> {
    let half = |first: u64| {
        move || -> Vec<Run> {
            (first..SEEDS)
                .step_by(2)
                .map(|seed| {
                    let run = run(flavour, seed, None, false);
                    if let Some(violation) = &run.violation {
                        panic!(
                            "seed {seed}: {violation}\ncargo xtask simulate --flavour {} --seed {seed}",
                            flavour.name()
                        );
                    }
                    run
                })
                .collect()
        }
    };
    let other = thread::spawn(half(1));
    let mut runs = half(0)();
    runs.extend(other.join().unwrap());
    runs
}

#[test]
fn every_promise_is_kept_by_tasks() {
    let _alone = alone();
    let before = unclosed_credentials();
    let runs = runs(Flavour::Async);
    are_worth_something(&runs);
    let expected: usize = runs.iter().map(|run| run.unclosed).sum();
    assert!(expected > 0);
    assert_eq!(unclosed_credentials() - before, expected);
}

#[test]
fn every_promise_is_kept_by_threads() {
    are_worth_something(&runs(Flavour::Blocking));
}

/// Most runs have callers who share flights.
fn are_worth_something(runs: &[Run]) {
    let (calls, flights) = (runs.iter().map(|it| it.calls).sum::<usize>(), runs.iter().map(|it| it.flights));
    assert!(calls > runs.len() * 5 && flights.sum::<usize>() > runs.len() * 3, "{calls} calls");
}

#[test]
fn every_sabotage_is_found_out() {
    let _alone = alone();
    for flavour in [Flavour::Async, Flavour::Blocking] {
        for sabotage in Sabotage::ALL {
            let found = (0..500)
                .filter_map(|seed| run(flavour, seed, Some(sabotage), false).violation)
                .any(|violation| violation.promise == sabotage.breaks());
            assert!(found, "{} {sabotage:?}", flavour.name());
        }
    }
}

#[test]
fn a_seed_names_one_run() {
    let _alone = alone();
    for flavour in [Flavour::Async, Flavour::Blocking] {
        for seed in 0..50 {
            let [first, second] = [(); 2].map(|()| run(flavour, seed, None, true).trace);
            assert!(first.len() > 5);
            let differs = first.iter().zip(&second).position(|(first, second)| first != second);
            let lines = differs.map(|line| (&first[..=line], &second[line]));
            assert!(
                first.len() == second.len() && differs.is_none(),
                "{} {seed}: {lines:#?}",
                flavour.name()
            );
        }
    }
}
