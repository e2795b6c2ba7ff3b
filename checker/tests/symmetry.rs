//! Symmetry reduction: random systems of actors that no handler tells apart, and what happens to
//! those who claim a symmetry that they do not have.

mod common;

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use checker::oracle;
use checker::system::{
    Cause, Condition, Environment, NetworkKind, Property, Protocol, Step, System, renaming,
};
use checker::{Engine, Limits, Options, SearchError, Watch, search_system};
use common::{Random, compare, limited};
use stateright::actor::{Actor, Id, Out, model_timeout};

/// Whom an actor writes to.
#[derive(Clone, Copy, Debug)]
enum To {
    Others,
    Sender,
    Friend,
    Client,
}

/// What an actor does when something happens to it.
#[derive(Clone, Debug)]
struct Entry {
    becomes: Option<u8>,
    sends: Option<(To, u8)>,
    befriends: bool,
    counts: bool,
    worries: bool,
    saves: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Trigger {
    Start,
    Message(u8),
    Timer,
}

/// An actor that does what stands in a table, the same for all.
#[derive(Clone, Debug)]
struct Peer {
    table: Arc<BTreeMap<(Trigger, u8), Entry>>,
    peers: usize,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, serde::Serialize)]
struct Memory {
    phase: u8,
    sent: u8,
    /// Who sent the last message that made an impression.
    friend: Option<Id>,
    #[serde(serialize_with = "renaming::unordered")]
    met: BTreeSet<Id>,
    #[serde(serialize_with = "renaming::by_actor")]
    heard: Vec<u8>,
}

/// A message that names an actor.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize)]
struct Letter {
    kind: u8,
    about: Option<Id>,
}

/// How many messages an actor sends before it falls silent.
const MOST_SENT: u8 = 2;

impl Peer {
    fn play(
        &self,
        (me, from): (Id, Option<Id>),
        trigger: Trigger,
        state: &mut Cow<'_, Memory>,
        o: &mut Out<Self>,
    ) {
        let Some(entry) = self.table.get(&(trigger, state.phase)) else { return };
        let state = state.to_mut();
        let from = from.filter(|from| usize::from(*from) < self.peers);
        state.phase = entry.becomes.unwrap_or(state.phase);
        if let (Some(from), true) = (from, entry.befriends) {
            state.friend = Some(from);
            state.met.insert(from);
        }
        if let (Some(from), true) = (from, entry.counts) {
            let heard = &mut state.heard[usize::from(from)];
            *heard = (*heard + 1).min(2);
        }
        if entry.worries {
            o.set_timer(from, model_timeout());
        }
        if entry.saves {
            o.save(state.friend);
        }
        let Some((to, kind)) = entry.sends.filter(|_| state.sent < MOST_SENT) else { return };
        state.sent += 1;
        let receivers: Vec<Id> = match to {
            To::Others => (0..self.peers).map(Id::from).filter(|peer| *peer != me).collect(),
            To::Sender => from.into_iter().collect(),
            To::Friend => state.friend.into_iter().collect(),
            To::Client => vec![Id::from(self.peers)],
        };
        receivers.into_iter().for_each(|to| o.send(to, Letter { kind, about: state.friend }));
    }
}

impl Actor for Peer {
    type Msg = Letter;
    /// Timers that name actors: sorted, their order changes when they are renamed.
    type Timer = Option<Id>;
    type State = Memory;
    type Storage = Option<Id>;
    type Random = ();

    fn on_start(&self, id: Id, storage: &Option<Option<Id>>, o: &mut Out<Self>) -> Memory {
        let memory = Memory {
            phase: u8::from(storage.is_some()),
            sent: 0,
            friend: storage.flatten(),
            met: BTreeSet::new(),
            heard: vec![0; self.peers],
        };
        let mut state = Cow::Owned(memory);
        self.play((id, None), Trigger::Start, &mut state, o);
        state.into_owned()
    }

    fn on_msg(&self, id: Id, state: &mut Cow<Memory>, src: Id, letter: Letter, o: &mut Out<Self>) {
        let from = letter.about.filter(|_| letter.kind == 2).unwrap_or(src);
        self.play((id, Some(from)), Trigger::Message(letter.kind), state, o);
    }

    fn on_timeout(&self, id: Id, state: &mut Cow<Memory>, about: &Option<Id>, o: &mut Out<Self>) {
        self.play((id, *about), Trigger::Timer, state, o);
    }
}

#[derive(Clone, Debug)]
struct Scenario {
    peer: Peer,
    environment: Environment,
    /// Whether a property that tells actors apart is among the others.
    names_one: bool,
}

