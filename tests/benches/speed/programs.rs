//! Four minimal programs for one token, each in a package of its own: what their build and their start cost.

use std::io::Read;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::{env, fs, thread};

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

/// A program that is being built.
struct Building {
    child: Child,
    path: PathBuf,
    packages: usize,
}

impl Building {
    fn finish(mut self) -> Built {
        // Cargo has ended where its output has, and is remembered until somebody asks how.
        self.child.stdout.take().unwrap().read_to_end(&mut Vec::new()).unwrap();
        let user = user_of(self.child.id());
        assert!(self.child.wait().unwrap().success(), "{} cannot be built", self.path.display());
        Built { path: self.path, packages: self.packages, user }
    }
}

/// Builds programs from nothing, side by side: whatever else the machine does meanwhile, it does to all of them.
pub(crate) fn build_anew(programs: [&Program; 2]) -> [Built; 2] {
    let jobs = thread::available_parallelism().map_or(1, usize::from).div_ceil(programs.len());
    for program in programs {
        let target = program.folder().join("target");
        if target.exists() {
            fs::remove_dir_all(&target).unwrap();
        }
    }
    programs.map(|program| program.start(jobs)).map(Building::finish)
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

    /// Builds it, if that was not done before.
    pub(crate) fn build(&self) -> Built {
        self.start(0).finish()
    }

    fn folder(&self) -> PathBuf {
        Path::new(env!("CARGO_TARGET_TMPDIR")).join("programs").join(self.name)
    }

    /// Begins to build it with so many jobs at a time; 0 for as many as there are processors.
    fn start(&self, jobs: usize) -> Building {
        let folder = self.folder();
        let target = folder.join("target");
        self.write(&folder);
        // Also drops from the lock file what this program does not need.
        let tree =
            output(cargo(&folder).args(["tree", "--edges", "normal", "--prefix", "none", "--format", "{p}"]));
        let mut packages: Vec<&str> = tree.lines().map(|line| line.trim_end_matches(" (*)")).collect();
        packages.sort_unstable();
        packages.dedup();
        let mut command = cargo(&folder);
        command.args(["build", "--quiet", "--release", "--locked"]).env("CARGO_TARGET_DIR", &target);
        if jobs > 0 {
            command.args(["--jobs", &jobs.to_string()]);
        }
        let path = target.join("release").join(self.name).with_extension(env::consts::EXE_EXTENSION);
        let child = command.stdout(Stdio::piped()).spawn().unwrap();
        Building { child, path, packages: packages.len() - 1 }
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

/// What a process and its ended children spent in user mode, in seconds. Linux counts it in hundredths.
fn user_of(process: u32) -> Option<f64> {
    let text = fs::read_to_string(format!("/proc/{process}/stat")).ok()?;
    // After the name, which may hold anything, comes the third field; these are the fourteenth and the sixteenth.
    let fields: Vec<&str> = text.rsplit_once(')')?.1.split_whitespace().collect();
    let ticks = |index: usize| fields.get(index)?.parse::<f64>().ok();
    Some((ticks(11)? + ticks(13)?) / 100.0)
}
