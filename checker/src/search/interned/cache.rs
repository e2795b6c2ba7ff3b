//! What one thread remembers: facts about components, and what has come of each event before.

use std::sync::Arc;

use rustc_hash::FxHashMap;
use stateright::actor::{Actor, Id};

use super::Interned;
use super::judge::Set;
use super::tables::{Number, Placed};
use crate::fingerprint::Fingerprint;
use crate::system::reaction::{Input, react};
use crate::system::{Cause, Envelope, Local, Pending, Protocol, Spent, Step};

type EnvelopeOf<P> = Envelope<<<P as Protocol>::Actor as Actor>::Msg>;

/// What is worth knowing of a local state.
#[derive(Clone)]
pub(super) struct LocalFacts {
    pub(super) slot: usize,
    pub(super) hash: Fingerprint,
    pub(super) is_running: bool,
    pub(super) may_crash: bool,
    /// The bound that it lies beyond.
    pub(super) beyond: Option<&'static str>,
    /// The properties that it shows by itself.
    pub(super) shown: Set,
    /// How many timers are set.
    pub(super) timers: usize,
    /// How many values each open random choice has.
    pub(super) choices: Vec<usize>,
}

/// What is worth knowing of a message.
#[derive(Clone, Copy)]
pub(super) struct EnvelopeFacts {
    pub(super) hash: Fingerprint,
    pub(super) from: usize,
    pub(super) to: usize,
}

/// What is worth knowing of a history.
#[derive(Clone, Copy)]
pub(super) struct HistoryFacts {
    pub(super) hash: Fingerprint,
    /// The properties that it shows by itself.
    pub(super) shown: Set,
    /// The history at the beginning of the next event.
    pub(super) begun: Number,
}

/// What is worth knowing of what has been spent.
#[derive(Clone)]
pub(super) struct SpentFacts {
    pub(super) hash: Fingerprint,
    pub(super) spent: Arc<Spent>,
    /// Whether a running actor may still crash and start again.
    pub(super) may_restart: bool,
}

/// Something that is counted.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum Expense {
    Crash,
    Restart,
    Loss,
    Duplicate,
    Command,
    Timer(usize),
}

/// What can happen to an actor, by numbers.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum Happening {
    Message(Number),
    Timeout(u32),
    Random(u32, u32),
    Client(u8),
    Crash,
    Restart,
}

/// What has come of a happening.
pub(super) struct Outcome<P: Protocol> {
    /// The new local state.
    pub(super) local: Number,
    /// What was sent to other actors.
    pub(super) sent: Vec<Number>,
    /// Which limited timer has fired.
    pub(super) timer_bound: Option<usize>,
    happening: Happening,
    before: Arc<Placed<P>>,
    after: Arc<Placed<P>>,
    all_sent: Vec<EnvelopeOf<P>>,
}

/// What one thread remembers.
pub(crate) struct Cache<'s, P: Protocol> {
    pub(super) space: &'s Interned<'s, P>,
    locals: Vec<Option<LocalFacts>>,
    envelopes: Vec<Option<EnvelopeFacts>>,
    histories: Vec<Option<HistoryFacts>>,
    spent: Vec<Option<SpentFacts>>,
    /// The number after spending one more of something.
    spending: FxHashMap<(Number, Expense), Number>,
    /// Indices into `known_outcomes`, by local state and happening.
    outcomes: FxHashMap<(Number, Happening), Option<u32>>,
    known_outcomes: Vec<Outcome<P>>,
    /// The history after an outcome, by history and index of the outcome.
    recorded: FxHashMap<u64, Number>,
    /// Whether nothing can come of a message, by message, receiver, sender and whether there may be
    /// restarts.
    dead: FxHashMap<(Number, Number, Number, bool), bool>,
    pub(super) pairs: FxHashMap<u64, Set>,
    pub(super) locals_and_histories: FxHashMap<u64, Set>,
    /// The successor being built.
    pub(super) row: Vec<Number>,
}

/// The entry with this index, made if it is not there.
fn entry<T: Clone>(list: &mut Vec<Option<T>>, number: Number) -> &mut Option<T> {
    let index = number as usize;
    if index >= list.len() {
        list.resize(index + 1, None);
    }
    &mut list[index]
}

impl<'s, P: Protocol> Cache<'s, P> {
    pub(super) fn new(space: &'s Interned<'s, P>) -> Self {
        Cache {
            space,
            locals: Vec::new(),
            envelopes: Vec::new(),
            histories: Vec::new(),
            spent: Vec::new(),
            spending: FxHashMap::default(),
            outcomes: FxHashMap::default(),
            known_outcomes: Vec::new(),
            recorded: FxHashMap::default(),
            dead: FxHashMap::default(),
            pairs: FxHashMap::default(),
            locals_and_histories: FxHashMap::default(),
            row: Vec::new(),
        }
    }

