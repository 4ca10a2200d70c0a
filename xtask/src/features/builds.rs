//! Each crate compiled alone, never unified with its neighbours: no features, the default, each one, all of them.

use super::report::Report;
use crate::cargo::Cargo;
use crate::openssl;
use crate::tree::FeatureSet;
use crate::workspace::{Member, Workspace};

/// Lints every combination; warnings fail, because what is dead under a feature set is a mistake in its `cfg`s.
///
/// Targets other than the library and the programs are left out: dev-dependencies would add their features.
pub(crate) fn check(workspace: &Workspace, report: &mut Report) {
    let openssl = openssl::installed();
    for member in &workspace.members {
        for set in combinations(member) {
            let what = format!("{}: {set}", member.name);
            if !openssl && openssl::needed(&member.name, &set).unwrap_or(false) {
                report.skip(&what, "needs OpenSSL's headers, which are not installed");
                continue;
            }
            report.check(&what, || {
                let clippy = Cargo::new("clippy").args(["--quiet", "--package", &member.name]);
                clippy.args(set.args()).args(["--", "-D", "warnings"]).output().map(drop)
            });
        }
    }
}

/// What to compile a crate with; none twice.
fn combinations(member: &Member) -> Vec<FeatureSet> {
    let mut sets = vec![FeatureSet::None];
    let named: Vec<&String> = member.features.iter().filter(|feature| *feature != "default").collect();
    if named.len() != member.features.len() {
        sets.push(FeatureSet::Default);
    }
    sets.extend(named.iter().map(|feature| FeatureSet::Only((*feature).clone().into())));
    if named.len() > 1 {
        sets.push(FeatureSet::All);
    }
    sets
}

#[cfg(test)]
mod tests {
    use super::*;

    fn member(features: &[&str]) -> Member {
        Member {
            name: "a".into(),
            version: "0.1.0".into(),
            folder: "a".into(),
            features: features.iter().map(|feature| (*feature).to_owned()).collect(),
            dependencies: Vec::new(),
        }
    }

    #[test]
    fn every_feature_is_compiled_alone_and_all_of_them_together() {
        let sets = combinations(&member(&["default", "x", "y"]));
        let only = |feature: &str| FeatureSet::Only(feature.to_owned().into());
        assert_eq!(sets, [FeatureSet::None, FeatureSet::Default, only("x"), only("y"), FeatureSet::All]);
    }

    #[test]
    fn a_crate_without_features_is_compiled_once() {
        assert_eq!(combinations(&member(&[])), [FeatureSet::None]);
    }
}
