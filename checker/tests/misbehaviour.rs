//! Models that panic, contradict themselves or are out of the ordinary: an error or a right
//! verdict, never a wrong one.

mod common;

use std::hash::{Hash, Hasher};
use std::sync::atomic::{AtomicU32, Ordering::Relaxed};
use std::sync::{Arc, Once};

use checker::search::PropertyVerdict;
use checker::{Engine, Limits, MOST_PROPERTIES, Options, SearchError, Verdict};
use common::{EXHAUSTIVE, SHORTEST, Table, agree, search};
use stateright::{Model, Property};

/// Keeps panics that are part of a test off the screen, and no others.
fn expect_panics() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        let usual = std::panic::take_hook();
        std::panic::set_hook(Box::new(move |info| {
            let payload = info.payload();
            let text = payload.downcast_ref::<String>().map_or("", String::as_str);
            // The second is what stateright says when a path cannot be repeated.
            if text != ON_PURPOSE && !text.contains("Unable to reconstruct a `Path`") {
                usual(info);
            }
        }));
    });
}

const ON_PURPOSE: &str = "on purpose";

/// All engines on one thread and on two; the walks give up where nothing is found.
fn all() -> impl Iterator<Item = Options> {
    Engine::ALL.into_iter().flat_map(|engine| {
        let limits = Limits { states: Some(20_000), ..Limits::default() };
        [1, 2].map(|threads| Options {
            engine,
            threads,
            limits: limits.clone(),
            seed: 1,
            ..Options::default()
        })
    })
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum Place {
    Properties,
    InitialStates,
    Actions,
    NextState,
    Boundary,
    Condition,
    Hash,
}

/// Counts to ten, and panics in one place when it is at five.
#[derive(Clone)]
struct Panics(Place);

#[derive(Clone, Debug, PartialEq, Eq)]
struct Number {
    value: u8,
    panics: bool,
}

// By hand, against the rules, because the point of it is to panic.
impl Hash for Number {
    fn hash<H: Hasher>(&self, hasher: &mut H) {
        assert!(!(self.panics && self.value == 5), "{ON_PURPOSE}");
        self.value.hash(hasher);
    }
}

impl Panics {
    fn at(&self, place: Place, value: u8) {
        assert!(!(self.0 == place && value == 5), "{ON_PURPOSE}");
    }
}

impl Model for Panics {
    type State = Number;
    type Action = u8;

    fn init_states(&self) -> Vec<Number> {
        self.at(Place::InitialStates, 5);
        vec![Number { value: 0, panics: self.0 == Place::Hash }]
    }

    fn actions(&self, state: &Number, actions: &mut Vec<u8>) {
        self.at(Place::Actions, state.value);
        if state.value < 10 {
            actions.push(1);
        }
    }

    fn next_state(&self, state: &Number, action: u8) -> Option<Number> {
        self.at(Place::NextState, state.value);
        Some(Number { value: state.value + action, ..*state })
    }

    fn within_boundary(&self, state: &Number) -> bool {
        self.at(Place::Boundary, state.value);
        true
    }

    fn properties(&self) -> Vec<Property<Panics>> {
        self.at(Place::Properties, 5);
        vec![Property::always("small", |model: &Panics, state: &Number| {
            model.at(Place::Condition, state.value);
            true
        })]
    }
}

#[test]
fn a_panic_in_a_model_is_an_error_and_no_verdict() {
    expect_panics();
    use Place::*;
    for place in [Properties, InitialStates, Actions, NextState, Boundary, Condition, Hash] {
        for options in all() {
            let error = search(&Panics(place), &options).expect_err("no report");
            let panicked = SearchError::Panicked { message: ON_PURPOSE.to_owned() };
            assert_eq!(error, panicked, "in {place:?}, by {}", options.engine);
        }
    }
}

/// A model with one action, from 0 to 1, until it has been asked often enough to change its mind.
#[derive(Clone)]
struct Fickle {
    changes: Place,
    /// How many times more it stays with its first answer.
    patience: Arc<AtomicU32>,
}

impl Fickle {
    fn has_changed(&self, place: Place) -> bool {
        let less = |left: u32| left.checked_sub(1);
        self.changes == place && self.patience.fetch_update(Relaxed, Relaxed, less).is_err()
    }
}

impl Model for Fickle {
    type State = u8;
    type Action = u8;

    fn init_states(&self) -> Vec<u8> {
        if self.has_changed(Place::InitialStates) { Vec::new() } else { vec![0] }
    }

    fn actions(&self, state: &u8, actions: &mut Vec<u8>) {
        if *state == 0 && !self.has_changed(Place::Actions) {
            actions.push(1);
        }
    }

    fn next_state(&self, _: &u8, action: u8) -> Option<u8> {
        Some(if self.has_changed(Place::NextState) { 2 } else { action })
    }

    fn properties(&self) -> Vec<Property<Fickle>> {
        vec![Property::always("not one", |_, state| *state != 1)]
    }
}

/// Whatever it changes, and whenever: there is a true counterexample or an error.
#[test]
fn a_model_that_contradicts_itself_gets_no_wrong_path() {
    expect_panics();
    let mut unconfirmed = 0;
    for options in all() {
        for changes in [Place::InitialStates, Place::Actions, Place::NextState] {
            for patience in 1..6 {
                let patience = Arc::new(AtomicU32::new(patience));
                match search(&Fickle { changes, patience }, &options) {
                    Ok(report) => {
                        if let Some((_, path)) = report.counterexample() {
                            assert_eq!((path.initial, &path.steps[..]), (0, &[(1, 1)][..]));
                        }
                    }
                    Err(SearchError::Unconfirmed { name, .. }) => {
                        assert_eq!(name, "not one");
                        unconfirmed += 1;
                    }
                    Err(error) => panic!("{error}, by {}", options.engine),
                }
            }
        }
    }
    assert!(unconfirmed >= 2 * 4 * 3, "only {unconfirmed} contradictions were noticed");
}

#[test]
fn no_initial_state_within_the_boundary_is_an_error() {
    let empty = Table::default();
    let mut outside = Table::chain(3);
    outside.outside.insert(0);
    for options in all() {
        for table in [&empty, &outside] {
            let error = search(table, &options).expect_err("no report");
            assert_eq!(error, SearchError::NoInitialState, "{}", options.engine);
        }
    }
}

/// A chain of eleven states with properties of one's choice.
#[derive(Clone)]
struct Chain(fn() -> Vec<Property<Chain>>);

impl Model for Chain {
    type State = u8;
    type Action = ();

    fn init_states(&self) -> Vec<u8> {
        vec![0]
    }

    fn actions(&self, state: &u8, actions: &mut Vec<()>) {
        if *state < 10 {
            actions.push(());
        }
    }

    fn next_state(&self, state: &u8, _: ()) -> Option<u8> {
        Some(state + 1)
    }

    fn properties(&self) -> Vec<Property<Chain>> {
        self.0()
    }
}

#[test]
fn a_model_without_properties_is_explored() {
    let chain = Chain(Vec::new);
    agree(&chain, &"no properties");
    for engine in EXHAUSTIVE {
        let report = search(&chain, &Options { engine, ..Options::default() }).expect("a report");
        assert_eq!((report.distinct, report.verdict), (11, Verdict::Holds), "{engine}");
    }
}

#[test]
fn one_state_and_nothing_to_do() {
    let mut table = Table::chain(1);
    table.good.insert(0);
    agree(&table, &"one state");
    for engine in EXHAUSTIVE {
        let report = search(&table, &Options { engine, ..Options::default() }).expect("a report");
        assert_eq!((report.distinct, report.generated, report.depth), (1, 1, 0), "{engine}");
        assert_eq!(report.verdict, Verdict::Holds, "{engine}");
    }
}

#[test]
fn an_eventually_is_refused_by_name() {
    let chain = Chain(|| {
        let done = Property::eventually("done", |_: &Chain, state: &u8| *state == 10);
        vec![Property::always("small", |_, _| true), done]
    });
    for options in all() {
        let error = search(&chain, &options).expect_err("no report");
        assert_eq!(error, SearchError::Eventually { name: "done" }, "{}", options.engine);
    }
}

fn many(count: usize) -> Vec<Property<Chain>> {
    let last = Property::always("p", |_: &Chain, state: &u8| *state != 9);
    let others = (1..count).map(|_| Property::always("p", |_: &Chain, _: &u8| true));
    others.chain([last]).collect()
}

#[test]
fn as_many_properties_as_there_may_be_and_all_of_one_name() {
    let chain = Chain(|| many(MOST_PROPERTIES));
    for options in all() {
        let report = search(&chain, &options).expect("a report");
        let (last, others) = report.properties.split_last().expect("many");
        assert_eq!(last.path.as_ref().map(|path| path.len()), Some(9), "{}", options.engine);
        assert!(others.iter().all(|property| property.verdict != PropertyVerdict::Violated));
    }
}

#[test]
fn more_properties_are_an_error_for_the_engines_that_cannot_tell_them_apart() {
    let chain = Chain(|| many(MOST_PROPERTIES + 1));
    for options in all() {
        let outcome = search(&chain, &options);
        if options.engine.is_ours() {
            assert_eq!(outcome.expect("a report").verdict, Verdict::Violated);
        } else {
            let error = outcome.expect_err("no report");
            assert_eq!(error, SearchError::TooManyProperties { count: MOST_PROPERTIES + 1 });
        }
    }
}

#[test]
fn a_state_at_the_beginning_may_violate() {
    let table = Table { initial: vec![4, 2], ..Table::chain(5) }.bad(&[2]);
    for options in all() {
        let report = search(&table, &options).expect("a report");
        let (name, path) = report.counterexample().expect("a counterexample");
        assert_eq!(name, "not bad");
        if SHORTEST.contains(&options.engine) {
            assert_eq!((path.initial, path.len()), (2, 0), "{}", options.engine);
        }
    }
}