    #[inline]
    pub(super) fn local(&mut self, number: Number) -> &LocalFacts {
        let index = number as usize;
        if self.locals.get(index).is_none_or(Option::is_none) {
            self.learn_local(number);
        }
        self.locals[index].as_ref().expect("it has just been learnt")
    }

    #[cold]
    fn learn_local(&mut self, number: Number) {
        let (placed, hash) = self.space.tables.locals.item(number);
        let protocol = self.space.system.protocol();
        let slot = usize::from(placed.0);
        let running = placed.1.running.as_ref();
        let facts = LocalFacts {
            slot,
            hash,
            is_running: running.is_some(),
            may_crash: protocol.may_crash(Id::from(slot)),
            beyond: running.and_then(|running| protocol.beyond(&running.state)),
            shown: self.shown_by_local(number),
            timers: running.map_or(0, |running| running.timers.len()),
            choices: running.map_or(Vec::new(), |running| {
                running.choices.iter().map(|(_, values)| values.len()).collect()
            }),
        };
        *entry(&mut self.locals, number) = Some(facts);
    }

    #[inline]
    pub(super) fn envelope(&mut self, number: Number) -> EnvelopeFacts {
        match self.envelopes.get(number as usize) {
            Some(Some(facts)) => *facts,
            _ => self.learn_envelope(number),
        }
    }

    #[cold]
    fn learn_envelope(&mut self, number: Number) -> EnvelopeFacts {
        let (envelope, hash) = self.space.tables.envelopes.item(number);
        let (from, to) = (usize::from(envelope.from), usize::from(envelope.to));
        *entry(&mut self.envelopes, number).insert(EnvelopeFacts { hash, from, to })
    }

    #[inline]
    pub(super) fn history(&mut self, number: Number) -> HistoryFacts {
        match self.histories.get(number as usize) {
            Some(Some(facts)) => *facts,
            _ => self.learn_history(number),
        }
    }

    #[cold]
    fn learn_history(&mut self, number: Number) -> HistoryFacts {
        let (history, hash) = self.space.tables.histories.item(number);
        let mut begun: Arc<P::Aux> = Arc::clone(&history);
        self.space.system.begin_event(&mut begun);
        let begun = match Arc::ptr_eq(&begun, &history) {
            true => number,
            false => self.space.tables.histories.number(begun),
        };
        let shown = self.shown_by_history(number);
        *entry(&mut self.histories, number).insert(HistoryFacts { hash, shown, begun })
    }

    /// What is worth knowing of what has been spent; a copy that no other thread counts.
    #[inline]
    pub(super) fn spent(&mut self, number: Number) -> &SpentFacts {
        let index = number as usize;
        if self.spent.get(index).is_none_or(Option::is_none) {
            let (spent, hash) = self.space.tables.spent.item(number);
            let may_restart = self.space.system.may_restart(&spent);
            let spent = Arc::new((*spent).clone());
            *entry(&mut self.spent, number) = Some(SpentFacts { hash, may_restart, spent });
        }
        self.spent[index].as_ref().expect("it has just been learnt")
    }

    /// The number of what has been spent after one more of something.
    pub(super) fn spend(&mut self, number: Number, expense: Expense) -> Number {
        if let Some(known) = self.spending.get(&(number, expense)) {
            return *known;
        }
        let table = &self.space.tables.spent;
        let mut spent = (*table.item(number).0).clone();
        *match expense {
            Expense::Crash => &mut spent.crashes,
            Expense::Restart => &mut spent.restarts,
            Expense::Loss => &mut spent.losses,
            Expense::Duplicate => &mut spent.duplicates,
            Expense::Command => &mut spent.commands,
            Expense::Timer(index) => &mut spent.timers[index],
        } += 1;
        let after = table.number(spent);
        self.spending.insert((number, expense), after);
        after
    }

    pub(super) fn outcome(&self, index: u32) -> &Outcome<P> {
        &self.known_outcomes[index as usize]
    }

    /// What comes of a happening: the index of an outcome, or nothing.
    pub(super) fn react(&mut self, local: Number, happening: Happening) -> Option<u32> {
        if let Some(known) = self.outcomes.get(&(local, happening)) {
            return *known;
        }
        let outcome = self.run(local, happening);
        let index = outcome.map(|outcome| {
            self.known_outcomes.push(outcome);
            self.known_outcomes.len() as u32 - 1
        });
        self.outcomes.insert((local, happening), index);
        index
    }

