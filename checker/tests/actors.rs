//! What a system of actors may do, and what it may not, on every engine.

#![allow(clippy::owned_cow)] // The handlers have the signature that stateright gives them.

mod common;

use std::borrow::Cow;
use std::collections::{BTreeSet, HashSet, VecDeque};
use std::sync::Arc;

use checker::search::PropertyVerdict;
use checker::system::{
    Condition, Environment, Event, NetworkKind, Property, Protocol, System, SystemState,
};
use checker::{Options, Report, Watch};
use common::{agree_with_system, exhaustive};
use stateright::actor::{Actor, ActorModel, Id, Out, model_timeout};
use stateright::{Checker, Expectation, Model};

type Handler = fn(Id, &mut Cow<'_, Vec<u8>>, u8, &mut Out<Node>);

/// An actor whose handlers are functions; its state is a few numbers.
#[derive(Clone, Copy)]
struct Node {
    start: fn(Id, Option<u8>, &mut Out<Node>) -> Vec<u8>,
    message: Handler,
    timeout: Handler,
}

impl Actor for Node {
    type Msg = u8;
    type Timer = u8;
    type State = Vec<u8>;
    type Storage = u8;
    type Random = u8;

    fn on_start(&self, id: Id, storage: &Option<u8>, o: &mut Out<Self>) -> Vec<u8> {
        (self.start)(id, *storage, o)
    }

    fn on_msg(&self, id: Id, state: &mut Cow<Vec<u8>>, _: Id, message: u8, o: &mut Out<Self>) {
        (self.message)(id, state, message, o);
    }

    fn on_timeout(&self, id: Id, state: &mut Cow<Vec<u8>>, timer: &u8, o: &mut Out<Self>) {
        (self.timeout)(id, state, *timer, o);
    }
}

fn nothing(_: Id, _: &mut Cow<'_, Vec<u8>>, _: u8, _: &mut Out<Node>) {}

/// Remembers what happens to it.
fn remember(_: Id, state: &mut Cow<'_, Vec<u8>>, what: u8, _: &mut Out<Node>) {
    state.to_mut().push(what);
}

/// Some nodes in an environment. The bounds of the nodes themselves are the length of a state
/// (`length`) and, for timer number 0, the environment's first.
struct Small {
    nodes: Vec<Node>,
    environment: Environment,
    properties: fn() -> Vec<Property<Small>>,
    longest: usize,
    crashes: bool,
}

impl Small {
    fn new(nodes: &[Node]) -> Small {
        Small {
            nodes: nodes.to_vec(),
            environment: Environment::default(),
            properties: Vec::new,
            longest: usize::MAX,
            crashes: false,
        }
    }

    fn system(self) -> Arc<System<Small>> {
        Arc::new(System::new(self).expect("a system"))
    }
}

impl Protocol for Small {
    type Actor = Node;
    type Aux = ();

    fn actors(&self) -> Vec<Node> {
        self.nodes.clone()
    }

    fn environment(&self) -> Environment {
        self.environment.clone()
    }

    fn properties(&self) -> Vec<Property<Small>> {
        (self.properties)()
    }

    fn initial_aux(&self) {}

    fn command(&self, number: u8) -> Option<u8> {
        Some(100 + number)
    }

    fn timer_bound(&self, timer: &u8) -> Option<usize> {
        (*timer == 0 && !self.environment.timers.is_empty()).then_some(0)
    }

    fn beyond(&self, state: &Vec<u8>) -> Option<&'static str> {
        (state.len() > self.longest).then_some("length")
    }

    fn may_crash(&self, _: Id) -> bool {
        self.crashes
    }
}

type Explored = Report<SystemState<Small>, Event<Node>>;

/// Holds all engines against the oracle and returns one of their reports.
fn explore(system: &Arc<System<Small>>) -> Explored {
    let truth = common::oracle(&**system);
    agree_with_system(&truth, system, &"a system of nodes");
    let options = Options { keep_going: true, ..Options::default() };
    checker::search(system, &options, &Watch::new()).expect("a report")
}

/// Every reachable state, with the events that lead on from it.
#[allow(clippy::type_complexity)]
fn graph(
    system: &System<Small>,
) -> Vec<(SystemState<Small>, Vec<(Event<Node>, SystemState<Small>)>)> {
    let mut queue = VecDeque::from(system.init_states());
    let mut seen: HashSet<_> = queue.iter().cloned().collect();
    let mut graph = Vec::new();
    while let Some(state) = queue.pop_front() {
        let steps = system.next_steps(&state);
        for (_, next) in &steps {
            if seen.insert(next.clone()) {
                queue.push_back(next.clone());
            }
        }
        graph.push((state, steps));
    }
    graph
}

/// Every value that the actor's state has somewhere, crashed ones left out.
fn states_of(system: &System<Small>, actor: usize) -> BTreeSet<Vec<u8>> {
    let states = graph(system).into_iter();
    states.filter_map(|(state, _)| state.state_of(actor.into()).cloned()).collect()
}

/// Sets a timer at the start.
const ALARM: Node = Node {
    start: |_, _, o| {
        o.set_timer(1, model_timeout());
        Vec::new()
    },
    message: nothing,
    timeout: nothing,
};

#[test]
fn two_actors_with_a_timer_each_have_four_states() {
    let report = explore(&Small::new(&[ALARM, ALARM]).system());
    assert_eq!(report.distinct, 4);

    let alone = ActorModel::<Node>::new((), ()).actors([ALARM, ALARM]).property(
        Expectation::Always,
        "true",
        |_, _| true,
    );
    let alone = alone.checker().spawn_bfs().join();
    assert_eq!(alone.unique_state_count(), 3, "stateright 0.31 takes two of them for one");
}

#[test]
fn equal_local_states_of_different_actors_are_told_apart() {
    fn leads(state: &SystemState<Small>, actor: usize) -> bool {
        state.state_of(actor.into()).is_some_and(|state| !state.is_empty())
    }
    let node = Node { timeout: remember, ..ALARM };
    let properties = || {
        vec![
            Property::sometimes(
                "first alone",
                "The first leads alone.",
                Condition::System(|view| leads(view.state, 0) && !leads(view.state, 1)),
            ),
            Property::sometimes(
                "second alone",
                "The second leads alone.",
                Condition::System(|view| leads(view.state, 1) && !leads(view.state, 0)),
            ),
        ]
    };
    let report = explore(&Small { properties, ..Small::new(&[node, node]) }.system());
    assert_eq!(report.distinct, 4);
    assert!(report.properties.iter().all(|p| p.verdict == PropertyVerdict::Reached));
}

/// Starts with what it has stored, and stores every second thing that happens to it.
const SAVER: Node = Node {
    start: |_, stored, o| {
        o.set_timer(1, model_timeout());
        stored.into_iter().collect()
    },
    message: nothing,
    timeout: |_, state, _, o| {
        state.to_mut().push(7);
        if state.len() == 2 {
            o.save(9);
        } else {
            o.set_timer(1, model_timeout());
        }
    },
};

#[test]
fn a_crashed_actor_keeps_its_storage_and_nothing_else() {
    let environment = Environment { crashes: 1, restarts: 1, ..Environment::default() };
    let small = Small { environment, crashes: true, longest: 2, ..Small::new(&[SAVER]) };
    let system = small.system();
    explore(&system);

    let mut crashes = 0;
    for (state, steps) in graph(&system) {
        let before = &state.locals[0];
        for (event, next) in steps {
            let after = &next.locals[0];
            match event {
                Event::Crash(_) => {
                    assert!(before.running.is_some() && after.running.is_none());
                    assert_eq!(before.storage, after.storage);
                    crashes += 1;
                }
                Event::Restart(_) => {
                    assert!(before.running.is_none());
                    let running = after.running.as_ref().expect("it runs again");
                    let stored: Vec<u8> = before.storage.into_iter().collect();
                    assert_eq!((&running.state, &running.timers), (&stored, &vec![1]));
                }
                _ => {}
            }
        }
    }
    assert_eq!(crashes, 3, "in each of the states before the crash");
    let states = states_of(&system, 0);
    assert!(states.contains(&vec![9]) && states.contains(&vec![9, 7]));
    assert!(!states.contains(&vec![7, 7, 7]));
}

/// The first sends 1 and then 2 to the second at the start.
const SENDER: Node = Node {
    start: |_, _, o| {
        o.send(Id::from(1), 1);
        o.send(Id::from(1), 2);
        Vec::new()
    },
    message: nothing,
    timeout: nothing,
};

const RECEIVER: Node = Node { start: |_, _, _| Vec::new(), message: remember, timeout: nothing };

/// Remembers 2, and nothing comes of 1.
const CHOOSY: Node = Node {
    message: |id, state, message, o| {
        if message == 2 {
            remember(id, state, message, o);
        }
    },
    ..RECEIVER
};

fn sending(receiver: Node, environment: Environment) -> Arc<System<Small>> {
    Small { environment, ..Small::new(&[SENDER, receiver]) }.system()
}

fn set<const N: usize>(states: [&[u8]; N]) -> BTreeSet<Vec<u8>> {
    states.into_iter().map(<[u8]>::to_vec).collect()
}

#[test]
fn links_keep_the_order_where_there_is_one() {
    for (network, received) in [
        (NetworkKind::Ordered, set([&[], &[1], &[1, 2]])),
        (NetworkKind::Unordered, set([&[], &[1], &[2], &[1, 2], &[2, 1]])),
    ] {
        let system = sending(RECEIVER, Environment { network, ..Environment::default() });
        explore(&system);
        // A client may speak up, but is not allowed to here.
        assert_eq!(states_of(&system, 1), received, "{network:?}");
    }
}

#[test]
fn an_ignored_message_is_consumed_on_an_ordered_link_and_stays_elsewhere() {
    for (network, distinct, left) in [(NetworkKind::Ordered, 3, 0), (NetworkKind::Unordered, 2, 1)]
    {
        let system = sending(CHOOSY, Environment { network, ..Environment::default() });
        assert_eq!(explore(&system).distinct, distinct, "{network:?}");
        assert_eq!(states_of(&system, 1), set([&[], &[2]]), "{network:?}");
        let (last, steps) = graph(&system).pop().expect("a last state");
        assert!(steps.is_empty());
        assert_eq!(last.network.in_flight().len(), left, "{network:?}");
    }
}

#[test]
fn a_duplicated_message_arrives_twice_and_a_lost_one_never() {
    let duplicates = Environment { duplicates: 1, ..Environment::default() };
    let system = sending(CHOOSY, duplicates);
    explore(&system);
    assert_eq!(states_of(&system, 1), set([&[], &[2], &[2, 2]]));

    let losses = Environment { losses: 1, network: NetworkKind::Ordered, ..Environment::default() };
    let system = sending(RECEIVER, losses);
    explore(&system);
    assert_eq!(states_of(&system, 1), set([&[], &[1], &[2], &[1, 2]]));
}

#[test]
fn a_timer_is_spent_when_it_fires_and_a_message_to_a_crashed_actor_waits() {
    let environment = Environment { crashes: 1, restarts: 1, ..Environment::default() };
    let small = Small { environment, crashes: true, ..Small::new(&[SENDER, CHOOSY]) };
    let system = small.system();
    explore(&system);
    for (state, steps) in graph(&system) {
        for (event, _) in steps {
            let Event::Deliver(envelope) = event else { continue };
            assert!(state.state_of(envelope.to).is_some(), "delivered to a crashed actor");
        }
    }
}

/// All faults there are, on two nodes that send, store and set timers.
fn eventful(network: NetworkKind, bound: u8) -> Small {
    let node = Node {
        start: |id, _, o| {
            o.set_timer(0, model_timeout());
            o.send(Id::from(1 - usize::from(id)), 3);
            Vec::new()
        },
        message: remember,
        timeout: |id, state, timer, o| {
            remember(id, state, timer, o);
            o.set_timer(0, model_timeout());
        },
    };
    let environment = Environment {
        network,
        crashes: bound,
        restarts: bound,
        losses: bound,
        duplicates: bound,
        commands: bound,
        timers: vec![("alarms", bound)],
        ..Environment::default()
    };
    Small { environment, crashes: true, ..Small::new(&[node, node]) }
}

#[test]
fn each_event_spends_its_own_bound_and_no_bound_is_overspent() {
    for network in [NetworkKind::Ordered, NetworkKind::Unordered] {
        let small = eventful(network, 1);
        let bounds = small.environment.clone();
        let system = small.system();
        for (state, steps) in graph(&system) {
            let spent = &state.spent;
            assert!(spent.crashes <= bounds.crashes && spent.restarts <= bounds.restarts);
            assert!(spent.losses <= bounds.losses && spent.duplicates <= bounds.duplicates);
            assert!(spent.commands <= bounds.commands && spent.timers[0] <= bounds.timers[0].1);
            for (event, next) in steps {
                let mut expected = spent.clone();
                match event.kind() {
                    "crash" => expected.crashes += 1,
                    "restart" => expected.restarts += 1,
                    "drop" => expected.losses += 1,
                    "duplicate" => expected.duplicates += 1,
                    "client" => expected.commands += 1,
                    "timeout" => expected.timers[0] += 1,
                    _ => {}
                }
                assert_eq!(next.spent, expected, "{event:?}");
            }
        }
    }
}

/// The bounds that cut something off, whoever explored.
fn reached(small: impl Fn() -> Small) -> Vec<&'static str> {
    let mut all = BTreeSet::new();
    for options in exhaustive() {
        let system = small().system();
        let options = Options { keep_going: true, ..options };
        checker::search(&system, &options, &Watch::new()).expect("a report");
        all.insert(system.bounds_reached());
    }
    all.insert(common::reached_by_rows(&small().system()));
    assert_eq!(all.len(), 1, "the engines disagree: {all:?}");
    all.pop_first().unwrap_or_default()
}

