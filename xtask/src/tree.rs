//! The packages that a crate brings under a choice of features, as `cargo tree` lists them.

use std::borrow::Cow;
use std::collections::BTreeSet;
use std::fmt;

use crate::cargo::Cargo;
use crate::failure::Outcome;

/// A choice of a crate's features.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum FeatureSet {
    /// What one gets without saying anything.
    Default,
    /// Default features off and nothing else on.
    None,
    /// Default features off and this one on.
    Only(Cow<'static, str>),
    /// Default features off and these on.
    These(Vec<String>),
    /// Everything.
    All,
}

impl FeatureSet {
    /// The arguments that make cargo use it.
    pub(crate) fn args(&self) -> Vec<String> {
        let words: &[&str] = match self {
            Self::Default => &[],
            Self::None => &["--no-default-features"],
            Self::Only(feature) => &["--no-default-features", "--features", feature],
            Self::These(features) => &["--no-default-features", "--features", &features.join(",")],
            Self::All => &["--all-features"],
        };
        words.iter().map(|word| (*word).to_owned()).collect()
    }
}

impl fmt::Display for FeatureSet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Default => f.write_str("default features"),
            Self::None => f.write_str("no features"),
            Self::Only(feature) => write!(f, "only {feature}"),
            Self::These(features) => write!(f, "all that can be built here ({})", features.join(",")),
            Self::All => f.write_str("all features"),
        }
    }
}

/// Which platforms a tree is for.
#[derive(Clone, Copy)]
pub(crate) enum Platform {
    /// The one that this program runs on.
    Here,
    /// All of them at once, for rules that must hold on each.
    Every,
}

/// The crates that end up in a program using `package`, as `name vVERSION`, itself included, each once.
///
/// Nothing is unified with the rest of the workspace, and dev-dependencies do not count.
pub(crate) fn packages(
    package: &str,
    features: &FeatureSet,
    platform: Platform,
) -> Outcome<BTreeSet<String>> {
    list(package, features, platform, "normal")
}

/// As [`packages`], with what build scripts need to run.
pub(crate) fn packages_to_build(
    package: &str,
    features: &FeatureSet,
    platform: Platform,
) -> Outcome<BTreeSet<String>> {
    list(package, features, platform, "normal,build")
}

/// Every package that any feature of the workspace brings on any platform, tests and build scripts included.
pub(crate) fn of_workspace() -> Outcome<BTreeSet<String>> {
    let text = Cargo::new("tree")
        .args(["--workspace", "--all-features", "--target", "all", "--edges", "all"])
        .args(["--prefix", "none", "--format", "{p}"])
        .output()?;
    Ok(parse(&text))
}

/// Those of `packages` whose name matches one of `patterns`; a pattern may end in `*`.
pub(crate) fn matching<'a>(packages: &'a BTreeSet<String>, patterns: &[&str]) -> Vec<&'a str> {
    let name = |package: &'a str| package.split(' ').next().unwrap_or(package);
    let hit = |name: &str| {
        patterns.iter().any(|pattern| match pattern.strip_suffix('*') {
            Some(prefix) => name.starts_with(prefix),
            None => name == *pattern,
        })
    };
    packages.iter().map(|package| package.as_str()).filter(|package| hit(name(package))).collect()
}

fn list(package: &str, features: &FeatureSet, platform: Platform, edges: &str) -> Outcome<BTreeSet<String>> {
    let target: &[&str] = match platform {
        Platform::Here => &[],
        Platform::Every => &["--target", "all"],
    };
    let text = Cargo::new("tree")
        .args(["--package", package, "--edges", edges, "--prefix", "none", "--format", "{p}"])
        .args(features.args())
        .args(target)
        .output()?;
    Ok(parse(&text))
}

/// `name vVERSION` from lines like `name vVERSION (proc-macro) (*)`.
fn parse(text: &str) -> BTreeSet<String> {
    text.lines()
        .filter_map(|line| {
            let mut words = line.split_whitespace();
            Some(format!("{} {}", words.next()?, words.next()?))
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_package_counts_once_however_often_it_is_listed() {
        let listed =
            parse("a v0.1.0 (/somewhere/a)\nb v1.0.0 (proc-macro)\n\nb v1.0.0 (proc-macro) (*)\nb v2.0.0\n");
        assert_eq!(listed.into_iter().collect::<Vec<_>>(), ["a v0.1.0", "b v1.0.0", "b v2.0.0"]);
    }

    #[test]
    fn patterns_match_whole_names_unless_they_end_in_a_star() {
        let packages = parse("ring v0.17.0\nring-compat v0.1.0\nopenssl-sys v0.9.0\nopenssl v0.10.0\n");
        assert_eq!(matching(&packages, &["ring"]), ["ring v0.17.0"]);
        assert_eq!(matching(&packages, &["openssl*"]), ["openssl v0.10.0", "openssl-sys v0.9.0"]);
        assert!(matching(&packages, &["tokio", "async-*"]).is_empty());
    }
}
