//! Tokens in memory: lock-free hits, one flight per key, a bound on entries. Time is an argument.

mod flight;
mod key;
mod seat;
mod shard;
mod slot;
mod table;

use std::fmt;
use std::sync::Arc;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

pub(crate) use flight::{Flight, Flights, Joined, Landing, Lead, Place, Terms};
pub(crate) use key::{Key, KeyRef, Partition};
pub(crate) use seat::{Pilot, Seat, Turn};

use crate::{AccessToken, Account, Grant, Secret};
use slot::Slot;
use table::Table;

/// The time between two tries to refresh one entry.
pub(crate) const REFRESH_PAUSE: Duration = Duration::from_secs(30);

/// An in-memory token cache. One may be shared by many credentials: entries of different authorities, tenants, applications,
/// people and kinds of credential never mix. How an application proves who it is makes no difference: a credential with a
/// wrong secret is given what one with the right secret has obtained, so do not let strangers share one.
///
/// It is bounded: when full, expired entries go first and then those that were used least recently. Cloning shares it.
#[derive(Clone)]
pub struct Cache(Arc<Inner>);

struct Inner {
    table: Table,
    flights: Flights,
}

/// What a look-up found.
pub(crate) enum Found {
    /// A token to use as it is.
    Fresh(AccessToken),
    /// A token to use, and the caller is the one to refresh it.
    Due(AccessToken),
    /// Nothing that can be used.
    Nothing,
}

impl Cache {
    /// The bound of a cache made with [`Cache::new`].
    pub const DEFAULT_CAPACITY: usize = 10_000;

    /// A cache of at most [`DEFAULT_CAPACITY`](Self::DEFAULT_CAPACITY) tokens.
    pub fn new() -> Self {
        Self::with_capacity(Self::DEFAULT_CAPACITY)
    }

    /// A cache of at most `capacity` tokens (and at least one).
    pub fn with_capacity(capacity: usize) -> Self {
        Self(Arc::new(Inner { table: Table::new(capacity.max(1)), flights: Flights::default() }))
    }

    /// How many tokens are kept, expired ones included.
    pub fn len(&self) -> usize {
        self.0.table.len()
    }

    /// Whether no token is kept.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Forgets all tokens, also refresh tokens.
    pub fn clear(&self) {
        self.0.flights.forgetting(&|_| true, &|| self.0.table.clear());
    }

    /// The hot path: a token about which nothing has to be decided. No lock, and no allocation
    /// but by a thread that is new to the table or the token.
    #[inline]
    pub(crate) fn calm(&self, key: &KeyRef<'_>, now: SystemTime) -> Option<AccessToken> {
        let table = &self.0.table;
        table.with(key, |slot| slot.calm(now, table.age())).flatten()
    }

    /// What there is for the key, and whether the caller is to refresh it.
    pub(crate) fn find(&self, key: &KeyRef<'_>, now: SystemTime) -> Found {
        let table = &self.0.table;
        table.with(key, |slot| slot.look(now, table.age())).unwrap_or(Found::Nothing)
    }

    /// Puts off the refresh of the token for the key: until then a hit costs what any other does. `yields` where that is
    /// for the sake of another key.
    pub(crate) fn postpone(&self, key: &KeyRef<'_>, now: SystemTime, until: SystemTime, yields: bool) {
        self.0.table.replace_one(key, |slot| slot.calmed(now, until, yields));
    }

    /// Whether the refresh of the token for the key was put off for another key, and not tried since.
    pub(crate) fn has_yielded(&self, key: &KeyRef<'_>) -> bool {
        self.0.table.with(key, Slot::has_yielded).unwrap_or_default()
    }

    /// The token for the key, without any claim on refreshing it.
    #[inline]
    pub(crate) fn peek(&self, key: &KeyRef<'_>, now: SystemTime) -> Option<AccessToken> {
        self.0.table.with(key, |slot| slot.peek(now)).flatten()
    }

    /// A usable token for the key or for more scopes than it names; the latter is then found for the key as well.
    pub(crate) fn find_wider(
        &self,
        key: &KeyRef<'_>,
        now: SystemTime,
        credential: &Arc<str>,
    ) -> Option<AccessToken> {
        if let Some(token) = self.peek(key, now) {
            return Some(token);
        }
        let table = &self.0.table;
        let wider = table.find_wide(&|slot| slot.key().covers(key) && slot.peek(now).is_some())?;
        self.keep(key, Grant::clone(&wider.grant()), credential, wider.began(), Some(&wider), now);
        self.peek(key, now)
    }

