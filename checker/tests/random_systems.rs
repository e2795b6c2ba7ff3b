//! Random small systems of actors: every engine finds what a plain exploration finds.

mod common;

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::sync::Arc;

use checker::oracle;
use checker::system::{
    Cause, Condition, Environment, NetworkKind, Property, Protocol, Step, System,
};
use common::{Random, agree_with_system};
use stateright::actor::{Actor, Id, Out, model_timeout};

/// What an actor does when something happens to it.
#[derive(Clone, Debug, Default)]
struct Entry {
    becomes: Option<u8>,
    sends: Vec<(usize, u8)>,
    sets: Option<u8>,
    cancels: Option<u8>,
    saves: Option<u8>,
    chooses: Option<Vec<u8>>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Trigger {
    Start,
    Message(u8),
    Timer(u8),
    Choice(u8),
}

/// An actor that does what stands in a table, by what happens to it and its local state. At the
/// start the state is what it has stored.
#[derive(Clone, Debug)]
struct Scripted(BTreeMap<(Trigger, u8), Entry>);

/// How many messages an actor sends before it falls silent.
const MOST_SENT: u8 = 2;

#[derive(Clone, Debug, PartialEq, Eq, Hash, serde::Serialize)]
struct Memory {
    phase: u8,
    sent: u8,
}

impl Scripted {
    fn random(random: &mut Random, actors: usize) -> Scripted {
        let phases = 2 + random.below(3) as u8;
        let mut table = BTreeMap::new();
        let triggers = [
            Trigger::Start,
            Trigger::Message(0),
            Trigger::Message(1),
            Trigger::Timer(0),
            Trigger::Timer(1),
            Trigger::Choice(0),
            Trigger::Choice(1),
        ];
        for trigger in triggers {
            for phase in 0..phases {
                if !random.once_in(3) || trigger == Trigger::Start {
                    table.insert((trigger, phase), Entry::random(random, phases, actors));
                }
            }
        }
        Scripted(table)
    }

    fn play(&self, trigger: Trigger, state: &mut Cow<'_, Memory>, o: &mut Out<Self>) {
        let Some(entry) = self.0.get(&(trigger, state.phase)) else { return };
        if let Some(phase) = entry.becomes {
            state.to_mut().phase = phase;
        }
        for &(to, message) in &entry.sends {
            if state.sent < MOST_SENT {
                state.to_mut().sent += 1;
                o.send(Id::from(to), message);
            }
        }
        if let Some(timer) = entry.sets {
            o.set_timer(timer, model_timeout());
        }
        if let Some(timer) = entry.cancels {
            o.cancel_timer(timer);
        }
        if let Some(saved) = entry.saves {
            o.save(saved);
        }
        if let Some(values) = &entry.chooses {
            o.choose_random("choice", values.clone());
        }
    }
}

impl Entry {
    fn random(random: &mut Random, phases: u8, actors: usize) -> Entry {
        let phase = |random: &mut Random| random.below(usize::from(phases)) as u8;
        let timer = |random: &mut Random| random.below(2) as u8;
        // One more than there are: a client.
        let message = |random: &mut Random| (random.below(actors + 1), random.below(2) as u8);
        Entry {
            becomes: (!random.once_in(3)).then(|| phase(random)),
            sends: (0..random.below(3)).map(|_| message(random)).collect(),
            sets: random.once_in(3).then(|| timer(random)),
            cancels: random.once_in(6).then(|| timer(random)),
            saves: random.once_in(3).then(|| phase(random)),
            chooses: random.once_in(8).then(|| vec![0, 1]),
        }
    }
}

impl Actor for Scripted {
    type Msg = u8;
    type Timer = u8;
    type State = Memory;
    type Storage = u8;
    type Random = u8;

    fn on_start(&self, _: Id, storage: &Option<u8>, o: &mut Out<Self>) -> Memory {
        let memory = Memory { phase: storage.unwrap_or(0), sent: 0 };
        let mut state = Cow::Owned(memory);
        self.play(Trigger::Start, &mut state, o);
        state.into_owned()
    }

    fn on_msg(&self, _: Id, state: &mut Cow<Memory>, _: Id, message: u8, o: &mut Out<Self>) {
        self.play(Trigger::Message(message), state, o);
    }

    fn on_timeout(&self, _: Id, state: &mut Cow<Memory>, timer: &u8, o: &mut Out<Self>) {
        self.play(Trigger::Timer(*timer), state, o);
    }

