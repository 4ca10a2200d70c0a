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
        let mut places = Vec::with_capacity(size);
        places.resize_with(size, || None::<Place>);
        for slot in slots {
            let hash = slot.key().hash();
            let mut index = near(hash, size);
            while places[index].is_some() {
                index = (index + 1) & (size - 1);
            }
            places[index] = Some(Place { hash, slot });
        }
        Self { places: places.into_boxed_slice(), len }
    }

    pub(super) const fn len(&self) -> usize {
        self.len
    }

    /// The slot of a key.
    #[inline]
    pub(super) fn get(&self, key: &KeyRef<'_>) -> Option<&Arc<Slot>> {
        let mut index = near(key.hash(), self.places.len());
        // Ends at the latest where a place is free, as half of them are.
        loop {
            let place = self.places.get(index)?.as_ref()?;
            if place.hash == key.hash() && place.slot.key().is(key) {
                return Some(&place.slot);
            }
            index = (index + 1) & (self.places.len() - 1);
        }
    }

    /// All slots, in no order.
    pub(super) fn slots(&self) -> impl Iterator<Item = &Arc<Slot>> {
        self.places.iter().flatten().map(|place| &place.slot)
    }
}

/// Where a hash belongs in a table of that size, a power of two.
#[inline]
#[expect(clippy::cast_possible_truncation, reason = "only the low bits count")]
const fn near(hash: u64, size: usize) -> usize {
    hash as usize & (size - 1)
}