    /// The grant to build on: that of the key, else the latest of the partition that has a refresh token, if need be
    /// one for all the scopes of the key.
    pub(crate) fn previous(&self, key: &KeyRef<'_>, of_any_scopes: bool) -> Option<Arc<Grant>> {
        self.0.table.with(key, |slot| slot.grant()).or_else(|| {
            let mut latest: Option<Arc<Grant>> = None;
            self.0.table.visit_renewable(&mut |slot| {
                let fits = if of_any_scopes { slot.key().same_session(key) } else { slot.key().covers(key) };
                if fits && slot.grant().refresh_token.is_some() {
                    let newer =
                        latest.as_ref().is_none_or(|known| known.requested_on <= slot.grant().requested_on);
                    latest = if newer { Some(slot.grant()) } else { latest.take() };
                }
            });
            latest
        })
    }

    /// Drops a refresh token that the service refused; access tokens that came with it stay until they expire.
    pub(crate) fn forget_refresh_token(&self, partition: &Partition, token: &Secret) {
        let holds =
            |slot: &Slot| slot.key().is_of(partition) && slot.grant().refresh_token.as_ref() == Some(token);
        self.0.table.replace(&|slot| holds(slot).then(|| slot.without_refresh_token()));
    }

    /// Forgets what the credential of the key has for other people than the one of the grant, and says whether there was
    /// any. Grants that do not say whose they are forget nothing.
    fn forget_others(&self, key: &KeyRef<'_>, grant: &Grant) -> bool {
        let person = |grant: &Grant| {
            grant.id_token.as_ref()?;
            Account::of_grant(grant).ok().map(|account| account.home_account_id)
        };
        let Some(signed_in) = person(grant) else { return false };
        let is_other = |slot: &Slot| {
            slot.key().is_of(key.partition())
                && person(&slot.grant()).is_some_and(|known| !known.eq_ignore_ascii_case(&signed_in))
        };
        self.0.table.remove(&is_other)
    }

    /// Keeps a grant that a flight brought, unless a later one was faster, and gives its token.
    fn store(
        &self,
        key: &KeyRef<'_>,
        grant: Grant,
        credential: &Arc<str>,
        began: u64,
        now: SystemTime,
    ) -> AccessToken {
        let kept = grant.kept;
        self.keep(key, grant, credential, began, None, now).token().brought(kept)
    }

    /// Keeps a grant, which another slot may have held before.
    fn keep(
        &self,
        key: &KeyRef<'_>,
        grant: Grant,
        credential: &Arc<str>,
        began: u64,
        origin: Option<&Slot>,
        now: SystemTime,
    ) -> Arc<Slot> {
        let table = &self.0.table;
        let slot = Slot::new(key.to_owned_key(), grant, credential.clone(), began, table.birth());
        let slot = Arc::new(slot);
        table.insert(slot.clone(), origin, now);
        slot
    }

    /// Forgets the entries that hold this very token, for every set of scopes it serves.
    pub(crate) fn invalidate(&self, key: &KeyRef<'_>, token: &AccessToken) -> bool {
        self.0.table.remove(&|slot| slot.key().same_session(key) && slot.holds(token))
    }

    /// Forgets every entry of a partition.
    pub(crate) fn forget(&self, partition: &Partition) {
        let forget = || _ = self.0.table.remove(&|slot| slot.key().is_of(partition));
        self.0.flights.forgetting(&|other| other.is(partition), &forget);
    }

    pub(crate) fn flights(&self) -> &Flights {
        &self.0.flights
    }
}

impl Default for Cache {
    fn default() -> Self {
        Self::new()
    }
}

impl fmt::Debug for Cache {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Cache").field("len", &self.len()).field("capacity", &self.0.table.capacity()).finish()
    }
}