impl Scenario {
    fn random(seed: u64) -> Scenario {
        let mut random = Random::new(seed);
        let phases = 2 + random.below(2);
        let mut table = BTreeMap::new();
        for trigger in [
            Trigger::Start,
            Trigger::Message(0),
            Trigger::Message(1),
            Trigger::Message(2),
            Trigger::Timer,
        ] {
            for phase in 0..phases {
                if random.once_in(4) && trigger != Trigger::Message(0) {
                    continue;
                }
                let to = [To::Others, To::Others, To::Sender, To::Friend, To::Client];
                let kind = random.below(3) as u8;
                table.insert(
                    (trigger, phase as u8),
                    Entry {
                        becomes: random.once_in(2).then(|| random.below(phases) as u8),
                        sends: (!random.once_in(3)).then(|| (random.pick(&to), kind)),
                        befriends: random.once_in(2),
                        counts: random.once_in(2),
                        worries: random.once_in(2),
                        saves: random.once_in(3),
                    },
                );
            }
        }
        let mut up_to = |most: usize| random.below(most + 1) as u8;
        let environment = Environment {
            crashes: up_to(1),
            restarts: up_to(1),
            losses: up_to(1),
            duplicates: up_to(1),
            commands: up_to(2),
            timers: vec![("ticks", up_to(2))],
            ..Environment::default()
        };
        let peers = 2 + random.below(3);
        Scenario { peer: Peer { table: Arc::new(table), peers }, environment, names_one: false }
    }
}

/// Who has started again, sorted.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, serde::Serialize)]
struct History {
    #[serde(serialize_with = "renaming::unordered")]
    restarted: Vec<Id>,
}

impl Protocol for Scenario {
    type Actor = Peer;
    type Aux = History;

    fn actors(&self) -> Vec<Peer> {
        vec![self.peer.clone(); self.peer.peers]
    }

    fn environment(&self) -> Environment {
        self.environment.clone()
    }

    fn properties(&self) -> Vec<Property<Scenario>> {
        let mut properties = vec![
            Property::always(
                "no two at one",
                "No two actors are in phase 1.",
                Condition::Pair(|_, one: (Id, &Memory), other: (Id, &Memory)| {
                    one.1.phase != 1 || other.1.phase != 1
                }),
            ),
            Property::always(
                "no friend of oneself after a restart",
                "Who has started again is nobody's friend.",
                Condition::ActorAndAux(|_, _, memory: &Memory, history: &History| {
                    memory.friend.is_none_or(|friend| !history.restarted.contains(&friend))
                }),
            ),
            Property::sometimes(
                "mutual",
                "Two actors are friends of each other.",
                Condition::Pair(|_, one: (Id, &Memory), other: (Id, &Memory)| {
                    one.1.friend == Some(other.0) && other.1.friend == Some(one.0)
                }),
            ),
            Property::sometimes(
                "silent",
                "Nothing is in flight, and somebody has heard something twice.",
                Condition::System(|view| {
                    let twice = |(_, memory): (Id, &Memory)| memory.heard.contains(&2);
                    view.state.network.in_flight().is_empty() && view.state.running().any(twice)
                }),
            ),
        ];
        if self.names_one {
            properties.push(Property::always(
                "the last one rests",
                "The last actor never sends anything.",
                Condition::Actor(|scenario: &Scenario, id, memory: &Memory| {
                    usize::from(id) + 1 != scenario.peer.peers || memory.sent == 0
                }),
            ));
        }
        properties
    }

    fn initial_aux(&self) -> History {
        History::default()
    }

    fn record(&self, history: &mut Cow<'_, History>, step: &Step<'_, Scenario>) {
        if let (Cause::Restart, Err(place)) =
            (&step.cause, history.restarted.binary_search(&step.actor))
        {
            history.to_mut().restarted.insert(place, step.actor);
        }
    }

    fn command(&self, _: u8) -> Option<Letter> {
        Some(Letter { kind: 0, about: None })
    }

    fn timer_bound(&self, _: &Option<Id>) -> Option<usize> {
        Some(0)
    }

    fn interchangeable(&self) -> Vec<usize> {
        (0..self.peer.peers).collect()
    }
}

fn options(threads: usize) -> Options {
    let options = limited(Engine::Quorate, Limits::default());
    Options { threads, symmetry: true, keep_going: true, ..options }
}

/// Beyond this a system is too large for a quick test.
const MOST_STATES: u64 = 4_000;

