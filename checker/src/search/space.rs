//! What a search explores, and where it puts what it finds.
//!
//! A [`Space`] knows how states are encoded, what their successors are and what they show; the
//! [`Sink`] knows which states are new, what is still to be shown, and when to stop. Neither knows
//! in which order the other is asked: that is the strategy.

use super::options::Limits;
use super::path::Trail;
use super::report::Cut;
use super::visited::{Origin, Visited, low};
use super::watch::Watch;
use crate::fingerprint::Fingerprint;

/// A model as the search sees it.
pub(super) trait Space: Sync {
    /// Some states of the frontier, encoded.
    type Chunk: Chunk;
    /// What one thread keeps to itself: caches and scratch space.
    type Worker<'s>: Send
    where
        Self: 's;
    /// The model's actions.
    type Action;

    /// A thread's part.
    fn worker(&self) -> Self::Worker<'_>;

    /// Offers the initial states; the number of each is its index among them.
    fn begin(&self, worker: &mut Self::Worker<'_>, sink: &mut Sink<'_, Self::Chunk>);

    /// Offers the successors of each state of a chunk, in an order that depends on nothing but the
    /// states.
    fn expand(
        &self,
        worker: &mut Self::Worker<'_>,
        chunk: &Self::Chunk,
        sink: &mut Sink<'_, Self::Chunk>,
    );

    /// The actions with these numbers, one after the other, from an initial state. It may end
    /// early when the model contradicts itself; confirming the path finds out.
    fn trail(&self, initial: usize, numbers: &[u32]) -> Trail<Self::Action>;
}

/// Some states of the frontier.
pub(super) trait Chunk: Default + Send {
    fn len(&self) -> usize;
}

/// States in a chunk: enough to make handing one out cheap, few enough to share a small level.
const FULL: usize = 256;

/// Per property, the smallest fingerprint of a state that shows it, of the first level that has
/// one.
pub(super) type Shown = Vec<Option<Fingerprint>>;

/// Where one thread puts the successors it finds in one level.
pub(super) struct Sink<'a, C> {
    visited: &'a Visited,
    watch: &'a Watch,
    limits: &'a Limits,
    /// The level of the states that are offered.
    level: u32,
    /// Properties that no earlier level has shown, by index.
    wanted: &'a [bool],
    /// At the limit on depth nothing is kept: one new state shows that something is left out.
    probing: bool,
    pub(super) shown: Shown,
    pub(super) chunks: Vec<C>,
    distinct: u64,
    generated: u64,
    expanded: u64,
}

impl<'a, C: Chunk> Sink<'a, C> {
    pub(super) fn new(
        visited: &'a Visited,
        watch: &'a Watch,
        limits: &'a Limits,
        level: u32,
        wanted: &'a [bool],
    ) -> Self {
        Sink {
            visited,
            watch,
            limits,
            level,
            wanted,
            probing: level > 0 && limits.depth == Some(level - 1),
            shown: vec![None; wanted.len()],
            chunks: Vec::new(),
            distinct: 0,
            generated: 0,
            expanded: 0,
        }
    }

    /// A successor of `parent` by the action with this number. True when it is new: the space then
    /// judges and keeps it.
    pub(super) fn offer(&mut self, parent: Fingerprint, action: u32, child: Fingerprint) -> bool {
        if self.probing {
            if !self.visited.contains(child) {
                self.watch.stop(Cut::Depth);
            }
            return false;
        }
        self.generated += 1;
        let origin = Origin { parent: low(parent), action, level: self.level };
        let is_new = self.visited.insert(child, origin);
        self.distinct += u64::from(is_new);
        is_new
    }

    /// Whether this property is still to be shown.
    pub(super) fn wants(&self, property: usize) -> bool {
        self.wanted[property]
    }

    /// A new state shows this property.
    pub(super) fn show(&mut self, property: usize, state: Fingerprint) {
        let best = &mut self.shown[property];
        *best = Some(best.map_or(state, |known| known.min(state)));
    }

    /// The chunk that takes the next new state.
    pub(super) fn keep(&mut self) -> &mut C {
        if self.chunks.last().is_none_or(|chunk| chunk.len() >= FULL) {
            self.chunks.push(C::default());
        }
        self.chunks.last_mut().expect("there is one now")
    }

    /// Called after each state is expanded; true when the search is to stop.
    pub(super) fn is_over(&mut self) -> bool {
        self.expanded += 1;
        if self.limits.states.is_some() || self.expanded >= 64 {
            self.flush();
            let distinct = self.watch.progress().distinct;
            if self.limits.states.is_some_and(|limit| distinct > limit) {
                self.watch.stop(Cut::States);
            }
        }
        self.watch.stopped().is_some()
    }

    /// Makes the counts visible.
    pub(super) fn flush(&mut self) {
        self.watch.add(self.distinct, self.generated);
        if self.level > 0 && !self.probing {
            self.watch.take_from_frontier(self.expanded);
        }
        (self.distinct, self.generated, self.expanded) = (0, 0, 0);
    }
}
