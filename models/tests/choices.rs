//! A random choice is told by its key and its value: two open choices may have a value in common.

use std::borrow::Cow;

use checker::system::{Condition, Environment, Property, Protocol};
use checker::{Options, Watch};
use models::registry::{Bug, Describe, Listed, Request, Scope};
use stateright::actor::{Actor, Id, Out};

models::bounds! {
    /// The bounds of the toss.
    pub struct Bounds {
        /// not read
        nothing: 0..=1 = 0,
    }
}

/// Tosses two coins, in either order.
struct Tosser;

/// What the first and what the second toss have shown.
type Shown = (u8, u8);

impl Actor for Tosser {
    type Msg = ();
    type Timer = ();
    type State = Shown;
    type Storage = ();
    type Random = u8;

    fn on_start(&self, _: Id, _: &Option<()>, out: &mut Out<Self>) -> Shown {
        out.choose_random("first", vec![1, 2]);
        out.choose_random("second", vec![1, 2]);
        (0, 0)
    }

    /// A handler is not told the key.
    fn on_random(&self, _: Id, state: &mut Cow<Shown>, value: &u8, _: &mut Out<Self>) {
        *state.to_mut() = if **state == (0, 0) { (*value, 0) } else { (state.0, *value) };
    }
}

struct Table;

impl Protocol for Table {
    type Actor = Tosser;
    type Aux = ();

    fn actors(&self) -> Vec<Tosser> {
        vec![Tosser]
    }

    fn environment(&self) -> Environment {
        Environment::default()
    }

    fn properties(&self) -> Vec<Property<Table>> {
        let both = |_: &Table, _: Id, shown: &Shown| *shown != (2, 2);
        vec![Property::always("never two twos", "not both show a two", Condition::Actor(both))]
    }

    fn initial_aux(&self) {}
}

struct Toss;

impl Describe for Toss {
    type Protocol = Table;
    type Bounds = Bounds;
    const NAME: &'static str = "toss";
    const PAPER: &'static str = "none";
    const SUMMARY: &'static str = "two coins";

    fn scopes(&self) -> Vec<Scope<Bounds>> {
        let (bounds, script) = (Bounds::default(), Vec::new());
        vec![Scope { name: "default", summary: "two coins", bounds, script }]
    }

    fn bugs(&self) -> &'static [Bug] {
        &[]
    }

    fn protocol(&self, _: &Bounds, _: Option<&'static str>) -> Table {
        Table
    }
}

#[test]
fn a_counterexample_says_which_choice_was_made() {
    static TOSS: Toss = Toss;
    let listed: &'static dyn Listed = &TOSS;
    let instance = listed.instance(&Request::default()).expect("an instance");
    let checked = instance.check(&Options::default(), &Watch::new()).expect("a report");
    let (property, path) = checked.report.counterexample().expect("a counterexample");
    let saved = instance.save(property, checked.prefix_steps, path);
    let keys: Vec<_> = saved
        .steps
        .iter()
        .map(|step| step.action.detail.as_ref().map(|detail| detail[0].clone()))
        .collect();
    assert_eq!(keys.len(), 2);
    assert_ne!(keys[0], keys[1], "each coin is tossed once");
    let replayed = instance.replay(&saved).expect("it is confirmed");
    assert_eq!(replayed.path, *path, "the same choices were made again");
}
