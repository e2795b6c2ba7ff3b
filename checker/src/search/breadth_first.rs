//! Our own search: breadth-first, level by level.
//!
//! A level is complete before the next begins. The first violation found is therefore a shortest
//! one, and what is counted does not depend on the number of threads.

use std::hash::Hash;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};

use stateright::{Expectation, Model, Property};

use super::options::Options;
use super::path::{Trail, shows};
use super::report::Cut;
use super::visited::{Origin, Visited};
use super::watch::Watch;
use super::{Findings, SearchError, guarded};
use crate::fingerprint::{Fingerprint, fingerprint};

/// States handed to a worker at a time.
const BATCH: usize = 64;

/// Per property, the state with the smallest fingerprint that shows it, of the first level that
/// has one.
type Shown = Vec<Option<Fingerprint>>;

struct Search<'a, M: Model> {
    model: &'a M,
    properties: Vec<Property<M>>,
    options: &'a Options,
    watch: &'a Watch,
    visited: Visited,
}

/// Explores the model level by level.
pub(super) fn explore<M>(
    model: &M,
    options: &Options,
    watch: &Watch,
) -> Result<Findings<M::Action>, SearchError>
where
    M: Model + Sync,
    M::State: Hash + Send + Sync,
    M::Action: Clone,
{
    let search = guarded(|| Search {
        model,
        properties: model.properties(),
        options,
        watch,
        visited: Visited::new(),
    })?;
    let mut shown: Shown = vec![None; search.properties.len()];
    let mut frontier = guarded(|| search.begin(&mut shown))?;
    if frontier.is_empty() {
        return Err(SearchError::NoInitialState);
    }

    let mut level = 0;
    while !frontier.is_empty() && (options.keep_going || !search.is_violated(&shown)) {
        watch.set_level(level, frontier.len() as u64);
        let next = search.level(level, &frontier, &mut shown)?;
        if watch.stopped().is_some() {
            if !next.is_empty() {
                level += 1;
            }
            break;
        }
        frontier = next;
        if !frontier.is_empty() {
            level += 1;
        }
    }

    let exhausted = frontier.is_empty() && watch.stopped().is_none();
    let progress = watch.progress();
    let trails = guarded(|| shown.iter().map(|s| s.map(|s| search.trail(s))).collect())?;
    Ok(Findings {
        trails,
        distinct: progress.distinct,
        generated: progress.generated,
        depth: level,
        exhausted,
    })
}

impl<M> Search<'_, M>
where
    M: Model + Sync,
    M::State: Hash + Send + Sync,
    M::Action: Clone,
{
    /// The initial states, judged.
    fn begin(&self, shown: &mut Shown) -> Vec<(Fingerprint, M::State)> {
        let wanted = self.wanted(shown);
        let mut frontier = Vec::new();
        let mut generated = 0;
        for (index, state) in self.model.init_states().into_iter().enumerate() {
            if !self.model.within_boundary(&state) {
                continue;
            }
            generated += 1;
            let fp = fingerprint(&state);
            if self.visited.insert(fp, Origin { parent: fp, action: index as u32, level: 0 }) {
                self.judge(&wanted, shown, fp, &state);
                frontier.push((fp, state));
            }
        }
        self.watch.add(frontier.len() as u64, generated);
        frontier
    }

    /// Expands one level on all threads and returns the next.
    fn level(
        &self,
        level: u32,
        frontier: &[(Fingerprint, M::State)],
        shown: &mut Shown,
    ) -> Result<Vec<(Fingerprint, M::State)>, SearchError> {
        let wanted = self.wanted(shown);
        let taken = AtomicUsize::new(0);
        let results = Mutex::new(Vec::new());
        let work = || {
            let mut worker = Worker::new(self, level, &wanted);
            let outcome = guarded(|| worker.run(frontier, &taken));
            let result = outcome.map(|()| (worker.next, worker.shown));
            results.lock().unwrap_or_else(|poisoned| poisoned.into_inner()).push(result);
        };
        // A level of one batch is not worth a second thread.
        let threads = self.options.threads.clamp(1, frontier.len().div_ceil(BATCH));
        std::thread::scope(|scope| {
            for _ in 1..threads {
                scope.spawn(work);
            }
            work();
        });

        let mut next = Vec::new();
        for result in results.into_inner().unwrap_or_else(|poisoned| poisoned.into_inner()) {
            let (states, seen) = result?;
            merge(shown, seen);
            if next.is_empty() { next = states } else { next.extend(states) }
        }
        Ok(next)
    }

    /// Which properties are still to be shown.
    fn wanted(&self, shown: &Shown) -> Vec<usize> {
        (0..self.properties.len()).filter(|&index| shown[index].is_none()).collect()
    }

    fn judge(&self, wanted: &[usize], shown: &mut Shown, fp: Fingerprint, state: &M::State) {
        for &index in wanted {
            if shows(self.model, &self.properties[index], state) {
                let best = &mut shown[index];
                *best = Some(best.map_or(fp, |known| known.min(fp)));
            }
        }
    }

    fn is_violated(&self, shown: &Shown) -> bool {
        self.properties
            .iter()
            .zip(shown)
            .any(|(property, s)| property.expectation == Expectation::Always && s.is_some())
    }

    /// The way to a state: back through the table, then forward to turn indices into actions.
    fn trail(&self, mut fp: Fingerprint) -> Trail<M::Action> {
        let mut indices = Vec::new();
        let initial = loop {
            let origin = self.visited.origin(fp);
            if origin.level == 0 {
                break origin.action as usize;
            }
            indices.push(origin.action as usize);
            fp = origin.parent;
        };
        let mut actions = Vec::with_capacity(indices.len());
        let Some(mut state) = self.model.init_states().into_iter().nth(initial) else {
            return Trail { initial, actions };
        };
        let mut possible = Vec::new();
        for index in indices.into_iter().rev() {
            possible.clear();
            self.model.actions(&state, &mut possible);
            let Some(action) = possible.get(index).cloned() else { break };
            let Some(next) = self.model.next_state(&state, action.clone()) else { break };
            actions.push(action);
            state = next;
        }
        // A model that is not deterministic ends this early; confirming the path reports it.
        Trail { initial, actions }
    }
}

