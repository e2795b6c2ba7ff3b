//! What becomes of mistakes in saying what a state is made of: they are found, one by an error of
//! the search, the other by comparing it with a search without.

mod common;

use std::borrow::Cow;
use std::sync::Arc;

use checker::oracle::{self, Exploration};
use checker::system::{Environment, Event, Property, Protocol, System, SystemState};
use checker::{Engine, Limits, Options, Report, SearchError, Watch, search_system};
use common::limited;
use stateright::actor::{Actor, Id, Out};

/// Actors that greet all others when they are told to.
#[derive(Clone, Copy, Debug)]
struct Greeter {
    mistake: Mistake,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Mistake {
    /// The state has a field that is not serialized.
    Skips,
    /// The state has the index of an actor as a plain number.
    PlainIndex,
    /// None: the index is an `Id`.
    None,
}

const GREETERS: usize = 3;

#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, serde::Serialize)]
struct Memory {
    #[serde(skip)]
    greeted: u8,
    greeter: Option<Id>,
    number: usize,
}

impl Actor for Greeter {
    type Msg = bool;
    type Timer = ();
    type State = Memory;
    type Storage = ();
    type Random = ();

    fn on_start(&self, _: Id, _: &Option<()>, _: &mut Out<Self>) -> Memory {
        Memory::default()
    }

    fn on_msg(&self, id: Id, state: &mut Cow<Memory>, src: Id, told: bool, o: &mut Out<Self>) {
        if told {
            let others = (0..GREETERS).map(Id::from).filter(|other| *other != id);
            others.for_each(|other| o.send(other, false));
        }
        match self.mistake {
            Mistake::Skips => state.to_mut().greeted += 1,
            Mistake::PlainIndex if !told => state.to_mut().number = usize::from(src) + 1,
            Mistake::None if !told => state.to_mut().greeter = Some(src),
            _ => {}
        }
    }
}

impl Protocol for Greeter {
    type Actor = Greeter;
    type Aux = ();

    fn actors(&self) -> Vec<Greeter> {
        vec![*self; GREETERS]
    }

    fn environment(&self) -> Environment {
        Environment { commands: 2, ..Environment::default() }
    }

    fn properties(&self) -> Vec<Property<Greeter>> {
        Vec::new()
    }

    fn initial_aux(&self) {}

    fn command(&self, _: u8) -> Option<bool> {
        Some(true)
    }

    fn interchangeable(&self) -> Vec<usize> {
        (0..GREETERS).collect()
    }
}

type Found = Result<Report<SystemState<Greeter>, Event<Greeter>>, SearchError>;

fn explored(mistake: Mistake) -> (Found, Exploration) {
    let system = Arc::new(System::new(Greeter { mistake }).expect("a system"));
    let truth = oracle::explore(&*system, 10_000).expect("a small system");
    let options = limited(Engine::Quorate, Limits::default());
    (search_system(&system, &Options { symmetry: true, ..options }, &Watch::new()), truth)
}

#[test]
fn without_a_mistake_the_states_that_are_stood_for_are_all() {
    let (found, truth) = explored(Mistake::None);
    let report = found.expect("a report");
    assert_eq!(report.unreduced, Some(truth.distinct));
    assert!(report.distinct * 4 < truth.distinct);
}

#[test]
fn a_field_that_is_not_serialized_is_an_error() {
    let (found, _) = explored(Mistake::Skips);
    match found {
        Err(SearchError::Panicked { message }) => assert!(message.contains("serialize alike")),
        other => panic!("{other:?}"),
    }
}

#[test]
fn an_index_that_is_not_marked_shows_in_the_number_of_states() {
    let (found, truth) = explored(Mistake::PlainIndex);
    assert_ne!(found.expect("a report").unreduced, Some(truth.distinct));
}
