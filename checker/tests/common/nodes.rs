//! Actor models of stateright's whose actors are a few functions.

use std::borrow::Cow;
use std::hash::{Hash, Hasher};
use std::sync::Arc;

use checker::search::{ActorReport, Declared, search_actors};
use checker::{Options, SearchError, Watch};
use stateright::Expectation;
use stateright::actor::{Actor, ActorModel, Id, Network, Out, model_timeout};

use super::compare;
use super::plain::{explore, walk};

/// An actor whose handlers are functions; its state is a number.
#[derive(Clone, Copy)]
pub struct Node {
    pub start: fn(Id, &mut Out<Node>) -> u32,
    pub message: fn(Id, &mut Cow<u32>, Note, &mut Out<Node>),
    pub timeout: fn(Id, &mut Cow<u32>, &mut Out<Node>),
    pub random: fn(&mut Cow<u32>, u32),
}

/// Does nothing, ever.
pub const IDLE: Node =
    Node { start: |_, _| 0, message: |_, _, _, _| {}, timeout: |_, _, _| {}, random: |_, _| {} };

/// A message; of some the hash says nothing.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Note {
    pub number: u32,
    pub is_hashed: bool,
}

// By hand, against the rules, because the point of it is to leave something out.
impl Hash for Note {
    fn hash<H: Hasher>(&self, hasher: &mut H) {
        if self.is_hashed {
            self.number.hash(hasher);
        }
    }
}

pub fn note(number: u32) -> Note {
    Note { number, is_hashed: true }
}

impl Actor for Node {
    type Msg = Note;
    type Timer = ();
    type State = u32;
    type Storage = ();
    type Random = u32;

    fn on_start(&self, id: Id, _: &Option<()>, out: &mut Out<Self>) -> u32 {
        (self.start)(id, out)
    }

    fn on_msg(&self, id: Id, state: &mut Cow<u32>, _: Id, note: Note, out: &mut Out<Self>) {
        (self.message)(id, state, note, out);
    }

    fn on_timeout(&self, id: Id, state: &mut Cow<u32>, (): &(), out: &mut Out<Self>) {
        (self.timeout)(id, state, out);
    }

    fn on_random(&self, _: Id, state: &mut Cow<u32>, value: &u32, _: &mut Out<Self>) {
        (self.random)(state, *value);
    }
}

/// What conditions, boundaries and records may look at.
#[derive(Clone, Default)]
pub struct Config {
    pub last: u32,
    pub watch: Option<Arc<Watch>>,
}

pub type Nodes = ActorModel<Node, Config, u32>;

pub fn nodes(nodes: impl IntoIterator<Item = Node>) -> Nodes {
    ActorModel::new(Config::default(), 0)
        .actors(nodes)
        .init_network(Network::new_unordered_nonduplicating([]))
}

pub fn run(model: &Nodes, options: &Options) -> Result<ActorReport<Node, u32>, SearchError> {
    search_actors(&Arc::new(model.clone()), &Declared::default(), options, &Watch::new())
}

/// One, two and four threads, by fingerprints and exactly.
pub fn ways() -> impl Iterator<Item = Options> {
    [1, 2, 4].into_iter().flat_map(|threads| {
        [false, true].map(|exact| Options { threads, exact, ..Options::default() })
    })
}

/// Every way of searching comes to what a plain exploration finds.
pub fn agrees(model: &Nodes, what: &str) -> u64 {
    let truth = explore(model, 100_000).expect("a small model").truth;
    for options in ways() {
        let report = run(model, &Options { keep_going: true, ..options.clone() });
        let report = report.unwrap_or_else(|error| panic!("{what}: {error}"));
        compare(&report, &truth, &(what, options.exact));
        walk(model, &report);
    }
    truth.distinct
}

/// Counts up to a number, a tick at a time.
pub const COUNTER: Node = Node {
    start: |_, out| {
        out.set_timer((), model_timeout());
        0
    },
    timeout: |_, state, out| {
        *state.to_mut() += 1;
        out.set_timer((), model_timeout());
    },
    ..IDLE
};

/// Two counters within a boundary: a square of states, the side of which has one more than `last`.
pub fn square(last: u32) -> Nodes {
    let mut model = nodes([COUNTER, COUNTER])
        .within_boundary(|config, state| state.actor_states.iter().all(|n| **n <= config.last))
        .property(Expectation::Always, "always so", |_, _| true)
        .property(Expectation::Sometimes, "begun", |_, state| *state.actor_states[0] == 0);
    model.cfg.last = last;
    model
}
