//! The states seen so far: a table from fingerprint to how the state was first reached.
//!
//! A state found by several threads in one level keeps the smallest way there, whoever came
//! first, so that the paths in a report are the same on any number of threads.

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::hash::{BuildHasherDefault, Hasher};
use std::sync::Mutex;

use crate::fingerprint::Fingerprint;

/// How a state was first reached.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Origin {
    /// The state before it; its own fingerprint for an initial state.
    pub(super) parent: Fingerprint,
    /// The index of the action among those possible there, or of the initial state.
    pub(super) action: u32,
    /// How many steps it is away from an initial state.
    pub(super) level: u32,
}

/// Fingerprints are well mixed already: their own bits pick the slot.
#[derive(Default)]
struct AlreadyMixed(u64);

impl Hasher for AlreadyMixed {
    fn finish(&self) -> u64 {
        self.0
    }
    fn write(&mut self, _: &[u8]) {
        unreachable!("only fingerprints are keys of this table");
    }
    fn write_u128(&mut self, fingerprint: u128) {
        self.0 = fingerprint as u64;
    }
}

type Shard = HashMap<Fingerprint, Origin, BuildHasherDefault<AlreadyMixed>>;

/// Many small tables, each behind its own lock: threads rarely meet, and when one grows it moves
/// a small part of the whole.
const SHARDS: usize = 256;

/// The states seen so far.
pub(super) struct Visited {
    shards: Vec<Mutex<Shard>>,
}

impl Visited {
    pub(super) fn new() -> Visited {
        Visited { shards: (0..SHARDS).map(|_| Mutex::default()).collect() }
    }

    // The top bits pick the shard, the low bits the slot in it.
    fn shard(&self, fingerprint: Fingerprint) -> std::sync::MutexGuard<'_, Shard> {
        let index = (fingerprint >> 120) as usize % SHARDS;
        self.shards[index].lock().unwrap_or_else(|poisoned| poisoned.into_inner())
    }

    /// Remembers a way to a state; true when the state was not known.
    pub(super) fn insert(&self, fingerprint: Fingerprint, origin: Origin) -> bool {
        match self.shard(fingerprint).entry(fingerprint) {
            Entry::Vacant(slot) => {
                slot.insert(origin);
                true
            }
            Entry::Occupied(mut slot) => {
                let known = slot.get_mut();
                if known.level == origin.level && origin < *known {
                    *known = origin;
                }
                false
            }
        }
    }

    pub(super) fn contains(&self, fingerprint: Fingerprint) -> bool {
        self.shard(fingerprint).contains_key(&fingerprint)
    }

    /// How a state was first reached. Panics on a state that was never inserted.
    pub(super) fn origin(&self, fingerprint: Fingerprint) -> Origin {
        self.shard(fingerprint)[&fingerprint]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_smallest_way_of_the_first_level_stays() {
        let visited = Visited::new();
        let way = |parent, action, level| Origin { parent, action, level };
        assert!(visited.insert(7, way(5, 1, 3)));
        assert!(!visited.insert(7, way(4, 9, 3)));
        assert!(!visited.insert(7, way(4, 9, 2 + 2)));
        assert_eq!(visited.origin(7), way(4, 9, 3));
        assert!(visited.contains(7) && !visited.contains(8));
    }
}
