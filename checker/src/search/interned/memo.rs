//! What has been computed before: a table from a word to a number, made for the innermost loop.
//! Small entries matter more there than anything else, because most look-ups miss the caches.

use prefetch_index::prefetch_index;
use rustc_hash::FxHashMap;

use super::machine::Number;
use super::worker::NONE;

/// A table from words to numbers that are not `NONE`. Nothing is ever taken out.
pub(super) struct Memo {
    entries: Vec<Entry>,
    /// To turn a product into an index: the number of entries is a power of two.
    shift: u32,
    used: usize,
}

#[derive(Clone, Copy)]
struct Entry {
    key: u64,
    /// `NONE` in a free entry.
    value: Number,
}

const FREE: Entry = Entry { key: 0, value: NONE };
const FIRST_BITS: u32 = 6;
/// Entries that the nearer caches hold: half a megabyte.
const NEAR: usize = 1 << 15;

/// Numbers are dense and small: two odd factors spread them over the upper bits.
#[inline(always)]
fn mixed(key: u64) -> u64 {
    let half = key.wrapping_mul(0x9e37_79b9_7f4a_7c15).rotate_left(32);
    half.wrapping_mul(0xd6e8_feb8_6659_fd93)
}

impl Memo {
    pub(super) fn new() -> Memo {
        Memo { entries: vec![FREE; 1 << FIRST_BITS], shift: u64::BITS - FIRST_BITS, used: 0 }
    }

    /// Where the search for a key begins.
    #[inline(always)]
    fn home(&self, key: u64) -> usize {
        (mixed(key) >> self.shift) as usize
    }

    /// Whether the table is too large for the nearer caches.
    #[inline(always)]
    pub(super) fn is_far(&self) -> bool {
        self.entries.len() > NEAR
    }

    /// Has the memory of a key on its way before it is asked for.
    #[inline(always)]
    pub(super) fn prefetch(&self, key: u64) {
        prefetch_index(&self.entries, self.home(key));
    }

    #[inline(always)]
    pub(super) fn get(&self, key: u64) -> Option<Number> {
        let entries = &*self.entries;
        let mask = entries.len() - 1;
        let mut index = self.home(key);
        loop {
            let entry = &entries[index & mask];
            if entry.key == key && entry.value != NONE {
                return Some(entry.value);
            }
            if entry.value == NONE {
                return None;
            }
            index += 1;
        }
    }

    /// Remembers a number for a key that has none.
    #[cold]
    pub(super) fn insert(&mut self, key: u64, value: Number) {
        debug_assert!(value != NONE && self.get(key).is_none());
        // Seven in ten at most.
        if (self.used + 1) * 10 > self.entries.len() * 7 {
            let bits = u64::BITS - self.shift + 1;
            let entries = std::mem::replace(&mut self.entries, vec![FREE; 1 << bits]);
            self.shift = u64::BITS - bits;
            entries.into_iter().filter(|entry| entry.value != NONE).for_each(|e| self.put(e));
        }
        self.put(Entry { key, value });
        self.used += 1;
    }

    fn put(&mut self, entry: Entry) {
        let mask = self.entries.len() - 1;
        let mut index = self.home(entry.key) & mask;
        while self.entries[index].value != NONE {
            index = (index + 1) & mask;
        }
        self.entries[index] = entry;
    }
}

/// Two numbers as a key.
#[inline(always)]
pub(super) fn pair(first: Number, second: Number) -> u64 {
    u64::from(first) << 32 | u64::from(second)
}

/// A table from a link with the local states at its ends, and a flag, to numbers. A word holds all
/// that as long as the numbers are small; beyond, there is another table.
pub(super) struct LinkMemo {
    narrow: Memo,
    wide: FxHashMap<LinkKey, Number>,
}

/// The local states at the ends, `NONE` for one outside the system; the content; the flag.
pub(super) type LinkKey = ([Number; 2], Number, bool);

const LOCAL_BITS: u32 = 20;
const CONTENT_BITS: u32 = 23;

#[inline(always)]
fn narrow((locals, content, flag): LinkKey) -> Option<u64> {
    let most = (1 << LOCAL_BITS) - 1;
    // The largest number stands for `NONE`.
    let small = |local: Number| if local == NONE { most } else { local };
    let (one, two) = (small(locals[0]), small(locals[1]));
    let is_small = |local: Number| local < most || local == NONE;
    let fits = is_small(locals[0]) && is_small(locals[1]) && content < 1 << CONTENT_BITS;
    let key = (u64::from(one) << LOCAL_BITS | u64::from(two)) << CONTENT_BITS | u64::from(content);
    fits.then_some(key << 1 | u64::from(flag))
}

impl LinkMemo {
    pub(super) fn new() -> LinkMemo {
        LinkMemo { narrow: Memo::new(), wide: FxHashMap::default() }
    }

    #[inline(always)]
    pub(super) fn get(&self, key: LinkKey) -> Option<Number> {
        match narrow(key) {
            Some(key) => self.narrow.get(key),
            None => self.wide.get(&key).copied(),
        }
    }

    #[inline(always)]
    pub(super) fn is_far(&self) -> bool {
        self.narrow.is_far()
    }

    #[inline(always)]
    pub(super) fn prefetch(&self, key: LinkKey) {
        if let Some(key) = narrow(key) {
            self.narrow.prefetch(key);
        }
    }

    #[cold]
    pub(super) fn insert(&mut self, key: LinkKey, value: Number) {
        match narrow(key) {
            Some(key) => self.narrow.insert(key, value),
            None => drop(self.wide.insert(key, value)),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashMap;

    use super::*;

    #[test]
    fn it_agrees_with_a_plain_map() {
        let (mut memo, mut plain) = (Memo::new(), HashMap::new());
        assert_eq!(memo.get(0), None);
        for n in 0..20_000u32 {
            let key = pair(n % 97, n / 97 % 50);
            assert_eq!(memo.get(key), plain.get(&key).copied());
            plain.entry(key).or_insert_with(|| {
                memo.insert(key, n);
                n
            });
        }
        assert!(plain.iter().all(|(key, value)| memo.get(*key) == Some(*value)));
        assert_eq!(memo.get(pair(98, 0)), None);
    }

    #[test]
    fn keys_of_links_are_told_apart_at_the_edges_of_what_fits() {
        let most = (1 << LOCAL_BITS) - 1;
        let numbers = [0, 1, most - 1, most, most + 1, NONE - 1, NONE];
        let contents = [0, 1, (1 << CONTENT_BITS) - 1, 1 << CONTENT_BITS, NONE];
        let (mut memo, mut count) = (LinkMemo::new(), 0);
        let mut keys = Vec::new();
        for one in numbers {
            for two in numbers {
                for content in contents {
                    keys.extend([false, true].map(|flag| ([one, two], content, flag)));
                }
            }
        }
        for key in &keys {
            assert_eq!(memo.get(*key), None, "{key:?}");
            memo.insert(*key, count);
            count += 1;
        }
        for (number, key) in keys.iter().enumerate() {
            assert_eq!(memo.get(*key), Some(number as Number), "{key:?}");
        }
    }
}
