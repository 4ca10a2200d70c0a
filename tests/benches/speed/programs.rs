//! Four minimal programs for one token, each in a package of its own: what their build and their start cost.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::{env, fs};

/// A program to build.
pub(crate) struct Program {
    /// Also the name of its package.
    pub(crate) name: &'static str,
    source: &'static str,
    dependencies: &'static str,
}

const JSON: &str = "serde_json = \"1.0\"\n";

/// The bare clients, each followed by what is held against it.
pub(crate) const PROGRAMS: [Program; 4] = [
    Program {
        name: "bare-ureq",
        source: include_str!("../programs/bare_ureq.rs"),
        dependencies: "ureq = { version = \"~3.5\", default-features = false, features = [\"rustls-no-provider\"] }\n\
             rustls = { version = \"0.23\", default-features = false, features = [\"ring\", \"std\", \"tls12\"] }\n",
    },
    Program {
        name: "ours-blocking",
        source: include_str!("../programs/ours_blocking.rs"),
        dependencies: "identity-blocking = { path = \"ROOT/identity-blocking\" }\n",
    },
    Program {
        name: "bare-reqwest",
        source: include_str!("../programs/bare_reqwest.rs"),
        dependencies: "reqwest = { version = \"0.13\", default-features = false, features = [\"form\", \"rustls-no-provider\"] }\n\
             rustls = { version = \"0.23\", default-features = false, features = [\"ring\", \"std\", \"tls12\"] }\n\
             tokio = { version = \"1.54\", default-features = false, features = [\"net\", \"rt\", \"time\"] }\n",
    },
    Program {
        name: "ours-async",
        source: include_str!("../programs/ours_async.rs"),
        dependencies: "identity-async = { path = \"ROOT/identity-async\" }\n\
             tokio = { version = \"1.54\", default-features = false, features = [\"net\", \"rt\", \"time\"] }\n",
    },
];

/// A program that was built.
pub(crate) struct Built {
    pub(crate) path: PathBuf,
    /// Packages in its tree besides its own.
    pub(crate) packages: usize,
    /// The seconds of processor time that the build took in user mode, where the system tells.
    pub(crate) user: Option<f64>,
}

impl Built {
    /// In bytes.
    pub(crate) fn size(&self) -> f64 {
        fs::metadata(&self.path).unwrap().len() as f64
    }
}

impl Program {
    fn is_bare(&self) -> bool {
        self.name.starts_with("bare")
    }

    /// Builds it, from nothing if `clean`.
    pub(crate) fn build(&self, clean: bool) -> Built {
        let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("programs").join(self.name);
        let target = folder.join("target");
        self.write(&folder);
        if clean && target.exists() {
            fs::remove_dir_all(&target).unwrap();
        }
        // Also drops from the lock file what this program does not need.
        let tree =
            output(cargo(&folder).args(["tree", "--edges", "normal", "--prefix", "none", "--format", "{p}"]));
        let mut packages: Vec<&str> = tree.lines().map(|line| line.trim_end_matches(" (*)")).collect();
        packages.sort_unstable();
        packages.dedup();
        let before = user_of_children();
        output(
            cargo(&folder)
                .args(["build", "--quiet", "--release", "--locked"])
                .env("CARGO_TARGET_DIR", &target),
        );
        let user = user_of_children().zip(before).map(|(after, before)| after - before);
        let path = target.join("release").join(self.name).with_extension(env::consts::EXE_EXTENSION);
        Built { path, packages: packages.len() - 1, user }
    }

    /// Writes the package: not a member of anything, and with the versions of the workspace.
    fn write(&self, folder: &Path) {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap();
        let name = self.name;
        let dependencies = self.dependencies.replace("ROOT", &root.display().to_string());
        let json = if self.is_bare() { JSON } else { "" };
        let manifest = format!(
            "[package]\nname = \"{name}\"\nversion = \"0.0.0\"\nedition = \"2024\"\npublish = false\n\n[workspace]\n\n\
             [dependencies]\n{dependencies}{json}\n[profile.release]\nstrip = true\n"
        );
        fs::create_dir_all(folder.join("src")).unwrap();
        fs::write(folder.join("Cargo.toml"), manifest).unwrap();
        fs::write(folder.join("src/main.rs"), self.source).unwrap();
        fs::copy(root.join("Cargo.lock"), folder.join("Cargo.lock")).unwrap();
    }
}

fn cargo(folder: &Path) -> Command {
    let mut command = Command::new(env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    command.current_dir(folder);
    command
}

fn output(command: &mut Command) -> String {
    let output = command.output().unwrap();
    assert!(output.status.success(), "{command:?}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

/// What ended children of this process, and theirs, spent so far, in seconds. Linux counts it in hundredths.
fn user_of_children() -> Option<f64> {
    let text = fs::read_to_string("/proc/self/stat").ok()?;
    // After the name, which may hold anything, comes the third field; this is the sixteenth.
    let ticks: f64 = text.rsplit_once(')')?.1.split_whitespace().nth(13)?.parse().ok()?;
    Some(ticks / 100.0)
}
