//! stateright's own checkers as engines: a cross-check of ours, and a fair comparison.
//!
//! They explore the model behind a guard ([`wrapped`]), so that what is wrong with them cannot
//! reach a user: how they stop, what they call a discovery, how they count depth and what they do
//! when a model panics is decided here.
//!
//! What remains theirs: states are told apart by 64 bits; depth-first search with a limit on depth
//! may miss states within the limit (and then never says "holds"); on several threads the depth
//! of a breadth-first search is that of the ways it took, which need not be the shortest.

mod wrapped;

use std::collections::BTreeSet;
use std::hash::Hash;
use std::sync::Arc;
use std::thread::JoinHandle;
use std::time::Duration;

use stateright::{Checker, HasDiscoveries, Model, UniformChooser};

use self::wrapped::{Goal, Guarded, Orders, Placed, STOPPED, name};
use super::options::{Engine, Options};
use super::path::Trail;
use super::report::Cut;
use super::watch::Watch;
use super::{Findings, SearchError, guarded, panic_text};
use crate::numbered::MOST_PROPERTIES;

/// Explores the model with the stateright checker that the options name.
pub(super) fn explore<M>(
    model: &Arc<M>,
    options: &Options,
    watch: &Watch,
) -> Result<Findings<M::Action>, SearchError>
where
    M: Model + Send + Sync + 'static,
    M::State: Clone + PartialEq + Hash + Send + Sync + 'static,
    M::Action: Clone + PartialEq + Send + Sync + 'static,
{
    let breadth_first = options.engine == Engine::StaterightBfs;
    let orders = Orders {
        goal: match options.until_all_shown {
            true => Goal::These(all(guarded(|| model.properties().len())?)),
            false if options.keep_going => Goal::Everything,
            false => Goal::Violation,
        },
        depth: options.limits.depth,
        states: options.limits.states,
        walk: options.engine == Engine::StaterightSimulation,
    };
    // Several threads do not keep the levels apart, and would cut states off that are nearer than
    // the limit on depth.
    let threads = match orders.depth {
        Some(_) if breadth_first => 1,
        _ => options.threads.max(1),
    };
    let mut findings = run(model, orders.clone(), threads, options, watch, Counting::Live)?;

    let found = bits(&findings.trails);
    if breadth_first && threads > 1 && found != 0 && watch.stopped().is_none() {
        // Whoever was first on several threads need not have been nearest: one thread looks again.
        let orders = Orders { goal: Goal::These(found), states: None, ..orders };
        let nearest = match run(model, orders, 1, options, watch, Counting::Silent) {
            // It had one before: the model contradicts itself, and confirming the path says so.
            Err(SearchError::NoInitialState) => Vec::new(),
            again => again?.trails,
        };
        for (trail, nearest) in findings.trails.iter_mut().zip(nearest) {
            *trail = nearest.or(trail.take());
        }
    }
    Ok(findings)
}

/// A bit for each of so many properties.
fn all(count: usize) -> u64 {
    (0..count.min(MOST_PROPERTIES)).fold(0, |bits, index| bits | 1 << index)
}

fn bits<A>(trails: &[Option<Trail<A>>]) -> u64 {
    trails.iter().rev().fold(0, |bits, trail| bits << 1 | u64::from(trail.is_some()))
}

/// Whether a run is the one that the watch tells of.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Counting {
    Live,
    Silent,
}

/// One run of a checker.
fn run<M>(
    model: &Arc<M>,
    orders: Orders,
    threads: usize,
    options: &Options,
    watch: &Watch,
    counting: Counting,
) -> Result<Findings<M::Action>, SearchError>
where
    M: Model + Send + Sync + 'static,
    M::State: Clone + PartialEq + Hash + Send + Sync + 'static,
    M::Action: Clone + PartialEq + Send + Sync + 'static,
{
    let model = Guarded::new(model, orders.clone())?;
    if watch.stopped().is_some() {
        model.stop();
    }
    let finish = HasDiscoveries::AnyOf(BTreeSet::from([STOPPED]));
    let builder = model.checker().threads(threads).finish_when(finish);
    match options.engine {
        Engine::StaterightDfs => attend(builder.spawn_dfs(), &orders, watch, counting),
        Engine::StaterightSimulation => {
            // Each thread gets the next seed, and there is none after the last.
            let seed = options.seed.min(u64::MAX - threads as u64);
            let checker = builder.spawn_simulation(seed, UniformChooser);
            attend(checker, &orders, watch, counting)
        }
        _ => attend(builder.spawn_bfs(), &orders, watch, counting),
    }
}

