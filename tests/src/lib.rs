//! Test support for programs that use these identity crates.
//!
//! An embedded Entra, a scripted host, the replay of recorded runs, and credentials that stand in for real ones. Nothing
//! here waits on the real clock.

pub mod conformance;
pub mod emulator;
pub mod family;
pub mod scripted;
pub mod simulation;

#[allow(
    unused_imports,
    clippy::needless_lifetimes,
    clippy::unused_unit,
    reason = "the rewrite to blocking code leaves no futures, and so less need for names, lifetimes and units"
)]
#[path = "doubles"]
pub mod blocking {
    //! Stand-ins for the blocking flavour.

    use identity_core::blocking as driver;
    use maybe_async::must_be_sync as flavour;

    #[path = "mod.rs"]
    mod doubles;

    pub use doubles::{ScriptedCredential, StaticCredential, VirtualClock};
}

#[allow(
    clippy::duplicate_mod,
    clippy::type_complexity,
    reason = "one source text, two flavours; futures are spelled out for the rewrite"
)]
#[path = "doubles"]
pub mod asynchronous {
    //! Stand-ins for the async flavour.

    use identity_core::asynchronous as driver;
    use maybe_async::must_be_async as flavour;

    #[path = "mod.rs"]
    mod doubles;

    pub use doubles::{ScriptedCredential, StaticCredential, VirtualClock};
}
