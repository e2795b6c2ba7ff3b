//! The states seen so far: a table from fingerprint to how the state was first reached.
//!
//! A state found by several threads in one level keeps the smallest way there, whoever came
//! first, so that the paths in a report are the same on any number of threads.
//!
//! The low 64 bits of a fingerprint pick the shard and the slot and name a parent; all 128 tell
//! states apart.

use std::sync::{Mutex, MutexGuard, PoisonError};

use crate::fingerprint::Fingerprint;

/// How a state was first reached.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Origin {
    /// The low half of the fingerprint of the state before it; meaningless for an initial state.
    pub(super) parent: u64,
    /// The number of the action there, or of the initial state.
    pub(super) action: u32,
    /// How many steps it is away from an initial state.
    pub(super) level: u32,
}

/// The part of a fingerprint that names a parent.
pub(super) fn low(fingerprint: Fingerprint) -> u64 {
    fingerprint as u64
}

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

    fn shard(&self, low: u64) -> MutexGuard<'_, Shard> {
        let index = (low >> 56) as usize % SHARDS;
        self.shards[index].lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Remembers a way to a state; true when the state was not known.
    pub(super) fn insert(&self, fingerprint: Fingerprint, origin: Origin) -> bool {
        self.shard(low(fingerprint)).insert(key(fingerprint), origin)
    }

    pub(super) fn contains(&self, fingerprint: Fingerprint) -> bool {
        let shard = self.shard(low(fingerprint));
        shard.find(low(fingerprint), |known| known == key(fingerprint)).is_ok()
    }

    /// How the state was first reached whose fingerprint ends so; `None` when there is none.
    pub(super) fn origin(&self, low: u64) -> Option<Origin> {
        let shard = self.shard(low);
        let slot = shard.find(low, |known| known as u64 == low).ok()?;
        Some(shard.origins[slot])
    }
}

/// Zero marks a free slot, so that it cannot be a key.
fn key(fingerprint: Fingerprint) -> Fingerprint {
    match fingerprint {
        0 => 1 << 64,
        fingerprint => fingerprint,
    }
}

/// One table with open addressing; keys apart from what belongs to them, so that a search touches
/// keys only.
#[derive(Default)]
struct Shard {
    keys: Vec<Fingerprint>,
    origins: Vec<Origin>,
    used: usize,
}

impl Shard {
    /// The slot of a key, or the free slot where it would be.
    fn find(&self, low: u64, is_key: impl Fn(Fingerprint) -> bool) -> Result<usize, usize> {
        if self.keys.is_empty() {
            return Err(0);
        }
        // The top byte picked the shard; the rest, as a fraction, picks the slot.
        let mut slot = ((u128::from(low << 8) * self.keys.len() as u128) >> 64) as usize;
        loop {
            match self.keys[slot] {
                0 => return Err(slot),
                known if is_key(known) => return Ok(slot),
                _ => slot = if slot + 1 == self.keys.len() { 0 } else { slot + 1 },
            }
        }
    }

    fn insert(&mut self, key: Fingerprint, origin: Origin) -> bool {
        if self.used * 4 >= self.keys.len() * 3 {
            self.grow();
        }
        match self.find(key as u64, |known| known == key) {
            Ok(slot) => {
                let known = &mut self.origins[slot];
                if known.level == origin.level && origin.parent < known.parent {
                    *known = origin;
                }
                false
            }
            Err(slot) => {
                self.keys[slot] = key;
                self.origins[slot] = origin;
                self.used += 1;
                true
            }
        }
    }

    /// Half as large again, so that on average two slots in three are used.
    fn grow(&mut self) {
        let capacity = (self.keys.len() + self.keys.len() / 2).max(16);
        let keys = std::mem::replace(&mut self.keys, vec![0; capacity]);
        let origins = std::mem::replace(&mut self.origins, vec![Origin::default(); capacity]);
        for (key, origin) in keys.into_iter().zip(origins).filter(|(key, _)| *key != 0) {
            if let Err(slot) = self.find(key as u64, |_| false) {
                self.keys[slot] = key;
                self.origins[slot] = origin;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashMap;

    use super::*;
    use crate::fingerprint::fingerprint;

    fn way(parent: u64, action: u32, level: u32) -> Origin {
        Origin { parent, action, level }
    }

    #[test]
    fn the_smallest_way_of_the_first_level_stays() {
        let visited = Visited::new();
        assert!(visited.insert(7, way(5, 1, 3)));
        assert!(!visited.insert(7, way(4, 9, 3)));
        assert!(!visited.insert(7, way(4, 8, 3)), "the first of one parent stays");
        assert!(!visited.insert(7, way(2, 9, 4)));
        assert_eq!(visited.origin(7), Some(way(4, 9, 3)));
        assert!(visited.contains(7) && !visited.contains(8));
    }

    #[test]
    fn states_that_share_half_a_fingerprint_are_told_apart() {
        let visited = Visited::new();
        assert!(visited.insert(7, way(0, 0, 0)));
        assert!(visited.insert(7 | 1 << 100, way(0, 0, 0)));
        assert!(visited.insert(0, way(0, 0, 0)));
        assert!(!visited.insert(0, way(0, 0, 0)));
    }

    #[test]
    fn it_agrees_with_a_plain_map_while_it_grows() {
        let visited = Visited::new();
        let mut plain = HashMap::new();
        for number in 0..60_000u32 {
            // Every third is a repetition.
            let fp = fingerprint(&(number - number % 3 / 2));
            let is_new = plain.insert(fp, ()).is_none();
            assert_eq!(visited.insert(fp, way(0, number, 1)), is_new);
        }
        assert!(plain.keys().all(|fp| visited.contains(*fp)));
        let used: usize = visited.shards.iter().map(|shard| shard.lock().unwrap().used).sum();
        assert_eq!(used, plain.len());
    }
}
