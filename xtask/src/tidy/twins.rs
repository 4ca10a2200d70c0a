//! Files that both façades need word for word are word for word the same.
//!
//! The core may not touch the operating system and a façade may not depend on the other, so that the few lines that
//! do stand in both.

use super::checkout::Checkout;
use super::finding::Finding;
use crate::failure::Outcome;

/// Names of files in the source folders of both façades.
const TWINS: &[&str] = &[
    "browser.rs",
    "browser/launch.rs",
    "browser/port.rs",
    "members.rs",
    "native.rs",
    "process.rs",
    "process/streams.rs",
    "roots.rs",
    "settings.rs",
    "store.rs",
    "store/dpapi.rs",
    "store/file.rs",
    "store/keychain.rs",
    "store/keyring.rs",
    "store/lock.rs",
    "store/no_vault.rs",
    "store/tests.rs",
    "store/turn.rs",
    "system.rs",
    "tls/choice.rs",
];

pub(crate) fn check(checkout: &Checkout) -> Outcome<Vec<Finding>> {
    Ok(TWINS.iter().filter_map(|name| differ(name, |path| checkout.text(&path))).collect())
}

fn differ<'a>(name: &str, text: impl Fn(String) -> Option<&'a str>) -> Option<Finding> {
    let (ours, theirs) = (format!("identity-blocking/src/{name}"), format!("identity-async/src/{name}"));
    let (a, b) = (text(ours.clone()), text(theirs.clone()));
    if a.is_some() && a == b {
        return None;
    }
    let (a, b) = (a.unwrap_or_default(), b.unwrap_or_default());
    let line = a.lines().zip(b.lines()).position(|(a, b)| a != b).unwrap_or(0) + 1;
    Some(Finding::new(&ours, line, format!("it differs from {theirs}"), "make the same change in both"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_difference_is_found_and_equality_is_not() {
        assert!(differ("x.rs", |_| Some("a\nb\n")).is_none());
        assert!(
            differ("x.rs", |path| Some(if path.contains("async") { "a\nb\n" } else { "a\nc\n" })).is_some()
        );
        assert!(differ("x.rs", |_| None).is_some());
    }
}
