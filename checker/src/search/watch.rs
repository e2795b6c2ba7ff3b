//! What a running search shares with whoever watches it: live counters, and the wish to stop.

use std::sync::atomic::{AtomicU8, AtomicU32, AtomicU64, Ordering::Relaxed};

use super::report::Cut;

/// The live numbers of one search, and the way to end it early. A second search needs a watch of
/// its own: counts go on from where they are, and a watch that was stopped stays so. Counters are updated in small
/// batches; they are exact once the search has returned.
#[derive(Debug, Default)]
pub struct Watch {
    distinct: AtomicU64,
    generated: AtomicU64,
    frontier: AtomicU64,
    depth: AtomicU32,
    /// Slots of the visited table that are used, in ten thousand.
    table_load: AtomicU32,
    table_bytes: AtomicU64,
    cut: AtomicU8,
}

/// The counters of a [`Watch`] at one moment.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Progress {
    /// Distinct states so far.
    pub distinct: u64,
    /// Generated states so far, repetitions included.
    pub generated: u64,
    /// States found and not yet expanded.
    pub frontier: u64,
    /// Steps from an initial state of the level being explored.
    pub depth: u32,
    /// The share of the slots of the visited table that are used, from 0 to 1.
    pub table_load: f64,
    /// The bytes of the visited table.
    pub table_bytes: u64,
}

const CUTS: [Cut; 5] = [Cut::States, Cut::Depth, Cut::Time, Cut::Memory, Cut::Interrupt];

impl Watch {
    /// Counters at zero.
    pub fn new() -> Watch {
        Watch::default()
    }

    /// Asks the search to stop and to report what it has, as after Ctrl-C.
    pub fn interrupt(&self) {
        self.stop(Cut::Interrupt);
    }

    /// The counters now.
    pub fn progress(&self) -> Progress {
        Progress {
            distinct: self.distinct.load(Relaxed),
            generated: self.generated.load(Relaxed),
            frontier: self.frontier.load(Relaxed),
            depth: self.depth.load(Relaxed),
            table_load: f64::from(self.table_load.load(Relaxed)) / 10_000.0,
            table_bytes: self.table_bytes.load(Relaxed),
        }
    }

    /// Ends the search for this reason, unless another reason came first.
    pub(super) fn stop(&self, cut: Cut) {
        let code = CUTS.iter().position(|&c| c == cut).map_or(0, |index| index as u8 + 1);
        let _ = self.cut.compare_exchange(0, code, Relaxed, Relaxed);
    }

    /// Why the search was asked to stop, if it was.
    pub(super) fn stopped(&self) -> Option<Cut> {
        match self.cut.load(Relaxed) {
            0 => None,
            code => Some(CUTS[usize::from(code) - 1]),
        }
    }

    pub(super) fn add(&self, distinct: u64, generated: u64) {
        self.distinct.fetch_add(distinct, Relaxed);
        self.generated.fetch_add(generated, Relaxed);
    }

    pub(super) fn set_level(&self, depth: u32, frontier: u64) {
        self.depth.store(depth, Relaxed);
        self.frontier.store(frontier, Relaxed);
    }

    pub(super) fn set_table(&self, load: f64, bytes: u64) {
        self.table_load.store((load * 10_000.0) as u32, Relaxed);
        self.table_bytes.store(bytes, Relaxed);
    }

    pub(super) fn take_from_frontier(&self, expanded: u64) {
        self.frontier.fetch_sub(expanded, Relaxed);
    }
}