#[test]
fn random_symmetric_systems_are_those_of_the_oracle_up_to_renaming() {
    let (mut compared, mut states, mut found) = (0, 0, 0);
    for seed in 0..400 {
        let scenario = Scenario::random(seed);
        let system = Arc::new(System::new(scenario).expect("a system"));
        let Some(mut truth) = oracle::explore(&*system, MOST_STATES) else { continue };
        if truth.distinct < 8 {
            continue;
        }
        let reports = [1, 2, 4].map(|threads| {
            search_system(&system, &options(threads), &Watch::new())
                .unwrap_or_else(|error| panic!("seed {seed}: {error}"))
        });
        for report in &reports {
            assert_eq!(report.unreduced, Some(truth.distinct), "seed {seed}");
            assert_eq!(report.distinct, reports[0].distinct, "seed {seed}");
            assert_eq!(report.generated, reports[0].generated, "seed {seed}");
            assert!(report.distinct <= truth.distinct);
            let paths = report.properties.iter().zip(&reports[0].properties);
            paths.for_each(|(one, other)| assert_eq!(one.path, other.path, "seed {seed}"));
        }
        compared += 1;
        states += truth.distinct;
        found += reports[0].distinct;
        // All the rest is the same.
        (truth.distinct, truth.generated) = (reports[0].distinct, reports[0].generated);
        reports.iter().for_each(|report| compare(report, &truth, &format!("seed {seed}")));
    }
    assert!(compared >= 100 && states > 40_000, "{compared} systems, {states} states");
    assert!(found * 3 < states, "{found} of {states} states");
}

fn refused(system: Scenario, options: &Options) -> String {
    let system = Arc::new(System::new(system).expect("a system"));
    match search_system(&system, options, &Watch::new()) {
        Err(SearchError::Symmetry { reason }) => reason,
        other => panic!("it is not refused: {other:?}"),
    }
}

#[test]
fn where_there_is_no_symmetry_reduction_the_search_says_so() {
    let scenario = |change: fn(&mut Scenario)| {
        let mut scenario = Scenario::random(1);
        change(&mut scenario);
        scenario
    };
    let plain = || scenario(|_| {});
    for engine in [Engine::StaterightBfs, Engine::StaterightDfs, Engine::StaterightSimulation] {
        let options = Options { engine, ..options(1) };
        assert!(refused(plain(), &options).contains(engine.name()));
    }
    assert!(refused(plain(), &Options { exact: true, ..options(1) }).contains("exact"));
    let ordered = scenario(|s| s.environment.network = NetworkKind::Ordered);
    assert!(refused(ordered, &options(1)).contains("unordered networks"));
    let rounds = scenario(|s| s.environment.rounds = true);
    assert!(refused(rounds, &options(1)).contains("rounds"));
    let alone = scenario(|s| s.peer.peers = 1);
    assert!(refused(alone, &options(1)).contains("no interchangeable actors"));
    let many = scenario(|s| s.peer.peers = 7);
    assert!(refused(many, &options(1)).contains("7 actors"));
}

/// That a property names an actor shows when two forms of what it reads are both met. That is most
/// of the time and not always: who says that actors are interchangeable answers for it.
#[test]
fn a_property_that_names_an_actor_is_mostly_found_out() {
    const NAME: &str = "the last one rests";
    let length = |report: &checker::Report<_, _>| {
        report.property(NAME).and_then(|p| p.path.as_ref().map(|path| path.len()))
    };
    let (mut violated, mut missed) = (0, 0);
    for seed in 0..200 {
        let scenario = Scenario { names_one: true, ..Scenario::random(seed) };
        let system = Arc::new(System::new(scenario).expect("a system"));
        let limits = Limits { states: Some(MOST_STATES), ..Limits::default() };
        let plain = Options { symmetry: false, limits, ..options(1) };
        let plain = search_system(&system, &plain, &Watch::new()).expect("a report");
        if !plain.complete || length(&plain).is_none_or(|steps| steps == 0) {
            continue;
        }
        violated += 1;
        match search_system(&system, &options(1), &Watch::new()) {
            Err(SearchError::Panicked { message }) => assert!(message.contains(NAME), "{message}"),
            Err(SearchError::Unconfirmed { name, .. }) => assert_eq!(name, NAME),
            Ok(report) if length(&report) == length(&plain) => {}
            Ok(_) => missed += 1,
            Err(error) => panic!("seed {seed}: {error}"),
        }
    }
    assert!(violated >= 30 && missed * 10 <= violated, "{missed} of {violated}");
}
