//! One cached token: when it is fresh, due and expired, in atomics that a hit only reads.

use std::cell::Cell;
use std::sync::atomic::AtomicUsize;
use std::sync::{Arc, OnceLock};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use super::{Found, Key, REFRESH_PAUSE, milliseconds};
use crate::sync::atomic::{AtomicU64, Ordering::Relaxed};
use crate::token::{Handle, TokenData};
use crate::{AccessToken, Grant};

/// Without a word from the server a token is refreshed this many milliseconds before it expires.
const REFRESH_WINDOW: u64 = 300_000;

/// A clock this many milliseconds before the request that gave the token was set back.
const CLOCK_SET_BACK: u64 = 60_000;

/// Reference counts per token. A power of two.
const HANDLES: usize = 8;

/// In the order of use: a hit reads three lines of the processor's cache.
#[repr(C, align(64))]
pub(super) struct Slot {
    /// Between these two nothing has to be decided but that the token is fresh.
    calm: (SystemTime, SystemTime),
    key: Key,
    /// The age of the table when the slot was used last. Hits between two insertions count as one: writing on every
    /// hit would make threads contend.
    used: AtomicU64,
    /// Made when a thread of that lane first asks.
    handles: [OnceLock<Arc<Handle>>; HANDLES],
    expires: SystemTime,
    /// When it was asked for, in milliseconds.
    asked: u64,
    /// From when on the next caller is told to refresh, in milliseconds.
    due: AtomicU64,
    /// Whether its refresh was put off for the sake of another key since it was last tried.
    has_yielded: bool,
    data: Arc<TokenData>,
    grant: Arc<Grant>,
    /// The number of the flight that brought it.
    began: u64,
    /// How many were born before it: no two slots of a table are alike, but for those that took the place of another.
    birth: u64,
}

impl Slot {
    pub(super) fn new(key: Key, grant: Grant, credential: Arc<str>, began: u64, birth: u64) -> Self {
        let (asked, expires) = (milliseconds(grant.requested_on), milliseconds(grant.expires_on));
        let wished =
            grant.refresh_on.map_or(u64::MAX, milliseconds).min(expires.saturating_sub(REFRESH_WINDOW));
        let due = wished.max(asked.saturating_add(pause()));
        let data = Arc::new(TokenData::new(&grant, credential));
        Self {
            calm: (time(asked.saturating_sub(CLOCK_SET_BACK)), time(due).min(grant.expires_on)),
            key,
            used: AtomicU64::new(birth),
            handles: [const { OnceLock::new() }; HANDLES],
            data,
            expires: grant.expires_on,
            asked,
            due: AtomicU64::new(due),
            has_yielded: false,
            grant: Arc::new(grant),
            began,
            birth,
        }
    }

    #[inline]
    pub(super) const fn key(&self) -> &Key {
        &self.key
    }

    pub(super) fn grant(&self) -> Arc<Grant> {
        self.grant.clone()
    }

    pub(super) const fn began(&self) -> u64 {
        self.began
    }

    pub(super) const fn birth(&self) -> u64 {
        self.birth
    }

    /// Whether it may serve fewer scopes than it was asked for.
    pub(super) const fn is_wide(&self) -> bool {
        self.key.has_several_scopes()
    }

    pub(super) fn is_renewable(&self) -> bool {
        self.grant.refresh_token.is_some()
    }

    pub(super) const fn expires(&self) -> SystemTime {
        self.expires
    }

    pub(super) fn used(&self) -> u64 {
        self.used.load(Relaxed)
    }

    /// The token if there is nothing to decide.
    #[inline]
    pub(super) fn calm(&self, now: SystemTime, age: u64) -> Option<AccessToken> {
        if self.is_calm(now) {
            self.touch(age);
            return Some(self.token());
        }
        None
    }

    #[inline]
    fn is_calm(&self, now: SystemTime) -> bool {
        now < self.calm.1 && now >= self.calm.0
    }

