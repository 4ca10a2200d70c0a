//! `cargo xtask bench peers`: this library beside others.
//!
//! It is built outside the workspace, so that none of their dependencies enters its lock file.

use std::fs;
use std::path::Path;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use crate::cargo::Cargo;
use crate::failure::{Failure, Outcome};
use crate::python::{Environment, PYTHON};
use crate::workspace::{Workspace, root};

/// The reference, and what its two flavours need.
const PACKAGES: [&str; 3] = ["azure-identity==1.27.0", "aiohttp", "requests"];

/// The package that is built; `ROOT` is the folder of the workspace.
const MANIFEST: &str = r#"[package]
name = "peers"
version = "0.0.0"
edition = "2024"
publish = false

[workspace]

[[bin]]
name = "compare"
path = 'ROOT/tests/benches/peers/compare.rs'

[dependencies]
azure_core = "1.1"
azure_identity = "1.0"
google-cloud-auth = "1.18"
identity-async = { path = 'ROOT/identity-async' }
identity-blocking = { path = 'ROOT/identity-blocking' }
rcgen = { version = "0.14", default-features = false, features = ["crypto", "pem", "ring"] }
reqwest = { version = "0.13", features = ["form"] }
rustls = { version = "0.23", default-features = false, features = ["ring", "std", "tls12"] }
serde_json = "1.0"
tokio = { version = "1.54", features = ["net", "rt-multi-thread", "time"] }

[target.'cfg(target_os = "linux")'.dependencies]
rustix = { version = "1.1", features = ["thread"] }
"#;

pub(crate) fn run() -> Outcome {
    let folder = Workspace::load()?.target.join("peers");
    fs::create_dir_all(&folder).map_err(|error| failed(&folder, &error))?;
    let manifest = folder.join("Cargo.toml");
    let text = MANIFEST.replace("ROOT", &root().display().to_string());
    fs::write(&manifest, text).map_err(|error| failed(&manifest, &error))?;
    let home = folder.join("venv");
    let environment =
        Environment { home: &home, python: PYTHON, with_system_packages: false, packages: &PACKAGES };
    let interpreter = environment.interpreter().map(|path| path.display().to_string());
    let interpreter = interpreter.unwrap_or_else(|reason| {
        println!("Python is left out: {reason}");
        String::new()
    });
    let (manifest, target) = (manifest.display().to_string(), folder.join("target"));
    let options = ["--quiet", "--release", "--manifest-path", &manifest];
    Cargo::new("build").args(options).env("CARGO_TARGET_DIR", &target).run()?;
    println!("\n{}\n", headline(&folder));
    let arguments = ["--", &interpreter, &folder.display().to_string()];
    Cargo::new("run").args(options).args(arguments).env("CARGO_TARGET_DIR", &target).run()
}

/// What is compared, and when.
fn headline(folder: &Path) -> String {
    let lock = fs::read_to_string(folder.join("Cargo.lock")).unwrap_or_default();
    let version = |package: &str| version(&lock, package).unwrap_or("unknown").to_owned();
    let (azure, google) = (version("azure_identity"), version("google-cloud-auth"));
    let [python, ..] = PACKAGES;
    let processors = std::thread::available_parallelism().map_or(1, usize::from);
    format!(
        "{}, {processors} processors: azure_identity {azure}, google-cloud-auth {google}, Python's {python}",
        date(SystemTime::now())
    )
}

/// The version of a package in a lock file.
fn version<'a>(lock: &'a str, package: &str) -> Option<&'a str> {
    let name = format!("name = \"{package}\"\nversion = \"");
    lock.split_once(&name)?.1.split('"').next()
}

/// The day in UTC, as `2026-11-24`.
fn date(time: SystemTime) -> String {
    let mut days = time.duration_since(UNIX_EPOCH).unwrap_or(Duration::ZERO).as_secs() / 86_400;
    let is_leap =
        |year: u64| year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400));
    let mut year = 1970;
    while days >= 365 + u64::from(is_leap(year)) {
        days -= 365 + u64::from(is_leap(year));
        year += 1;
    }
    let mut month = 1;
    for length in [31, 28 + u64::from(is_leap(year)), 31, 30, 31, 30, 31, 31, 30, 31, 30] {
        if days < length {
            break;
        }
        days -= length;
        month += 1;
    }
    format!("{year}-{month:02}-{:02}", days + 1)
}

fn failed(path: &Path, error: &std::io::Error) -> Failure {
    Failure::new(format!("{}: {error}", path.display()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_have_dates() {
        let day = |days: u64| date(UNIX_EPOCH + Duration::from_secs(days * 86_400 + 5));
        assert_eq!(
            [day(0), day(789), day(790), day(20_454), day(20_781)],
            ["1970-01-01", "1972-02-29", "1972-03-01", "2026-01-01", "2026-11-24"]
        );
    }

    #[test]
    fn versions_are_those_of_the_lock_file() {
        let lock = "[[package]]\nname = \"a\"\nversion = \"1.2.3\"\nsource = \"s\"\n";
        assert_eq!((version(lock, "a"), version(lock, "b")), (Some("1.2.3"), None));
    }
}
