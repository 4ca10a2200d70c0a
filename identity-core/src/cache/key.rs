//! What a cached token answers: partition, tenant, set of scopes and CAE; borrowed for looking, owned for keeping.

use std::hash::{BuildHasher, Hasher};
use std::sync::{Arc, OnceLock};

use foldhash::fast::{FixedState, RandomState};

use crate::TokenRequest;
use crate::scope::Scopes;

/// Everything but the request that changes a token, hashed once.
#[derive(Debug)]
pub(crate) struct Partition {
    text: Box<str>,
    state: FixedState,
}

impl Partition {
    pub(crate) fn new(text: &str) -> Self {
        // Tenants and scopes may come from outside: a seed of this process keeps anybody from making them collide.
        static SEED: OnceLock<u64> = OnceLock::new();
        let seed = *SEED.get_or_init(|| RandomState::default().hash_one(0u64));
        let hash = FixedState::with_seed(seed).hash_one(text);
        Self { text: text.into(), state: FixedState::with_seed(hash) }
    }

    /// Whether entries of the one are those of the other.
    #[inline]
    pub(crate) fn is(&self, other: &Self) -> bool {
        std::ptr::eq(self, other) || self.text == other.text
    }
}

/// A key made of borrowed parts.
#[derive(Clone, Copy)]
pub(crate) struct KeyRef<'a> {
    partition: &'a Arc<Partition>,
    scopes: &'a [&'a str],
    tenant: Option<&'a str>,
    cae: bool,
    hash: u64,
}

impl<'a> KeyRef<'a> {
    /// The key of a request. Claims are not part of it: they pass by the cache, and their token then serves all.
    #[inline]
    pub(crate) fn new(partition: &'a Arc<Partition>, request: &TokenRequest<'a>) -> Self {
        Self::of(partition, request.scopes(), request.tenant_id(), request.enable_cae())
    }

    /// The same of the parts of a request.
    #[inline]
    pub(crate) fn of(
        partition: &'a Arc<Partition>,
        scopes: &'a [&'a str],
        tenant: Option<&'a str>,
        cae: bool,
    ) -> Self {
        let state = &partition.state;
        let hash = match scopes {
            [scope] => text_hash(state, scope),
            _ => set_hash(state, scopes),
        };
        let tenant_hash = tenant.map_or(0, |tenant| text_hash(state, tenant).rotate_left(17));
        let hash = hash ^ tenant_hash ^ if cae { 0x9e37_79b9_7f4a_7c15 } else { 0 };
        Self { partition, scopes, tenant, cae, hash }
    }

    /// The same for a request whose hash is known.
    pub(crate) const fn known(partition: &'a Arc<Partition>, request: &TokenRequest<'a>, hash: u64) -> Self {
        let (scopes, tenant, cae) = (request.scopes(), request.tenant_id(), request.enable_cae());
        Self { partition, scopes, tenant, cae, hash }
    }

    #[inline]
    pub(crate) const fn hash(&self) -> u64 {
        self.hash
    }

    pub(crate) const fn partition(&self) -> &'a Arc<Partition> {
        self.partition
    }

    pub(crate) fn to_owned_key(self) -> Key {
        Key {
            partition: self.partition.clone(),
            scopes: Scopes::new(self.scopes),
            tenant: self.tenant.map(Into::into),
            cae: self.cae,
            hash: self.hash,
        }
    }
}

#[inline]
fn text_hash(state: &FixedState, text: &str) -> u64 {
    let mut hasher = state.build_hasher();
    hasher.write(text.as_bytes());
    hasher.finish()
}

/// A sum does not depend on the order; a scope that is repeated counts once.
#[cold]
fn set_hash(state: &FixedState, scopes: &[&str]) -> u64 {
    let first_of_its_kind = |(index, scope): &(usize, &&str)| !scopes[..*index].contains(scope);
    let hashes = scopes.iter().enumerate().filter(first_of_its_kind);
    hashes.fold(0, |sum, (_, scope)| sum.wrapping_add(text_hash(state, scope)))
}

/// A key that owns its parts.
#[derive(Clone, Debug)]
pub(crate) struct Key {
    scopes: Scopes,
    partition: Arc<Partition>,
    tenant: Option<Box<str>>,
    cae: bool,
    hash: u64,
}

impl Key {
    #[inline]
    pub(crate) const fn hash(&self) -> u64 {
        self.hash
    }

    /// Whether this key and that one are the same.
    #[inline]
    pub(crate) fn is(&self, key: &KeyRef<'_>) -> bool {
        self.hash == key.hash
            && self.scopes.is(key.scopes)
            && self.same_session(key)
            && self.tenant.as_deref() == key.tenant
    }

    /// Whether two owned keys are the same.
    pub(crate) fn is_same(&self, other: &Self) -> bool {
        self.hash == other.hash
            && self.cae == other.cae
            && self.tenant == other.tenant
            && self.is_of(&other.partition)
            && self.scopes.is_same(&other.scopes)
    }

    pub(crate) const fn has_several_scopes(&self) -> bool {
        matches!(self.scopes, Scopes::Several(_))
    }

    /// Whether a token of this key has every scope that the other key asks for.
    pub(crate) fn covers(&self, key: &KeyRef<'_>) -> bool {
        self.same_session(key) && self.tenant.as_deref() == key.tenant && self.scopes.contains_all(key.scopes)
    }

    /// Whether a refresh token of this key may serve the other key.
    #[inline]
    pub(crate) fn same_session(&self, key: &KeyRef<'_>) -> bool {
        self.cae == key.cae && self.is_of(key.partition)
    }

    #[inline]
    pub(crate) fn is_of(&self, partition: &Partition) -> bool {
        self.partition.is(partition)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_part_tells_keys_apart() {
        let (p, q) = (Arc::new(Partition::new("p")), Arc::new(Partition::new("q")));
        let scopes: [&[&str]; 4] = [&["a"], &["b"], &["a", "b"], &["ab"]];
        let mut keys = Vec::new();
        for partition in [&p, &q] {
            for scopes in scopes {
                for tenant in ["", "t", "u"] {
                    for cae in [false, true] {
                        let request = TokenRequest::new(scopes).with_tenant_id(tenant).with_cae(cae);
                        keys.push(KeyRef::new(partition, &request));
                    }
                }
            }
        }
        for (i, a) in keys.iter().enumerate() {
            for (j, b) in keys.iter().enumerate() {
                assert_eq!(a.to_owned_key().is(b), i == j, "{i} {j}");
            }
        }
    }
}