/// Unix time. Not for the hot path, where comparing is a tenth of the price.
pub(crate) fn milliseconds(time: SystemTime) -> u64 {
    let since = time.duration_since(UNIX_EPOCH).unwrap_or(Duration::ZERO);
    since.as_secs().saturating_mul(1000).saturating_add(u64::from(since.subsec_millis()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::TokenRequest;

    fn at(seconds: u64) -> SystemTime {
        UNIX_EPOCH + Duration::from_secs(seconds)
    }

    struct Fixture {
        cache: Cache,
        partition: Arc<Partition>,
    }

    impl Fixture {
        fn new(capacity: usize) -> Self {
            Self { cache: Cache::with_capacity(capacity), partition: Arc::new(Partition::new("p")) }
        }

        fn store(&self, scopes: &[&str], token: &str, asked: u64, expires: u64) {
            let key = KeyRef::new(&self.partition, &TokenRequest::new(scopes));
            let grant = Grant::new(token, at(expires), at(asked));
            self.cache.store(&key, grant, &Arc::from("Test"), asked, at(asked));
        }

        fn look(&self, scopes: &[&str], now: u64) -> String {
            match self.cache.find(&KeyRef::new(&self.partition, &TokenRequest::new(scopes)), at(now)) {
                Found::Fresh(token) => format!("fresh {}", token.secret()),
                Found::Due(token) => format!("due {}", token.secret()),
                Found::Nothing => "nothing".into(),
            }
        }
    }

    #[test]
    fn one_caller_refreshes_and_tries_are_spaced() {
        let f = Fixture::new(10);
        f.store(&["s"], "t", 0, 3600);
        assert_eq!(f.look(&["s"], 3299), "fresh t");
        assert_eq!(f.look(&["s"], 3300), "due t");
        assert_eq!(f.look(&["s"], 3300), "fresh t");
        assert_eq!(f.look(&["s"], 3329), "fresh t");
        assert_eq!(f.look(&["s"], 3330), "due t");
        assert_eq!(f.look(&["s"], 3600), "nothing");
    }

    #[test]
    fn what_was_found_due_is_calm_until_the_next_try_and_no_longer_than_it_lives() {
        let f = Fixture::new(10);
        let request = TokenRequest::new(&["s"]);
        let key = KeyRef::new(&f.partition, &request);
        let calm = |now| f.cache.calm(&key, at(now)).is_some();
        f.store(&["s"], "t", 0, 3600);
        assert_eq!([3299, 3300].map(calm), [true, false]);
        f.cache.postpone(&key, at(3300), at(3330), false);
        assert_eq!([3300, 3329, 3330].map(calm), [true, true, false]);
        f.cache.postpone(&key, at(3590), at(3620), false);
        assert_eq!([3599, 3600].map(calm), [true, false]);
        // A newer token that came meanwhile has a time of its own.
        f.store(&["s"], "new", 3595, 7200);
        f.cache.postpone(&key, at(3596), at(3626), false);
        assert_eq!(f.look(&["s"], 3700), "fresh new");
    }

    #[test]
    fn a_short_token_rests_after_its_request() {
        let f = Fixture::new(10);
        f.store(&["s"], "t", 0, 120);
        assert_eq!(f.look(&["s"], 29), "fresh t");
        assert_eq!(f.look(&["s"], 30), "due t");
    }

    #[test]
    fn a_clock_set_back_makes_a_token_due() {
        let f = Fixture::new(10);
        f.store(&["s"], "t", 100_000, 103_600);
        assert_eq!(f.look(&["s"], 90_000), "due t");
        assert_eq!(f.look(&["s"], 90_000), "fresh t");
    }

    #[test]
    fn scopes_are_a_set() {
        let f = Fixture::new(10);
        f.store(&["a", "b"], "t", 0, 3600);
        assert_eq!(f.look(&["b", "a", "b"], 1), "fresh t");
        assert_eq!(f.look(&["a"], 1), "nothing");
        let wider = f.cache.find_wider(
            &KeyRef::new(&f.partition, &TokenRequest::new(&["a"])),
            at(1),
            &Arc::from("Test"),
        );
        assert_eq!(wider.unwrap().secret(), "t");
    }

    #[test]
    fn expired_entries_go_first_then_the_least_recently_used() {
        let f = Fixture::new(2);
        f.store(&["a"], "a", 0, 10_000);
        f.store(&["b"], "b", 1, 10_000);
        assert_eq!(f.look(&["a"], 5), "fresh a");
        f.store(&["c"], "c", 6, 20);
        assert_eq!((f.look(&["b"], 7), f.look(&["a"], 7)), ("nothing".into(), "fresh a".into()));
        f.store(&["d"], "d", 30, 10_000);
        assert_eq!(
            (f.look(&["a"], 31), f.look(&["c"], 31), f.cache.len()),
            ("fresh a".into(), "nothing".into(), 2)
        );
    }

    #[test]
    fn only_the_very_token_is_invalidated() {
        let f = Fixture::new(10);
        f.store(&["s"], "old", 0, 3600);
        let request = TokenRequest::new(&["s"]);
        let key = KeyRef::new(&f.partition, &request);
        let old = f.cache.peek(&key, at(1)).unwrap();
        f.store(&["s"], "new", 1, 3600);
        assert!(!f.cache.invalidate(&key, &old));
        assert_eq!(f.look(&["s"], 2), "fresh new");
        let new = f.cache.peek(&key, at(1)).unwrap();
        assert!(f.cache.invalidate(&key, &new));
        assert_eq!(f.look(&["s"], 2), "nothing");
    }
}
