//! `cargo xtask ci`: everything that decides whether a change is good, in an order that fails early.

use std::path::PathBuf;
use std::time::Duration;

use crate::cargo::Cargo;
use crate::failure::{Failure, Outcome};
use crate::section::Section;
use crate::workspace::{Workspace, root};
use crate::{keyring, openssl, reference_client, test};

pub(crate) const ARGUMENTS: &str = "[STEP...]";
pub(crate) const PURPOSE: &str = "formatting, tidy, clippy, test, model, demo, examples, conformance, reference-client, azure-cli, keyring, documentation, \
     features; or only the steps named";

/// Where the conformance vectors are, if not beside the checkout.
const VECTORS_VARIABLE: &str = "IDENTITY_VECTORS";

struct Step {
    name: &'static str,
    run: fn(&mut Record) -> Outcome<State>,
}

/// What the closing table needs to know beyond times.
#[derive(Default)]
struct Record {
    closing_lines: Vec<String>,
}

#[derive(Clone)]
enum State {
    Passed,
    Skipped(String),
    Failed,
    NotRun,
}

/// Cheap steps first; `test` before what needs the same build; the one that compiles most often last.
const STEPS: &[Step] = &[
    Step { name: "formatting", run: formatting },
    Step { name: "tidy", run: |_| task(&["tidy"]) },
    Step { name: "clippy", run: clippy },
    Step { name: "test", run: tests },
    Step { name: "model", run: |_| task(&["model"]) },
    Step { name: "demo", run: |_| task(&["demo"]) },
    Step { name: "examples", run: |_| task(&["examples"]) },
    Step { name: "conformance", run: conformance },
    Step { name: "reference-client", run: reference },
    Step { name: "azure-cli", run: |_| task(&["azure-cli"]) },
    Step { name: "keyring", run: |_| Ok(keyring::drive()?.map_or(State::Passed, State::Skipped)) },
    Step { name: "documentation", run: documentation },
    Step { name: "features", run: |_| task(&["features"]) },
];

pub(crate) fn run(arguments: &[String]) -> Outcome {
    if let Some(unknown) = arguments.iter().find(|name| STEPS.iter().all(|step| step.name != *name)) {
        let names: Vec<&str> = STEPS.iter().map(|step| step.name).collect();
        return Err(Failure::new(format!("ci has no step `{unknown}`; its steps are {}", names.join(", "))));
    }
    let whole = Section::new("ci");
    let mut record = Record::default();
    let mut table: Vec<(&str, State, Duration)> = Vec::new();
    let mut failure = None;
    for step in STEPS {
        if !arguments.is_empty() && !arguments.iter().any(|name| name == step.name) {
            continue;
        }
        if failure.is_some() {
            table.push((step.name, State::NotRun, Duration::ZERO));
            continue;
        }
        let section = Section::new(step.name);
        let state = (step.run)(&mut record).unwrap_or_else(|error| {
            eprintln!("error: {error}");
            failure = Some(Failure::new(format!("step `{}` failed: {error}", step.name)));
            State::Failed
        });
        table.push((step.name, state, section.elapsed()));
    }
    drop(whole);
    print_closing(&record, &table);
    failure.map_or(Ok(()), Err)
}

fn print_closing(record: &Record, table: &[(&str, State, Duration)]) {
    if !record.closing_lines.is_empty() {
        println!("\nThe test runner's closing lines:");
        record.closing_lines.iter().for_each(|line| println!("{line}"));
    }
    println!();
    for (name, state, elapsed) in table {
        let seconds = elapsed.as_secs_f64();
        match state {
            State::Passed => println!("passed   {seconds:7.1} s  {name}"),
            State::Failed => println!("FAILED   {seconds:7.1} s  {name}"),
            State::Skipped(why) => println!("skipped        -    {name}: {why}"),
            State::NotRun => println!("not run        -    {name}"),
        }
    }
}

/// Runs another task as a person would.
fn task(arguments: &[&str]) -> Outcome<State> {
    Cargo::new("xtask").args(arguments).run().map(|()| State::Passed)
}

fn formatting(_: &mut Record) -> Outcome<State> {
    // The comparison with other libraries is built outside the workspace.
    let outside = "tests/benches/peers/compare.rs";
    Cargo::new("fmt").args(["--all", "--check", "--", outside]).run().map(|()| State::Passed)
}

/// Each crate by itself, so that no crate lives on features that a neighbour turned on.
fn clippy(_: &mut Record) -> Outcome<State> {
    for member in &Workspace::load()?.members {
        Cargo::new("clippy")
            .args(["--package", &member.name, "--all-targets"])
            .args(openssl::buildable(member)?.args())
            .args(["--", "-D", "warnings"])
            .run()?;
    }
    Ok(State::Passed)
}

/// The README's test command; in this process, to repeat the runner's closing lines at the end.
fn tests(record: &mut Record) -> Outcome<State> {
    println!("$ cargo xtask test");
    let (lines, outcome) = test::run_tests(&[]);
    record.closing_lines = lines;
    outcome.map(|()| State::Passed)
}

fn documentation(_: &mut Record) -> Outcome<State> {
    Cargo::new("doc")
        .args(["--workspace", "--no-deps"])
        .args(openssl::everything(&Workspace::load()?)?)
        .env("RUSTDOCFLAGS", "-D warnings")
        .run()
        .map(|()| State::Passed)
}

fn reference(_: &mut Record) -> Outcome<State> {
    Ok(reference_client::drive(None, None)?.map_or(State::Passed, State::Skipped))
}

fn conformance(_: &mut Record) -> Outcome<State> {
    let vectors = match std::env::var_os(VECTORS_VARIABLE) {
        Some(path) => PathBuf::from(path),
        None => {
            let beside = root().join("../shared/vectors");
            if !beside.is_dir() {
                return Ok(State::Skipped(format!(
                    "no vectors in ../shared/vectors, and {VECTORS_VARIABLE} names no other folder"
                )));
            }
            beside
        }
    };
    if !vectors.exists() {
        return Err(Failure::new(format!(
            "{VECTORS_VARIABLE} is {}, which does not exist",
            vectors.display()
        )));
    }
    task(&["conformance", &vectors.to_string_lossy()])
}
