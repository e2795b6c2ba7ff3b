//! Random walks: they find what is wrong deep inside a space that is too large to explore, and can
//! never say that nothing is.
//!
//! A walk begins in an initial state, takes one of the possible actions after the other, each as
//! likely as any other, and ends in a state without successors or at the limit on depth; then
//! another begins. Every state on the way is judged, and so are the successors that were not taken.
//!
//! Walks are numbered, and each has randomness of its own, which follows from the seed and its
//! number. What is reported is what the walk with the smallest number has found, so the paths do not
//! depend on the number of threads; the counts do, because the others do not wait.

use std::collections::BTreeSet;
use std::sync::atomic::{AtomicBool, AtomicU32, AtomicU64, Ordering::Relaxed};
use std::sync::{Mutex, MutexGuard, PoisonError};

use fastrand::Rng;
use stateright::Expectation;

use super::options::{Limits, Options};
use super::report::Cut;
use super::space::{Shown, Sink, Space};
use super::trail::follow_keys;
use super::visited::{Key, Origin, Visited};
use super::watch::Watch;
use super::{Findings, SearchError, guarded};
use crate::fingerprint::fingerprint;

/// How many steps a walk takes where depth is not limited: in a space with circles it would not end.
const LONGEST: u32 = 1_000;

/// The number of a walk, and the way on it to a state that shows something.
type Find = (u64, Vec<Key>);

struct Walks<'a, S: Space> {
    space: &'a S,
    expectations: &'a [Expectation],
    options: &'a Options,
    watch: &'a Watch,
    /// What was met before, for the count of distinct states.
    visited: Visited,
    next: AtomicU64,
    /// Per property, what the walk with the smallest number has found.
    found: Mutex<Vec<Option<Find>>>,
    /// The first walk by which all that is wanted is found: none behind it is of interest.
    last: AtomicU64,
    deepest: AtomicU32,
    /// Nobody goes on when the model has panicked on one thread.
    has_failed: AtomicBool,
}

/// Walks through a space. `expectations` are the kinds of the model's properties.
pub(super) fn explore<S: Space>(
    space: &S,
    expectations: &[Expectation],
    options: &Options,
    watch: &Watch,
) -> Result<Findings<S::Action>, SearchError> {
    let walks = Walks {
        space,
        expectations,
        options,
        watch,
        visited: Visited::new(),
        next: AtomicU64::new(0),
        found: Mutex::new(vec![None; expectations.len()]),
        last: AtomicU64::new(u64::MAX),
        deepest: AtomicU32::new(0),
        has_failed: AtomicBool::new(false),
    };
    let mut workers =
        guarded(|| Vec::from_iter((0..options.threads.max(1)).map(|_| space.worker())))?;
    walks.walk_on_all(&mut workers)?;

    let progress = watch.progress();
    let coverage = guarded(|| space.coverage(&workers))?;
    let last = walks.last.load(Relaxed);
    let trails = guarded(|| {
        let mut trail = |way: &Vec<Key>| {
            let candidates: Vec<_> = way.iter().map(|key| BTreeSet::from([*key])).collect();
            follow_keys(space, &mut workers[0], &candidates, watch)
        };
        let found = walks.found();
        let of_interest = |find: &'_ Option<Find>| find.clone().filter(|(walk, _)| *walk <= last);
        found.iter().map(|find| of_interest(find).map(|(_, way)| trail(&way))).collect()
    })?;
    Ok(Findings {
        trails,
        distinct: progress.distinct,
        generated: progress.generated,
        depth: walks.deepest.load(Relaxed),
        exhausted: false,
        exact: space.is_exact(),
        coverage,
        renamings: 1,
        unreduced: None,
    })
}

impl<'a, S: Space> Walks<'a, S> {
    fn walk_on_all(&self, workers: &mut [S::Worker<'a>]) -> Result<(), SearchError> {
        let results = Mutex::new(Ok(()));
        let work = |worker: &mut S::Worker<'a>| {
            let outcome = guarded(|| {
                let mut number = self.next.fetch_add(1, Relaxed);
                // However soon it is to stop, there is a state to speak of.
                while number == 0 || !self.is_over(number) {
                    if !self.walk(number, worker) {
                        return Err(SearchError::NoInitialState);
                    }
                    number = self.next.fetch_add(1, Relaxed);
                }
                Ok(())
            });
            if let Err(error) = outcome.and_then(|outcome| outcome) {
                self.has_failed.store(true, Relaxed);
                *results.lock().unwrap_or_else(PoisonError::into_inner) = Err(error);
            }
        };
        std::thread::scope(|scope| {
            let (mine, others) = workers.split_first_mut().expect("there is a thread");
            for worker in others {
                scope.spawn(|| work(worker));
            }
            work(mine);
        });
        results.into_inner().unwrap_or_else(PoisonError::into_inner)
    }