    /// The token, and whether this caller is to refresh it.
    pub(super) fn look(&self, now: SystemTime, age: u64) -> Found {
        if now >= self.expires {
            return Found::Nothing;
        }
        self.touch(age);
        let now = milliseconds(now);
        let (due, next) = (self.due.load(Relaxed), now.saturating_add(pause()));
        // A clock that was set back says nothing about when the token is due; tries are spaced all the same.
        let set_back = now.saturating_add(CLOCK_SET_BACK) < self.asked && due > next;
        // Whoever moves the time is the one to refresh.
        if (now >= due || set_back) && self.due.compare_exchange(due, next, Relaxed, Relaxed).is_ok() {
            return Found::Due(self.token());
        }
        Found::Fresh(self.token())
    }

    #[inline]
    fn touch(&self, age: u64) {
        if self.used.load(Relaxed) != age {
            self.used.store(age, Relaxed);
        }
    }

    /// The same slot without its refresh token.
    pub(super) fn without_refresh_token(&self) -> Self {
        let mut grant = Grant::clone(&self.grant);
        grant.refresh_token = None;
        self.with(Arc::new(grant))
    }

    /// The same slot with another grant for its token.
    fn with(&self, grant: Arc<Grant>) -> Self {
        let handles = [const { OnceLock::new() }; HANDLES];
        for (copy, handle) in handles.iter().zip(&self.handles) {
            if let Some(handle) = handle.get() {
                drop(copy.set(handle.clone()));
            }
        }
        Self {
            calm: self.calm,
            key: self.key.clone(),
            used: AtomicU64::new(self.used()),
            handles,
            expires: self.expires,
            asked: self.asked,
            due: AtomicU64::new(self.due.load(Relaxed)),
            has_yielded: self.has_yielded,
            data: self.data.clone(),
            grant,
            began: self.began,
            birth: self.birth,
        }
    }

    /// The same slot, calm from now on until the next caller is told to refresh; `None` if it is calm already, as it is not
    /// the one that was found due.
    pub(super) fn calmed(&self, now: SystemTime, until: SystemTime, yields: bool) -> Option<Self> {
        if self.is_calm(now) {
            return None;
        }
        let mut slot = self.with(self.grant.clone());
        slot.calm = (slot.calm.0.min(now), until.min(slot.expires));
        slot.due = AtomicU64::new(milliseconds(until));
        slot.has_yielded = yields;
        Some(slot)
    }

    /// The token if it has not expired.
    #[inline]
    pub(super) fn peek(&self, now: SystemTime) -> Option<AccessToken> {
        (now < self.expires).then(|| self.token())
    }

    pub(super) const fn has_yielded(&self) -> bool {
        self.has_yielded
    }

    pub(super) fn holds(&self, token: &AccessToken) -> bool {
        token.same_secret(&self.data)
    }

    #[inline]
    pub(super) fn token(&self) -> AccessToken {
        let handle = self.handles[lane()].get_or_init(|| Handle::new(self.data.clone()));
        AccessToken::from_handle(handle.clone(), true)
    }
}

#[expect(clippy::cast_possible_truncation, reason = "30 s")]
const fn pause() -> u64 {
    REFRESH_PAUSE.as_millis() as u64
}

fn time(milliseconds: u64) -> SystemTime {
    UNIX_EPOCH.checked_add(Duration::from_millis(milliseconds)).unwrap_or(UNIX_EPOCH)
}

/// The handle of this thread.
#[inline]
fn lane() -> usize {
    static NEXT: AtomicUsize = AtomicUsize::new(0);
    thread_local!(static LANE: Cell<usize> = const { Cell::new(usize::MAX) });
    // A thread that is ending has no lane any more; the first serves it as well.
    LANE.try_with(|lane| {
        if lane.get() == usize::MAX {
            lane.set(NEXT.fetch_add(1, Relaxed) & (HANDLES - 1));
        }
        lane.get() & (HANDLES - 1)
    })
    .unwrap_or(0)
}
