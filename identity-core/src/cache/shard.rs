//! A part of the table that never changes: slots in open addressing, so that a look-up reads one or two places.

use std::sync::Arc;

use super::KeyRef;
use super::slot::Slot;

/// Slots of different keys, each near the place that the low bits of its hash name.
pub(super) struct Shard {
    /// A power of two of places, at most half of them taken.
    places: Box<[Option<Place>]>,
    len: usize,
}

/// The hash beside the pointer: a slot that is not the right one is rarely touched.
struct Place {
    hash: u64,
    slot: Arc<Slot>,
}

impl Shard {
    pub(super) fn new(slots: Vec<Arc<Slot>>) -> Self {
        let len = slots.len();
        let size = (len * 2).next_power_of_two();
        let mut places: Box<[Option<Place>]> = std::iter::repeat_with(|| None).take(size).collect();
        for slot in slots {
            let hash = slot.key().hash();
            let free = probe(hash, size).find(|index| places.get(*index).is_some_and(Option::is_none));
            if let Some(place) = free.and_then(|index| places.get_mut(index)) {
                *place = Some(Place { hash, slot });
            }
        }
        Self { places, len }
    }

    pub(super) const fn len(&self) -> usize {
        self.len
    }

    /// The slot of a key.
    #[inline]
    pub(super) fn get(&self, key: &KeyRef<'_>) -> Option<&Arc<Slot>> {
        for index in probe(key.hash(), self.places.len()) {
            let place = self.places.get(index)?.as_ref()?;
            if place.hash == key.hash() && place.slot.key().is(key) {
                return Some(&place.slot);
            }
        }
        None
    }

    /// All slots, in no order.
    pub(super) fn slots(&self) -> impl Iterator<Item = &Arc<Slot>> {
        self.places.iter().flatten().map(|place| &place.slot)
    }
}

/// Every index of a table of that size, a power of two, from where a hash belongs.
#[inline]
#[expect(clippy::cast_possible_truncation, reason = "only the low bits count")]
fn probe(hash: u64, size: usize) -> impl Iterator<Item = usize> {
    (0..size).map(move |step| (hash as usize).wrapping_add(step) & (size - 1))
}
