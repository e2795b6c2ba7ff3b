//! Every engine finds what a plain exploration finds.

mod common;

use checker::search::PropertyVerdict;
use checker::{Engine, Limits, Options, SearchError, Verdict};
use common::{
    EXHAUSTIVE, RANDOM, Random, SHORTEST, Table, agree, exhaustive, oracle, search, summary,
};
use stateright::{Expectation, Model, Property};

#[test]
fn hand_written_tables() {
    let tables = [
        ("one state", Table::new(&[&[]])),
        ("one state, round and round", Table::new(&[&[0, 0]])),
        ("a chain", Table::chain(40).bad(&[39])),
        ("a diamond", Table::new(&[&[1, 2], &[3], &[3], &[]]).bad(&[3])),
        ("a circle", Table::new(&[&[1], &[2], &[0]])),
        ("a short way behind a long one", Table::new(&[&[1, 3], &[2], &[3], &[4], &[]]).bad(&[4])),
        ("a square", Table::square(12).bad(&[140, 143])),
    ];
    for (name, table) in &tables {
        agree(table, name);
    }
}

#[test]
fn random_tables() {
    for seed in 0..150 {
        let mut random = Random::new(seed);
        let states = 1 + random.below(60);
        agree(&Table::random(&mut random, states), &seed);
    }
}

/// stateright's threads share their work in blocks of 1,500 states, so only these run on several.
#[test]
fn random_tables_that_are_large_enough_for_several_threads() {
    for seed in 0..4 {
        let mut random = Random::new(1_000 + seed);
        let mut table = Table::random(&mut random, 9_000);
        table.initial.extend(0..40);
        assert!(oracle(&table).distinct > 3_000, "seed {seed}");
        agree(&table, &seed);
    }
    agree(&Table::square(90).bad(&[8_098, 8_099]), &"a square");
}

#[test]
fn a_search_that_stops_at_a_violation_has_a_shortest_path_to_it() {
    for seed in 0..60 {
        let mut random = Random::new(2_000 + seed);
        let states = if seed % 20 == 0 { 8_000 } else { 40 };
        let table = Table::random(&mut random, states);
        let truth = oracle(&table);
        let always = &truth.shown[..2];
        let nearest = always.iter().filter_map(|(_, steps)| *steps).min();
        for options in exhaustive() {
            let report = search(&table, &options).expect("a report");
            let by = format!("{} on {} threads, seed {seed}", options.engine, options.threads);
            let Some(nearest) = nearest else {
                assert!(report.complete, "{by}");
                continue;
            };
            assert_eq!(report.verdict, Verdict::Violated, "{by}");
            assert!(!report.complete && report.cut.is_none(), "{by}");
            for (property, (_, steps)) in report.properties.iter().zip(&truth.shown) {
                let found = property.path.as_ref().map(|path| path.len() as u32);
                if SHORTEST.contains(&options.engine) && found.is_some() {
                    assert_eq!(found, *steps, "`{}` by {by}", property.name);
                }
            }
            let (name, path) = report.counterexample().expect("a counterexample");
            assert!(path.len() as u32 >= nearest, "`{name}` by {by}");
        }
    }
}

#[test]
fn two_runs_of_our_engine_give_the_same_report_on_any_number_of_threads() {
    for seed in 0..20 {
        let mut random = Random::new(3_000 + seed);
        let states = if seed == 0 { 8_000 } else { 50 };
        let table = Table::random(&mut random, states);
        for keep_going in [false, true] {
            let run = |threads| {
                let options = Options { threads, keep_going, ..Options::default() };
                summary(&search(&table, &options).expect("a report"))
            };
            let first = run(1);
            for threads in [1, 2, 4] {
                assert_eq!(run(threads), first, "seed {seed}, {threads} threads");
            }
        }
    }
}

#[test]
fn a_path_begins_at_an_initial_state_and_every_step_follows() {
    for seed in 0..40 {
        let mut random = Random::new(4_000 + seed);
        let table = Table::random(&mut random, 50);
        for options in exhaustive() {
            let report = search(&table, &options).expect("a report");
            for property in &report.properties {
                let Some(path) = &property.path else { continue };
                assert!(table.initial.contains(&path.initial));
                let mut state = path.initial;
                for (action, next) in &path.steps {
                    assert_eq!(table.next[usize::from(state)][*action], Some(*next));
                    state = *next;
                    assert!(!table.outside.contains(&state));
                }
                let mark = match property.name {
                    "not bad" => &table.bad,
                    "not ugly" => &table.ugly,
                    _ => &table.good,
                };
                assert!(mark.contains(&state), "{} by {}", property.name, report.engine);
            }
        }
    }
}

#[test]
fn ten_thousand_initial_states() {
    let next = vec![vec![Some(7)]; 10_000];
    let table = Table { initial: (0..10_000).collect(), next, ..Table::default() };
    agree(&table.bad(&[9_999]), &"each leads to number 7");
}

#[test]
fn several_properties_are_shown_by_one_state() {
    let mut table = Table::chain(5).bad(&[3]);
    table.ugly.insert(3);
    table.good.insert(3);
    agree(&table, &"bad, ugly and good at once");
    for options in exhaustive() {
        let report = search(&table, &options).expect("a report");
        assert!(report.properties.iter().all(|property| property.path.is_some()));
    }
}

