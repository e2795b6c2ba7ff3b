//! What the tests of the engines share: models that are tables, a small source of randomness, and
//! the comparison of a report with the oracle.

#![allow(dead_code)] // Each test file uses a part of it.
#![allow(clippy::owned_cow)] // Handlers have the signature that stateright gives them.

pub mod nodes;
pub mod plain;

use std::collections::BTreeSet;
use std::fmt::Debug;
use std::hash::Hash;
use std::sync::Arc;

use checker::oracle::{self, Exploration};
use checker::search::{Cut, PropertyVerdict};
use checker::system::{Protocol, System};
use checker::{Engine, Limits, Options, Report, SearchError, Verdict, Watch};
use stateright::{Expectation, Model, Property};

/// The engines that can say "holds".
pub const EXHAUSTIVE: [Engine; 4] =
    [Engine::Quorate, Engine::QuorateDfs, Engine::StaterightBfs, Engine::StaterightDfs];

/// The depth-first ones.
pub const DEPTH_FIRST: [Engine; 2] = [Engine::QuorateDfs, Engine::StaterightDfs];

/// The engines that walk at random.
pub const RANDOM: [Engine; 2] = [Engine::QuorateSimulation, Engine::StaterightSimulation];

/// The engines that report shortest paths.
pub const SHORTEST: [Engine; 2] = [Engine::Quorate, Engine::StaterightBfs];

/// A number that follows from the seed and from how many were drawn before it (splitmix64).
pub struct Random(u64);

impl Random {
    pub fn new(seed: u64) -> Random {
        Random(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15))
    }

    /// A number below `end`.
    pub fn below(&mut self, end: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        ((z ^ (z >> 31)) % end as u64) as usize
    }

    /// True once in `times`.
    pub fn once_in(&mut self, times: usize) -> bool {
        self.below(times) == 0
    }

    pub fn pick<T: Clone>(&mut self, from: &[T]) -> T {
        from[self.below(from.len())].clone()
    }
}

/// A model that is a table: for each state its actions, each with the state that it leads to, or
/// `None` where it is ignored.
#[derive(Clone, Debug, Default)]
pub struct Table {
    pub initial: Vec<u16>,
    pub next: Vec<Vec<Option<u16>>>,
    /// The states outside the boundary.
    pub outside: BTreeSet<u16>,
    /// `always`: never one of these.
    pub bad: BTreeSet<u16>,
    /// `always`: never one of these either.
    pub ugly: BTreeSet<u16>,
    /// `sometimes`: one of these.
    pub good: BTreeSet<u16>,
}

impl Table {
    /// A table with one initial state, number 0, and no marks.
    pub fn new(next: &[&[u16]]) -> Table {
        let next = next.iter().map(|row| row.iter().map(|&state| Some(state)).collect()).collect();
        Table { initial: vec![0], next, ..Table::default() }
    }

    /// The states `0..length` in a row.
    pub fn chain(length: u16) -> Table {
        let next = (0..length).map(|state| (state + 1 < length).then_some(Some(state + 1)));
        let next = next.map(|next| next.into_iter().collect()).collect();
        Table { initial: vec![0], next, ..Table::default() }
    }

    /// A square: one step goes right or down. Every corner is reached on many ways.
    pub fn square(side: u16) -> Table {
        let at = |x: u16, y: u16| (x < side && y < side).then_some(x * side + y);
        let row = |state: u16| {
            let (x, y) = (state / side, state % side);
            vec![at(x + 1, y), at(x, y + 1), at(x + 1, y + 1)]
        };
        Table { initial: vec![0], next: (0..side * side).map(row).collect(), ..Table::default() }
    }

    /// Ignored actions, a boundary, repeated initial states, one of them outside.
    pub fn random(random: &mut Random, states: usize) -> Table {
        let any = |random: &mut Random| random.below(states) as u16;
        let row = |random: &mut Random| {
            let actions = random.below(5);
            (0..actions).map(|_| (!random.once_in(5)).then(|| any(random))).collect()
        };
        let next = (0..states).map(|_| row(random)).collect();
        let some = |random: &mut Random, most: usize| {
            (0..random.below(most + 1)).map(|_| any(random)).collect::<BTreeSet<u16>>()
        };
        let (bad, ugly, good) = (some(random, 2), some(random, 3), some(random, 3));
        let mut outside = some(random, 1 + states / 8);
        let inside = any(random);
        outside.remove(&inside);
        let mut initial: Vec<u16> = (0..random.below(4)).map(|_| any(random)).collect();
        initial.extend(outside.first());
        initial.push(inside);
        initial.rotate_left(1);
        initial.push(inside);
        initial.reverse();
        Table { initial, next, outside, bad, ugly, good }
    }

