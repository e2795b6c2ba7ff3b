//! The states seen so far: one table that all threads share without locks between them.
//!
//! A state is known by 128 bits, and a slot holds them beside one word that says how the state was
//! first reached: how many steps away, and from which parent. The word of a state that is found
//! again in the same level becomes the smaller of the two, so that the paths in a report are the
//! same on any number of threads, whoever came first.
//!
//! Slots are in the order of the keys but for collisions, so that a growing table moves its
//! entries within its own memory, from the end to the beginning: it never exists twice.

use std::hint::spin_loop;
use std::sync::atomic::{
    AtomicBool, AtomicU64, AtomicUsize,
    Ordering::{AcqRel, Acquire, Relaxed, Release},
};
use std::sync::{PoisonError, RwLock};

use prefetch_index::prefetch_index;

use super::resident_bytes;

/// What a state is known by: a fingerprint, or its low half beside an exact number.
pub(super) type Key = u128;

/// The part of a key that picks its place. Zero would be a free slot.
fn place(key: Key) -> u64 {
    (key as u64).max(1)
}

fn rest(key: Key) -> u64 {
    (key >> 64) as u64
}

/// The one of two keys that a report prefers. The low halves decide: an exact number depends on who
/// came first.
pub(super) fn preferred(a: Key, b: Key) -> Key {
    if a.rotate_left(64) <= b.rotate_left(64) { a } else { b }
}

const TAG_BITS: u32 = 40;
const TAG: u64 = (1 << TAG_BITS) - 1;

/// The deepest level that a table can tell apart.
pub(super) const MOST_LEVELS: u32 = (1 << (64 - TAG_BITS)) - 2;

/// How a state was first reached: its level above the first bits of its parent's key. Never zero.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Origin(u64);

impl Origin {
    pub(super) fn of_child(level: u32, parent: Key) -> Origin {
        assert!(level <= MOST_LEVELS, "more than {MOST_LEVELS} steps from an initial state");
        Origin(u64::from(level + 1) << TAG_BITS | place(parent) >> (64 - TAG_BITS))
    }

    pub(super) fn of_initial() -> Origin {
        Origin(1 << TAG_BITS)
    }

    pub(super) fn level(self) -> u32 {
        (self.0 >> TAG_BITS) as u32 - 1
    }

    fn tag(self) -> u64 {
        self.0 & TAG
    }
}

/// A place in the table for one state. Free as long as its first word is zero.
#[derive(Default)]
struct Slot {
    place: AtomicU64,
    rest: AtomicU64,
    /// Zero until the rest of the key is written.
    origin: AtomicU64,
}

/// Slots beyond the last home, for what has been pushed off its own.
const TAIL: usize = 512;
const FEWEST: usize = 1 << 10;
/// Slots that a growing table moves at once.
const BLOCK: usize = 1 << 12;

/// The states seen so far.
pub(super) struct Visited {
    table: RwLock<Table>,
    used: AtomicUsize,
    /// The resident memory of the process beyond which the table does not grow, in bytes.
    most_memory: Option<u64>,
    /// Whether it has not grown for that reason. The search is to stop then; what is on its way is
    /// still taken in.
    is_full: AtomicBool,
}

struct Table {
    slots: Vec<Slot>,
    /// Slots that are somebody's home.
    homes: usize,
}

enum Inserted {
    New,
    Known,
    /// The tail is full.
    NoRoom,
}

impl Visited {
    /// A table that does not grow beyond a limit on the resident memory of the process, in bytes.
    pub(super) fn within(most_memory: Option<u64>) -> Visited {
        Visited { most_memory, ..Visited::new() }
    }

    pub(super) fn new() -> Visited {
        let mut table = Table { slots: Vec::new(), homes: 0 };
        table.homes = FEWEST;
        table.resize(FEWEST + TAIL);
        Visited::of(table)
    }

    fn of(table: Table) -> Visited {
        Visited {
            table: RwLock::new(table),
            used: AtomicUsize::new(0),
            most_memory: None,
            is_full: AtomicBool::new(false),
        }
    }