    /// Runs the handler.
    fn run(&self, number: Number, happening: Happening) -> Option<Outcome<P>> {
        let (system, tables) = (self.space.system, &self.space.tables);
        let before = tables.locals.item(number).0;
        let slot = before.0;
        let id = Id::from(usize::from(slot));
        let actor = &system.all_actors()[usize::from(slot)];
        let running = before.1.running.as_ref();
        let clients = Id::from(system.actors());
        let mut timer_bound = None;
        let reaction = match happening {
            Happening::Crash => {
                let local = Local { running: None, storage: before.1.storage.clone() };
                Some((local, Vec::new()))
            }
            Happening::Message(number) => {
                let envelope = tables.envelopes.item(number).0;
                let input = Input::Message(envelope.from, &envelope.message);
                react(actor, id, &before.1, &input).map(|r| (r.local, r.sent))
            }
            Happening::Client(number) => {
                let message = system.protocol().command(number)?;
                let input = Input::Message(clients, &message);
                react(actor, id, &before.1, &input).map(|r| (r.local, r.sent))
            }
            Happening::Timeout(index) => {
                let timer = &running?.timers[index as usize];
                timer_bound = system.protocol().timer_bound(timer);
                react(actor, id, &before.1, &Input::Timeout(timer)).map(|r| (r.local, r.sent))
            }
            Happening::Random(choice, index) => {
                let (key, values) = &running?.choices[choice as usize];
                let input = Input::Random(key, &values[index as usize]);
                react(actor, id, &before.1, &input).map(|r| (r.local, r.sent))
            }
            Happening::Restart => {
                react(actor, id, &before.1, &Input::Start).map(|r| (r.local, r.sent))
            }
        };
        let (local, all_sent) = reaction?;
        let to_actors = all_sent.iter().filter(|e| usize::from(e.to) < system.actors());
        let sent = to_actors.map(|envelope| tables.envelopes.number(envelope.clone())).collect();
        let local = tables.locals.number((slot, Arc::new(local)));
        let after = tables.locals.item(local).0;
        Some(Outcome { local, sent, timer_bound, happening, before, after, all_sent })
    }

    /// The history after an outcome.
    pub(super) fn record(&mut self, history: Number, index: u32) -> Number {
        let key = u64::from(history) << 32 | u64::from(index);
        if let Some(known) = self.recorded.get(&key) {
            return *known;
        }
        let after = self.record_anew(history, index);
        self.recorded.insert(key, after);
        after
    }

    fn record_anew(&self, number: Number, index: u32) -> Number {
        let (system, tables) = (self.space.system, &self.space.tables);
        let outcome = self.outcome(index);
        let (before, after) = (&outcome.before.1.running, &outcome.after.1.running);
        let (envelope, message);
        let cause: Cause<'_, P> = match (outcome.happening, before) {
            (Happening::Crash, _) => Cause::Crash,
            (Happening::Restart, _) => Cause::Restart,
            (Happening::Message(number), _) => {
                envelope = tables.envelopes.item(number).0;
                Cause::Message { from: envelope.from, message: &envelope.message }
            }
            (Happening::Client(number), _) => {
                message = system.protocol().command(number).expect("a client has sent it");
                Cause::Message { from: Id::from(system.actors()), message: &message }
            }
            (Happening::Timeout(index), Some(running)) => {
                Cause::Timeout(&running.timers[index as usize])
            }
            (Happening::Random(choice, index), Some(running)) => {
                Cause::Random(&running.choices[choice as usize].1[index as usize])
            }
            (_, None) => unreachable!("only a running actor has timers and choices"),
        };
        let step = Step {
            actor: Id::from(usize::from(outcome.before.0)),
            cause,
            before: before.as_ref().map(|running| &running.state),
            after: after.as_ref().map(|running| &running.state),
            sent: &outcome.all_sent,
        };
        let history = tables.histories.item(number).0;
        let mut recorded: Arc<P::Aux> = Arc::clone(&history);
        system.record_step(&mut recorded, &step);
        match Arc::ptr_eq(&recorded, &history) {
            true => number,
            false => tables.histories.number(recorded),
        }
    }

    /// Whether a message is never delivered, or nothing can come of it, between these local states.
    pub(super) fn is_dead(
        &mut self,
        envelope: Number,
        locals: &[Number],
        facts: EnvelopeFacts,
        may_restart: bool,
    ) -> bool {
        let (receiver, sender) = (locals[facts.to], locals.get(facts.from).copied());
        let key = (envelope, receiver, sender.unwrap_or(Number::MAX), may_restart);
        if let Some(known) = self.dead.get(&key) {
            return *known;
        }
        let tables = &self.space.tables;
        let receiver = tables.locals.item(receiver).0;
        let sender = sender.map(|number| tables.locals.item(number).0);
        let is_dead = match &receiver.1.running {
            // A crashed receiver may start again and do something with it.
            None => false,
            Some(running) => {
                let sender = sender.as_ref().and_then(|placed| placed.1.running.as_ref());
                self.space.system.is_dead_between(&Pending {
                    envelope: &tables.envelopes.item(envelope).0,
                    receiver: &running.state,
                    sender: sender.map(|running| &running.state),
                    may_restart,
                })
            }
        };
        self.dead.insert(key, is_dead);
        is_dead
    }
}
