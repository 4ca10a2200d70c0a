//! Secrets are found nowhere.
//!
//! Every credential goes through success and every failure at trace level, and neither logs, `Debug`, `Display`,
//! error chains nor panics show a canary.

#![allow(clippy::unwrap_used, reason = "a failed unwrap is a failed test")]

#[allow(unused_imports, reason = "the rewrite to blocking code needs less")]
#[path = "."]
mod blocking {
    use identity_blocking as identity;
    use maybe_async::must_be_sync as flavour;
    use std::prelude::rust_2024::test as flavour_test;

    #[path = "canary/applications.rs"]
    mod applications;
    #[path = "canary/chains.rs"]
    mod chains;
    #[path = "canary/files.rs"]
    mod files;
    #[path = "canary/kept.rs"]
    mod kept;
    #[path = "canary/metadata.rs"]
    mod metadata;
    #[path = "canary/people.rs"]
    mod people;
    #[path = "canary/redirects.rs"]
    mod redirects;
    #[cfg(unix)]
    #[path = "canary/tools.rs"]
    mod tools;
    #[path = "canary/trial.rs"]
    mod trial;
}

#[allow(clippy::duplicate_mod, reason = "one source text, two flavours")]
#[path = "."]
mod asynchronous {
    use identity_async as identity;
    use maybe_async::must_be_async as flavour;
    use tokio::test as flavour_test;

    #[path = "canary/applications.rs"]
    mod applications;
    #[path = "canary/chains.rs"]
    mod chains;
    #[path = "canary/files.rs"]
    mod files;
    #[path = "canary/kept.rs"]
    mod kept;
    #[path = "canary/metadata.rs"]
    mod metadata;
    #[path = "canary/people.rs"]
    mod people;
    #[path = "canary/redirects.rs"]
    mod redirects;
    #[cfg(unix)]
    #[path = "canary/tools.rs"]
    mod tools;
    #[path = "canary/trial.rs"]
    mod trial;
}

#[path = "canary/hands.rs"]
mod hands;
#[path = "canary/witness.rs"]
mod witness;

/// Does nothing by itself: credentials start it as the person's browser. Not in a module, as `BROWSER` is split at colons.
#[test]
fn browser_without_hands() {
    hands::run();
}