    fn found(&self) -> MutexGuard<'_, Vec<Option<Find>>> {
        self.found.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Whether the walk with this number is of no interest, or no longer.
    fn is_over(&self, number: u64) -> bool {
        self.watch.stopped().is_some()
            || self.has_failed.load(Relaxed)
            || number >= self.last.load(Relaxed)
    }

    /// One walk. False when there is no state to begin with.
    fn walk(&self, number: u64, worker: &mut S::Worker<'a>) -> bool {
        let mut random = Rng::with_seed(fingerprint(&(self.options.seed, number)) as u64);
        let longest = self.options.limits.depth.unwrap_or(LONGEST) as usize;
        let limits = Limits::default();
        let mut wanted = self.wanted(number);
        let mut way: Vec<Key> = Vec::new();
        let mut sink = Sink::of_everything(self.watch, &limits, &wanted);
        self.space.begin(worker, &mut sink);
        let mut from: Option<S::Chunk> = None;
        loop {
            let shown = std::mem::take(&mut sink.shown);
            let mut possible: Vec<_> = sink.into_successors().collect();
            if shown.iter().any(Option::is_some) {
                self.note(number, &way, &shown);
                wanted = self.wanted(number);
            }
            if possible.is_empty() || !way.is_empty() && self.is_over(number) {
                return !(possible.is_empty() && way.is_empty());
            }
            let (key, action, state) = possible.swap_remove(random.usize(..possible.len()));
            if let Some(from) = &from {
                self.space.took(worker, from, action);
            }
            way.push(key);
            self.count(key, way.len() - 1);
            if way.len() > longest || self.is_over(number) {
                return true;
            }
            sink = Sink::of_everything(self.watch, &limits, &wanted);
            self.space.expand(worker, &state, &mut sink);
            from = Some(state);
        }
    }

    /// The properties that no walk up to this one has shown.
    fn wanted(&self, number: u64) -> Vec<bool> {
        let is_wanted = |find: &Option<Find>| find.as_ref().is_none_or(|(walk, _)| *walk > number);
        self.found().iter().map(is_wanted).collect()
    }

    /// Takes over what a walk has found beside the end of its way.
    fn note(&self, number: u64, way: &[Key], shown: &Shown) {
        let mut found = self.found();
        for (best, key) in found.iter_mut().zip(shown) {
            let is_better = best.as_ref().is_none_or(|(walk, _)| *walk > number);
            if let (true, Some(key)) = (is_better, key) {
                *best = Some((number, [way, &[*key]].concat()));
                self.deepest.fetch_max(way.len() as u32, Relaxed);
            }
        }
        let walks = || found.iter().map(|find| find.as_ref().map(|(walk, _)| *walk));
        let last = match self.options.until_all_shown {
            true => walks().collect::<Option<Vec<_>>>().and_then(|all| all.into_iter().max()),
            false if self.options.keep_going => None,
            false => {
                let violated = self.expectations.iter().zip(walks());
                let violated = violated.filter(|(kind, _)| **kind == Expectation::Always);
                violated.filter_map(|(_, walk)| walk).min()
            }
        };
        self.last.store(last.unwrap_or(u64::MAX), Relaxed);
    }

    /// Counts a state on the way.
    fn count(&self, key: Key, depth: usize) {
        let mut new = Vec::new();
        self.visited.insert(&[key], &[Origin::of_initial()], &mut new);
        self.watch.add(new.len() as u64, 1);
        self.deepest.fetch_max(depth as u32, Relaxed);
        self.watch.set_level(self.deepest.load(Relaxed), 0);
        let (load, bytes) = self.visited.load();
        self.watch.set_table(load, bytes);
        let walked = self.watch.progress().generated;
        if self.options.limits.states.is_some_and(|limit| walked >= limit) {
            self.watch.stop(Cut::States);
        }
    }
}