    pub fn bad(mut self, states: &[u16]) -> Table {
        self.bad.extend(states);
        self
    }
}

impl Model for Table {
    type State = u16;
    type Action = usize;

    fn init_states(&self) -> Vec<u16> {
        self.initial.clone()
    }

    fn actions(&self, state: &u16, actions: &mut Vec<usize>) {
        actions.extend(0..self.next[usize::from(*state)].len());
    }

    fn next_state(&self, state: &u16, action: usize) -> Option<u16> {
        self.next[usize::from(*state)][action]
    }

    fn within_boundary(&self, state: &u16) -> bool {
        !self.outside.contains(state)
    }

    fn properties(&self) -> Vec<Property<Table>> {
        vec![
            Property::always("not bad", |table, state| !table.bad.contains(state)),
            Property::always("not ugly", |table, state| !table.ugly.contains(state)),
            Property::sometimes("good", |table, state| table.good.contains(state)),
        ]
    }
}

/// Our own engines that can say "holds", on several numbers of threads, exact and not.
pub fn ours() -> impl Iterator<Item = Options> {
    let exact = exhaustive().filter(|options| options.engine.is_ours());
    exact.flat_map(|options| [false, true].map(|exact| Options { exact, ..options.clone() }))
}

/// All engines and numbers of threads that can say "holds".
pub fn exhaustive() -> impl Iterator<Item = Options> {
    EXHAUSTIVE.into_iter().flat_map(|engine| {
        [1, 2, 4].map(|threads| Options { engine, threads, ..Options::default() })
    })
}

/// One thread, and what the engines may spend.
pub fn limited(engine: Engine, limits: Limits) -> Options {
    Options { engine, threads: 1, limits, ..Options::default() }
}

/// A search whose watch nobody looks at.
pub fn search<M>(model: &M, options: &Options) -> Result<Report<M::State, M::Action>, SearchError>
where
    M: Model + Clone + Send + Sync + 'static,
    M::State: Clone + Eq + Hash + Send + Sync + 'static,
    M::Action: Clone + PartialEq + Send + Sync + 'static,
{
    checker::search(&Arc::new(model.clone()), options, &Watch::new())
}

/// Everything in a report that must be the same in every run.
pub fn summary<S: Clone, A: Clone>(report: &Report<S, A>) -> Summary<S, A> {
    Summary {
        verdict: report.verdict,
        properties: report.properties.iter().map(|p| (p.name, p.verdict)).collect(),
        paths: report
            .properties
            .iter()
            .map(|p| p.path.as_ref().map(|path| (path.initial.clone(), path.steps.clone())))
            .collect(),
        counts: (report.distinct, report.generated, report.depth),
        complete: report.complete,
        cut: report.cut,
    }
}

