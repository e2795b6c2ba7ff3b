//! A protocol of one's own, checked through the library: two counters tell each other what they
//! have and take over what is larger. The network may deliver one message twice.

use std::{borrow::Cow, error::Error, sync::Arc};

use quorate::checker::system::{Condition, Environment, Property, Protocol, System};
use quorate::checker::{Options, Watch, search};
use quorate::stateright::actor::{Actor, Id, Out};

struct Counter;

impl Actor for Counter {
    type Msg = u8;
    type State = u8;
    type Timer = ();
    type Storage = ();
    type Random = ();

    fn on_start(&self, id: Id, _: &Option<()>, out: &mut Out<Self>) -> u8 {
        out.send(Id::from(1 - usize::from(id)), 1);
        0
    }

    fn on_msg(&self, _: Id, state: &mut Cow<u8>, from: Id, message: u8, out: &mut Out<Self>) {
        if message > **state {
            *state.to_mut() = message;
            out.send(from, message + 1);
        }
    }
}

struct Counters;

impl Protocol for Counters {
    type Actor = Counter;
    type Aux = ();
    fn actors(&self) -> Vec<Counter> {
        vec![Counter, Counter]
    }
    fn environment(&self) -> Environment {
        Environment { duplicates: 1, ..Environment::default() }
    }
    fn properties(&self) -> Vec<Property<Self>> {
        let high = Condition::Actor(|_, _, counter: &u8| *counter == 5);
        let close = Condition::Pair(|_, (_, a): (Id, &u8), (_, b): (Id, &u8)| a.abs_diff(*b) <= 2);
        vec![Property::always("close", "", close), Property::sometimes("five", "", high)]
    }
    fn initial_aux(&self) {}
    fn beyond(&self, counter: &u8) -> Option<&'static str> {
        (*counter > 5).then_some("counter")
    }
}

fn main() -> Result<(), Box<dyn Error>> {
    let report = search(&Arc::new(System::new(Counters)?), &Options::default(), &Watch::new())?;
    let verdicts = report.properties.iter().map(|p| format!("{} {}", p.name, p.verdict.name()));
    println!("{} states: {}", report.distinct, verdicts.collect::<Vec<_>>().join(", "));
    Ok(())
}
