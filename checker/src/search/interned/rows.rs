//! States as rows of numbers.

use super::tables::Number;
use crate::fingerprint::Fingerprint;
use crate::search::space::Chunk;

/// A state: the number of each local state by slot, of the history, of what has been spent, and of
/// each message in flight (copies repeated, sorted by the hash of the content).
#[derive(Clone, Copy)]
pub(super) struct Row<'r> {
    pub(super) fingerprint: Fingerprint,
    pub(super) numbers: &'r [Number],
    pub(super) slots: usize,
}

impl<'r> Row<'r> {
    pub(super) fn locals(&self) -> &'r [Number] {
        &self.numbers[..self.slots]
    }

    pub(super) fn history(&self) -> Number {
        self.numbers[self.slots]
    }

    pub(super) fn spent(&self) -> Number {
        self.numbers[self.slots + 1]
    }

    pub(super) fn network(&self) -> &'r [Number] {
        &self.numbers[self.slots + 2..]
    }
}

/// Rows end to end.
#[derive(Default)]
pub(in crate::search) struct Rows {
    numbers: Vec<Number>,
    ends: Vec<u32>,
    fingerprints: Vec<Fingerprint>,
}

impl Chunk for Rows {
    fn len(&self) -> usize {
        self.ends.len()
    }
}

impl Rows {
    pub(super) fn push(&mut self, fingerprint: Fingerprint, numbers: &[Number]) {
        self.numbers.extend_from_slice(numbers);
        self.ends.push(self.numbers.len() as u32);
        self.fingerprints.push(fingerprint);
    }

    pub(super) fn iter(&self, slots: usize) -> impl Iterator<Item = Row<'_>> {
        let mut begin = 0;
        self.ends.iter().zip(&self.fingerprints).map(move |(&end, &fingerprint)| {
            let numbers = &self.numbers[begin..end as usize];
            begin = end as usize;
            Row { fingerprint, numbers, slots }
        })
    }
}
