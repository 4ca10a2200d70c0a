//! Licences, banned packages and duplicate versions, as `.cargo/deny.toml` has them.
//!
//! The file is in the format of cargo-deny, which may be run on it as well; this check needs nothing installed.

mod file;
mod spdx;

use std::collections::BTreeMap;

use super::checkout::Checkout;
use super::finding::Finding;
use crate::failure::{Failure, Outcome};
use crate::tree;
use crate::workspace::Package;

use file::Policy;

const PATH: &str = ".cargo/deny.toml";

pub(crate) fn check(checkout: &Checkout) -> Outcome<Vec<Finding>> {
    let text = checkout.text(PATH).ok_or_else(|| Failure::new(format!("{PATH} is missing")))?;
    let policy = file::parse(text).map_err(|error| Failure::new(format!("{PATH}:{error}")))?;
    // The lock file also names packages that no choice of features brings.
    let present = tree::of_workspace()?;
    let packages = checkout.workspace.third_party.iter();
    let packages = packages.filter(|it| present.contains(&format!("{} v{}", it.name, it.version)));
    Ok(judge(&policy, &packages.cloned().collect::<Vec<_>>()))
}

fn judge(policy: &Policy, packages: &[Package]) -> Vec<Finding> {
    let mut findings = Vec::new();
    let mut versions: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for Package { name, version, license } in packages {
        let package = format!("{name}@{version}");
        versions.entry(name).or_default().push(version);
        let license = license.as_deref().unwrap_or("none");
        if !spdx::allowed(license, &policy.licences) {
            findings.push(Finding::new(
                PATH,
                1,
                format!("{package} has the licence `{license}`, which is not allowed"),
                "do without it, or allow the licence under [licenses] if it asks for nothing but attribution",
            ));
        }
        if let Some(ban) = policy.bans.iter().find(|ban| ban.covers(name, version)) {
            findings.push(Finding::new(
                PATH,
                ban.line,
                format!("{package} is banned: {}", ban.reason),
                format!(
                    "`cargo tree --workspace --all-features --target all -i {package}` shows who brings it"
                ),
            ));
        }
    }
    for (name, all) in &versions {
        let skipped = |version: &str| policy.skips.iter().any(|skip| skip.covers(name, version));
        let left: Vec<&str> = all.iter().copied().filter(|version| !skipped(version)).collect();
        if let [oldest, .., newest] = left.as_slice() {
            findings.push(Finding::new(
                PATH,
                1,
                format!("{name} is there in {} versions, from {oldest} to {newest}", left.len()),
                format!(
                    "agree on one, or add `{{ crate = \"{name}@{oldest}\", reason = \"...\" }},` to skip; \
                     `cargo tree --workspace --all-features --target all -i {name}@{oldest}` shows who brings it"
                ),
            ));
        }
    }
    for skip in &policy.skips {
        let duplicated = versions
            .iter()
            .any(|(name, all)| all.len() > 1 && all.iter().any(|version| skip.covers(name, version)));
        if !duplicated {
            findings.push(Finding::new(
                PATH,
                skip.line,
                format!("the exception for {} is no longer needed", skip.krate),
                "delete the line",
            ));
        }
    }
    findings
}

#[cfg(test)]
mod tests {
    use super::*;

    const POLICY: &str = "[licenses]\nallow = [\n    \"MIT\",\n]\n[bans]\nmultiple-versions = \"deny\"\n\
        deny = [\n    { crate = \"bad\", reason = \"unmaintained\" },\n]\n\
        skip = [\n    { crate = \"old@1.0.0\", reason = \"asked for by a\" },\n]\n";

    fn findings(packages: &[(&str, &str, &str)]) -> Vec<String> {
        let policy = file::parse(POLICY).expect("the sample is well-formed");
        let packages: Vec<Package> = packages
            .iter()
            .map(|(name, version, license)| Package {
                name: (*name).into(),
                version: (*version).into(),
                license: Some((*license).into()),
            })
            .collect();
        judge(&policy, &packages).iter().map(Finding::to_string).collect()
    }

    #[test]
    fn what_follows_the_policy_is_let_be() {
        assert!(findings(&[("old", "1.0.0", "MIT"), ("old", "2.0.0", "MIT")]).is_empty());
    }

    #[test]
    fn licences_bans_duplicates_and_stale_exceptions_are_found() {
        let old = [("old", "1.0.0", "MIT"), ("old", "2.0.0", "MIT")];
        let with =
            |more: &[(&'static str, &'static str, &'static str)]| findings(&[&old, more].concat()).concat();
        assert!(with(&[("a", "1.0.0", "GPL-3.0")]).contains("licence `GPL-3.0`"));
        assert!(with(&[("bad", "1.0.0", "MIT")]).contains("banned: unmaintained"));
        assert!(with(&[("a", "1.0.0", "MIT"), ("a", "2.0.0", "MIT")]).contains("a is there in 2 versions"));
        assert!(findings(&[]).concat().contains("no longer needed"));
    }
}
