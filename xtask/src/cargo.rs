//! Starting cargo, so that what a task runs can be repeated by hand.

use std::ffi::OsStr;
use std::fmt;
use std::io::{BufRead, BufReader};
use std::process::{Command, Stdio};

use crate::failure::{Failure, Outcome};

/// One call of cargo in the workspace, without standard input.
pub(crate) struct Cargo {
    command: Command,
    shown: String,
}

impl Cargo {
    pub(crate) fn new(subcommand: &str) -> Self {
        let mut command = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
        // `cargo run` describes this package in the environment, and build scripts (ring's) that watch those
        // variables would run again each time a person alternates between `cargo` and `cargo xtask`.
        for (name, _) in std::env::vars_os() {
            let inherited = name.to_str().is_some_and(|name| {
                ["CARGO_PKG_", "CARGO_MANIFEST_", "CARGO_BIN_", "CARGO_CRATE_"]
                    .iter()
                    .any(|prefix| name.starts_with(prefix))
            });
            if inherited {
                command.env_remove(name);
            }
        }
        command.current_dir(crate::workspace::root()).stdin(Stdio::null());
        Self { command, shown: "cargo".to_owned() }.args([subcommand])
    }

    pub(crate) fn args<S: AsRef<str>>(mut self, arguments: impl IntoIterator<Item = S>) -> Self {
        for argument in arguments {
            let argument = argument.as_ref();
            self.command.arg(argument);
            self.shown.push(' ');
            if argument.contains([' ', '{', '"']) {
                self.shown.push_str(&format!("'{argument}'"));
            } else {
                self.shown.push_str(argument);
            }
        }
        self
    }

    pub(crate) fn env(mut self, name: &str, value: impl AsRef<OsStr>) -> Self {
        let value = value.as_ref();
        self.command.env(name, value);
        self.shown.insert_str(0, &format!("{name}='{}' ", value.to_string_lossy()));
        self
    }

    /// Runs it with its output on ours.
    pub(crate) fn run(mut self) -> Outcome {
        println!("$ {self}");
        let status = self.command.status().map_err(|error| self.not_started(&error))?;
        if status.success() {
            return Ok(());
        }
        Err(Failure::with_status(format!("`{self}` failed ({status})"), status))
    }

    /// Runs it with its output on ours and returns those lines of its standard output that `keep` wants.
    ///
    /// The second part says whether it succeeded; the lines are of use when it did not, too.
    pub(crate) fn run_keeping(mut self, keep: impl Fn(&str) -> bool) -> (Vec<String>, Outcome) {
        println!("$ {self}");
        let mut kept = Vec::new();
        let mut child = match self.command.stdout(Stdio::piped()).spawn() {
            Ok(child) => child,
            Err(error) => return (kept, Err(self.not_started(&error))),
        };
        if let Some(stdout) = child.stdout.take() {
            for line in BufReader::new(stdout).split(b'\n').map_while(Result::ok) {
                let line = String::from_utf8_lossy(&line);
                println!("{line}");
                if keep(&line) {
                    kept.push(line.into_owned());
                }
            }
        }
        let outcome = match child.wait() {
            Ok(status) if status.success() => Ok(()),
            Ok(status) => Err(Failure::with_status(format!("`{self}` failed ({status})"), status)),
            Err(error) => Err(self.not_started(&error)),
        };
        (kept, outcome)
    }

    /// Runs it in silence and returns its standard output; a failure carries what it said.
    pub(crate) fn output(mut self) -> Outcome<String> {
        let output = self.command.output().map_err(|error| self.not_started(&error))?;
        if output.status.success() {
            return Ok(String::from_utf8_lossy(&output.stdout).into_owned());
        }
        let said = String::from_utf8_lossy(&output.stderr);
        Err(Failure::with_status(format!("`{self}` failed:\n{}", said.trim_end()), output.status))
    }

    fn not_started(&self, error: &std::io::Error) -> Failure {
        Failure::new(format!("`{self}` could not be run: {error}"))
    }
}

/// The command as one would type it.
impl fmt::Display for Cargo {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.shown)
    }
}
