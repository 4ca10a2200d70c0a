//! Virtual environments under `target/` with packages from Python's registry, made at the first use.

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use crate::section::Section;

/// The Python that people have.
pub(crate) const PYTHON: &str = if cfg!(windows) { "python" } else { "python3" };

/// An environment with certain packages.
pub(crate) struct Environment<'a> {
    /// Where it is.
    pub(crate) home: &'a Path,
    /// What makes it.
    pub(crate) python: &'a str,
    /// Whether it also sees what the system's packages brought.
    pub(crate) with_system_packages: bool,
    pub(crate) packages: &'a [&'a str],
}

impl Environment<'_> {
    /// The directory with its programs.
    pub(crate) fn programs(&self) -> PathBuf {
        self.home.join(if cfg!(windows) { "Scripts" } else { "bin" })
    }

    /// Its interpreter, after installing what is not there.
    ///
    /// # Errors
    /// Why it cannot be installed here.
    pub(crate) fn interpreter(&self) -> Result<PathBuf, String> {
        let python = self.programs().join("python");
        // Written last, so that an installation that was cut short is made again.
        let complete = self.home.join("complete");
        let packages = self.packages.join("\n");
        if std::fs::read_to_string(&complete).is_ok_and(|text| text == packages) {
            return Ok(python);
        }
        let _section = Section::new(format!("installing {}", self.packages.join(", ")));
        let system = self.with_system_packages.then_some("--system-site-packages");
        let mut command = Command::new(self.python);
        command.args(["-m", "venv", "--clear"]).args(system).arg(self.home);
        said(command.output(), "python3 with venv is needed")?;
        let installed =
            Command::new(&python).args(["-m", "pip", "install", "--quiet"]).args(self.packages).output();
        said(installed, "the packages cannot be installed")?;
        std::fs::write(&complete, packages).map_err(|error| format!("{}: {error}", complete.display()))?;
        Ok(python)
    }
}

/// Success, or what the program said last.
fn said(output: std::io::Result<Output>, what: &str) -> Result<(), String> {
    let output = output.map_err(|error| format!("{what}: {error}"))?;
    if output.status.success() {
        return Ok(());
    }
    let text = String::from_utf8_lossy(&output.stderr).into_owned();
    Err(format!("{what}: {}", text.trim().lines().last().unwrap_or("no reason given")))
}
