//! A deterministic simulation of callers, faults and clocks.
//!
//! Many callers, faults, clocks that are set, cancellations and closes come in an order that a seed decides, and every
//! promise is checked on every step. A seed names one run, in every build and on every machine: virtual time, an
//! executor of its own in the async flavour, and threads in the blocking one, of which the one with the baton runs.
//! Tokens come from a real [`ClientSecret`] source with its retries; the token service, both clocks and the background
//! are simulated.
//!
//! [`ClientSecret`]: identity_core::ClientSecret

mod check;
mod director;
mod ledger;
mod plan;
mod rng;
mod sabotage;
mod service;
mod source;
mod stage;
mod world;

pub use director::Run;
pub use ledger::{Promise, Violation};
pub use sabotage::Sabotage;

pub use crate::conformance::Flavour;

/// Runs a seed in a flavour. With `sabotage` something is broken on purpose; with `traced` the run is told line by line.
pub fn run(flavour: Flavour, seed: u64, sabotage: Option<Sabotage>, traced: bool) -> Run {
    match flavour {
        Flavour::Async => director::run::<asynchronous::Cast>(seed, sabotage, traced),
        Flavour::Blocking => director::run::<blocking::Cast>(seed, sabotage, traced),
    }
}

#[path = "flavoured"]
#[allow(
    unused_imports,
    clippy::needless_lifetimes,
    clippy::unused_unit,
    reason = "the rewrite to blocking code leaves no futures, but lifetimes and units"
)]
mod blocking {
    //! Credentials of the blocking flavour.

    use identity_core::blocking as driver;
    use maybe_async::must_be_sync as flavour;

    #[path = "floor_blocking.rs"]
    mod floor;
    #[path = "mod.rs"]
    mod host;

    pub(super) use host::Cast;
}

#[path = "flavoured"]
#[allow(clippy::duplicate_mod, reason = "one source text, two flavours")]
mod asynchronous {
    //! Credentials of the async flavour.

    use identity_core::asynchronous as driver;
    use maybe_async::must_be_async as flavour;

    #[path = "floor_async.rs"]
    mod floor;
    #[path = "mod.rs"]
    mod host;

    pub(super) use host::Cast;
}
