//! What is wrong with the checkers of stateright 0.31, and that it does not reach a user of ours.
//!
//! Where it is simple to show, a test first shows the defect itself with stateright alone, so that
//! a version without it is noticed.

mod common;

use checker::{Engine, Limits, Options, Verdict};
use common::{EXHAUSTIVE, Random, Table, limited, oracle, search};
use stateright::{Checker, Model, Property, UniformChooser};

/// Number 2 is bad, and so is number 5 at the end of the chain.
#[test]
fn a_later_discovery_does_not_replace_a_nearer_one() {
    let table = Table::chain(6).bad(&[2, 5]);
    let theirs = table.clone().checker().spawn_bfs().join();
    let path = theirs.discovery("not bad").expect("a discovery");
    assert_eq!(path.into_actions().len(), 5, "stateright alone reports the last");

    for engine in EXHAUSTIVE {
        for keep_going in [false, true] {
            let options = Options { keep_going, ..limited(engine, Limits::default()) };
            let report = search(&table, &options).expect("a report");
            let (_, path) = report.counterexample().expect("a counterexample");
            assert_eq!(path.len(), 2, "{engine}");
        }
    }
}

/// The first initial state is outside the boundary.
#[test]
fn an_initial_state_outside_the_boundary_does_not_shift_the_others() {
    let mut table = Table::new(&[&[], &[2], &[3], &[], &[]]).bad(&[3]);
    table.initial = vec![0, 4, 4, 1];
    table.outside.insert(0);
    for engine in Engine::ALL {
        for threads in [1, 2] {
            let options = Options { threads, ..limited(engine, Limits::default()) };
            let report = search(&table, &options).expect("a report");
            let (_, path) = report.counterexample().expect("a counterexample");
            assert_eq!((path.initial, path.len(), *path.last()), (1, 2, 3), "{engine}");
        }
    }
    let alone = table.checker().spawn_bfs().join();
    let discovered = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
        let path = alone.discovery("not bad").expect("a discovery");
        *path.last_state()
    }));
    assert_ne!(discovered.ok(), Some(3), "stateright alone begins elsewhere");
}

/// In every state of a chain most actions are ignored.
#[test]
fn a_walk_past_ignored_actions_has_a_path_that_can_be_walked() {
    let mut table = Table::chain(12).bad(&[11]);
    for row in &mut table.next {
        let onward = row.pop().flatten();
        *row = vec![None, None, onward, None, Some(0)];
    }
    table.outside.insert(0);
    table.initial = vec![0, 1];
    let mut wrong = 0;
    for seed in 0..20 {
        let options = Options { seed, ..limited(Engine::StaterightSimulation, Limits::default()) };
        let report = search(&table, &options).expect("a report");
        let (_, path) = report.counterexample().expect("a counterexample");
        let states: Vec<u16> = path.steps.iter().map(|(_, state)| *state).collect();
        assert_eq!((path.initial, states), (1, (2..12).collect()), "seed {seed}");

        let inside = Table { initial: vec![1], ..table.clone() };
        let alone = inside.checker().target_state_count(5_000);
        let alone = alone.spawn_simulation(seed, UniformChooser).join();
        let path = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
            alone.discovery("not bad").map(|path| *path.last_state())
        }));
        wrong += u32::from(!matches!(path, Ok(Some(11))));
    }
    assert!(wrong > 0, "stateright alone walks somewhere else");
}

/// Depth-first search comes to number 3 after three steps first, though two would do, and sees
/// nothing behind it.
#[test]
fn depth_first_search_with_a_limit_never_claims_what_it_did_not_see() {
    let mut table = Table::new(&[&[5, 1], &[2], &[3], &[4], &[], &[3]]).bad(&[4]);
    table.good.insert(0);
    assert_eq!(oracle(&table).shown[0].1, Some(3));
    // Our limit of 3 steps is their depth of 5: the state after the limit is judged, too.
    let alone = table.clone().checker().target_max_depth(5).spawn_dfs().join();
    assert!(alone.discovery("not bad").is_none(), "stateright alone does not find it");

    let limits = Limits { depth: Some(3), ..Limits::default() };
    for engine in common::DEPTH_FIRST {
        let mut table = table.clone();
        if engine.is_ours() {
            // Ours tries the first action first, and stateright's the last.
            table.next[0].reverse();
        }
        let report = search(&table, &limited(engine, limits.clone())).expect("a report");
        assert_eq!((report.verdict, report.complete), (Verdict::Inconclusive, false));
    }
    for engine in common::SHORTEST {
        let report = search(&table, &limited(engine, limits.clone())).expect("a report");
        assert_eq!(report.verdict, Verdict::Violated, "{engine}");
    }
}

/// A table whose properties nobody asks for.
#[derive(Clone)]
struct Silent(Table);

impl Model for Silent {
    type State = u16;
    type Action = usize;

    fn init_states(&self) -> Vec<u16> {
        self.0.init_states()
    }

    fn actions(&self, state: &u16, actions: &mut Vec<usize>) {
        self.0.actions(state, actions);
    }

    fn next_state(&self, state: &u16, action: usize) -> Option<u16> {
        self.0.next_state(state, action)
    }

    fn properties(&self) -> Vec<Property<Silent>> {
        Vec::new()
    }
}

#[test]
fn a_model_without_properties_is_explored_to_the_end() {
    let silent = Silent(Table::chain(11));
    let alone = silent.clone().checker().spawn_bfs().join();
    assert_eq!(alone.unique_state_count(), 1, "stateright alone does not begin");
    for engine in EXHAUSTIVE {
        let report = search(&silent, &limited(engine, Limits::default())).expect("a report");
        assert_eq!((report.distinct, report.complete), (11, true), "{engine}");
    }
}

/// All properties of this model are shown early, and there is much behind that.
#[test]
fn a_search_that_is_to_go_on_goes_on_when_every_property_is_shown() {
    for seed in 0..10 {
        let mut random = Random::new(seed);
        let mut table = Table::random(&mut random, 3_000);
        table.initial.extend(0..40);
        let first: Vec<u16> = table.initial.clone();
        table.bad.extend(&first);
        table.ugly.extend(&first);
        table.good.extend(&first);
        let truth = oracle(&table);
        for engine in EXHAUSTIVE {
            let options = Options { keep_going: true, ..limited(engine, Limits::default()) };
            let report = search(&table, &options).expect("a report");
            common::compare(&report, &truth, &seed);
        }
    }
}
