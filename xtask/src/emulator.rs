//! `cargo xtask emulator`: the embedded Entra for programs outside, until standard input closes.

use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};

use identity_testing::emulator::Emulator;

use crate::arguments::Arguments;
use crate::failure::{Failure, Outcome};

pub(crate) const ARGUMENTS: &str = "--dir DIR [--port P] [--config FILE]";
pub(crate) const PURPOSE: &str =
    "the embedded Entra until standard input closes; describes itself in DIR/emulator.json";

pub(crate) fn run(arguments: &[String]) -> Outcome {
    let mut arguments = Arguments::new(arguments);
    let directory = arguments.value("--dir")?.ok_or_else(|| Failure::new("--dir DIR is needed"))?;
    let port = arguments.value("--port")?;
    let config = arguments.value("--config")?;
    arguments.finish(ARGUMENTS)?;
    let directory = PathBuf::from(directory);
    std::fs::create_dir_all(&directory).map_err(|error| failed("the directory cannot be made", error))?;
    let mut builder = Emulator::builder();
    if let Some(port) = port {
        builder = builder.port(port.parse().map_err(|_| Failure::new(format!("{port:?} is not a port")))?);
    }
    if let Some(path) = config {
        builder = builder
            .config_file(Path::new(&path))
            .map_err(|error| failed(&format!("{path} is not understood"), error))?;
    }
    // Clients believe Azure Arc only if its keys lie where the real agent keeps them.
    let arc_keys = Path::new("/var/opt/azcmagent/tokens");
    if std::fs::create_dir_all(arc_keys).is_ok() {
        builder = builder.arc_key_directory(arc_keys);
    }
    let emulator = builder.start().map_err(|error| failed("the emulator does not start", error))?;
    emulator.write_files(&directory).map_err(|error| failed("its files cannot be written", error))?;
    println!("ready");
    io::stdout().flush().map_err(|error| failed("standard output is closed", error))?;
    // Until standard input closes, or a signal ends the process.
    let mut rest = Vec::new();
    drop(io::stdin().lock().read_to_end(&mut rest));
    Ok(())
}

fn failed(what: &str, error: impl std::fmt::Display) -> Failure {
    Failure::new(format!("{what}: {error}"))
}