#[test]
fn a_sometimes_that_is_never_reached_is_violated_only_when_everything_was_explored() {
    let table = Table::chain(30);
    for engine in EXHAUSTIVE {
        let options = Options { engine, ..Options::default() };
        let report = search(&table, &options).expect("a report");
        let good = report.property("good").expect("the property");
        assert_eq!(good.expectation, Expectation::Sometimes);
        assert_eq!((good.verdict, good.path.is_none()), (PropertyVerdict::Violated, true));
        assert_eq!(report.verdict, Verdict::Violated);

        let report = search(&table.clone().bad(&[3]), &options).expect("a report");
        let good = report.property("good").expect("the property");
        assert_eq!(good.verdict, PropertyVerdict::Inconclusive, "it stopped at number 3");
    }
}

#[test]
fn a_walk_finds_a_violation_and_is_repeated_by_its_seed() {
    let table = Table::square(12).bad(&[77]);
    for engine in RANDOM {
        let run = |seed, threads| {
            let options = Options { engine, threads, seed, ..Options::default() };
            search(&table, &options).expect("a report")
        };
        for seed in [0, 1, 2, u64::MAX] {
            let report = run(seed, 1);
            assert_eq!(report.verdict, Verdict::Violated);
            assert!(!report.complete && report.cut.is_none());
            assert!(report.distinct <= report.generated && report.distinct <= 144);
            assert_eq!(summary(&report), summary(&run(seed, 1)), "seed {seed}");
            assert_eq!(run(seed, 3).verdict, Verdict::Violated);
        }
        let paths: Vec<_> = (0..8).map(|seed| run(seed, 1).properties[0].path.clone()).collect();
        assert!(paths.iter().any(|path| *path != paths[0]), "the seed decides");
    }
}

/// What is reported is what the first of the walks has found, however many go beside it.
#[test]
fn our_walks_find_the_same_on_any_number_of_threads() {
    let mut shown = 0;
    for seed in 0..40 {
        let mut random = Random::new(5_000 + seed);
        let table = Table::random(&mut random, 60);
        for until_all_shown in [false, true] {
            let run = |threads| {
                let engine = Engine::QuorateSimulation;
                let limits = Limits { depth: Some(12), states: Some(3_000), ..Limits::default() };
                let options = Options {
                    engine,
                    threads,
                    seed,
                    until_all_shown,
                    limits,
                    ..Options::default()
                };
                let report = search(&table, &options).expect("a report");
                let paths: Vec<_> = report.properties.iter().map(|p| p.path.clone()).collect();
                (report.cut.is_none(), paths)
            };
            let (is_found, first) = run(1);
            if is_found {
                shown += 1;
                for threads in [2, 3] {
                    assert_eq!(run(threads), (true, first.clone()), "seed {seed}");
                }
            }
        }
    }
    assert!(shown > 20, "{shown}");
}

/// States that differ and look the same to whoever knows hashes only.
#[test]
fn an_exact_search_tells_states_apart_that_have_one_hash() {
    let blind = Blind(Table::square(6).bad(&[35]));
    for engine in [Engine::Quorate, Engine::QuorateDfs] {
        for threads in [1, 4] {
            let options = Options { engine, threads, ..Options::default() };
            assert_eq!(search(&blind, &options).expect("a report").distinct, 1);
            let options = Options { exact: true, keep_going: true, ..options };
            let report = search(&blind, &options).expect("a report");
            assert_eq!((report.distinct, report.exact), (36, true), "{engine}");
            assert_eq!((report.verdict, report.collision_probability), (Verdict::Violated, 0.0));
            let (_, path) = report.counterexample().expect("a counterexample");
            assert_eq!(*path.last(), Unhashed(35), "{engine}");
        }
    }
}

#[test]
fn the_engines_of_stateright_cannot_be_exact() {
    for engine in Engine::ALL {
        let limits = Limits { states: Some(100), ..Limits::default() };
        let options = Options { engine, exact: true, limits, ..Options::default() };
        let outcome = search(&Table::chain(3), &options);
        assert_eq!(outcome.is_ok(), engine.is_ours(), "{engine}");
        if let Err(error) = outcome {
            assert_eq!(error, SearchError::NotExact { engine });
        }
    }
}

/// A table whose states have nothing to say to a hasher.
#[derive(Clone)]
struct Blind(Table);

#[derive(Clone, Debug, PartialEq, Eq)]
struct Unhashed(u16);

impl std::hash::Hash for Unhashed {
    fn hash<H: std::hash::Hasher>(&self, _: &mut H) {}
}

impl Model for Blind {
    type State = Unhashed;
    type Action = usize;

    fn init_states(&self) -> Vec<Unhashed> {
        self.0.init_states().into_iter().map(Unhashed).collect()
    }

    fn actions(&self, state: &Unhashed, actions: &mut Vec<usize>) {
        self.0.actions(&state.0, actions);
    }

    fn next_state(&self, state: &Unhashed, action: usize) -> Option<Unhashed> {
        self.0.next_state(&state.0, action).map(Unhashed)
    }

    fn properties(&self) -> Vec<Property<Blind>> {
        vec![Property::always("not bad", |blind: &Blind, state: &Unhashed| {
            !blind.0.bad.contains(&state.0)
        })]
    }
}
