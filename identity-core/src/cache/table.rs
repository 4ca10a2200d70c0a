//! The slots, in shards that are replaced as a whole: readers never wait, writers copy one small shard.

use std::collections::BinaryHeap;
use std::sync::{Arc, PoisonError};
use std::time::SystemTime;

use arc_swap::ArcSwap;

use super::KeyRef;
use super::shard::Shard;
use super::slot::Slot;
use crate::sync::atomic::{AtomicU64, AtomicUsize, Ordering::Relaxed};
use crate::sync::{Mutex, MutexGuard};

/// A power of two.
const SHARDS: usize = 64;

pub(super) struct Table {
    shards: Box<[ArcSwap<Shard>; SHARDS]>,
    /// Held by writers only.
    writing: Mutex<()>,
    len: AtomicUsize,
    /// How many slots have several scopes, and how many a refresh token: without any, nobody has to look for one.
    wide: AtomicUsize,
    renewable: AtomicUsize,
    /// How many slots were made.
    age: AtomicU64,
    capacity: usize,
}

impl Table {
    pub(super) fn new(capacity: usize) -> Self {
        let empty = Arc::new(Shard::new(Vec::new()));
        let shards = Box::new(std::array::from_fn(|_| ArcSwap::new(empty.clone())));
        Self {
            shards,
            writing: Mutex::new(()),
            len: AtomicUsize::new(0),
            wide: AtomicUsize::new(0),
            renewable: AtomicUsize::new(0),
            age: AtomicU64::new(0),
            capacity,
        }
    }

    pub(super) const fn capacity(&self) -> usize {
        self.capacity
    }

    pub(super) fn len(&self) -> usize {
        self.len.load(Relaxed)
    }

    /// How many slots were made: what uses are dated with.
    #[inline]
    pub(super) fn age(&self) -> u64 {
        self.age.load(Relaxed)
    }

    /// A number for a new slot, which is to be inserted.
    pub(super) fn birth(&self) -> u64 {
        self.age.fetch_add(1, Relaxed)
    }

    /// Lends the slot of a key.
    #[inline]
    pub(super) fn with<T>(&self, key: &KeyRef<'_>, use_it: impl FnOnce(&Slot) -> T) -> Option<T> {
        self.shard(key.hash()).load().get(key).map(|slot| use_it(slot))
    }

    /// The first slot that fits, if there are any with several scopes.
    pub(super) fn find_wide(&self, fits: &dyn Fn(&Slot) -> bool) -> Option<Arc<Slot>> {
        if self.wide.load(Relaxed) == 0 {
            return None;
        }
        self.shards.iter().find_map(|shard| shard.load().slots().find(|slot| fits(slot)).cloned())
    }

    /// Shows all slots, if there are any with a refresh token.
    pub(super) fn visit_renewable(&self, visit: &mut dyn FnMut(&Slot)) {
        if self.renewable.load(Relaxed) > 0 {
            self.visit(visit);
        }
    }

    fn visit(&self, visit: &mut dyn FnMut(&Slot)) {
        self.shards.iter().for_each(|shard| shard.load().slots().for_each(|slot| visit(slot)));
    }

    /// Puts a slot in the place of the one with the same key, unless that one came of a later flight. One that was made of
    /// another is not put where that is gone: what was forgotten meanwhile stays so.
    pub(super) fn insert(&self, slot: Arc<Slot>, origin: Option<&Slot>, now: SystemTime) {
        let _writing = self.write();
        let is_there = |origin: &Slot| {
            let shard = self.shard(origin.key().hash()).load();
            shard.slots().any(|known| known.began() == origin.began() && known.key().is_same(origin.key()))
        };
        if !origin.is_none_or(is_there) {
            return;
        }
        let (birth, hash) = (slot.birth(), slot.key().hash());
        let current = self.shard(hash).load();
        let same = current.slots().find(|known| known.key().is_same(slot.key()));
        if let Some(same) = same {
            if same.began() > slot.began() {
                return;
            }
            self.uncount(same);
        }
        let mut slots: Vec<Arc<Slot>> = Vec::with_capacity(current.len() + 1);
        slots.extend(
            current.slots().filter(|known| same.is_none_or(|same| !Arc::ptr_eq(same, known))).cloned(),
        );
        self.count(&slot);
        slots.push(slot);
        self.shard(hash).store(Arc::new(Shard::new(slots)));
        if self.len() > self.capacity {
            self.make_room(now, birth);
        }
    }

