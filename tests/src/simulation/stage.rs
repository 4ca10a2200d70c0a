//! What the director of a run needs of a flavour: credentials to act on, and actors who take turns.

use super::ledger::Who;
use super::plan::{Asked, Plan};
use super::world::World;

/// The credentials of a run.
pub(super) trait Stage: Sized {
    /// Whether a caller that makes a request stays with it to its end.
    const LEADERS_STAY: bool;

    /// Builds them.
    fn new(world: &World, plan: &Plan) -> Result<Self, String>;

    /// Somebody asks a credential for a token.
    fn call(&mut self, credential: usize, id: usize, asked: Asked);

    /// Whether the owner still has the credential.
    fn has_handle(&self, credential: usize) -> bool;

    /// Somebody closes a credential.
    fn close(&mut self, credential: usize);

    /// The owner drops a credential.
    fn drop_handle(&mut self, credential: usize);

    /// A resource refused the token.
    fn invalidate(&self, credential: usize, asked: Asked);

    /// The owner forgets every token.
    fn clear(&self, credential: usize);

    /// Whether the cache has a valid token.
    fn has_token(&self, credential: usize, asked: Asked) -> bool;

    /// Whether a cache has more entries than it may.
    fn is_over_bound(&self) -> bool;

    /// The actors.
    fn floor(&self) -> &dyn Actors;

    /// What is there that should not be, once everybody has left.
    fn leftovers(&mut self) -> Vec<String>;
}

/// Calls, closers and background work, one of which runs at a time.
pub(super) trait Actors {
    /// Who can go on now.
    fn ready(&self) -> Vec<usize>;

    /// Who that is.
    fn who(&self, actor: usize) -> Who;

    /// Lets an actor go on until it pauses or ends.
    fn step(&self, actor: usize) -> Pause;

    /// Whether an actor stands between two instructions, so that time cannot pass.
    fn is_interrupted(&self) -> bool;

    /// The uptime at which somebody can go on, in milliseconds.
    fn next_due(&self) -> Option<u64>;

    /// The clock moved.
    fn time_passed(&self);

    /// Drops the future of a call, where there are any.
    fn cancel(&self, call: usize) -> bool;

    /// Holds the future of a call without polling it, or polls it again.
    fn freeze(&self, call: usize, frozen: bool) -> bool;
}

/// Why an actor stopped.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Pause {
    /// It waits.
    Waits,
    /// Others may run before its next instruction.
    Interrupted,
    /// It is done.
    Ended,
}
