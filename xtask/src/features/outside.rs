//! A program outside the workspace that uses both façades with everything on, to prove that they coexist.

use std::fs;
use std::path::Path;

use super::report::Report;
use crate::cargo::Cargo;
use crate::failure::{Failure, Outcome};
use crate::openssl;
use crate::tree::FeatureSet;
use crate::workspace::{Workspace, root};

const FACADES: [&str; 2] = ["identity-blocking", "identity-async"];

pub(crate) fn check(workspace: &Workspace, report: &mut Report) {
    report.check("outside crate: both façades with all features", || {
        let folder = workspace.target.join("features/both");
        generate(workspace, &folder)?;
        let manifest = folder.join("Cargo.toml");
        Cargo::new("check")
            .args(["--quiet", "--manifest-path", &manifest.to_string_lossy()])
            .env("CARGO_TARGET_DIR", &workspace.target)
            .output()
            .map(drop)
    });
}

fn generate(workspace: &Workspace, folder: &Path) -> Outcome {
    let mut manifest = String::from(
        "[package]\nname = \"both\"\nversion = \"0.0.0\"\nedition = \"2024\"\npublish = false\n\n\
         # Not a member of anything.\n[workspace]\n\n[dependencies]\n",
    );
    let mut program = String::from("//! Names both façades in one build.\n");
    for name in FACADES {
        let member =
            workspace.member(name).ok_or_else(|| Failure::new(format!("no crate is called {name}")))?;
        let features = match openssl::buildable(member)? {
            FeatureSet::These(features) => features,
            _ => member.features.clone(),
        };
        let path = root().join(&member.folder);
        manifest.push_str(&format!(
            "{name} = {{ path = {path:?}, default-features = false, features = {features:?} }}\n"
        ));
        program.push_str(&format!("use {} as _;\n", name.replace('-', "_")));
    }
    program.push_str("fn main() {}\n");
    let ours = fs::read_to_string(root().join("Cargo.toml"))
        .map_err(|error| Failure::new(format!("Cargo.toml could not be read: {error}")))?;
    manifest.push_str(&profiles(&ours));
    let written = fs::create_dir_all(folder.join("src"))
        .and_then(|()| fs::write(folder.join("Cargo.toml"), manifest))
        .and_then(|()| fs::write(folder.join("src/main.rs"), program))
        // The same versions as ours, so that nothing is fetched and most is built already.
        .and_then(|()| fs::copy(root().join("Cargo.lock"), folder.join("Cargo.lock")));
    written
        .map(drop)
        .map_err(|error| Failure::new(format!("{} could not be written: {error}", folder.display())))
}

/// The `[profile]` tables of a manifest: under other ones, every package would be built once more.
fn profiles(manifest: &str) -> String {
    let mut inside = false;
    let mut tables = String::new();
    for line in manifest.lines() {
        if line.starts_with('[') {
            inside = line.starts_with("[profile.");
        }
        if inside {
            tables.push_str(line);
            tables.push('\n');
        }
    }
    tables
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn profiles_are_taken_over_and_nothing_else() {
        let manifest = "[profile.dev]\ndebug = 1\n[lints]\na = 1\n[profile.release]\nstrip = true\n";
        assert_eq!(profiles(manifest), "[profile.dev]\ndebug = 1\n[profile.release]\nstrip = true\n");
    }
}
