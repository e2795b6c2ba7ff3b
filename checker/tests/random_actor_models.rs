//! Random small actor models of stateright's: the rows find what a plain exploration of whole states
//! finds.

#![allow(clippy::owned_cow)] // The handlers have the signature that stateright gives them.

mod common;

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::sync::Arc;

use checker::search::{Declared, search_actors};
use checker::{Engine, Options, SearchError, Watch};
use common::plain::{self, Found};
use common::{Random, compare, summary};
use stateright::Expectation;
use stateright::actor::{
    Actor, ActorModel, ActorModelState, Envelope, Id, LossyNetwork, Network, Out, model_timeout,
};

// ---- The actors --------------------------------------------------------------------------------

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Trigger {
    Start,
    Message(u8),
    Timer(u8),
    Choice(u8),
}

const TRIGGERS: [Trigger; 7] = [
    Trigger::Start,
    Trigger::Message(0),
    Trigger::Message(1),
    Trigger::Timer(0),
    Trigger::Timer(1),
    Trigger::Choice(0),
    Trigger::Choice(1),
];

/// What an actor does when something happens to it.
#[derive(Clone, Debug)]
struct Entry {
    /// The phase that it comes to; its own means that it claims a change and makes none.
    becomes: Option<u8>,
    sends: Vec<(usize, u8)>,
    /// Whether each of these goes out twice.
    twice: bool,
    sets: Option<u8>,
    cancels: Option<u8>,
    /// Whether the timer that has fired is set again.
    renews: bool,
    saves: bool,
    chooses: Option<(&'static str, Vec<u8>)>,
}

/// An actor that does what stands in a table, by what happens to it and its phase.
#[derive(Clone, Debug)]
struct Scripted {
    table: BTreeMap<(Trigger, u8), Entry>,
    /// How many messages it sends before it falls silent, as far as it remembers.
    most_sent: u8,
}

/// What an actor knows, and what it stores.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
struct Memory {
    phase: u8,
    sent: u8,
}

impl Entry {
    fn random(random: &mut Random, phases: u8, actors: usize) -> Entry {
        let timer = |random: &mut Random| random.below(2) as u8;
        // To itself too, and to two that are not there.
        let message = |random: &mut Random| (random.below(actors + 2), random.below(2) as u8);
        let values = [vec![], vec![0], vec![0, 1], vec![1, 0, 1]];
        Entry {
            becomes: (!random.once_in(3)).then(|| random.below(usize::from(phases)) as u8),
            sends: (0..random.below(3)).map(|_| message(random)).collect(),
            twice: random.once_in(4),
            sets: random.once_in(3).then(|| timer(random)),
            cancels: random.once_in(6).then(|| timer(random)),
            renews: random.once_in(4),
            saves: random.once_in(3),
            chooses: random
                .once_in(6)
                .then(|| (random.pick(&["colour", "shape"]), random.pick(&values))),
        }
    }
}

impl Scripted {
    fn random(random: &mut Random, actors: usize) -> Scripted {
        let phases = 2 + random.below(3) as u8;
        let mut table = BTreeMap::new();
        for trigger in TRIGGERS {
            for phase in 0..phases {
                if trigger == Trigger::Start || !random.once_in(3) {
                    table.insert((trigger, phase), Entry::random(random, phases, actors));
                }
            }
        }
        Scripted { table, most_sent: 1 + random.below(2) as u8 }
    }

    fn play(&self, trigger: Trigger, state: &mut Cow<'_, Memory>, out: &mut Out<Self>) {
        let Some(entry) = self.table.get(&(trigger, state.phase)) else { return };
        if let Some(phase) = entry.becomes {
            state.to_mut().phase = phase;
        }
        let copies = if entry.twice { 2 } else { 1 };
        for &(to, message) in &entry.sends {
            if state.sent < self.most_sent {
                state.to_mut().sent += 1;
                (0..copies).for_each(|_| out.send(Id::from(to), message));
            }
        }
        if let Some(timer) = entry.cancels {
            out.cancel_timer(timer);
        }
        if let Some(timer) = entry.sets {
            out.set_timer(timer, model_timeout());
        }
        if let (true, Trigger::Timer(timer)) = (entry.renews, trigger) {
            out.set_timer(timer, model_timeout());
        }
        if let Some((key, values)) = &entry.chooses {
            out.choose_random(*key, values.clone());
        }
        if entry.saves {
            out.save(state.clone().into_owned());
        }
    }
}

impl Actor for Scripted {
    type Msg = u8;
    type Timer = u8;
    type State = Memory;
    type Storage = Memory;
    type Random = u8;

