//! Deliberate damage: each switch breaks one promise, so that a test can show that the checks notice.

use super::ledger::Promise;

/// One thing that is broken on purpose.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Sabotage {
    /// Credentials are told a time that stands still: they take expired tokens for valid ones.
    StandingClock,
    /// Credentials that should share a cache get one each: two requests for one key.
    SeparateCaches,
    /// Callers who would be content with a cached token ask for a new one.
    NeverContent,
    /// Some wake-ups of callers do not arrive.
    LostWakeUps,
    /// Some callers are handed the latest error of anybody.
    ForeignErrors,
    /// Credentials are said to be closed, and are not.
    NoClose,
    /// Some handles are never dropped.
    Leak,
}

impl Sabotage {
    /// Every one there is.
    pub const ALL: [Self; 7] = [
        Self::StandingClock,
        Self::SeparateCaches,
        Self::NeverContent,
        Self::LostWakeUps,
        Self::ForeignErrors,
        Self::NoClose,
        Self::Leak,
    ];

    /// The promise that it breaks.
    pub const fn breaks(self) -> Promise {
        match self {
            Self::StandingClock => Promise::NoExpiredToken,
            Self::SeparateCaches => Promise::OneFlightPerKey,
            Self::NeverContent => Promise::NoWaitBesideAToken,
            Self::LostWakeUps => Promise::NoLostWakeUp,
            Self::ForeignErrors => Promise::ErrorsReachTheirWaiters,
            Self::NoClose => Promise::NothingAfterClose,
            Self::Leak => Promise::NoLeak,
        }
    }
}