    /// Whether the table would have had to grow beyond the limit on memory.
    pub(super) fn is_full(&self) -> bool {
        self.is_full.load(Relaxed)
    }

    /// Remembers ways to states; `new` becomes the indices of those that were not known.
    pub(super) fn insert(&self, keys: &[Key], origins: &[Origin], new: &mut Vec<u32>) {
        new.clear();
        let mut next = 0;
        while next < keys.len() {
            self.make_room(keys.len() - next);
            let table = self.table.read().unwrap_or_else(PoisonError::into_inner);
            // One after the other these would each wait for memory; together they wait once.
            keys[next..].iter().for_each(|key| table.prefetch(*key));
            let before = new.len();
            while next < keys.len() {
                match table.insert(keys[next], origins[next]) {
                    Inserted::New => new.push(next as u32),
                    Inserted::Known => {}
                    Inserted::NoRoom => break,
                }
                next += 1;
            }
            self.used.fetch_add(new.len() - before, Relaxed);
            let slots = table.slots.len();
            drop(table);
            if next < keys.len() {
                self.lengthen(slots);
            }
        }
    }

    /// Grows before more than four slots in five would be used.
    fn make_room(&self, more: usize) {
        loop {
            let homes = self.table.read().unwrap_or_else(PoisonError::into_inner).homes;
            if (self.used.load(Relaxed) + more) * 5 <= homes * 4 || self.is_full() {
                break;
            }
            self.grow(homes);
        }
    }

    /// Grows, unless somebody else has since there were that many homes.
    fn grow(&self, homes: usize) {
        let mut table = self.table.write().unwrap_or_else(PoisonError::into_inner);
        let more = (homes / 3).max(1);
        let bytes = (more * size_of::<Slot>()) as u64;
        if table.homes != homes {
            return;
        }
        if self.most_memory.is_some_and(|most| resident_bytes() + bytes > most) {
            self.is_full.store(true, Relaxed);
        } else {
            table.grow(homes + more);
        }
    }

    /// Makes the tail longer, unless somebody else has since there were that many slots. Without
    /// bad luck a tail is never full.
    fn lengthen(&self, slots: usize) {
        let mut table = self.table.write().unwrap_or_else(PoisonError::into_inner);
        if table.slots.len() == slots {
            table.resize(slots + TAIL);
        }
    }

    pub(super) fn contains(&self, key: Key) -> bool {
        self.origin(key).is_some()
    }

    /// How a state was first reached.
    pub(super) fn origin(&self, key: Key) -> Option<Origin> {
        let table = self.table.read().unwrap_or_else(PoisonError::into_inner);
        let mut slot = table.home(place(key));
        while slot < table.slots.len() {
            let (word, known, origin) = table.read(slot)?;
            if word == place(key) && known == rest(key) {
                return Some(origin);
            }
            slot += 1;
        }
        None
    }

    /// The keys that the parent of a state with this origin can have: nearly always one.
    pub(super) fn parents(&self, origin: Origin) -> Vec<Key> {
        let table = self.table.read().unwrap_or_else(PoisonError::into_inner);
        let first = origin.tag() << (64 - TAG_BITS);
        let (mut slot, last) = (table.home(first), table.home(first | (u64::MAX >> TAG_BITS)));
        let mut found = Vec::new();
        while slot < table.slots.len() {
            match table.read(slot) {
                None if slot >= last => break,
                None => {}
                Some((word, rest, of_parent)) => {
                    let is_one = word >> (64 - TAG_BITS) == origin.tag();
                    if is_one && of_parent.level() + 1 == origin.level() {
                        found.push(Key::from(rest) << 64 | Key::from(word));
                    }
                }
            }
            slot += 1;
        }
        found.sort_unstable();
        found
    }

