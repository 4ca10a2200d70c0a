//! The number of third-party packages that a user has to build does not grow unnoticed.

use std::collections::BTreeSet;

use super::checkout::Checkout;
use super::finding::Finding;
use crate::failure::Outcome;
use crate::tree::{FeatureSet, Platform, packages};
use crate::workspace::Workspace;

/// How many packages of other people a crate may bring, counted as `cargo tree -e normal` lists them, each once.
struct Limit {
    name: &'static str,
    features: FeatureSet,
    most: usize,
}

/// Lower a number when the count has fallen; raise one only with the reason in the changelog.
const LIMITS: &[Limit] = &[
    Limit { name: "identity-core", features: FeatureSet::None, most: 25 },
    Limit { name: "identity-blocking", features: FeatureSet::Default, most: 42 },
    Limit { name: "identity-async", features: FeatureSet::Default, most: 103 },
];

pub(crate) fn check(checkout: &Checkout) -> Outcome<Vec<Finding>> {
    let mut findings = Vec::new();
    for Limit { name, features, most } in LIMITS {
        let count = third_party(&packages(name, features, Platform::Here)?, &checkout.workspace);
        println!("      {name} with {features}: {count} third-party packages, at most {most}");
        findings.extend(judge(name, features, count, *most));
    }
    Ok(findings)
}

fn third_party(tree: &BTreeSet<String>, workspace: &Workspace) -> usize {
    let ours = |package: &str| workspace.member(package.split(' ').next().unwrap_or(package)).is_some();
    tree.iter().filter(|package| !ours(package)).count()
}

fn judge(name: &str, features: &FeatureSet, count: usize, most: usize) -> Option<Finding> {
    (count > most).then(|| {
        Finding::new(
            format!("{name}/Cargo.toml"),
            1,
            format!("{count} third-party packages with {features}; at most {most} are allowed"),
            format!(
                "`cargo tree -p {name} {} -e normal` shows them; do without one, or make it optional",
                features.args().join(" ")
            ),
        )
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_package_too_many_is_found() {
        assert_eq!(judge("a", &FeatureSet::None, 25, 25), None);
        assert!(judge("a", &FeatureSet::None, 26, 25).is_some());
    }

    #[test]
    fn our_own_crates_do_not_count() {
        let member = crate::workspace::Member {
            name: "ours".into(),
            version: "0.1.0".into(),
            folder: "ours".into(),
            features: Vec::new(),
            dependencies: Vec::new(),
        };
        let workspace = Workspace { target: "target".into(), members: vec![member], third_party: Vec::new() };
        let tree = ["ours v0.1.0", "a v1.0.0", "a v2.0.0"].map(str::to_owned).into();
        assert_eq!(third_party(&tree, &workspace), 2);
    }
}
