//! What one façade exports the other exports under the same name, so that a program changes flavour by one word.

use std::collections::BTreeSet;

use super::checkout::Checkout;
use super::finding::Finding;
use crate::failure::Outcome;

const BLOCKING: &str = "identity-blocking/src/lib.rs";
const ASYNC: &str = "identity-async/src/lib.rs";

/// What only tasks need: the adapter of a crate that has no blocking flavour, and the count of what was not awaited.
const ASYNC_ONLY: &[&str] = &["AzureCoreCredential", "unclosed_credentials"];

pub(crate) fn check(checkout: &Checkout) -> Outcome<Vec<Finding>> {
    let text = |path| checkout.text(path).unwrap_or_default();
    Ok(compare(text(BLOCKING), text(ASYNC)))
}

fn compare(blocking: &str, asynchronous: &str) -> Vec<Finding> {
    let (ours, theirs) = (names(blocking), names(asynchronous));
    let lacks = |path: &str, name: &&str, other: &str| {
        Finding::new(path, 1, format!("it does not export {name}, which {other} does"), "export it in both")
    };
    let in_async = ours.difference(&theirs).map(|name| lacks(ASYNC, name, BLOCKING));
    let missing = theirs.difference(&ours).filter(|name| !ASYNC_ONLY.contains(name));
    in_async.chain(missing.map(|name| lacks(BLOCKING, name, ASYNC))).collect()
}

/// The names that `pub use` and `pub type` bring.
fn names(text: &str) -> BTreeSet<&str> {
    let uses = text.split("pub use ").skip(1).filter_map(|rest| rest.split(';').next());
    let used = uses.flat_map(|list| list.split([',', '{', '}'])).map(|item| {
        let item = item.trim();
        item.rsplit(" as ").next().unwrap_or(item).rsplit("::").next().unwrap_or(item)
    });
    let types = text.split("pub type ").skip(1);
    let defined = types.filter_map(|rest| rest.split(|c: char| !c.is_alphanumeric() && c != '_').next());
    used.chain(defined).filter(|name| !name.is_empty()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_way_to_export_a_name_is_known() {
        let text =
            "pub use a::b::{C, d::E,\n    F as G};\npub use h::I;\npub type J<S = K> = L<S>;\nuse m::N;";
        assert_eq!(names(text), BTreeSet::from(["C", "E", "G", "I", "J"]));
    }

    #[test]
    fn what_one_of_them_lacks_is_found() {
        assert!(compare("pub use a::B;", "pub use c::B;\npub use d::unclosed_credentials;").is_empty());
        assert_eq!(compare("pub use a::{B, C};", "pub use a::B;").len(), 1);
        assert_eq!(compare("pub use a::B;", "pub use a::B;\npub type C = D;").len(), 1);
    }
}
