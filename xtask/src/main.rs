//! Everything that a person or CI runs on this workspace, as `cargo xtask TASK`.
//!
//! One file or folder per task; a new task is a module and a row in [`TASKS`], nothing else.

#![allow(clippy::print_stdout, clippy::print_stderr, reason = "a command-line program talks to its user")]

mod arguments;
mod azure_cli;
mod bench;
mod browser;
mod cargo;
mod ci;
mod conformance;
mod demo;
mod emulator;
mod examples;
mod explain;
mod failure;
mod features;
mod keyring;
mod model;
mod openssl;
mod python;
mod reference_client;
mod section;
mod simulate;
mod test;
mod tidy;
mod token;
mod tree;
mod workspace;

use std::process::ExitCode;

use failure::{Failure, Outcome};

/// One row of `cargo xtask help`, and what it starts.
struct Task {
    name: &'static str,
    arguments: &'static str,
    purpose: &'static str,
    run: fn(&[String]) -> Outcome,
}

/// Every task, in the order in which `help` lists them.
const TASKS: &[Task] = &[
    Task { name: "demo", arguments: demo::ARGUMENTS, purpose: demo::PURPOSE, run: demo::run },
    Task { name: "token", arguments: token::ARGUMENTS, purpose: token::PURPOSE, run: token::run },
    Task { name: "explain", arguments: explain::ARGUMENTS, purpose: explain::PURPOSE, run: explain::run },
    Task {
        name: "azure-cli",
        arguments: azure_cli::ARGUMENTS,
        purpose: azure_cli::PURPOSE,
        run: azure_cli::run,
    },
    Task { name: "emulator", arguments: emulator::ARGUMENTS, purpose: emulator::PURPOSE, run: emulator::run },
    Task { name: "bench", arguments: bench::ARGUMENTS, purpose: bench::PURPOSE, run: bench::run },
    Task { name: "test", arguments: test::ARGUMENTS, purpose: test::PURPOSE, run: test::run },
    Task { name: "model", arguments: model::ARGUMENTS, purpose: model::PURPOSE, run: model::run },
    Task { name: "examples", arguments: examples::ARGUMENTS, purpose: examples::PURPOSE, run: examples::run },
    Task { name: "features", arguments: features::ARGUMENTS, purpose: features::PURPOSE, run: features::run },
    Task { name: "tidy", arguments: tidy::ARGUMENTS, purpose: tidy::PURPOSE, run: tidy::run },
    Task {
        name: "conformance",
        arguments: conformance::ARGUMENTS,
        purpose: conformance::PURPOSE,
        run: conformance::run,
    },
    Task {
        name: "simulate",
        arguments: simulate::ARGUMENTS,
        purpose: simulate::PURPOSE,
        run: simulate::run_task,
    },
    Task {
        name: "reference-client",
        arguments: reference_client::ARGUMENTS,
        purpose: reference_client::PURPOSE,
        run: reference_client::run,
    },
    Task { name: "keyring", arguments: keyring::ARGUMENTS, purpose: keyring::PURPOSE, run: keyring::run },
    Task { name: "browser", arguments: browser::ARGUMENTS, purpose: browser::PURPOSE, run: browser::run },
    Task { name: "ci", arguments: ci::ARGUMENTS, purpose: ci::PURPOSE, run: ci::run },
    Task { name: "help", arguments: "", purpose: "this list", run: help },
];

fn main() -> ExitCode {
    let mut arguments = std::env::args().skip(1);
    let name = arguments.next().unwrap_or_else(|| "help".to_owned());
    let rest: Vec<String> = arguments.collect();
    let name = if matches!(name.as_str(), "-h" | "--help") { "help" } else { &name };
    let outcome = match TASKS.iter().find(|task| task.name == name) {
        Some(task) => (task.run)(&rest),
        None => Err(Failure::new(format!("there is no task `{name}`; `cargo xtask help` lists them"))),
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            eprintln!("error: {failure}");
            ExitCode::from(failure.code())
        }
    }
}

fn help(_: &[String]) -> Outcome {
    println!("Usage: cargo xtask TASK [ARGUMENTS]\n");
    for task in TASKS {
        println!("  {} {}", task.name, task.arguments);
        println!("      {}", task.purpose);
    }
    Ok(())
}