/// Waits for a checker and collects what it found.
fn attend<M, C>(
    mut checker: C,
    orders: &Orders,
    watch: &Watch,
    counting: Counting,
) -> Result<Findings<M::Action>, SearchError>
where
    M: Model + Send + Sync + 'static,
    M::State: Clone + PartialEq + Hash + Send + Sync + 'static,
    M::Action: Clone + PartialEq + Send + Sync + 'static,
    C: Checker<Guarded<M>>,
{
    wait(&mut checker, watch, counting);
    let model = checker.model();
    if let Some(error) = model.failure() {
        return Err(error);
    }
    let (distinct, generated) = counts(&checker);
    // A walk counts the states on its way: it would never meet a limit above their true number.
    let spent = orders.states.is_some_and(|limit| match orders.walk {
        true => model.judged() >= limit,
        false => distinct > limit,
    });
    if counting == Counting::Live && !model.has_reached_goal() {
        if spent {
            watch.stop(Cut::States);
        }
        if model.was_cut_in_depth() {
            watch.stop(Cut::Depth);
        }
    }
    let exhausted = !orders.walk
        && !model.has_reached_goal()
        && watch.stopped().is_none()
        && model.judged() >= distinct;
    let depth = model.deepest();
    Ok(Findings {
        trails: trails(&checker)?,
        distinct,
        generated,
        depth,
        exhausted,
        exact: false,
        renamings: 1,
        unreduced: None,
        coverage: Vec::new(),
    })
}

/// The longest pause between two looks at a running checker.
const LOOK_EVERY: Duration = Duration::from_millis(5);

/// Waits until all threads of a checker have ended; hands on the wish to stop in one direction
/// and the counters in the other. What a checker itself says about being done is not asked.
fn wait<M, C>(checker: &mut C, watch: &Watch, counting: Counting)
where
    M: Model + Send + Sync + 'static,
    M::State: Clone + PartialEq + Hash + Send + Sync + 'static,
    M::Action: Clone + PartialEq + Send + Sync + 'static,
    C: Checker<Guarded<M>>,
{
    let mut running = checker.handles();
    let mut counted = (0, 0);
    let mut pause = Duration::from_micros(20);
    loop {
        let finished: Vec<JoinHandle<()>>;
        (finished, running) = running.into_iter().partition(JoinHandle::is_finished);
        let model = checker.model();
        for thread in finished {
            if let Err(payload) = thread.join() {
                model.fail(SearchError::Panicked { message: panic_text(&*payload) });
            }
        }
        if watch.stopped().is_some() {
            model.stop();
        }
        if counting == Counting::Live {
            let (distinct, generated) = counts(checker);
            watch.add(distinct - counted.0, generated - counted.1);
            watch.set_level(model.deepest(), distinct.saturating_sub(model.judged()));
            counted = (distinct, generated);
        }
        if running.is_empty() {
            return;
        }
        std::thread::sleep(pause);
        pause = (pause * 2).min(LOOK_EVERY);
    }
}

/// Distinct and generated states.
fn counts<M, C>(checker: &C) -> (u64, u64)
where
    M: Model + Send + Sync + 'static,
    M::State: Clone + PartialEq + Hash + Send + Sync + 'static,
    M::Action: Clone + PartialEq + Send + Sync + 'static,
    C: Checker<Guarded<M>>,
{
    let (model, generated) = (checker.model(), checker.state_count() as u64);
    match model.seen() {
        // The checker of walks knows of no state that it met it before.
        Some(seen) if model.is_walk() => (seen, generated),
        _ => (checker.unique_state_count() as u64, generated + model.repeated()),
    }
}

/// The ways to what was found, one per property of the inner model.
fn trails<M, C>(checker: &C) -> Result<Vec<Option<Trail<M::Action>>>, SearchError>
where
    M: Model + Send + Sync + 'static,
    M::State: Clone + PartialEq + Hash + Send + Sync + 'static,
    M::Action: Clone + PartialEq + Send + Sync + 'static,
    C: Checker<Guarded<M>>,
{
    let model = checker.model();
    let shown = model.shown();
    let Some(first) = (0..model.properties().len()).find(|index| shown & 1 << index != 0) else {
        return Ok(model.properties().iter().map(|_| None).collect());
    };
    model.replay();
    let unconfirmed =
        |reason: String| SearchError::Unconfirmed { name: model.properties()[first].name, reason };
    // A checker keeps indices of actions, and panics when there is no such action any more.
    let mut discoveries = guarded(|| checker.discoveries())
        .map_err(|_| unconfirmed("an action is not possible any more".to_owned()))?;
    if let Some(error) = model.failure() {
        return Err(error);
    }
    let trail = |index| {
        let steps: Vec<(Placed<M::State>, _)> = discoveries.remove(name(index))?.into_vec();
        let initial = model.initial_index(&steps.first()?.0.state)?;
        Some(Trail {
            initial,
            actions: steps.into_iter().filter_map(|(_, action)| action).collect(),
        })
    };
    Ok((0..model.properties().len()).map(trail).collect())
}
