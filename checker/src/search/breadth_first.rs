//! Our own search: breadth-first, level by level.
//!
//! A level is complete before the next begins. The first violation found is therefore a shortest
//! one, and what is counted does not depend on the number of threads.

use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::sync::{Mutex, PoisonError};

use stateright::Expectation;

use super::options::Options;
use super::space::{Chunk, Shown, Sink, Space};
use super::trail::trail;
use super::visited::{Visited, preferred};
use super::watch::Watch;
use super::{Findings, SearchError, guarded};

struct Search<'a, S: Space> {
    space: &'a S,
    options: &'a Options,
    watch: &'a Watch,
    visited: Visited,
}

/// Explores a space level by level. `expectations` are the kinds of the model's properties.
pub(super) fn explore<S: Space>(
    space: &S,
    expectations: &[Expectation],
    options: &Options,
    watch: &Watch,
) -> Result<Findings<S::Action>, SearchError> {
    let search = Search { space, options, watch, visited: Visited::within(options.limits.memory) };
    let mut workers =
        guarded(|| Vec::from_iter((0..options.threads.max(1)).map(|_| space.worker())))?;
    let mut shown: Shown = vec![None; expectations.len()];
    let mut frontier = guarded(|| search.begin(&mut workers[0], &mut shown))?;
    if frontier.is_empty() {
        return Err(SearchError::NoInitialState);
    }

    let mut level = 0;
    while !frontier.is_empty() && !is_enough(options, expectations, &shown) {
        let waiting = frontier.iter().map(Chunk::len).sum::<usize>();
        watch.set_level(level, waiting as u64);
        frontier = search.level(level, frontier, &mut workers, &mut shown)?;
        level += u32::from(!frontier.is_empty());
        if watch.stopped().is_some() {
            break;
        }
    }

    let progress = watch.progress();
    let coverage = match options.coverage {
        true => guarded(|| space.coverage(&workers))?,
        false => Vec::new(),
    };
    let unreduced = space.unreduced(&workers);
    let worker = &mut workers[0];
    let trails = guarded(|| {
        let mut trail = |key| trail(space, worker, &search.visited, key, watch);
        shown.iter().map(|shown| shown.map(&mut trail)).collect()
    })?;
    Ok(Findings {
        trails,
        distinct: progress.distinct,
        generated: progress.generated,
        depth: level,
        exhausted: frontier.is_empty() && watch.stopped().is_none(),
        exact: space.is_exact(),
        renamings: space.renamings(),
        unreduced,
        coverage,
    })
}

/// Whether the search may stop at what it has seen.
pub(super) fn is_enough(options: &Options, expectations: &[Expectation], shown: &Shown) -> bool {
    let of_always = |(e, s): (&Expectation, &Option<_>)| *e == Expectation::Always && s.is_some();
    match options.until_all_shown {
        true => !shown.is_empty() && shown.iter().all(Option::is_some),
        false => !options.keep_going && expectations.iter().zip(shown).any(of_always),
    }
}

impl<'a, S: Space> Search<'a, S> {
    /// The initial states, judged.
    fn begin(&self, worker: &mut S::Worker<'a>, shown: &mut Shown) -> Vec<S::Chunk> {
        let wanted = vec![true; shown.len()];
        let limits = &self.options.limits;
        let mut sink = Sink::new(&self.visited, self.watch, limits, 0, &wanted);
        self.space.begin(worker, &mut sink);
        sink.flush();
        merge(shown, sink.shown);
        sink.chunks
    }

    /// Expands one level on all threads and returns the next.
    fn level(
        &self,
        level: u32,
        frontier: Vec<S::Chunk>,
        workers: &mut [S::Worker<'a>],
        shown: &mut Shown,
    ) -> Result<Vec<S::Chunk>, SearchError> {
        let wanted: Vec<bool> = shown.iter().map(Option::is_none).collect();
        let threads = workers.len().min(frontier.len());
        // A chunk is dropped as soon as it is expanded: the level shrinks while the next grows.
        let chunks = Mutex::new(frontier.into_iter());
        let next_chunk = || chunks.lock().unwrap_or_else(PoisonError::into_inner).next();
        let results = Mutex::new(Vec::new());
        // Nobody goes on when the model has panicked on one thread.
        let failed = AtomicBool::new(false);
        let work = |worker: &mut S::Worker<'a>| {
            let limits = &self.options.limits;
            let mut sink = Sink::new(&self.visited, self.watch, limits, level + 1, &wanted);
            let outcome = guarded(|| {
                while self.watch.stopped().is_none()
                    && !failed.load(Relaxed)
                    && let Some(chunk) = next_chunk()
                {
                    self.space.expand(worker, &chunk, &mut sink);
                }
                sink.flush();
            });
            failed.fetch_or(outcome.is_err(), Relaxed);
            let result = outcome.map(|()| (sink.chunks, sink.shown));
            results.lock().unwrap_or_else(PoisonError::into_inner).push(result);
        };
        std::thread::scope(|scope| {
            let (mine, others) = workers[..threads].split_first_mut().expect("a level has a chunk");
            for worker in others {
                scope.spawn(|| work(worker));
            }
            work(mine);
        });

        let mut next = Vec::new();
        for result in results.into_inner().unwrap_or_else(PoisonError::into_inner) {
            let (found, seen) = result?;
            merge(shown, seen);
            next.extend(found);
        }
        Ok(next)
    }
}

/// Takes over what another thread has seen.
pub(super) fn merge(shown: &mut Shown, seen: Shown) {
    for (best, key) in shown.iter_mut().zip(seen) {
        *best = match (*best, key) {
            (Some(a), Some(b)) => Some(preferred(a, b)),
            (a, b) => a.or(b),
        };
    }
}
