//! One suite of behaviours, compiled against both façades: what differs does not compile, or fails.

#![allow(
    clippy::print_stdout,
    clippy::unwrap_used,
    reason = "a failed unwrap is a failed test; skipped ones say so"
)]

#[allow(unused_imports, reason = "the rewrite to blocking code needs less")]
#[path = "."]
mod blocking {
    use identity_blocking as identity;
    use identity_testing::blocking as doubles;
    use maybe_async::must_be_sync as flavour;
    use std::prelude::rust_2024::test as flavour_test;

    #[path = "suite/mod.rs"]
    mod suite;
}

#[allow(clippy::duplicate_mod, reason = "one source text, two flavours")]
#[path = "."]
mod asynchronous {
    use identity_async as identity;
    use identity_testing::asynchronous as doubles;
    use maybe_async::must_be_async as flavour;
    use tokio::test as flavour_test;

    #[path = "suite/mod.rs"]
    mod suite;
}
