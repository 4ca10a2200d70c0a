//! What a flight is to bring, and how it is found by that.

use std::borrow::Borrow;
use std::hash::{Hash, Hasher};
use std::sync::Arc;

use super::Flight;
use crate::TokenRequest;
use crate::cache::{KeyRef, Partition};
use crate::request::OwnedRequest;

/// What a flight is to bring, and for whom.
pub(super) struct Asked {
    pub(super) partition: Arc<Partition>,
    pub(super) request: OwnedRequest,
    hash: u64,
}

/// A flight that is found by what it is to bring.
pub(super) struct Known(pub(super) Arc<Flight>);

impl Asked {
    pub(super) fn new(key: &KeyRef<'_>, request: &TokenRequest<'_>) -> Self {
        let partition = key.partition().clone();
        Self { partition, request: OwnedRequest::new(request), hash: key.hash() }
    }

    /// The same for callers whom a token in the cache serves: whether they may ask a person, and are a chain.
    pub(super) fn plain(&self, flags: (bool, bool)) -> Self {
        Self { partition: self.partition.clone(), request: self.request.plain(flags), hash: self.hash }
    }

    /// Lends the key that the token will have.
    pub(super) fn with_key<T>(&self, use_it: impl FnOnce(&KeyRef<'_>) -> T) -> T {
        self.request.with(|request| use_it(&KeyRef::known(&self.partition, request, self.hash)))
    }
}

impl PartialEq for Asked {
    fn eq(&self, other: &Self) -> bool {
        // Most often it is looked for by itself.
        std::ptr::eq(self, other)
            || self.hash == other.hash
                && self.partition.is(&other.partition)
                && self.request.is_like(&other.request)
    }
}

impl Eq for Asked {}

impl Hash for Asked {
    fn hash<H: Hasher>(&self, state: &mut H) {
        state.write_u64(self.hash);
    }
}

impl PartialEq for Known {
    fn eq(&self, other: &Self) -> bool {
        self.0.asked == other.0.asked
    }
}

impl Eq for Known {}

impl Hash for Known {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.0.asked.hash(state);
    }
}

impl Borrow<Asked> for Known {
    fn borrow(&self) -> &Asked {
        &self.0.asked
    }
}
