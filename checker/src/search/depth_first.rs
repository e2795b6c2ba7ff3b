//! Our own depth-first search: one thread, a stack of single states.
//!
//! It visits what a breadth-first search visits and counts the same, but it comes to a state on the
//! first way that it tries, so a path need not be a shortest one. With a limit on depth, a state may
//! first be met so deep that what lies behind it is left out, although it is near: the search
//! remembers what it has left out, and has explored everything only if it came to all of that in
//! another way.

use std::collections::BTreeSet;

use rustc_hash::FxHashSet;
use stateright::Expectation;

use super::breadth_first::is_enough;
use super::options::{Limits, Options};
use super::report::Cut;
use super::space::{Shown, Sink, Space};
use super::trail::follow_keys;
use super::visited::{Key, MOST_LEVELS, Visited};
use super::watch::Watch;
use super::{Findings, SearchError, guarded};

/// A state that waits to be expanded.
struct Waiting<C> {
    depth: u32,
    key: Key,
    state: C,
}

struct Descent<'a, S: Space> {
    space: &'a S,
    watch: &'a Watch,
    limits: Limits,
    stack: Vec<Waiting<S::Chunk>>,
    /// From an initial state to the one that is being expanded.
    way: Vec<Key>,
    /// Per property, the way to a state that shows it.
    shown: Vec<Option<Vec<Key>>>,
    left_out: FxHashSet<Key>,
    deepest: u32,
}

/// Explores a space depth-first. `expectations` are the kinds of the model's properties.
pub(super) fn explore<S: Space>(
    space: &S,
    expectations: &[Expectation],
    options: &Options,
    watch: &Watch,
) -> Result<Findings<S::Action>, SearchError> {
    // No deeper than the table of visited states can count.
    let depth = options.limits.depth.unwrap_or(u32::MAX).min(MOST_LEVELS - 1);
    let visited = Visited::within(options.limits.memory);
    let mut descent = Descent {
        space,
        watch,
        limits: Limits { depth: Some(depth), ..options.limits.clone() },
        stack: Vec::new(),
        way: Vec::new(),
        shown: vec![None; expectations.len()],
        left_out: FxHashSet::default(),
        deepest: 0,
    };
    let mut worker = guarded(|| space.worker())?;
    guarded(|| descent.begin(&visited, &mut worker))?;
    if descent.stack.is_empty() {
        return Err(SearchError::NoInitialState);
    }
    let is_done = |descent: &Descent<'_, S>| {
        let shown: Shown = descent.shown.iter().map(|way| way.as_ref()?.last().copied()).collect();
        is_enough(options, expectations, &shown)
    };
    while !descent.stack.is_empty() && watch.stopped().is_none() && !is_done(&descent) {
        guarded(|| descent.go_on(&visited, &mut worker))?;
    }
    watch.set_level(descent.deepest, descent.stack.len() as u64);
    let is_at_end = descent.stack.is_empty() && watch.stopped().is_none();
    if is_at_end && !descent.left_out.iter().all(|key| visited.contains(*key)) {
        watch.stop(Cut::Depth);
    }

    let progress = watch.progress();
    let coverage = guarded(|| space.coverage(std::slice::from_ref(&worker)))?;
    let trails = guarded(|| {
        let mut trail = |way: &Vec<Key>| {
            let candidates: Vec<_> = way.iter().map(|key| BTreeSet::from([*key])).collect();
            follow_keys(space, &mut worker, &candidates, watch)
        };
        descent.shown.iter().map(|way| way.as_ref().map(&mut trail)).collect()
    })?;
    Ok(Findings {
        trails,
        distinct: progress.distinct,
        generated: progress.generated,
        depth: descent.deepest,
        exhausted: is_at_end && watch.stopped().is_none(),
        exact: space.is_exact(),
        coverage,
        renamings: 1,
        unreduced: None,
    })
}

impl<'a, S: Space> Descent<'a, S> {
    /// The initial states, judged.
    fn begin(&mut self, visited: &Visited, worker: &mut S::Worker<'a>) {
        let wanted = vec![true; self.shown.len()];
        let mut sink = Sink::new(visited, self.watch, &self.limits, 0, &wanted).one_by_one();
        self.space.begin(worker, &mut sink);
        sink.flush();
        let found = sink.take_kept().map(|(key, state)| Waiting { depth: 0, key, state });
        self.stack.extend(found.rev());
        note(&mut self.shown, &sink.shown, &[]);
    }

    /// Expands states until one shows a property that none has shown before, or all are expanded.
    fn go_on(&mut self, visited: &Visited, worker: &mut S::Worker<'a>) {
        let wanted: Vec<bool> = self.shown.iter().map(Option::is_none).collect();
        let mut sink = Sink::new(visited, self.watch, &self.limits, 1, &wanted).one_by_one();
        while self.watch.stopped().is_none()
            && let Some(Waiting { depth, key, state }) = self.stack.pop()
        {
            self.way.truncate(depth as usize);
            self.way.push(key);
            sink.at(depth + 1);
            self.space.expand(worker, &state, &mut sink);
            let found = sink.take_kept();
            let waiting = self.stack.len();
            let depth = depth + 1;
            // The first is the next.
            self.stack.extend(found.rev().map(|(key, state)| Waiting { depth, key, state }));
            if self.stack.len() > waiting {
                self.deepest = self.deepest.max(depth);
            }
            self.watch.set_level(depth, self.stack.len() as u64);
            if note(&mut self.shown, &sink.shown, &self.way) {
                break;
            }
        }
        self.left_out.extend(sink.left_out.iter());
        sink.flush();
    }
}

/// Keeps the ways to states that show something, which are successors of the way's last state.
/// Whether there are any.
fn note(ways: &mut [Option<Vec<Key>>], shown: &Shown, way: &[Key]) -> bool {
    for (known, key) in ways.iter_mut().zip(shown) {
        if let (None, Some(key)) = (&known, key) {
            *known = Some([way, &[*key]].concat());
        }
    }
    shown.iter().any(Option::is_some)
}
