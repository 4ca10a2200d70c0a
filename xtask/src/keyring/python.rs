//! Microsoft's Python client, with the libraries that its persistent cache needs.

use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use super::Session;
use crate::failure::{Failure, Outcome};
use crate::python::Environment;

/// The first is the version that the wire facts were taken from.
const PACKAGES: [&str; 2] = ["azure-identity==1.27.0", "msal-extensions"];

/// The system's own Python: only that one sees the system's libraries for keyrings.
const PYTHON: &str = "/usr/bin/python3";

const SCRIPT: &str = include_str!("client.py");

/// Whether the system's Python can talk to a keyring.
pub(super) fn can_use_a_keyring() -> bool {
    let test = "import gi, venv, ensurepip; gi.require_version('Secret', '1')";
    Command::new(PYTHON).args(["-c", test]).stderr(Stdio::null()).status().is_ok_and(|it| it.success())
}

/// The interpreter.
///
/// # Errors
/// Why it cannot be installed here.
pub(super) fn install(home: &Path) -> Result<PathBuf, String> {
    Environment { home, python: PYTHON, with_system_packages: true, packages: &PACKAGES }.interpreter()
}

/// Signs in, keeps that in the cache with this name, and gives the authentication record.
pub(super) fn write(session: &Session<'_>, name: &str, protection: &str) -> Outcome<String> {
    run(session, ["write", name, protection], "")
}

/// A token from what is in the cache with this name.
pub(super) fn read(session: &Session<'_>, name: &str, protection: &str, record: &str) -> Outcome {
    run(session, ["read", name, protection], record).map(drop)
}

fn run(session: &Session<'_>, [what, name, protection]: [&str; 3], input: &str) -> Outcome<String> {
    let problem = |error: std::io::Error| Failure::new(format!("Python cannot be run: {error}"));
    let mut child = Command::new(session.python)
        .args(["-c", SCRIPT, what, session.authority, session.tenant, name, protection])
        .env("REQUESTS_CA_BUNDLE", session.ca)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .map_err(problem)?;
    if let Some(mut stdin) = child.stdin.take() {
        stdin.write_all(input.as_bytes()).map_err(problem)?;
    }
    let output = child.wait_with_output().map_err(problem)?;
    if !output.status.success() {
        return Err(Failure::new(format!("Python's client cannot {what} {name} ({protection})")));
    }
    Ok(String::from_utf8_lossy(&output.stdout).trim().to_owned())
}
