//! Replay of recorded runs of the reference implementation, in both flavours.
//!
//! A vector says what a credential is, what the world answers, which requests must be made and how each call ends.
//! [`replay`] runs one; [`Suite`] runs many and judges them with their alternatives and the documented departures.

mod browser;
mod command;
mod departures;
mod difference;
mod judge;
mod jwt;
mod matchers;
mod options;
mod outcome;
mod replay;
mod report;
mod request;
mod vector;

use std::panic::{AssertUnwindSafe, catch_unwind};

pub use departures::Departures;
pub use difference::{Difference, DifferenceKind};
pub use judge::Suite;
pub use report::{Failure, Report};
pub use vector::{Vector, load, parse};

/// A flavour of the library.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Flavour {
    /// Threads wait.
    Blocking,
    /// Tasks wait.
    Async,
}

impl Flavour {
    /// Both.
    pub const ALL: [Self; 2] = [Self::Blocking, Self::Async];

    /// The word for it on command lines.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Blocking => "blocking",
            Self::Async => "async",
        }
    }
}

/// How a replay ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// As recorded.
    Passed,
    /// Differently; the first difference is the cause, others may follow from it.
    Failed(Vec<Difference>),
    /// It was not tried, because of this: a credential or an option that is not mapped.
    Skipped(String),
}

/// Replays one vector.
pub fn replay(vector: &Vector, flavour: Flavour) -> Verdict {
    let run = match flavour {
        Flavour::Blocking => blocking::replay,
        Flavour::Async => asynchronous::replay,
    };
    catch_unwind(AssertUnwindSafe(|| run(vector))).unwrap_or_else(|panic| {
        let text = panic.downcast_ref::<&str>().map(|text| (*text).to_owned());
        let text = text.or_else(|| panic.downcast_ref::<String>().cloned()).unwrap_or_default();
        Verdict::Failed(vec![Difference::new(DifferenceKind::Runner, "replay", "no panic", text)])
    })
}

#[path = "flavoured"]
#[allow(
    unused_imports,
    clippy::needless_lifetimes,
    reason = "the rewrite to blocking code leaves no futures"
)]
mod blocking {
    //! The replay without a runtime.

    use maybe_async::must_be_sync as flavour;

    #[path = "mod.rs"]
    mod replay;

    #[cfg(feature = "facades")]
    use identity_blocking as facade;
    use identity_core::blocking as driver;

    use super::{Vector, Verdict};
    use crate::scripted::blocking::ScriptedHost;

    pub(super) fn replay(vector: &Vector) -> Verdict {
        replay::replay(vector, &replay::world(vector))
    }
}

#[path = "flavoured"]
#[allow(clippy::duplicate_mod, reason = "one source text, two flavours")]
mod asynchronous {
    //! The replay in tasks, on an executor with a virtual clock.

    use maybe_async::must_be_async as flavour;

    #[path = "mod.rs"]
    mod replay;

    #[cfg(feature = "facades")]
    use identity_async as facade;
    use identity_core::asynchronous as driver;

    use super::{Vector, Verdict};
    use crate::scripted::asynchronous::ScriptedHost;

    pub(super) fn replay(vector: &Vector) -> Verdict {
        let host = replay::world(vector);
        host.block_on(replay::replay(vector, &host))
    }
}
