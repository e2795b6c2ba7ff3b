//! States as rows of numbers.

use super::machine::Number;
use crate::fingerprint::Fingerprint;
use crate::search::space::Chunk;

/// Rows of one width, end to end: the number of each local state by slot, of the history, of what
/// has been spent, and of the content of each link. Links beyond the width are empty.
#[derive(Default)]
pub(in crate::search) struct Rows {
    width: usize,
    numbers: Vec<Number>,
    fingerprints: Vec<Fingerprint>,
}

impl Chunk for Rows {
    fn len(&self) -> usize {
        self.fingerprints.len()
    }
}

impl Rows {
    /// Adds a row. False when this chunk has rows of another width.
    pub(super) fn push(&mut self, fingerprint: Fingerprint, numbers: &[Number]) -> bool {
        if self.fingerprints.is_empty() {
            self.width = numbers.len();
        }
        let fits = self.width == numbers.len();
        if fits {
            self.numbers.extend_from_slice(numbers);
            self.fingerprints.push(fingerprint);
        }
        fits
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = (Fingerprint, &[Number])> {
        self.fingerprints.iter().copied().zip(self.numbers.chunks_exact(self.width.max(1)))
    }
}
