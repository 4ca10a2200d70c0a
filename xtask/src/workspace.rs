//! What cargo knows about this workspace: its crates, their features, and everything in the lock file.

use std::path::{Path, PathBuf};

use serde_json::Value;

use crate::cargo::Cargo;
use crate::failure::{Failure, Outcome};

/// The workspace as `cargo metadata` describes it.
pub(crate) struct Workspace {
    /// Where build results go.
    pub(crate) target: PathBuf,
    /// The crates of this workspace, in the order of the names.
    pub(crate) members: Vec<Member>,
    /// Every package of somebody else's that any feature on any platform brings.
    pub(crate) third_party: Vec<Package>,
}

/// A crate of this workspace.
pub(crate) struct Member {
    pub(crate) name: String,
    pub(crate) version: String,
    /// The folder, relative to the root and with `/`.
    pub(crate) folder: String,
    /// All features, `default` included.
    pub(crate) features: Vec<String>,
    /// The names of the packages that it depends on, of every kind.
    pub(crate) dependencies: Vec<String>,
}

/// A package of somebody else's.
#[derive(Clone)]
pub(crate) struct Package {
    pub(crate) name: String,
    pub(crate) version: String,
    /// The SPDX expression, if the package states one.
    pub(crate) license: Option<String>,
}

/// The folder that holds the workspace's `Cargo.toml`.
pub(crate) fn root() -> &'static Path {
    let manifest = Path::new(env!("CARGO_MANIFEST_DIR"));
    manifest.parent().unwrap_or(manifest)
}

impl Workspace {
    pub(crate) fn load() -> Outcome<Self> {
        let text = Cargo::new("metadata").args(["--format-version", "1", "--all-features"]).output()?;
        let metadata: Value = serde_json::from_str(&text)
            .map_err(|error| Failure::new(format!("`cargo metadata` gave something unreadable: {error}")))?;
        Self::from_metadata(&metadata)
            .ok_or_else(|| Failure::new("`cargo metadata` lacks a field that xtask reads; is cargo too new?"))
    }

    /// The member of that name.
    pub(crate) fn member(&self, name: &str) -> Option<&Member> {
        self.members.iter().find(|member| member.name == name)
    }

    fn from_metadata(metadata: &Value) -> Option<Self> {
        let root = Path::new(metadata["workspace_root"].as_str()?);
        let mut members = Vec::new();
        let mut third_party = Vec::new();
        for package in metadata["packages"].as_array()? {
            let name = package["name"].as_str()?.to_owned();
            let version = package["version"].as_str()?.to_owned();
            if metadata["workspace_members"].as_array()?.contains(&package["id"]) {
                let manifest = Path::new(package["manifest_path"].as_str()?);
                let folder = manifest.parent()?.strip_prefix(root).ok()?.to_str()?.replace('\\', "/");
                let features = package["features"].as_object()?.keys().cloned().collect();
                let dependencies = package["dependencies"].as_array()?.iter();
                let dependencies =
                    dependencies.filter_map(|it| it["name"].as_str()).map(str::to_owned).collect();
                members.push(Member { name, version, folder, features, dependencies });
            } else {
                let license = package["license"].as_str().map(str::to_owned);
                third_party.push(Package { name, version, license });
            }
        }
        members.sort_by(|a, b| a.name.cmp(&b.name));
        let target = PathBuf::from(metadata["target_directory"].as_str()?);
        Some(Self { target, members, third_party })
    }
}