#[derive(Debug, PartialEq)]
pub struct Summary<S, A> {
    verdict: Verdict,
    properties: Vec<(&'static str, PropertyVerdict)>,
    #[allow(clippy::type_complexity)]
    paths: Vec<Option<(S, Vec<(A, S)>)>>,
    counts: (u64, u64, u32),
    complete: bool,
    cut: Option<Cut>,
}

/// What the oracle finds in a small model.
pub fn oracle<M: Model<State: Clone + Eq + Hash>>(model: &M) -> Exploration {
    oracle::explore(model, 100_000).expect("a small model")
}

/// Holds the report of an exploration to the end against the oracle's.
pub fn compare<S, A>(report: &Report<S, A>, truth: &Exploration, what: &dyn Debug) {
    let by = format!("{} on {} threads, {what:?}", report.engine, report.threads);
    assert!(report.complete && report.cut.is_none(), "{by}");
    assert_eq!(report.distinct, truth.distinct, "{by}");
    assert_eq!(report.generated, truth.generated, "{by}");
    if SHORTEST.contains(&report.engine)
        && (report.threads == 1 || report.engine == Engine::Quorate)
    {
        assert_eq!(report.depth, truth.depth, "{by}");
    } else {
        assert!(report.depth >= truth.depth, "{by}");
    }
    let mut violated = false;
    for (property, (name, steps)) in report.properties.iter().zip(&truth.shown) {
        assert_eq!(property.name, *name);
        let always = property.expectation == Expectation::Always;
        let verdict = match (always, steps) {
            (true, None) => PropertyVerdict::Holds,
            (true, Some(_)) | (false, None) => PropertyVerdict::Violated,
            (false, Some(_)) => PropertyVerdict::Reached,
        };
        assert_eq!(property.verdict, verdict, "`{name}` by {by}");
        violated |= verdict == PropertyVerdict::Violated;
        let found = property.path.as_ref().map(|path| path.len() as u32);
        assert_eq!(found.is_some(), steps.is_some(), "`{name}` by {by}");
        if SHORTEST.contains(&report.engine) {
            assert_eq!(found, *steps, "`{name}` by {by}");
        }
    }
    assert_eq!(report.verdict, if violated { Verdict::Violated } else { Verdict::Holds }, "{by}");
}

/// Every successor was counted once as something that was taken.
pub fn compare_coverage<M>(model: &M, report: &Report<M::State, M::Action>, what: &dyn Debug)
where
    M: Model,
{
    let initial = model.init_states().into_iter().filter(|state| model.within_boundary(state));
    let taken: u64 = report.coverage.iter().map(|(_, times)| times).sum();
    let by = format!("{} on {} threads, {what:?}", report.engine, report.threads);
    assert_eq!(taken, report.generated - initial.count() as u64, "{by}");
}

/// Explores to the end with every engine, on one, two and four threads, and holds each report
/// against the oracle.
pub fn agree<M>(model: &M, what: &dyn Debug)
where
    M: Model + Clone + Send + Sync + 'static,
    M::State: Clone + Eq + Hash + Send + Sync + 'static,
    M::Action: Clone + PartialEq + Send + Sync + 'static,
{
    agree_with(&oracle(model), &Arc::new(model.clone()), what);
}

/// The same, with what the oracle has found.
pub fn agree_with<M>(truth: &Exploration, model: &Arc<M>, what: &dyn Debug)
where
    M: Model + Send + Sync + 'static,
    M::State: Clone + Eq + Hash + Send + Sync + 'static,
    M::Action: Clone + PartialEq + Send + Sync + 'static,
{
    for options in exhaustive().filter(|options| !options.engine.is_ours()).chain(ours()) {
        let options = Options { keep_going: true, coverage: true, ..options };
        let report = checker::search(model, &options, &Watch::new()).expect("a report");
        assert_eq!(report.exact, options.exact);
        compare(&report, truth, what);
        if report.engine.is_ours() {
            compare_coverage(&**model, &report, what);
        }
    }
}

/// The same for an actor system, which our own engines explore in two ways: as any model, by whole
/// states, and by rows. Both must come to the same states, paths and bounds.
pub fn agree_with_system<P: Protocol>(
    truth: &Exploration,
    system: &Arc<System<P>>,
    what: &dyn Debug,
) {
    agree_with(truth, system, what);
    let bounds = system.bounds_reached();
    for options in ours() {
        let options = Options { keep_going: true, coverage: true, ..options };
        let report = checker::search_system(system, &options, &Watch::new()).expect("a report");
        assert_eq!(report.exact, options.exact);
        compare(&report, truth, &("by rows", what));
        compare_coverage(&**system, &report, &("by rows", what));
        assert_eq!(system.bounds_reached(), bounds, "by rows, {what:?}");
    }
    agree_on_walks(system, truth, what);
}

/// What random walks see is there, by rows as well as by whole states.
fn agree_on_walks<P: Protocol>(system: &Arc<System<P>>, truth: &Exploration, what: &dyn Debug) {
    for (threads, exact) in [(1, false), (2, true)] {
        let limits = Limits { states: Some(300), ..Limits::default() };
        let engine = Engine::QuorateSimulation;
        let coverage = true;
        let usual = Options::default();
        let options =
            Options { threads, exact, limits, keep_going: true, engine, coverage, ..usual };
        let by_rows = checker::search_system(system, &options, &Watch::new()).expect("a report");
        let whole = checker::search(system, &options, &Watch::new()).expect("a report");
        for report in [by_rows, whole] {
            assert!(!report.complete && report.cut == Some(Cut::States), "{what:?}");
            assert!(report.distinct <= truth.distinct, "{what:?}");
            // Each walk begins with a state that no event led to.
            let taken: u64 = report.coverage.iter().map(|(_, times)| times).sum();
            assert!(taken < report.generated, "{what:?}");
            for (property, (_, steps)) in report.properties.iter().zip(&truth.shown) {
                let found = property.path.as_ref().map(|path| path.len() as u32);
                let is_possible = found.is_none() || steps.is_some() && found >= *steps;
                assert!(is_possible, "`{}`, {what:?}", property.name);
            }
        }
    }
}

/// The bounds that a search by rows of this fresh system reaches.
pub fn reached_by_rows<P: Protocol>(system: &Arc<System<P>>) -> Vec<&'static str> {
    let options = Options { keep_going: true, coverage: true, ..Options::default() };
    checker::search_system(system, &options, &Watch::new()).expect("a report");
    system.bounds_reached()
}