fn merge(shown: &mut Shown, seen: Shown) {
    for (best, fp) in shown.iter_mut().zip(seen) {
        *best = match (*best, fp) {
            (Some(a), Some(b)) => Some(a.min(b)),
            (a, b) => a.or(b),
        };
    }
}

/// One thread's part of a level.
struct Worker<'a, M: Model> {
    search: &'a Search<'a, M>,
    level: u32,
    wanted: &'a [usize],
    next: Vec<(Fingerprint, M::State)>,
    shown: Shown,
    actions: Vec<M::Action>,
}

impl<'a, M> Worker<'a, M>
where
    M: Model + Sync,
    M::State: Hash + Send + Sync,
    M::Action: Clone,
{
    fn new(search: &'a Search<'a, M>, level: u32, wanted: &'a [usize]) -> Self {
        let shown = vec![None; search.properties.len()];
        Worker { search, level, wanted, next: Vec::new(), shown, actions: Vec::new() }
    }

    fn run(&mut self, frontier: &[(Fingerprint, M::State)], taken: &AtomicUsize) {
        let watch = self.search.watch;
        let limits = &self.search.options.limits;
        while watch.stopped().is_none() {
            let from = taken.fetch_add(BATCH, Relaxed);
            let Some(rest) = frontier.get(from..) else { break };
            let batch = &rest[..rest.len().min(BATCH)];
            if batch.is_empty() {
                break;
            }
            if limits.depth == Some(self.level) {
                self.probe(batch);
                continue;
            }
            for (parent, state) in batch {
                self.expand(*parent, state);
                if limits.states.is_some_and(|limit| watch.progress().distinct > limit) {
                    watch.stop(Cut::States);
                    break;
                }
            }
            watch.take_from_frontier(batch.len() as u64);
        }
    }

    /// The successors of one state: remembered, judged, and kept for the next level.
    fn expand(&mut self, parent: Fingerprint, state: &M::State) {
        let search = self.search;
        let before = self.next.len();
        let mut generated = 0;
        self.actions.clear();
        search.model.actions(state, &mut self.actions);
        for (index, action) in self.actions.drain(..).enumerate() {
            let Some(next) = search.model.next_state(state, action) else { continue };
            if !search.model.within_boundary(&next) {
                continue;
            }
            generated += 1;
            let fp = fingerprint(&next);
            let origin = Origin { parent, action: index as u32, level: self.level + 1 };
            if search.visited.insert(fp, origin) {
                search.judge(self.wanted, &mut self.shown, fp, &next);
                self.next.push((fp, next));
            }
        }
        search.watch.add((self.next.len() - before) as u64, generated);
    }

    /// At the limit on depth nothing is expanded: one new state beyond it shows that something was
    /// left out, and none that the space ends here.
    fn probe(&mut self, batch: &[(Fingerprint, M::State)]) {
        let search = self.search;
        for (_, state) in batch {
            self.actions.clear();
            search.model.actions(state, &mut self.actions);
            for action in self.actions.drain(..) {
                let next = search.model.next_state(state, action);
                let beyond = next.filter(|next| search.model.within_boundary(next));
                if beyond.is_some_and(|next| !search.visited.contains(fingerprint(&next))) {
                    search.watch.stop(Cut::Depth);
                    return;
                }
            }
        }
    }
}