    /// Removes the slots that `condition` names and tells whether there were any.
    pub(super) fn remove(&self, condition: &dyn Fn(&Slot) -> bool) -> bool {
        let _writing = self.write();
        self.retain(&|slot| !condition(slot)) > 0
    }

    pub(super) fn clear(&self) {
        self.remove(&|_| true);
    }

    /// Puts others in the place of the slots that `change` gives another for; keys stay as they are.
    pub(super) fn replace(&self, change: &dyn Fn(&Slot) -> Option<Slot>) {
        let _writing = self.write();
        self.shards.iter().for_each(|shard| self.replace_in(shard, change));
    }

    /// The same for the slot of a key.
    pub(super) fn replace_one(&self, key: &KeyRef<'_>, change: impl Fn(&Slot) -> Option<Slot>) {
        let _writing = self.write();
        self.replace_in(self.shard(key.hash()), &|slot| slot.key().is(key).then(|| change(slot)).flatten());
    }

    fn replace_in(&self, shard: &ArcSwap<Shard>, change: &dyn Fn(&Slot) -> Option<Slot>) {
        let mut changed = false;
        let mut slots: Vec<Arc<Slot>> = shard.load().slots().cloned().collect();
        for slot in &mut slots {
            if let Some(next) = change(slot) {
                self.uncount(slot);
                self.count(&next);
                *slot = Arc::new(next);
                changed = true;
            }
        }
        if changed {
            shard.store(Arc::new(Shard::new(slots)));
        }
    }

    /// Drops expired slots; if that is not enough, a sixteenth of the least recently used ones, so that the search
    /// for them is paid once for many insertions. Of those used alike the older ones go. The newest slot stays.
    fn make_room(&self, now: SystemTime, newest: u64) {
        self.retain(&|slot| slot.expires() > now || slot.birth() == newest);
        let excess = self.len().saturating_sub(self.capacity);
        if excess == 0 {
            return;
        }
        let count = excess.max(self.capacity / 16);
        // The latest use on top, to make way for an earlier one.
        let mut least: BinaryHeap<(u64, u64)> = BinaryHeap::with_capacity(count + 1);
        self.visit(&mut |slot| {
            if slot.birth() != newest {
                least.push((slot.used(), slot.birth()));
                if least.len() > count {
                    least.pop();
                }
            }
        });
        let mut births = BinaryHeap::with_capacity(least.len());
        for (_, birth) in least {
            births.push(birth);
        }
        let victims = births.into_sorted_vec();
        self.retain(&|slot| victims.binary_search(&slot.birth()).is_err());
    }

    /// Keeps the slots that `condition` names; returns how many went.
    fn retain(&self, condition: &dyn Fn(&Slot) -> bool) -> usize {
        let mut gone = 0;
        for shard in self.shards.iter() {
            let current = shard.load();
            let mut slots: Vec<Arc<Slot>> = current.slots().cloned().collect();
            slots.retain(|slot| {
                let stays = condition(slot);
                if !stays {
                    self.uncount(slot);
                }
                stays
            });
            if slots.len() < current.len() {
                gone += current.len() - slots.len();
                shard.store(Arc::new(Shard::new(slots)));
            }
        }
        gone
    }

    fn count(&self, slot: &Slot) {
        self.len.fetch_add(1, Relaxed);
        self.wide.fetch_add(usize::from(slot.is_wide()), Relaxed);
        self.renewable.fetch_add(usize::from(slot.is_renewable()), Relaxed);
    }

    fn uncount(&self, slot: &Slot) {
        self.len.fetch_sub(1, Relaxed);
        self.wide.fetch_sub(usize::from(slot.is_wide()), Relaxed);
        self.renewable.fetch_sub(usize::from(slot.is_renewable()), Relaxed);
    }

    #[inline]
    fn shard(&self, hash: u64) -> &ArcSwap<Shard> {
        &self.shards[(hash >> 58) as usize]
    }

    fn write(&self) -> MutexGuard<'_, ()> {
        self.writing.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