#[test]
fn the_bounds_reached_are_those_that_cut_something_off() {
    let quiet = Node { message: nothing, ..RECEIVER };
    assert!(reached(|| Small::new(&[quiet])).is_empty(), "nobody takes a command");
    assert_eq!(reached(|| Small::new(&[RECEIVER])), ["commands"]);
    assert_eq!(reached(|| Small { crashes: true, ..Small::new(&[quiet]) }), ["crashes"]);
    let with = |environment: Environment| {
        move || Small { environment: environment.clone(), crashes: true, ..Small::new(&[quiet]) }
    };
    let crashes = Environment { crashes: 2, ..Environment::default() };
    assert_eq!(reached(with(crashes)), ["restarts"], "there is only one actor to crash");
    let restarts = Environment { crashes: 1, restarts: 1, ..Environment::default() };
    assert_eq!(reached(with(restarts)), ["crashes"], "it crashes once, and starts again once");

    let losses = Environment { network: NetworkKind::Ordered, ..Environment::default() };
    let sends = |receiver, environment: Environment| {
        move || Small { environment: environment.clone(), ..Small::new(&[SENDER, receiver]) }
    };
    let choosy = Node { message: |_, _, _, _| {}, ..CHOOSY };
    assert_eq!(reached(sends(choosy, losses)), ["losses"]);
    assert_eq!(reached(sends(RECEIVER, Environment::default())), ["commands", "duplicates"]);
    let plenty = Environment { duplicates: 9, commands: 0, ..Environment::default() };
    let few = |environment: Environment| {
        move || Small { longest: 3, ..sends(RECEIVER, environment.clone())() }
    };
    assert_eq!(reached(few(plenty)), ["commands", "length"]);

    let alarms = |timers: u8, sets: bool| {
        move || {
            let start =
                if sets { eventful(NetworkKind::Unordered, 0).nodes[0].start } else { quiet.start };
            let node = Node { start, ..quiet };
            let environment =
                Environment { timers: vec![("alarms", timers)], ..Environment::default() };
            Small { environment, ..Small::new(&[node, quiet]) }
        }
    };
    assert!(!reached(alarms(2, false)).contains(&"alarms"), "no timer is set");
    assert!(reached(alarms(0, true)).contains(&"alarms"));
    assert!(!reached(alarms(1, true)).contains(&"alarms"), "it fires once only");
}
