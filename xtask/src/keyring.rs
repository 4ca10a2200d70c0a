//! `cargo xtask keyring`: the persistent cache in a real keyring, and shared with Microsoft's Python client.
//!
//! Each session has a message bus and a keyring of its own, in which this program runs once more. The script that makes
//! such sessions, the keyring and the Python packages may be out of reach: that is said, and no failure.

mod inside;
mod python;

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use identity_testing::emulator::Emulator;

use crate::arguments::Arguments;
use crate::failure::{Failure, Outcome};
use crate::workspace::{Workspace, root};

pub(crate) const ARGUMENTS: &str = "";
pub(crate) const PURPOSE: &str =
    "the persistent cache in a real keyring: open, locked and absent, and shared with Python's client";

/// Where the script is that runs a command in a session with a keyring, if not beside the checkout.
const SCRIPT_VARIABLE: &str = "IDENTITY_KEYRING_SCRIPT";
const SCRIPT: &str = "../shared/tools/with-keyring.sh";

/// Where the script takes the home directory of a session from.
const HOME_VARIABLE: &str = "KEYRING_HOME";

/// What the sessions need, and Python to use a keyring in them, as Debian names it.
const PACKAGES: [&str; 5] = ["dbus", "gnome-keyring", "python3-gi", "gir1.2-secret-1", "python3-venv"];

/// The states that a keyring can be in: the option of the script.
const STATES: [(&str, Option<&str>); 3] =
    [("open", None), ("locked", Some("--locked")), ("absent", Some("--none"))];

/// In front of the arguments of a run inside a session.
const INSIDE: &str = "--inside";

pub(crate) fn run(arguments: &[String]) -> Outcome {
    if let Some((INSIDE, rest)) = arguments.split_first().map(|(first, rest)| (first.as_str(), rest)) {
        return inside::run(rest);
    }
    Arguments::new(arguments).finish("none")?;
    if let Some(reason) = drive()? {
        println!("skipped: {reason}");
    }
    Ok(())
}

/// Runs all of it; the reason if it cannot be run here.
pub(crate) fn drive() -> Outcome<Option<String>> {
    let Some(script) = script() else {
        return Ok(Some(format!("{SCRIPT} does not exist, and {SCRIPT_VARIABLE} names no other script")));
    };
    if let Err(reason) = install() {
        return Ok(Some(reason));
    }
    let folder = Workspace::load()?.target.join("keyring");
    let python = match python::install(&folder.join("venv")) {
        Ok(python) => python,
        Err(reason) => return Ok(Some(reason)),
    };
    let failed = |what: &str, error: std::io::Error| Failure::new(format!("{what}: {error}"));
    let emulator = Emulator::start().map_err(|error| failed("the emulator does not start", error))?;
    let ca = folder.join("ca.crt");
    std::fs::write(&ca, emulator.ca_pem()).map_err(|error| failed("the CA cannot be written", error))?;
    let program = std::env::current_exe().map_err(|error| failed("this program is nowhere", error))?;
    // What the first session keeps is there in the second, where it is locked.
    let home = folder.join("home");
    remove(&home)?;
    for (state, option) in STATES {
        println!("\na keyring that is {state}:");
        let status = Command::new("sh")
            .env(HOME_VARIABLE, &home)
            .arg(&script)
            .args(option)
            .arg(&program)
            .args(["keyring", INSIDE, state, emulator.authority(), emulator.tenant().id()])
            .args([&ca, &python])
            .stdin(Stdio::null())
            .status()
            .map_err(|error| failed("the session cannot be started", error))?;
        if !status.success() {
            let problem = format!("the cache fails with a keyring that is {state} ({status})");
            return Err(Failure::with_status(problem, status));
        }
    }
    remove(&home)?;
    Ok(None)
}

fn remove(folder: &Path) -> Outcome {
    match std::fs::remove_dir_all(folder) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
            Err(Failure::new(format!("{} cannot be removed: {error}", folder.display())))
        }
        _ => Ok(()),
    }
}

fn script() -> Option<PathBuf> {
    let named = std::env::var_os(SCRIPT_VARIABLE).map(PathBuf::from);
    named.or_else(|| Some(root().join(SCRIPT))).filter(|path| path.is_file())
}

/// Installs what is missing where that is possible, as on a machine of CI.
fn install() -> Result<(), String> {
    let there = |program: &str| {
        let path = std::env::var_os("PATH").unwrap_or_default();
        std::env::split_paths(&path).any(|directory| directory.join(program).is_file())
    };
    if there("dbus-run-session") && there("gnome-keyring-daemon") && python::can_use_a_keyring() {
        return Ok(());
    }
    let wanted = PACKAGES.join(" ");
    if !there("apt-get") || !is_root() {
        return Err(format!("these packages are needed: {wanted}"));
    }
    println!("installing {wanted}");
    let run = |arguments: &[&str]| {
        let status = Command::new("apt-get").args(arguments).stdout(Stdio::null()).status();
        status.is_ok_and(|status| status.success())
    };
    let installed = run(&["update", "-qq"])
        && run(&[&["install", "-y", "-qq", "--no-install-recommends"], &PACKAGES[..]].concat());
    if installed { Ok(()) } else { Err(format!("{wanted} cannot be installed")) }
}

fn is_root() -> bool {
    let id = Command::new("id").arg("-u").output();
    id.is_ok_and(|output| output.stdout.trim_ascii() == b"0")
}

/// The arguments of a run inside a session.
struct Session<'a> {
    authority: &'a str,
    tenant: &'a str,
    ca: &'a Path,
    python: &'a Path,
}
