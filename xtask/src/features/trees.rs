//! What each choice of features may not bring, read from `cargo tree` without compiling anything.

use std::borrow::Cow;

use super::report::Report;
use crate::cargo::Cargo;
use crate::failure::{Failure, Outcome};
use crate::tree::{FeatureSet, Platform, matching, packages};
use crate::workspace::Workspace;

/// Packages that a crate must not bring under a choice of features.
struct Ban {
    crates: &'static [&'static str],
    features: FeatureSet,
    /// Names; one may end in `*`.
    packages: &'static [&'static str],
    reason: &'static str,
}

/// Matched by a pattern and yet not meant: it only knows where systems keep their certificate authorities.
const HARMLESS: &str = "openssl-probe";

const FACADES: &[&str] = &["identity-blocking", "identity-async"];
const LIBRARIES: &[&str] =
    &["identity-core", "identity-msi", "identity-devtools", "identity-blocking", "identity-async"];

/// The rules. A rule about a feature that a crate does not have is skipped, and said.
const BANS: &[Ban] = &[
    Ban {
        crates: LIBRARIES,
        features: FeatureSet::Default,
        packages: &["openssl*", "native-tls"],
        reason: "the default build has no OpenSSL",
    },
    Ban {
        crates: FACADES,
        features: FeatureSet::None,
        packages: &["ring", "aws-lc*", "openssl*", "native-tls"],
        reason: "with default features off the application chooses the cryptography",
    },
    Ban {
        crates: &["identity-blocking"],
        features: FeatureSet::All,
        packages: &["tokio", "futures-executor", "async-*"],
        reason: "the blocking flavour has no runtime",
    },
    Ban {
        crates: FACADES,
        features: FeatureSet::Only(Cow::Borrowed("rustls")),
        packages: &["native-tls", "openssl*", "aws-lc*"],
        reason: "one TLS choice does not add another",
    },
    Ban {
        crates: FACADES,
        features: FeatureSet::Only(Cow::Borrowed("native-tls")),
        packages: &["rustls", "ring", "aws-lc*"],
        reason: "one TLS choice does not add another",
    },
];

pub(crate) fn check(workspace: &Workspace, report: &mut Report) {
    report.check("maybe-async/is_sync is never enabled", maybe_async_is_additive);
    for ban in BANS {
        for name in ban.crates {
            let set = &ban.features;
            let what = format!("{name}, {set}: {}", ban.reason);
            match (workspace.member(name), set) {
                (Some(member), FeatureSet::Only(feature))
                    if !member.features.iter().any(|it| it == feature) =>
                {
                    report.skip(&what, &format!("{name} has no feature `{feature}`"));
                }
                _ => report.check(&what, || brings_none(name, set, ban.packages)),
            }
        }
    }
}

fn brings_none(name: &str, set: &FeatureSet, banned: &[&str]) -> Outcome {
    let tree = packages(name, set, Platform::Every)?;
    let mut found = matching(&tree, banned);
    found.retain(|package| !package.starts_with(HARMLESS));
    if found.is_empty() {
        return Ok(());
    }
    let package = found.first().and_then(|package| package.split(' ').next()).unwrap_or_default();
    let way_in = Cargo::new("tree").args(["-p", name]).args(set.args());
    Err(Failure::new(format!(
        "      it brings {}; find the way in with `{way_in} -e normal --target all -i {package}`",
        found.join(", ")
    )))
}

fn maybe_async_is_additive() -> Outcome {
    let tree = Cargo::new("tree")
        .args(["--workspace", "--all-features", "--target", "all"])
        .args(["--edges", "normal,build,dev,features", "--prefix", "none"])
        .output()?;
    match offending_line(&tree) {
        None => Ok(()),
        Some(line) => Err(Failure::new(format!(
            "      `{line}`: the feature turns every user's async code into blocking code; \
             `cargo tree --workspace --all-features -e features -i maybe-async` shows who asks for it"
        ))),
    }
}

fn offending_line(tree: &str) -> Option<&str> {
    tree.lines().find(|line| line.starts_with("maybe-async feature") && line.contains("\"is_sync\""))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_enabled_is_sync_is_found_in_the_tree() {
        let good = "identity-core v0.1.0\nmaybe-async feature \"default\"\nmaybe-async v0.2.11 (proc-macro)";
        assert_eq!(offending_line(good), None);
        let bad = format!("{good}\nmaybe-async feature \"is_sync\"\n");
        assert_eq!(offending_line(&bad), Some("maybe-async feature \"is_sync\""));
    }
}