    fn on_random(&self, _: Id, state: &mut Cow<Memory>, value: &u8, o: &mut Out<Self>) {
        self.play(Trigger::Choice(*value), state, o);
    }
}

#[derive(Clone, Debug)]
struct Scenario {
    actors: Vec<Scripted>,
    environment: Environment,
    last_phase: u8,
}

impl Scenario {
    fn random(seed: u64) -> Scenario {
        let mut random = Random::new(seed);
        let actors = 1 + random.below(3);
        let mut up_to = |most: usize| random.below(most + 1) as u8;
        let environment = Environment {
            crashes: up_to(1),
            restarts: up_to(1),
            losses: up_to(1),
            duplicates: up_to(1),
            commands: up_to(2),
            timers: vec![("ticks", up_to(2))],
            rounds: up_to(4) == 0,
            network: [NetworkKind::Ordered, NetworkKind::Unordered][usize::from(up_to(1))],
            ..Environment::default()
        };
        let actors = (0..actors).map(|_| Scripted::random(&mut random, actors)).collect();
        Scenario { actors, environment, last_phase: 2 + random.below(3) as u8 }
    }
}

impl Protocol for Scenario {
    type Actor = Scripted;
    /// How often an actor has started again, and what was recorded last.
    type Aux = (u8, u8);

    fn actors(&self) -> Vec<Scripted> {
        self.actors.clone()
    }

    fn environment(&self) -> Environment {
        self.environment.clone()
    }

    fn properties(&self) -> Vec<Property<Scenario>> {
        vec![
            Property::always(
                "no two at two",
                "No two actors are in phase 2.",
                Condition::Pair(|_, one: (Id, &Memory), other: (Id, &Memory)| {
                    one.1.phase != 2 || other.1.phase != 2
                }),
            ),
            Property::always(
                "nobody at three after a restart",
                "When an actor has started again, nobody is in phase 3.",
                Condition::ActorAndAux(|_, _, memory: &Memory, aux: &(u8, u8)| {
                    memory.phase != 3 || aux.0 == 0
                }),
            ),
            Property::sometimes(
                "silent",
                "Somebody has sent all that it may.",
                Condition::Actor(|_, _, memory: &Memory| memory.sent == MOST_SENT),
            ),
            Property::sometimes(
                "nothing in flight, all started",
                "Nothing is in flight while everybody runs.",
                Condition::System(|view| {
                    let running = view.state.running().count();
                    view.state.network.in_flight().is_empty() && running == view.state.locals.len()
                }),
            ),
        ]
    }

    fn initial_aux(&self) -> (u8, u8) {
        (0, 0)
    }

    fn begin_event(&self, aux: &mut std::borrow::Cow<'_, (u8, u8)>) {
        aux.to_mut().1 = 0;
    }

    fn record(&self, aux: &mut std::borrow::Cow<'_, (u8, u8)>, step: &Step<'_, Scenario>) {
        match step.cause {
            Cause::Restart => aux.to_mut().0 += 1,
            Cause::Crash => aux.to_mut().1 = 1,
            _ => {}
        }
    }

    fn command(&self, number: u8) -> Option<u8> {
        Some(number % 2)
    }

    fn timer_bound(&self, _: &u8) -> Option<usize> {
        Some(0)
    }

    fn beyond(&self, memory: &Memory) -> Option<&'static str> {
        (memory.phase > self.last_phase).then_some("phases")
    }
}

/// Beyond this a system is too large for a quick test.
const MOST_STATES: u64 = 2_500;

#[test]
fn every_engine_agrees_with_the_oracle_on_random_systems() {
    let (mut compared, mut states) = (0, 0);
    let mut met = BTreeMap::new();
    for seed in 0..300 {
        let scenario = Scenario::random(seed);
        let environment = scenario.environment.clone();
        let system = Arc::new(System::new(scenario).expect("a system"));
        let Some(truth) = oracle::explore(&*system, MOST_STATES) else { continue };
        if truth.distinct < 8 {
            continue;
        }
        agree_with_system(&truth, &system, &format!("seed {seed}"));
        compared += 1;
        states += truth.distinct;
        for (index, (_, steps)) in truth.shown.iter().enumerate() {
            *met.entry(format!("property {index}: {}", steps.is_some())).or_insert(0) += 1;
        }
        let kind = format!("{:?}, rounds: {}", environment.network, environment.rounds);
        *met.entry(kind).or_insert(0) += 1;
        for bound in system.bounds_reached() {
            *met.entry(bound.to_owned()).or_insert(0) += 1;
        }
    }
    // The seeds are fixed, so this says what the test covers: both networks, rounds, all bounds
    // and both verdicts on every property.
    assert!(compared >= 100 && states > 20_000, "{compared} systems, {states} states");
    assert_eq!(met.len(), 8 + 4 + 7, "{met:#?}");
    assert!(met.values().all(|&times| times >= 3), "{met:#?}");
}
