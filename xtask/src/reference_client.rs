//! `cargo xtask reference-client`: Microsoft's own Python client against the embedded Entra.
//!
//! It proves from the other side that client and emulator of this workspace do not share a misunderstanding. The script
//! and the package registry may be out of reach: that is said, and no failure.

use std::path::PathBuf;
use std::process::{Command, Stdio};

use identity_testing::emulator::Emulator;

use crate::arguments::Arguments;
use crate::failure::{Failure, Outcome};
use crate::python::{Environment, PYTHON};
use crate::workspace::{Workspace, root};

pub(crate) const ARGUMENTS: &str = "[--only REGEX] [--script FILE]";
pub(crate) const PURPOSE: &str =
    "Microsoft's Python client, in a virtual environment of its own, against the embedded Entra";

/// Where the script is, if not beside the checkout.
const SCRIPT_VARIABLE: &str = "IDENTITY_REFERENCE_CLIENT";
const SCRIPT: &str = "../shared/reference-client/run.py";

/// What the script imports. The first is the version that the wire facts were taken from.
const PACKAGES: [&str; 4] = ["azure-identity==1.27.0", "aiohttp", "cryptography", "PyJWT"];

/// The only directory from which that client reads the keys of Azure Arc.
const ARC_KEYS: &str = "/var/opt/azcmagent/tokens";

pub(crate) fn run(arguments: &[String]) -> Outcome {
    let mut arguments = Arguments::new(arguments);
    let only = arguments.value("--only")?;
    let named = arguments.value("--script")?;
    arguments.finish(ARGUMENTS)?;
    if let Some(reason) = drive(named.as_deref(), only.as_deref())? {
        println!("skipped: {reason}");
    }
    Ok(())
}

/// Runs all of it; the reason if it cannot be run here.
pub(crate) fn drive(named: Option<&str>, only: Option<&str>) -> Outcome<Option<String>> {
    let Some(script) = script(named)? else {
        return Ok(Some(format!("{SCRIPT} does not exist, and {SCRIPT_VARIABLE} names no other script")));
    };
    let folder = Workspace::load()?.target.join("reference-client");
    let home = folder.join("venv");
    let environment =
        Environment { home: &home, python: PYTHON, with_system_packages: false, packages: &PACKAGES };
    let python = match environment.interpreter() {
        Ok(python) => python,
        Err(reason) => return Ok(Some(reason)),
    };
    let files = folder.join("files");
    std::fs::create_dir_all(&files).map_err(|error| failed("the folder cannot be made", &error))?;
    let emulator = emulator()?;
    emulator.write_files(&files).map_err(|error| failed("the emulator's files cannot be written", &error))?;
    let settings = files.join("settings.json");
    let text = format!("{:#}\n", emulator.reference_client_settings(&files));
    std::fs::write(&settings, text).map_err(|error| failed("the settings cannot be written", &error))?;
    let mut client = Command::new(python);
    client.arg(script).arg(emulator.authority()).arg(files.join("ca.crt")).arg("--config").arg(&settings);
    if let Some(only) = only {
        client.args(["--only", only]);
    }
    let status =
        client.stdin(Stdio::null()).status().map_err(|error| failed("python cannot be run", &error))?;
    if status.success() {
        return Ok(None);
    }
    Err(Failure::with_status(format!("the reference client failed ({status})"), status))
}

/// The script to run; `None` if there is none and nobody asked for a certain one.
fn script(named: Option<&str>) -> Outcome<Option<PathBuf>> {
    let variable = std::env::var(SCRIPT_VARIABLE).ok();
    if let Some(path) = named.or(variable.as_deref()).map(PathBuf::from) {
        if path.is_file() {
            return Ok(Some(path));
        }
        return Err(Failure::new(format!("{} does not exist", path.display())));
    }
    Ok(Some(root().join(SCRIPT)).filter(|path| path.is_file()))
}

fn emulator() -> Outcome<Emulator> {
    let mut builder = Emulator::builder();
    if std::fs::create_dir_all(ARC_KEYS).is_ok() {
        builder = builder.arc_key_directory(ARC_KEYS);
    }
    builder.start().map_err(|error| failed("the emulator does not start", &error))
}

fn failed(what: &str, error: &std::io::Error) -> Failure {
    Failure::new(format!("{what}: {error}"))
}
