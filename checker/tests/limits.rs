//! A limit that cuts something off makes a search inconclusive, and one that cuts nothing does not.

mod common;

use std::sync::Arc;
use std::time::Duration;

use checker::search::{Cut, PropertyVerdict};
use checker::{Engine, Limits, Options, Verdict, Watch};
use common::{
    DEPTH_FIRST, EXHAUSTIVE, RANDOM, Random, SHORTEST, Table, exhaustive, limited, oracle, search,
};
use stateright::{Model, Property};

/// Every property of this table is as it should be.
fn square() -> Table {
    let mut table = Table::square(10);
    table.good.insert(0);
    table
}

fn states(limit: u64) -> Limits {
    Limits { states: Some(limit), ..Limits::default() }
}

fn depth(limit: u32) -> Limits {
    Limits { depth: Some(limit), ..Limits::default() }
}

/// Counts up for ever, and interrupts its own search on the way, if it is told to.
#[derive(Clone)]
struct Endless {
    interrupt: Option<(u64, Arc<Watch>)>,
    bad: Option<u64>,
}

impl Model for Endless {
    type State = u64;
    type Action = ();

    fn init_states(&self) -> Vec<u64> {
        vec![0]
    }

    fn actions(&self, state: &u64, actions: &mut Vec<()>) {
        if let Some((at, watch)) = &self.interrupt
            && state == at
        {
            watch.interrupt();
        }
        actions.push(());
    }

    fn next_state(&self, state: &u64, _: ()) -> Option<u64> {
        Some(state + 1)
    }

    fn properties(&self) -> Vec<Property<Endless>> {
        vec![Property::always("not bad", |model, state| model.bad != Some(*state))]
    }
}

#[test]
fn a_limit_on_states_below_their_number_cuts_and_one_equal_to_it_does_not() {
    for options in exhaustive() {
        for (limit, cut) in [(1, true), (50, true), (99, true), (100, false), (101, false)] {
            let options = Options { limits: states(limit), ..options.clone() };
            let report = search(&square(), &options).expect("a report");
            let by = format!("{} on {} threads, {limit} states", report.engine, report.threads);
            assert_eq!(report.complete, !cut, "{by}");
            assert_eq!(report.cut, cut.then_some(Cut::States), "{by}");
            let verdict = if cut { Verdict::Inconclusive } else { Verdict::Holds };
            assert_eq!(report.verdict, verdict, "{by}");
            let good = report.property("good").expect("the property");
            assert_eq!(good.verdict, PropertyVerdict::Reached, "{by}");
        }
    }
}

#[test]
fn a_limit_on_states_ends_an_endless_search() {
    for engine in Engine::ALL {
        let endless = Endless { interrupt: None, bad: None };
        let report = search(&endless, &limited(engine, states(500))).expect("a report");
        assert_eq!((report.verdict, report.cut), (Verdict::Inconclusive, Some(Cut::States)));
        assert!((500..=2_100).contains(&report.distinct), "{} by {engine}", report.distinct);
    }
}

#[test]
fn a_limit_on_depth_cuts_where_it_leaves_a_state_out() {
    let truth = oracle(&square());
    for threads in [1, 4] {
        for engine in SHORTEST {
            for limit in 0..=truth.depth + 1 {
                let options = Options { threads, ..limited(engine, depth(limit)) };
                let report = search(&square(), &options).expect("a report");
                let by = format!("{engine} on {threads} threads, depth {limit}");
                let cut = limit < truth.depth;
                assert_eq!(report.cut, cut.then_some(Cut::Depth), "{by}");
                assert_eq!(report.verdict == Verdict::Holds, !cut, "{by}");
                assert_eq!(report.depth, limit.min(truth.depth), "{by}");
                // The states within `limit` steps: the smaller coordinates on the diagonal.
                let side = u64::from(limit.min(truth.depth)) + 1;
                assert_eq!(report.distinct, side * side, "{by}");
            }
        }
    }
}

/// Large enough for stateright's threads to share it, and then they do not keep the levels apart.
#[test]
fn a_limit_on_depth_means_the_same_on_several_threads() {
    for seed in 0..3 {
        let mut random = Random::new(seed);
        let table = Table::random(&mut random, 9_000);
        for limit in [14, 18] {
            let [one, four] = [1, 4].map(|threads| {
                let options = limited(Engine::StaterightBfs, depth(limit));
                let options = Options { threads, keep_going: true, ..options };
                let report = search(&table, &options).expect("a report");
                (report.distinct, report.generated, report.depth, report.cut)
            });
            assert_eq!(one, four, "seed {seed}, depth {limit}");
        }
    }
}

#[test]
fn both_breadth_first_engines_find_the_same_within_a_limit_on_depth() {
    for seed in 0..60 {
        let mut random = Random::new(seed);
        let table = Table::random(&mut random, 40);
        let truth = oracle(&table);
        for limit in 0..=truth.depth + 1 {
            let [ours, theirs] = SHORTEST.map(|engine| {
                let options = Options { keep_going: true, ..limited(engine, depth(limit)) };
                let report = search(&table, &options).expect("a report");
                let verdicts: Vec<_> = report.properties.iter().map(|p| p.verdict).collect();
                (report.distinct, report.generated, report.depth, report.cut, verdicts)
            });
            assert_eq!(ours, theirs, "seed {seed}, depth {limit}");
            assert_eq!(ours.3, (limit < truth.depth).then_some(Cut::Depth));
        }
    }
}

