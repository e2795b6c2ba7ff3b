//! Rows stored whole, so that no two states are ever taken for one.
//!
//! A row is cut in two, because many states share either half: the actors with the history and what
//! has been spent, and the links. Each half is stored once; two numbers of 32 bits are the state.

use std::hash::BuildHasher;
use std::sync::{Mutex, PoisonError};

use rustc_hash::{FxBuildHasher, FxHashMap};

use super::machine::Number;

/// Many small tables, each behind its own lock: threads rarely meet.
const SHARDS: usize = 64;

/// Numbers for slices of numbers.
struct Halves(Vec<Mutex<FxHashMap<Box<[Number]>, u32>>>);

impl Default for Halves {
    fn default() -> Self {
        Halves((0..SHARDS).map(|_| Mutex::default()).collect())
    }
}

impl Halves {
    fn number(&self, half: &[Number]) -> u32 {
        let shard = (FxBuildHasher.hash_one(half) >> 32) as usize % SHARDS;
        let mut numbers = self.0[shard].lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(number) = numbers.get(half) {
            return *number;
        }
        assert!(numbers.len() < u32::MAX as usize / SHARDS, "more halves of rows than numbers");
        let number = (numbers.len() * SHARDS + shard) as u32;
        numbers.insert(half.into(), number);
        number
    }
}

/// Numbers for whole rows.
#[derive(Default)]
pub(super) struct ExactRows {
    actors: Halves,
    links: Halves,
}

impl ExactRows {
    /// The number of a row, the links of which begin at `links`. `empty` are the links without a
    /// message: at the end of a row they may as well be missing.
    pub(super) fn number(&self, row: &[Number], links: usize, empty: &[Number]) -> u64 {
        let (actors, mut carried) = row.split_at(links);
        while let Some((last, others)) = carried.split_last()
            && *last == empty[others.len()]
        {
            carried = others;
        }
        u64::from(self.actors.number(actors)) << 32 | u64::from(self.links.number(carried))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_have_one_number_each_and_empty_links_do_not_matter() {
        let rows = ExactRows::default();
        let empty = [7, 8, 9];
        let number = |row: &[Number]| rows.number(row, 2, &empty);
        assert_eq!(number(&[1, 2]), number(&[1, 2, 7, 8, 9]));
        assert_eq!(number(&[1, 2, 5]), number(&[1, 2, 5, 8]));
        let others = [vec![1, 2, 5], vec![1, 2], vec![2, 2, 5], vec![1, 2, 7, 5]];
        let mut numbers: Vec<u64> = others.iter().map(|row| number(row)).collect();
        numbers.sort_unstable();
        numbers.dedup();
        assert_eq!(numbers.len(), others.len());
    }
}