    /// How many slots in a hundred are used, and the bytes of all slots.
    pub(super) fn load(&self) -> (f64, u64) {
        let table = self.table.read().unwrap_or_else(PoisonError::into_inner);
        let share = self.used.load(Relaxed) as f64 / table.homes as f64;
        (share, size_of_val(&*table.slots) as u64)
    }
}

impl Table {
    /// Where the search for a place begins. In the order of the places.
    fn home(&self, place: u64) -> usize {
        ((u128::from(place) * self.homes as u128) >> 64) as usize
    }

    fn prefetch(&self, key: Key) {
        let home = self.home(place(key));
        prefetch_index(&self.slots, home);
        prefetch_index(&self.slots, home + 2);
    }

    /// What is in a slot; `None` for a free one. While nobody inserts.
    fn read(&self, slot: usize) -> Option<(u64, u64, Origin)> {
        let slot = &self.slots[slot];
        match slot.place.load(Relaxed) {
            0 => None,
            word => Some((word, slot.rest.load(Relaxed), Origin(slot.origin.load(Relaxed)))),
        }
    }

    #[inline]
    fn insert(&self, key: Key, origin: Origin) -> Inserted {
        let place = place(key);
        for slot in &self.slots[self.home(place)..] {
            let mut word = slot.place.load(Relaxed);
            if word == 0 {
                match slot.place.compare_exchange(0, place, AcqRel, Relaxed) {
                    Ok(_) => {
                        slot.rest.store(rest(key), Relaxed);
                        // The origin is never zero: it tells others that the key is complete.
                        slot.origin.store(origin.0, Release);
                        return Inserted::New;
                    }
                    Err(other) => word = other,
                }
            }
            if word == place {
                let mut known = slot.origin.load(Acquire);
                while known == 0 {
                    spin_loop();
                    known = slot.origin.load(Acquire);
                }
                if slot.rest.load(Relaxed) == rest(key) {
                    if origin.0 < known {
                        slot.origin.fetch_min(origin.0, Relaxed);
                    }
                    return Inserted::Known;
                }
            }
        }
        Inserted::NoRoom
    }

    fn resize(&mut self, slots: usize) {
        self.slots.reserve_exact(slots - self.slots.len());
        self.slots.resize_with(slots, Slot::default);
    }

    /// Moves every entry to its new home, the last first. A new home lies at or behind the old one,
    /// so that there is room where it lands; the few near the beginning for which collisions have
    /// made that untrue wait until the end.
    fn grow(&mut self, homes: usize) {
        let mut end = self.slots.len();
        self.resize(end + homes - self.homes);
        self.homes = homes;
        let mut waiting = Vec::new();
        let mut block = Vec::with_capacity(BLOCK);
        while end > 0 {
            let begin = end.saturating_sub(BLOCK);
            let slots = self.slots[begin..end].iter_mut();
            block.extend(slots.map(std::mem::take).filter(|slot| !slot.is_free()));
            for slot in block.drain(..) {
                match self.home(slot.place.load(Relaxed)) >= begin {
                    true => self.put(slot),
                    false => waiting.push(slot),
                }
            }
            end = begin;
        }
        waiting.into_iter().for_each(|slot| self.put(slot));
    }

    fn put(&mut self, slot: Slot) {
        let home = self.home(slot.place.load(Relaxed));
        let free = self.slots[home..].iter().position(Slot::is_free);
        let index = free.map_or(self.slots.len(), |distance| home + distance);
        if index == self.slots.len() {
            self.resize(index + TAIL);
        }
        self.slots[index] = slot;
    }
}