#[test]
fn a_violation_at_the_limit_on_depth_is_found_and_one_behind_it_is_not() {
    for engine in Engine::ALL {
        let limits = Limits { states: Some(10_000), ..depth(6) };
        let at = search(&Table::chain(20).bad(&[6]), &limited(engine, limits.clone()));
        assert_eq!(at.expect("a report").verdict, Verdict::Violated, "{engine}");
        let behind = search(&Table::chain(20).bad(&[7]), &limited(engine, limits));
        let behind = behind.expect("a report");
        assert_eq!(behind.verdict, Verdict::Inconclusive, "{engine}");
        assert_eq!(behind.depth, 6, "{engine}");
        let cut = if engine.is_random() { Cut::States } else { Cut::Depth };
        assert_eq!(behind.cut, Some(cut), "{engine}");
    }
}

/// Depth-first search with a limit comes to states on detours and leaves out what lies behind
/// them: it must know that it did.
#[test]
fn depth_first_search_with_a_limit_on_depth_is_complete_only_when_it_is() {
    let mut complete = 0;
    for seed in 0..100 {
        let mut random = Random::new(100 + seed);
        let mut table = Table::random(&mut random, 25);
        (table.bad, table.ugly) = Default::default();
        let truth = oracle(&table);
        for limit in 0..truth.depth * 3 {
            for (engine, threads) in DEPTH_FIRST.into_iter().flat_map(|e| [(e, 1), (e, 2)]) {
                let options = Options { threads, ..limited(engine, depth(limit)) };
                let report = search(&table, &options).expect("a report");
                assert_eq!(report.complete, report.distinct == truth.distinct, "seed {seed}");
                assert_eq!(report.cut, (!report.complete).then_some(Cut::Depth), "seed {seed}");
                assert!(report.depth <= limit, "seed {seed}");
                complete += u32::from(report.complete);
            }
        }
    }
    assert!(complete > 100, "the limit is not always a cut");
}

#[test]
fn time_and_memory_end_an_endless_search_on_one_thread_and_on_several() {
    let time = Limits { time: Some(Duration::from_millis(2)), ..Limits::default() };
    let memory = Limits { memory: Some(1), ..Limits::default() };
    for engine in Engine::ALL {
        for threads in [1, 2] {
            for (limits, cut) in [(&time, Cut::Time), (&memory, Cut::Memory)] {
                let options = Options { threads, ..limited(engine, limits.clone()) };
                let endless = Endless { interrupt: None, bad: None };
                let report = search(&endless, &options).expect("a report");
                assert_eq!(report.verdict, Verdict::Inconclusive, "{engine}");
                assert_eq!(report.cut, Some(cut), "{engine}");
                assert!(!report.complete && report.distinct > 0, "{engine}");
            }
        }
    }
}

#[test]
fn interrupted_before_the_beginning() {
    for options in exhaustive() {
        for table in [square(), Table::chain(1)] {
            let watch = Watch::new();
            watch.interrupt();
            let report = checker::search(&Arc::new(table), &options, &watch).expect("a report");
            assert_eq!(report.verdict, Verdict::Inconclusive, "{}", options.engine);
            assert_eq!(report.cut, Some(Cut::Interrupt), "{}", options.engine);
            assert_eq!(report.distinct, 1, "{}", options.engine);
        }
    }
    for engine in RANDOM {
        let watch = Watch::new();
        watch.interrupt();
        let options = limited(engine, Limits::default());
        let report = checker::search(&Arc::new(square()), &options, &watch).expect("a report");
        assert_eq!((report.verdict, report.cut), (Verdict::Inconclusive, Some(Cut::Interrupt)));
    }
}

#[test]
fn interrupted_on_the_way() {
    for engine in Engine::ALL {
        for threads in [1, 2] {
            let watch = Arc::new(Watch::new());
            let endless = Endless { interrupt: Some((300, Arc::clone(&watch))), bad: None };
            let options = Options { threads, ..limited(engine, Limits::default()) };
            let report = checker::search(&Arc::new(endless), &options, &watch).expect("a report");
            assert_eq!(report.verdict, Verdict::Inconclusive, "{engine}");
            assert_eq!(report.cut, Some(Cut::Interrupt), "{engine}");
            assert!(report.distinct >= 300, "{engine}");
        }
    }
}

#[test]
fn what_was_violated_before_the_cut_stays_violated() {
    for engine in Engine::ALL {
        let watch = Arc::new(Watch::new());
        let interrupt = Some((300, Arc::clone(&watch)));
        let endless = Endless { interrupt, bad: Some(200) };
        let options = Options { keep_going: true, ..limited(engine, Limits::default()) };
        let report = checker::search(&Arc::new(endless), &options, &watch).expect("a report");
        assert_eq!(report.verdict, Verdict::Violated, "{engine}");
        assert_eq!(report.cut, Some(Cut::Interrupt), "{engine}");
        let (_, path) = report.counterexample().expect("a counterexample");
        assert_eq!(path.len(), 200, "{engine}");

        let options = Options { keep_going: true, ..limited(engine, states(300)) };
        let endless = Endless { interrupt: None, bad: Some(200) };
        let report = search(&endless, &options).expect("a report");
        assert_eq!((report.verdict, report.cut), (Verdict::Violated, Some(Cut::States)));
    }
}

#[test]
fn the_counters_of_a_watch_are_exact_at_the_end() {
    for engine in EXHAUSTIVE {
        let watch = Watch::new();
        let options = limited(engine, Limits::default());
        let report = checker::search(&Arc::new(square()), &options, &watch).expect("a report");
        let progress = watch.progress();
        assert_eq!((progress.distinct, progress.generated), (report.distinct, report.generated));
        assert_eq!(progress.frontier, 0, "{engine}");
        let has_table = progress.table_bytes > 0 && (0.0..=1.0).contains(&progress.table_load);
        assert_eq!(has_table, engine.is_ours(), "{engine}");
    }
}