    fn on_start(&self, _: Id, stored: &Option<Memory>, out: &mut Out<Self>) -> Memory {
        let mut state = Cow::Owned(stored.clone().unwrap_or(Memory { phase: 0, sent: 0 }));
        self.play(Trigger::Start, &mut state, out);
        state.into_owned()
    }

    fn on_msg(&self, _: Id, state: &mut Cow<Memory>, _: Id, message: u8, out: &mut Out<Self>) {
        self.play(Trigger::Message(message), state, out);
    }

    fn on_timeout(&self, _: Id, state: &mut Cow<Memory>, timer: &u8, out: &mut Out<Self>) {
        self.play(Trigger::Timer(*timer), state, out);
    }

    fn on_random(&self, _: Id, state: &mut Cow<Memory>, value: &u8, out: &mut Out<Self>) {
        self.play(Trigger::Choice(*value), state, out);
    }
}

// ---- The models --------------------------------------------------------------------------------

/// What is recorded, and where the boundary is.
#[derive(Clone, Debug)]
struct Config {
    hears: bool,
    says: bool,
    most_in_flight: usize,
}

/// How many messages were taken in, up to three, and what was sent last.
type History = (u8, Option<(usize, u8)>);
type Scenario = ActorModel<Scripted, Config, History>;
type State = ActorModelState<Scripted, History>;

fn hear(config: &Config, history: &History, _: Envelope<&u8>) -> Option<History> {
    (config.hears && history.0 < 3).then_some((history.0 + 1, history.1))
}

fn say(config: &Config, history: &History, sent: Envelope<&u8>) -> Option<History> {
    config.says.then_some((history.0, Some((sent.dst.into(), *sent.msg))))
}

fn hears_little(history: &History) -> bool {
    history.0 < 3
}

fn speaks_to_the_first(history: &History) -> bool {
    matches!(history.1, Some((0, 1)))
}

fn random_network(random: &mut Random, actors: usize) -> Network<u8> {
    // From outside, and to somebody who is not there.
    let any = |random: &mut Random| Envelope {
        src: Id::from(random.below(actors + 2)),
        dst: Id::from(random.below(actors + 1)),
        msg: random.below(2) as u8,
    };
    let mut envelopes: Vec<_> = (0..random.below(3)).map(|_| any(random)).collect();
    if random.once_in(3) {
        envelopes.extend(envelopes.clone());
    }
    match random.below(3) {
        0 => Network::new_unordered_duplicating(envelopes),
        1 => Network::new_unordered_nonduplicating(envelopes),
        _ => Network::new_ordered(envelopes),
    }
}

fn scenario(seed: u64) -> Scenario {
    let mut random = Random::new(seed);
    let actors = random.pick(&[1, 2, 2, 3]);
    let config = Config {
        hears: random.once_in(2),
        says: random.once_in(2),
        most_in_flight: 1 + random.below(4),
    };
    let network = random_network(&mut random, actors);
    let mut model = ActorModel::new(config, (0, None))
        .actors((0..actors).map(|_| Scripted::random(&mut random, actors)))
        .init_network(network)
        .lossy_network(random.pick(&[LossyNetwork::Yes, LossyNetwork::No]))
        .max_crashes(random.pick(&[0, 0, 1, 2]))
        .record_msg_in(hear)
        .record_msg_out(say)
        .property(Expectation::Always, "no two at two", |_, state| {
            state.actor_states.iter().filter(|memory| memory.phase == 2).count() < 2
        })
        .property(Expectation::Always, "hears little", |_, state| hears_little(&state.history))
        .property(Expectation::Sometimes, "quiet", |_, state: &State| {
            state.network.len() == 0 && !state.crashed.contains(&true)
        })
        .property(Expectation::Sometimes, "speaks to the first", |_, state| {
            speaks_to_the_first(&state.history)
        });
    if random.once_in(2) {
        model = model.within_boundary(|config, state| state.network.len() <= config.most_in_flight);
    }
    model
}

/// None, one or both of the properties of the history.
fn declared(seed: u64) -> Declared<History> {
    let mut declared = Declared::default();
    if !seed.is_multiple_of(3) {
        declared = declared.history("hears little", hears_little);
    }
    if seed % 3 > 1 {
        declared = declared.history("speaks to the first", speaks_to_the_first);
    }
    declared
}

// ---- The comparison ----------------------------------------------------------------------------

fn agrees(seed: u64, model: &Arc<Scenario>, found: &Found<Scripted>) {
    let declared = declared(seed);
    let mut first = None;
    for exact in [false, true] {
        for threads in [1, 2, 4] {
            let options =
                Options { threads, exact, keep_going: true, coverage: true, ..Options::default() };
            let report = search_actors(model, &declared, &options, &Watch::new());
            let report = report.unwrap_or_else(|error| panic!("seed {seed}: {error}"));
            let what = (seed, exact);
            compare(&report, &found.truth, &what);
            assert_eq!(report.collision_probability == 0.0, exact || report.distinct < 2);
            assert_eq!(plain::taken::<Scripted, _>(&report), found.taken, "{what:?}");
            plain::walk(model, &report);
            let first = first.get_or_insert_with(|| summary(&report));
            assert_eq!(summary(&report), *first, "{threads} threads, {what:?}");
        }
    }
}

/// Where stateright's `Hash` can take no two states for one, its own search finds the same, and so
/// does ours of whole states.
fn agrees_with_whole_states(seed: u64, model: &Arc<Scenario>, found: &Found<Scripted>) {
    let options = Options { threads: 2, keep_going: true, coverage: true, ..Options::default() };
    let whole = checker::search(model, &options, &Watch::new()).expect("a report");
    compare(&whole, &found.truth, &("whole", seed));
    assert_eq!(plain::taken::<Scripted, _>(&whole), found.taken, "whole, seed {seed}");
    let options = Options { engine: Engine::StaterightBfs, threads: 1, ..options };
    let theirs = search_actors(model, &Declared::default(), &options, &Watch::new());
    compare(&theirs.expect("a report"), &found.truth, &("stateright", seed));
}

/// Beyond this a model is too large for a quick test.
const MOST_STATES: usize = 1_200;

#[test]
fn rows_agree_with_whole_states_on_random_actor_models() {
    let (mut compared, mut states, mut with_stateright) = (0, 0, 0);
    let mut met = BTreeMap::new();
    for seed in 0..700 {
        let model = Arc::new(scenario(seed));
        let Some(found) = plain::explore(&model, MOST_STATES) else { continue };
        if found.truth.distinct == 0 {
            let error = search_actors(&model, &declared(seed), &Options::default(), &Watch::new());
            assert_eq!(error.err(), Some(SearchError::NoInitialState), "seed {seed}");
            continue;
        }
        agrees(seed, &model, &found);
        if found.with_timers < 2 && found.with_choices < 2 {
            agrees_with_whole_states(seed, &model, &found);
            with_stateright += 1;
        }
        compared += 1;
        states += found.truth.distinct;
        let mut meet = |what: String| *met.entry(what).or_insert(0) += 1;
        for (name, steps) in &found.truth.shown {
            meet(format!("{name}: {}", steps.is_some()));
        }
        let network = match model.init_network {
            Network::UnorderedDuplicating(..) => "set",
            Network::UnorderedNonDuplicating(_) => "multiset",
            Network::Ordered(_) => "queues",
        };
        meet(format!("{network}, lossy: {}", model.lossy_network == LossyNetwork::Yes));
        meet(format!("{} crashes", model.max_crashes));
        meet(format!("timers: {}, choices: {}", found.with_timers > 1, found.with_choices > 1));
        meet(format!("more than 100 states: {}", found.truth.distinct > 100));
    }
    // The seeds are fixed, so this says what the test covers.
    assert!(compared >= 300 && states > 30_000, "{compared} models, {states} states");
    assert!(with_stateright > 100, "{with_stateright} of {compared} with stateright");
    assert_eq!(met.len(), 8 + 6 + 3 + 4 + 2, "{met:#?}");
    assert!(met.values().all(|&times| times >= 3), "{met:#?}");
}