impl Slot {
    fn is_free(&self) -> bool {
        self.place.load(Relaxed) == 0
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashMap;

    use super::*;
    use crate::fingerprint::fingerprint;

    fn insert(visited: &Visited, key: Key, origin: Origin) -> bool {
        let mut new = Vec::new();
        visited.insert(&[key], &[origin], &mut new);
        !new.is_empty()
    }

    /// One that grows again and again from the beginning.
    fn tiny(homes: usize) -> Visited {
        let mut table = Table { slots: Vec::new(), homes };
        table.resize(homes + 1);
        Visited::of(table)
    }

    /// A key with this tag.
    fn tagged(tag: u64, rest: u128) -> Key {
        rest << 64 | u128::from(tag << (64 - TAG_BITS) | 1)
    }

    #[test]
    fn the_smallest_way_of_the_first_level_stays() {
        let visited = Visited::new();
        let way = |level, tag| Origin::of_child(level, tagged(tag, 0));
        assert!(insert(&visited, 7, way(3, 5)));
        assert!(!insert(&visited, 7, way(3, 4)));
        assert!(!insert(&visited, 7, way(3, 6)));
        assert!(!insert(&visited, 7, way(4, 2)));
        assert_eq!(visited.origin(7), Some(way(3, 4)));
        assert_eq!(visited.origin(7).map(Origin::level), Some(3));
        assert!(visited.contains(7) && !visited.contains(8));
    }

    #[test]
    fn states_that_share_half_a_key_are_told_apart() {
        let visited = Visited::new();
        let origin = Origin::of_initial();
        assert!(insert(&visited, 7, origin));
        assert!(insert(&visited, 7 | 1 << 100, origin));
        assert!(insert(&visited, 0, origin));
        assert!(!insert(&visited, 0, origin));
        assert!(!insert(&visited, 7 | 1 << 100, origin));
    }

    #[test]
    fn parents_are_found_by_the_first_bits_of_their_keys_and_their_level() {
        let visited = Visited::new();
        let parent = Origin::of_child(4, 1);
        let (one, two) = (tagged(77, 1), tagged(77, 2));
        for filler in 0..5_000u64 {
            insert(&visited, fingerprint(&filler), parent);
        }
        assert!(insert(&visited, two, parent) && insert(&visited, one, parent));
        insert(&visited, tagged(77, 3), Origin::of_child(5, 1));
        assert_eq!(visited.parents(Origin::of_child(5, one)), [one, two]);
        assert!(visited.parents(Origin::of_child(5, tagged(78, 1))).is_empty());
    }

    #[test]
    fn it_agrees_with_a_plain_map_while_it_grows_in_batches_of_any_size() {
        let visited = Visited::new();
        let mut plain = HashMap::new();
        let (mut number, mut new) = (0u64, Vec::new());
        for size in (1..700).cycle().take(900) {
            // Every third is a repetition, often within the batch.
            let keys: Vec<Key> =
                (number..number + size).map(|n| fingerprint(&(n - n % 3 / 2))).collect();
            number += size;
            let origins: Vec<_> = keys.iter().map(|key| Origin::of_child(1, *key)).collect();
            visited.insert(&keys, &origins, &mut new);
            let expected: Vec<u32> = (0..)
                .zip(keys.iter().zip(&origins))
                .filter_map(|(index, (key, way))| {
                    plain.insert(*key, *way).is_none().then_some(index)
                })
                .collect();
            assert_eq!(new, expected);
        }
        assert!(plain.iter().all(|(key, way)| visited.origin(*key) == Some(*way)));
        assert_eq!(visited.used.load(Relaxed), plain.len());
        let share = visited.load().0;
        assert!(share > 0.5 && share <= 0.8, "{share}");
    }

    #[test]
    fn a_table_that_may_not_grow_says_so_and_takes_in_what_comes() {
        let visited = Visited::within(Some(1));
        let keys: Vec<Key> = (0..3_000u64).map(|n| fingerprint(&n)).collect();
        for keys in keys.chunks(100) {
            let new = keys.iter().filter(|key| insert(&visited, **key, Origin::of_initial()));
            assert_eq!(new.count(), keys.len());
        }
        assert!(visited.is_full());
        assert!(keys.iter().all(|key| visited.contains(*key)));
    }

    #[test]
    fn keys_that_all_want_the_same_home_find_room() {
        for place in [1, u64::MAX] {
            let visited = Visited::new();
            let keys: Vec<Key> =
                (0..5_000).map(|rest: u128| rest << 64 | u128::from(place)).collect();
            let origins = vec![Origin::of_initial(); keys.len()];
            let mut new = Vec::new();
            for (keys, origins) in keys.chunks(300).zip(origins.chunks(300)) {
                visited.insert(keys, origins, &mut new);
                assert_eq!(new.len(), keys.len());
            }
            assert!(keys.iter().all(|key| visited.contains(*key)), "{place}");
        }
    }

    /// Threads that insert the same keys in different orders: each key is new to exactly one of
    /// them, and keeps the smallest of its origins.
    #[test]
    fn threads_share_it() {
        let visited = Visited::new();
        let count = 60_000u64;
        let origin = |thread: u64, n: u64| Origin::of_child(2, fingerprint(&(n * 7 + thread)));
        let found: Vec<u64> = std::thread::scope(|scope| {
            let threads: Vec<_> = (0..4u64)
                .map(|thread| {
                    let visited = &visited;
                    scope.spawn(move || {
                        let numbers: Vec<u64> = match thread % 2 {
                            0 => (0..count).collect(),
                            _ => (0..count).rev().collect(),
                        };
                        let (mut found, mut new) = (0, Vec::new());
                        for numbers in numbers.chunks(64 + thread as usize) {
                            let keys: Vec<Key> = numbers.iter().map(fingerprint).collect();
                            let ways: Vec<_> = numbers.iter().map(|n| origin(thread, *n)).collect();
                            visited.insert(&keys, &ways, &mut new);
                            found += new.len() as u64;
                        }
                        found
                    })
                })
                .collect();
            threads.into_iter().map(|thread| thread.join().expect("it does not panic")).collect()
        });
        assert_eq!(found.iter().sum::<u64>(), count);
        for number in 0..count {
            let smallest = (0..4).map(|thread| origin(thread, number)).min();
            assert_eq!(visited.origin(fingerprint(&number)), smallest);
        }
    }

    /// The same from tables of a few slots, with keys that share halves and crowd at either end, and
    /// batches of different sizes. Whoever has inserted a key finds it at once.
    #[test]
    fn threads_share_a_table_that_grows_under_them() {
        let crowded = |seed: u64, n: u64| match (fingerprint(&(seed, n)), n % 4) {
            (key, 0) => key,
            (key, 1) => Key::from(n % 3) << 64 | key >> 64,
            (key, 2) => key >> 64 << 64 | Key::from(n % 16),
            (key, _) => key | Key::from(!(n % 8)),
        };
        for seed in 0..150 {
            let visited = tiny(3 + seed as usize % 30);
            let keys: Vec<Key> = (0..300).map(|n| crowded(seed, n)).collect();
            let origin = |thread: u64, key: Key| Origin::of_child(2, fingerprint(&(key, thread)));
            let insert_all = &|thread: u64| {
                let (visited, mut keys, mut new) = (&visited, keys.clone(), Vec::new());
                keys.rotate_left(thread as usize * 37);
                let mut found = 0;
                for batch in keys.chunks(1 + (seed + thread) as usize % 40) {
                    let origins: Vec<_> = batch.iter().map(|key| origin(thread, *key)).collect();
                    visited.insert(batch, &origins, &mut new);
                    assert!(batch.iter().all(|key| visited.contains(*key)));
                    found += new.len();
                }
                found
            };
            let found: usize = std::thread::scope(|scope| {
                let threads: Vec<_> = (0..6).map(|n| scope.spawn(move || insert_all(n))).collect();
                threads.into_iter().map(|thread| thread.join().expect("no panic")).sum()
            });
            let distinct: HashMap<Key, Option<Origin>> = keys
                .iter()
                .map(|key| (*key, (0..6).map(|thread| origin(thread, *key)).min()))
                .collect();
            assert_eq!((found, visited.used.load(Relaxed)), (distinct.len(), found), "seed {seed}");
            assert!(distinct.iter().all(|(key, smallest)| visited.origin(*key) == *smallest));
        }
    }
}
