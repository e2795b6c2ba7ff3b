//! Systems that are larger than what the engines are made for: they get an answer or an error, and
//! never a wrong one.

use std::borrow::Cow;
use std::sync::Arc;
use std::time::Duration;

use checker::system::{Condition, Environment, NetworkKind, Property, Protocol, System};
use checker::{Options, SearchError, Verdict, Watch};
use stateright::actor::{Actor, Id, Out};

/// Actors that do one thing each when their timer fires.
#[derive(Clone, Copy)]
enum Habit {
    /// Remember that it has fired.
    Note,
    /// Send the same message again, and wait for the next time.
    Repeat,
    /// Choose one of so many values.
    Choose(u16),
}

struct Crowd {
    actors: usize,
    habit: Habit,
    environment: Environment,
}

struct Member(Habit);

impl Actor for Member {
    type Msg = u8;
    type Timer = ();
    type State = u16;
    type Storage = ();
    type Random = u16;

    fn on_start(&self, _: Id, _: &Option<()>, out: &mut Out<Self>) -> u16 {
        match self.0 {
            Habit::Choose(values) => out.choose_random("which", (1..=values).collect()),
            _ => out.set_timer((), Duration::ZERO..Duration::ZERO),
        }
        0
    }

    fn on_timeout(&self, id: Id, state: &mut Cow<u16>, (): &(), out: &mut Out<Self>) {
        match self.0 {
            Habit::Repeat => {
                out.set_timer((), Duration::ZERO..Duration::ZERO);
                out.send(id, 7);
            }
            _ => *state.to_mut() = 1,
        }
    }

    fn on_random(&self, _: Id, state: &mut Cow<u16>, value: &u16, _: &mut Out<Self>) {
        *state.to_mut() = *value;
    }
}

impl Protocol for Crowd {
    type Actor = Member;
    type Aux = ();

    fn actors(&self) -> Vec<Member> {
        (0..self.actors).map(|_| Member(self.habit)).collect()
    }

    fn environment(&self) -> Environment {
        self.environment.clone()
    }

    fn properties(&self) -> Vec<Property<Self>> {
        let last = |crowd: &Crowd, id: Id, state: &u16| {
            let highest = if let Habit::Choose(values) = crowd.habit { values } else { 1 };
            usize::from(id) + 1 < crowd.actors || *state < highest
        };
        vec![Property::always(
            "never the last",
            "the last one does nothing",
            Condition::Actor(last),
        )]
    }

    fn initial_aux(&self) {}
}

fn crowd(actors: usize, habit: Habit) -> Arc<System<Crowd>> {
    let environment = Environment::default();
    Arc::new(System::new(Crowd { actors, habit, environment }).expect("a system"))
}

#[test]
fn the_last_of_many_actors_is_found_by_its_own_name() {
    for actors in [63, 64, 65, 300] {
        let system = crowd(actors, Habit::Note);
        let report = checker::search_system(&system, &Options::default(), &Watch::new());
        let report = report.expect("a report");
        assert_eq!(report.verdict, Verdict::Violated, "{actors} actors");
        assert_eq!(report.counterexample().expect("a path").1.len(), 1);
        assert_eq!(report.distinct, actors as u64 + 1);
    }
}

#[test]
fn a_choice_among_thousands_is_told_apart() {
    let system = crowd(1, Habit::Choose(5000));
    let report =
        checker::search_system(&system, &Options::default(), &Watch::new()).expect("a report");
    assert_eq!((report.verdict, report.distinct), (Verdict::Violated, 5001));
}

#[test]
fn a_choice_among_too_many_is_an_error_and_no_verdict() {
    let system = crowd(1, Habit::Choose(20_000));
    let error = checker::search_system(&system, &Options::default(), &Watch::new());
    assert!(matches!(error, Err(SearchError::Panicked { message }) if message.contains("16,384")));
}

#[test]
fn a_message_that_is_sent_without_end_is_an_error_and_no_verdict() {
    let system = crowd(1, Habit::Repeat);
    let by_rows = checker::search_system(&system, &Options::default(), &Watch::new());
    let whole = checker::search(&system, &Options::default(), &Watch::new());
    for outcome in [by_rows.map(|r| r.verdict), whole.map(|r| r.verdict)] {
        let Err(SearchError::Panicked { message }) = outcome else { panic!("{outcome:?}") };
        assert!(message.contains("copies of one message"), "{message}");
    }
}

#[test]
fn an_environment_that_makes_no_sense_is_refused() {
    let build = |environment: Environment, actors: usize| {
        System::new(Crowd { actors, habit: Habit::Note, environment }).err()
    };
    let ordered =
        Environment { network: NetworkKind::Ordered, downtime: false, ..Environment::default() };
    assert!(build(ordered, 2).is_some());
    let rounds = Environment { rounds: true, ..Environment::default() };
    assert!(build(rounds.clone(), 17).is_some() && build(rounds, 16).is_none());
}
