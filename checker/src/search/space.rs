//! What a search explores, and where it puts what it finds.
//!
//! A [`Space`] knows how states are encoded, what their successors are and what they show; the
//! [`Sink`] knows which states are new, what is still to be shown, and when to stop. Neither knows
//! in which order the other is asked: that is the strategy.

use super::options::Limits;
use super::path::Trail;
use super::report::Cut;
use super::visited::{Key, Origin, Visited, preferred};
use super::watch::Watch;

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

    /// Offers the initial states within the boundary.
    fn begin(&self, worker: &mut Self::Worker<'_>, sink: &mut Sink<'_, Self::Chunk>);

    /// Offers the successors of each state of a chunk, in an order that depends on nothing but the
    /// states. Everything that was offered is settled when it returns.
    fn expand(
        &self,
        worker: &mut Self::Worker<'_>,
        chunk: &Self::Chunk,
        sink: &mut Sink<'_, Self::Chunk>,
    );

    /// The actions with these numbers, one after the other, from an initial state. It may end
    /// early when the model contradicts itself; confirming the path finds out.
    fn trail(&self, initial: usize, numbers: &[u32]) -> Trail<Self::Action>;

    /// Counts one action that a walk has taken from a single state, by its number. Otherwise every
    /// successor is counted that a [`Sink`] with a table of visited states is offered.
    fn took(&self, worker: &mut Self::Worker<'_>, state: &Self::Chunk, number: u32);

    /// How often each kind of action was taken, with an action of that kind.
    fn coverage(&self, workers: &[Self::Worker<'_>]) -> Vec<(Self::Action, u64)>;

    /// Whether a key tells states apart with certainty.
    fn is_exact(&self) -> bool;

    /// How many renamings of actors states are taken for one under; 1 where only equal ones are.
    fn renamings(&self) -> usize {
        1
    }

    /// How many states those stand for that the workers have found, where states are taken for one
    /// and all that is stood for can be reached.
    fn unreduced(&self, workers: &[Self::Worker<'_>]) -> Option<u64> {
        let _ = workers;
        None
    }
}

/// Some states of the frontier.
pub(super) trait Chunk: Default + Send {
    fn len(&self) -> usize;
}

/// States in a chunk: enough to make handing one out cheap, few enough to share a small level.
const FULL: usize = 256;

/// States that are looked up together.
const BATCH: usize = 256;

/// Per property, the preferred key of a state that shows it, of the first level that has one.
pub(super) type Shown = Vec<Option<Key>>;

/// An offer that has turned out to be new.
#[derive(Clone, Copy)]
pub(super) struct New {
    /// Which of the offers it was since the last time.
    pub(super) index: usize,
    /// What the state is known by.
    pub(super) key: Key,
}

/// Where one thread puts the successors it finds.
pub(super) struct Sink<'a, C> {
    /// `None`: everything counts as new. For looking at the successors of a few states.
    visited: Option<&'a Visited>,
    watch: &'a Watch,
    limits: &'a Limits,
    level: u32,
    /// Properties that no earlier level has shown, by index.
    wanted: &'a [bool],
    /// At the limit on depth nothing is kept: one new state shows that something is left out.
    probing: bool,
    /// States in a chunk.
    full: usize,
    /// Offers that are settled together.
    batch: usize,
    /// The key of each chunk's one state, for strategies that take states one by one.
    kept: Option<Vec<Key>>,
    /// What such a strategy has left out at the limit on depth. It may still come to it.
    pub(super) left_out: Vec<Key>,
    keys: Vec<Key>,
    origins: Vec<Origin>,
    /// That of the successors of the state that is being expanded.
    origin: Origin,
    /// The numbers of the actions, where they are asked for.
    numbers: Option<Vec<u32>>,
    new: Vec<u32>,
    /// How many of the offers of a sink of everything are settled.
    settled: usize,
    pub(super) shown: Shown,
    pub(super) chunks: Vec<C>,
    distinct: u64,
    generated: u64,
    expanded: u64,
}

impl<'a, C: Chunk> Sink<'a, C> {
    /// For one level of a search.
    pub(super) fn new(
        visited: &'a Visited,
        watch: &'a Watch,
        limits: &'a Limits,
        level: u32,
        wanted: &'a [bool],
    ) -> Self {
        Sink {
            visited: Some(visited),
            watch,
            limits,
            level,
            wanted,
            probing: level > 0 && limits.depth == Some(level - 1),
            full: FULL,
            // One by one where each counts.
            batch: if limits.states.is_some() { 1 } else { BATCH },
            kept: None,
            left_out: Vec::new(),
            keys: Vec::with_capacity(BATCH),
            origins: Vec::with_capacity(BATCH),
            origin: Origin::of_initial(),
            numbers: None,
            new: Vec::with_capacity(BATCH),
            settled: 0,
            shown: vec![None; wanted.len()],
            chunks: Vec::new(),
            distinct: 0,
            generated: 0,
            expanded: 0,
        }
    }

    /// The same with one state in each chunk, for strategies that take states one by one. They
    /// tell the sink where they are, and the watch how many states are waiting.
    pub(super) fn one_by_one(mut self) -> Self {
        self.full = 1;
        self.kept = Some(Vec::new());
        self
    }

    /// What is offered from now on is this many steps from an initial state.
    pub(super) fn at(&mut self, level: u32) {
        self.level = level;
        self.probing = level > 0 && self.limits.depth == Some(level - 1);
    }

    /// What was new since the last time, one state in each chunk.
    pub(super) fn take_kept(&mut self) -> impl DoubleEndedIterator<Item = (Key, C)> {
        let keys = self.kept.as_mut().map(std::mem::take).unwrap_or_default();
        keys.into_iter().zip(std::mem::take(&mut self.chunks))
    }

    /// One that keeps everything, one state in each chunk, with the numbers of the actions.
    /// Properties are judged as far as they are wanted.
    pub(super) fn of_everything(watch: &'a Watch, limits: &'a Limits, wanted: &'a [bool]) -> Self {
        Sink {
            visited: None,
            watch,
            limits,
            level: 0,
            wanted,
            probing: false,
            full: 1,
            batch: usize::MAX,
            kept: None,
            left_out: Vec::new(),
            keys: Vec::new(),
            origins: Vec::new(),
            origin: Origin::of_initial(),
            numbers: Some(Vec::new()),
            new: Vec::new(),
            settled: 0,
            shown: vec![None; wanted.len()],
            chunks: Vec::new(),
            distinct: 0,
            generated: 0,
            expanded: 0,
        }
    }

    /// What is offered next are successors of this state.
    pub(super) fn expands(&mut self, parent: Key) {
        self.origin = Origin::of_child(self.level, parent);
    }

    /// A successor by the action with this number. Whether it is new is settled later.
    #[inline]
    pub(super) fn offer(&mut self, number: u32, child: Key) {
        self.keys.push(child);
        self.origins.push(self.origin);
        if let Some(numbers) = &mut self.numbers {
            numbers.push(number);
        }
    }

    /// An initial state.
    pub(super) fn offer_initial(&mut self, number: u32, key: Key) {
        self.keys.push(key);
        self.origins.push(Origin::of_initial());
        if let Some(numbers) = &mut self.numbers {
            numbers.push(number);
        }
    }

    /// Whether the offers are to be settled before there are more of them.
    pub(super) fn is_full(&self) -> bool {
        self.keys.len() >= self.batch
    }

    /// Whether what is offered is counted as generated, and what led to it as taken.
    pub(super) fn counts(&self) -> bool {
        self.visited.is_some() && !self.probing
    }

    /// Whether a state is known already; for offers that cost much to make.
    pub(super) fn is_known(&self, key: Key) -> bool {
        self.visited.is_some_and(|visited| visited.contains(key))
    }

    /// Finds out which of the offers are new, and hands each to `keep` in the order in which they
    /// were made: the space judges and keeps it.
    pub(super) fn settle(&mut self, mut keep: impl FnMut(&mut Self, New)) {
        let mut keys = std::mem::take(&mut self.keys);
        match self.visited {
            None => {
                let from = std::mem::replace(&mut self.settled, keys.len());
                self.generated += (keys.len() - from) as u64;
                for (index, &key) in keys[from..].iter().enumerate() {
                    keep(self, New { index, key });
                }
            }
            Some(visited) if self.probing => {
                let mut beyond = keys.drain(..).filter(|key| !visited.contains(*key));
                match self.kept {
                    Some(_) => self.left_out.extend(beyond),
                    None if beyond.next().is_some() => self.watch.stop(Cut::Depth),
                    None => {}
                }
            }
            Some(visited) => {
                let mut new = std::mem::take(&mut self.new);
                visited.insert(&keys, &self.origins, &mut new);
                if visited.is_full() {
                    self.watch.stop(Cut::Memory);
                }
                self.generated += keys.len() as u64;
                self.distinct += new.len() as u64;
                if let Some(kept) = &mut self.kept {
                    kept.extend(new.iter().map(|index| keys[*index as usize]));
                }
                for index in new.iter().map(|index| *index as usize) {
                    keep(self, New { index, key: keys[index] });
                }
                self.new = new;
                keys.clear();
            }
        }
        self.keys = keys;
        self.origins.clear();
    }

    /// Of a sink of everything: each successor's key, the number of the action, and the state.
    pub(super) fn into_successors(self) -> impl Iterator<Item = (Key, u32, C)> {
        let numbers = self.numbers.unwrap_or_default();
        self.keys
            .into_iter()
            .zip(numbers)
            .zip(self.chunks)
            .map(|((key, number), c)| (key, number, c))
    }

    /// Whether this property is still to be shown.
    pub(super) fn wants(&self, property: usize) -> bool {
        self.wanted.get(property) == Some(&true)
    }

    /// A new state shows this property.
    pub(super) fn show(&mut self, property: usize, state: Key) {
        let best = &mut self.shown[property];
        *best = Some(best.map_or(state, |known| preferred(known, state)));
    }

    /// The chunk that takes the next new state.
    pub(super) fn keep(&mut self) -> &mut C {
        if self.chunks.last().is_none_or(|chunk| chunk.len() >= self.full) {
            self.chunks.push(C::default());
        }
        self.chunks.last_mut().expect("there is one now")
    }

    /// A new chunk for the next new state, which does not fit into the last one.
    pub(super) fn keep_in_new(&mut self) -> &mut C {
        self.chunks.push(C::default());
        self.chunks.last_mut().expect("there is one now")
    }

    /// Called after each state is expanded; true when the search is to stop.
    pub(super) fn is_over(&mut self) -> bool {
        if self.visited.is_none() {
            return false;
        }
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
        if self.level > 0 && !self.probing && self.kept.is_none() {
            self.watch.take_from_frontier(self.expanded);
        }
        if let Some(visited) = self.visited {
            let (load, bytes) = visited.load();
            self.watch.set_table(load, bytes);
        }
        (self.distinct, self.generated, self.expanded) = (0, 0, 0);
    }
}
