//! The slots, in shards that are replaced as a whole: readers never wait, writers copy one small shard.

use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use arc_swap::ArcSwap;

use super::KeyRef;
use super::slot::Slot;

/// A power of two.
const SHARDS: usize = 64;

/// Slots sorted by hash; slots of equal hash are neighbours.
type Shard = Vec<(u64, Arc<Slot>)>;

pub(super) struct Table {
    shards: Box<[ArcSwap<Shard>]>,
    /// Held by writers only.
    writing: Mutex<()>,
    len: AtomicUsize,
    capacity: usize,
}

impl Table {
    pub(super) fn new(capacity: usize) -> Self {
        let empty = Arc::new(Shard::new());
        let shards = (0..SHARDS).map(|_| ArcSwap::new(empty.clone())).collect();
        Self { shards, writing: Mutex::new(()), len: AtomicUsize::new(0), capacity }
    }

    pub(super) const fn capacity(&self) -> usize {
        self.capacity
    }

    pub(super) fn len(&self) -> usize {
        self.len.load(Relaxed)
    }

    /// Lends the slot of a key.
    pub(super) fn with<T>(&self, key: &KeyRef<'_>, use_it: impl FnOnce(&Slot) -> T) -> Option<T> {
        let shard = self.shard(key.hash()).load();
        let start = shard.partition_point(|(hash, _)| *hash < key.hash());
        let same_hash = shard[start..].iter().take_while(|(hash, _)| *hash == key.hash());
        same_hash.map(|(_, slot)| slot).find(|slot| slot.key().is(key)).map(|slot| use_it(slot))
    }

    /// The first answer that a slot gives. Visits all.
    pub(super) fn find<T>(&self, mut ask: impl FnMut(&Slot) -> Option<T>) -> Option<T> {
        self.shards.iter().find_map(|shard| shard.load().iter().find_map(|(_, slot)| ask(slot)))
    }

    /// Puts a slot in the place of the one with the same key.
    pub(super) fn insert(&self, slot: Slot, now: u64) {
        let _writing = self.write();
        let hash = slot.key().hash();
        let mut shard = Shard::clone(&self.shard(hash).load());
        let start = shard.partition_point(|(known, _)| *known < hash);
        let slot = Arc::new(slot);
        let existing = shard[start..]
            .iter()
            .take_while(|(known, _)| *known == hash)
            .position(|(_, known)| known.key().is_same(slot.key()));
        match existing {
            Some(offset) => shard[start + offset].1 = slot,
            None => {
                shard.insert(start, (hash, slot.clone()));
                self.len.fetch_add(1, Relaxed);
            }
        }
        self.shard(hash).store(Arc::new(shard));
        if self.len() > self.capacity {
            self.make_room(now, hash);
        }
    }

    /// Removes the slots that `condition` names and tells whether there were any.
    pub(super) fn remove(&self, condition: impl Fn(&Slot) -> bool) -> bool {
        let _writing = self.write();
        self.retain(|slot| !condition(slot)) > 0
    }

    pub(super) fn clear(&self) {
        self.remove(|_| true);
    }

    /// Puts others in the place of the slots that `change` gives another for; keys stay as they are.
    pub(super) fn replace(&self, change: impl Fn(&Slot) -> Option<Slot>) {
        let _writing = self.write();
        for shard in &self.shards {
            let mut changed: Option<Shard> = None;
            for (index, (_, slot)) in shard.load().iter().enumerate() {
                if let Some(next) = change(slot) {
                    let copy = changed.get_or_insert_with(|| Shard::clone(&shard.load()));
                    if let Some(place) = copy.get_mut(index) {
                        place.1 = Arc::new(next);
                    }
                }
            }
            if let Some(changed) = changed {
                shard.store(Arc::new(changed));
            }
        }
    }

    /// Drops expired slots; if that is not enough, a sixteenth of the least recently used ones, so that the search
    /// for them is paid once for many insertions. The newest slot stays.
    fn make_room(&self, now: u64, newest: u64) {
        self.retain(|slot| slot.expires() > now || slot.key().hash() == newest);
        let excess = self.len().saturating_sub(self.capacity);
        if excess == 0 {
            return;
        }
        let mut uses: Vec<(u64, u64)> = Vec::with_capacity(self.len());
        self.find(|slot| -> Option<()> {
            if slot.key().hash() != newest {
                uses.push((slot.used(), slot.key().hash()));
            }
            None
        });
        let count = excess.max(self.capacity / 16).min(uses.len());
        uses.sort_unstable();
        uses.truncate(count);
        let mut victims: Vec<u64> = uses.into_iter().map(|(_, hash)| hash).collect();
        victims.sort_unstable();
        self.retain(|slot| victims.binary_search(&slot.key().hash()).is_err());
    }

    /// Keeps the slots that `condition` names; returns how many went.
    fn retain(&self, condition: impl Fn(&Slot) -> bool) -> usize {
        let mut gone = 0;
        for shard in &self.shards {
            let current = shard.load();
            if current.iter().all(|(_, slot)| condition(slot)) {
                continue;
            }
            let kept: Shard = current.iter().filter(|(_, slot)| condition(slot)).cloned().collect();
            gone += current.len() - kept.len();
            shard.store(Arc::new(kept));
        }
        self.len.fetch_sub(gone, Relaxed);
        gone
    }

    fn shard(&self, hash: u64) -> &ArcSwap<Shard> {
        &self.shards[(hash >> 58) as usize & (SHARDS - 1)]
    }

    fn write(&self) -> MutexGuard<'_, ()> {
        self.writing.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
