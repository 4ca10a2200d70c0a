//! Leaving out the features that need OpenSSL's headers on a machine that has none.
//!
//! The workspace must build with Rust and a C compiler alone, so a missing header is no failure; what could not
//! be built is said.

use std::process::{Command, Stdio};

use crate::failure::Outcome;
use crate::tree::{FeatureSet, Platform, matching, packages_to_build};
use crate::workspace::{Member, Workspace};

/// Whether `openssl-sys` would find a library of the system's to link to, asked as it asks.
pub(crate) fn installed() -> bool {
    if std::env::var_os("OPENSSL_DIR").is_some() || std::env::var_os("OPENSSL_LIB_DIR").is_some() {
        return true;
    }
    let program = std::env::var_os("PKG_CONFIG").unwrap_or_else(|| "pkg-config".into());
    let mut question = Command::new(program);
    question.args(["--exists", "openssl"]).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    question.status().is_ok_and(|status| status.success())
}

/// Whether `package` with `features` links the system's OpenSSL on this platform.
pub(crate) fn needed(package: &str, features: &FeatureSet) -> Outcome<bool> {
    let tree = packages_to_build(package, features, Platform::Here)?;
    let vendored = !matching(&tree, &["openssl-src"]).is_empty();
    Ok(!vendored && !matching(&tree, &["openssl-sys"]).is_empty())
}

/// The largest set of the member's features that can be built here.
pub(crate) fn buildable(member: &Member) -> Outcome<FeatureSet> {
    if installed() || !needed(&member.name, &FeatureSet::All)? {
        return Ok(FeatureSet::All);
    }
    let mut features = Vec::new();
    for feature in &member.features {
        if needed(&member.name, &FeatureSet::Only(feature.clone().into()))? {
            println!("note: {}/{feature} is left out: it needs OpenSSL's headers", member.name);
        } else {
            features.push(feature.clone());
        }
    }
    Ok(FeatureSet::These(features))
}

/// The arguments that turn on everything that can be built here, in the whole workspace at once.
pub(crate) fn everything(workspace: &Workspace) -> Outcome<Vec<String>> {
    let mut features = Vec::new();
    let mut partial = false;
    for member in &workspace.members {
        match buildable(member)? {
            FeatureSet::These(these) => {
                partial = true;
                features.extend(these.iter().map(|feature| format!("{}/{feature}", member.name)));
            }
            _ => features.extend(member.features.iter().map(|feature| format!("{}/{feature}", member.name))),
        }
    }
    Ok(if partial { vec!["--features".into(), features.join(",")] } else { vec!["--all-features".into()] })
}
