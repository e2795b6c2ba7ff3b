//! stateright's actor models in components, exactly as its `next_state` treats them: a crashed
//! actor keeps its state in memory, and a duplicating network remembers the last delivery.

use std::borrow::Cow;
use std::fmt::Debug;
use std::hash::Hash;
use std::ptr::fn_addr_eq;
use std::sync::Arc;

use derive_where::derive_where;
use stateright::actor::{
    Actor, ActorModel, ActorModelAction, ActorModelState, Command, Envelope, Id, LossyNetwork,
    Network, Out, RandomChoices, Timers, is_no_op, is_no_op_with_timer,
};
use stateright::{Expectation, Model};

use super::machine::{
    Discipline, Effect, Event, Happening, Machine, NetworkRules, OwnEvent, Parts, Reads, Recorded,
};

/// The actors of stateright's models that can be explored on several threads.
pub(in crate::search) trait Plain:
    Actor<
        Msg: Ord + Send + Sync,
        Timer: Ord + Send + Sync,
        State: Send + Sync,
        Storage: Send + Sync,
        Random: Send + Sync,
    > + Send
    + Sync
{
}

impl<A> Plain for A where
    A: Actor<
            Msg: Ord + Send + Sync,
            Timer: Ord + Send + Sync,
            State: Send + Sync,
            Storage: Send + Sync,
            Random: Send + Sync,
        > + Send
        + Sync
{
}

/// A condition that reads nothing but the history.
type OfHistory<H> = fn(&H) -> bool;

/// One of stateright's actor models, as components.
pub(in crate::search) struct OfActorModel<'m, A: Plain, C, H: Clone + Debug + Hash> {
    model: &'m ActorModel<A, C, H>,
    /// What is declared of each property, by index.
    declared: Vec<Option<OfHistory<H>>>,
    has_boundary: bool,
}

/// One actor.
#[derive_where(Clone, PartialEq, Hash; A::State, A::Timer, A::Random, A::Storage)]
pub(in crate::search) struct PlainLocal<A: Actor> {
    state: Arc<A::State>,
    /// Sorted.
    timers: Vec<A::Timer>,
    /// Sorted by their keys.
    choices: Vec<(String, Vec<A::Random>)>,
    is_crashed: bool,
    storage: Option<A::Storage>,
}

// stateright asks for no more than `PartialEq` of states that it hashes.
impl<A: Actor> Eq for PlainLocal<A> where Self: PartialEq {}

/// A history.
#[derive(Clone, PartialEq, Hash)]
pub(in crate::search) struct PlainHistory<H>(H);

impl<H: PartialEq> Eq for PlainHistory<H> {}

/// What belongs to no actor.
#[derive(Clone, PartialEq, Eq, Hash)]
pub(in crate::search) struct Rest<M> {
    /// How many actors are crashed.
    crashed: usize,
    /// On a duplicating network, the last message that was delivered.
    last: Option<Envelope<M>>,
}

impl<'m, A, C, H> OfActorModel<'m, A, C, H>
where
    A: Plain,
    C: Clone,
    H: Clone + Debug + Hash,
{
    pub(in crate::search) fn new(
        model: &'m ActorModel<A, C, H>,
        declared: &[(&'static str, OfHistory<H>)],
    ) -> Self {
        // The same address is the same code. Other code may still be a boundary that lets
        // everything pass, which is then asked of every state.
        let blank = ActorModel::<A, C, H>::new(model.cfg.clone(), model.init_history.clone());
        let has_boundary = !fn_addr_eq(model.within_boundary, blank.within_boundary);
        let of = |name: &str| declared.iter().find(|(known, _)| *known == name).map(|(_, f)| *f);
        let declared = model.properties.iter().map(|property| of(property.name)).collect();
        OfActorModel { model, declared, has_boundary }
    }
}

impl<A, C, H> OfActorModel<'_, A, C, H>
where
    A: Plain,
    C: Clone + Send + Sync,
    H: Clone + Debug + PartialEq + Hash + Send + Sync,
{
    /// The local state after a handler has run, with the commands applied that concern it.
    fn after(
        &self,
        local: &PlainLocal<A>,
        id: Id,
        state: Cow<'_, A::State>,
        out: Out<A>,
    ) -> Effect<Self> {
        let mut local = local.clone();
        if let Cow::Owned(state) = state {
            local.state = Arc::new(state);
        }
        let mut sent = Vec::new();
        for command in out {
            match command {
                Command::Send(dst, msg) => sent.push(Envelope { src: id, dst, msg }),
                Command::SetTimer(timer, _) => {
                    if let Err(place) = local.timers.binary_search(&timer) {
                        local.timers.insert(place, timer);
                    }
                }
                Command::CancelTimer(timer) => local.timers.retain(|set| *set != timer),
                Command::ChooseRandom(key, values) => {
                    local.choices.retain(|(open, _)| *open != key);
                    if !values.is_empty() {
                        let place = local.choices.partition_point(|(open, _)| *open < key);
                        local.choices.insert(place, (key, values));
                    }
                }
                Command::Save(storage) => local.storage = Some(storage),
            }
        }
        Effect { local, sent }
    }

    fn is_shown(&self, property: usize, holds: bool) -> bool {
        holds == (self.model.properties[property].expectation == Expectation::Sometimes)
    }
}

impl<A, C, H> Machine for OfActorModel<'_, A, C, H>
where
    A: Plain,
    C: Clone + Send + Sync,
    H: Clone + Debug + PartialEq + Hash + Send + Sync,
{
    type Local = PlainLocal<A>;
    type Envelope = Envelope<A::Msg>;
    type History = PlainHistory<H>;
    type Spent = Rest<A::Msg>;
    type State = ActorModelState<A, H>;
    type Action = ActorModelAction<A::Msg, A::Timer, A::Random>;

    fn slots(&self) -> usize {
        self.model.actors.len()
    }

    fn discipline(&self) -> Discipline {
        match self.model.init_network {
            Network::UnorderedDuplicating(..) => Discipline::Set,
            Network::UnorderedNonDuplicating(_) => Discipline::Multiset,
            Network::Ordered(_) => Discipline::Queue,
        }
    }

    fn initial(&self) -> Vec<Self::State> {
        self.model.init_states()
    }

    fn take_apart(&self, state: &Self::State) -> Parts<Self> {
        let local = |slot: usize| {
            let mut timers: Vec<_> = state.timers_set[slot].iter().cloned().collect();
            timers.sort_unstable();
            let choices = state.random_choices[slot].map.iter();
            let mut choices: Vec<_> =
                choices.map(|(key, values)| (key.clone(), values.clone())).collect();
            choices.sort_unstable();
            PlainLocal {
                state: Arc::clone(&state.actor_states[slot]),
                timers,
                choices,
                is_crashed: state.crashed[slot],
                storage: state.actor_storages[slot].clone(),
            }
        };
        let mut last = None;
        let envelopes = match &state.network {
            Network::UnorderedDuplicating(set, delivered) => {
                last.clone_from(delivered);
                set.iter().cloned().collect()
            }
            Network::UnorderedNonDuplicating(copies) => copies
                .iter()
                .flat_map(|(envelope, copies)| std::iter::repeat_n(envelope.clone(), *copies))
                .collect(),
            Network::Ordered(links) => links
                .iter()
                .flat_map(|(&(src, dst), queue)| {
                    queue.iter().map(move |msg| Envelope { src, dst, msg: msg.clone() })
                })
                .collect(),
        };
        let crashed = state.crashed.iter().filter(|crashed| **crashed).count();
        Parts {
            locals: (0..self.slots()).map(local).collect(),
            envelopes,
            history: PlainHistory(state.history.clone()),
            spent: Rest { crashed, last },
        }
    }

    fn put_together(&self, parts: Parts<Self>) -> Self::State {
        let timers = |local: &PlainLocal<A>| {
            let mut timers = Timers::new();
            for timer in &local.timers {
                timers.set(timer.clone());
            }
            timers
        };
        let choices = |local: &PlainLocal<A>| {
            let mut choices = RandomChoices::default();
            for (key, values) in &local.choices {
                choices.insert(key.clone(), values.clone());
            }
            choices
        };
        let locals = parts.locals;
        let envelopes = parts.envelopes;
        ActorModelState {
            timers_set: locals.iter().map(timers).collect(),
            random_choices: locals.iter().map(choices).collect(),
            crashed: locals.iter().map(|local| local.is_crashed).collect(),
            history: parts.history.0,
            network: match self.discipline() {
                Discipline::Set => {
                    Network::new_unordered_duplicating_with_last_msg(envelopes, parts.spent.last)
                }
                Discipline::Multiset => Network::new_unordered_nonduplicating(envelopes),
                Discipline::Queue => Network::new_ordered(envelopes),
            },
            actor_storages: locals.iter().map(|local| local.storage.clone()).collect(),
            actor_states: locals.into_iter().map(|local| local.state).collect(),
        }
    }

    fn ends(&self, envelope: &Self::Envelope) -> (usize, usize) {
        (envelope.src.into(), envelope.dst.into())
    }

    fn is_running(&self, local: &PlainLocal<A>) -> bool {
        !local.is_crashed
    }

    fn beyond(&self, _: usize, _: &PlainLocal<A>) -> Option<&'static str> {
        None
    }

    fn react(
        &self,
        slot: usize,
        local: &PlainLocal<A>,
        happening: Happening<&Self::Envelope>,
    ) -> Option<Effect<Self>> {
        let (actor, id) = (&self.model.actors[slot], Id::from(slot));
        let mut out = Out::new();
        let mut state = Cow::Borrowed(&*local.state);
        let mut before = local.clone();
        match happening {
            Happening::Message(envelope) => {
                actor.on_msg(id, &mut state, envelope.src, envelope.msg.clone(), &mut out);
                if is_no_op(&state, &out) && self.discipline() != Discipline::Queue {
                    return None;
                }
            }
            Happening::Timeout(index) => {
                let timer = before.timers.remove(index as usize);
                actor.on_timeout(id, &mut state, &timer, &mut out);
                if is_no_op_with_timer(&state, &out, &timer) {
                    return None;
                }
            }
            Happening::Random(choice, index) => {
                let (_, values) = before.choices.remove(choice as usize);
                actor.on_random(id, &mut state, &values[index as usize], &mut out);
            }
            Happening::Crash => {
                before.timers.clear();
                before.choices.clear();
                before.is_crashed = true;
            }
            Happening::Restart => {
                state = Cow::Owned(actor.on_start(id, &local.storage, &mut out));
                before.is_crashed = false;
            }
            Happening::Client(_) => return None,
        }
        Some(self.after(&before, id, state, out))
    }

    fn leaves(&self, _: &Self::Envelope) -> bool {
        false
    }

    fn begin_event(&self, _: &PlainHistory<H>) -> Option<PlainHistory<H>> {
        None
    }

    fn record(
        &self,
        PlainHistory(history): &PlainHistory<H>,
        what: &Recorded<'_, Self>,
    ) -> Option<PlainHistory<H>> {
        let seen = |envelope: &'_ Self::Envelope| (envelope.src, envelope.dst);
        let mut recorded: Option<H> = None;
        if let Happening::Message(envelope) = what.happening {
            let (src, dst) = seen(envelope);
            let arriving = Envelope { src, dst, msg: &envelope.msg };
            recorded = (self.model.record_msg_in)(&self.model.cfg, history, arriving);
        }
        for envelope in what.sent {
            let (src, dst) = seen(envelope);
            let leaving = Envelope { src, dst, msg: &envelope.msg };
            let before = recorded.as_ref().unwrap_or(history);
            let after = (self.model.record_msg_out)(&self.model.cfg, before, leaving);
            recorded = after.or(recorded);
        }
        recorded.map(PlainHistory)
    }

    fn own_events(
        &self,
        _: usize,
        local: &PlainLocal<A>,
        rest: &Self::Spent,
        _: bool,
    ) -> Vec<OwnEvent<Self::Spent>> {
        let mut events = Vec::new();
        let mut add = |happening, spent| events.push(OwnEvent { happening, spent: Ok(spent) });
        (0..local.timers.len() as u32).for_each(|index| add(Happening::Timeout(index), None));
        if local.is_crashed {
            let crashed = rest.crashed - 1;
            add(Happening::Restart, Some(Rest { crashed, ..rest.clone() }));
        } else if rest.crashed < self.model.max_crashes {
            let crashed = rest.crashed + 1;
            add(Happening::Crash, Some(Rest { crashed, ..rest.clone() }));
        }
        for (choice, (_, values)) in (0..).zip(&local.choices) {
            let indices = 0..values.len() as u32;
            indices.for_each(|index| add(Happening::Random(choice, index), None));
        }
        events
    }

    fn is_passive(&self, local: &PlainLocal<A>) -> bool {
        let may_crash = self.model.max_crashes > 0 || local.is_crashed;
        !may_crash && local.timers.is_empty() && local.choices.is_empty()
    }

    fn restarts_at_once(&self, _: &Self::Spent) -> bool {
        false
    }

    fn network_rules(&self, rest: &Self::Spent) -> NetworkRules<Self::Spent> {
        let drop = (self.model.lossy_network == LossyNetwork::Yes).then(|| rest.clone());
        NetworkRules { drop, duplicate: None }
    }

    fn traces_deliveries(&self) -> bool {
        self.discipline() == Discipline::Set
    }

    fn spent_on_delivery(&self, rest: &Self::Spent, of: &Self::Envelope) -> Option<Self::Spent> {
        let is_known = rest.last.as_ref() == Some(of);
        (!is_known).then(|| Rest { last: Some(of.clone()), ..rest.clone() })
    }

    fn check_copies(&self, _: usize) {}

    fn purges(&self) -> bool {
        false
    }

    fn may_restart(&self, _: &Self::Spent) -> bool {
        false
    }

    fn is_dead(
        &self,
        _: &Self::Envelope,
        _: &PlainLocal<A>,
        _: Option<&PlainLocal<A>>,
        _: bool,
    ) -> bool {
        false
    }

    fn note(&self, _: &'static str) {}

    fn unnoted_duplicates(&self) -> Option<&'static str> {
        None
    }

    fn property_name(&self, property: usize) -> &'static str {
        self.model.properties[property].name
    }

    fn properties(&self) -> Vec<Reads> {
        let reads = |declared: &Option<_>| declared.map_or(Reads::State, |_| Reads::History);
        self.declared.iter().map(reads).collect()
    }

    fn shown_by_local(&self, _: usize, _: usize, _: &PlainLocal<A>) -> bool {
        false
    }

    fn shown_by_pair(
        &self,
        _: usize,
        _: (usize, &PlainLocal<A>),
        _: (usize, &PlainLocal<A>),
    ) -> bool {
        false
    }

    fn shown_by_history(&self, property: usize, history: &PlainHistory<H>) -> bool {
        self.declared[property].is_some_and(|asks| self.is_shown(property, asks(&history.0)))
    }

    fn shown_by_both(&self, _: usize, _: usize, _: &PlainLocal<A>, _: &PlainHistory<H>) -> bool {
        false
    }

    fn shown_by_state(&self, property: usize, state: &Self::State) -> bool {
        let condition = self.model.properties[property].condition;
        self.is_shown(property, condition(self.model, state))
    }

    fn contradiction(&self, state: &Self::State) -> Option<&'static str> {
        let mut properties = self.model.properties.iter().zip(&self.declared);
        let found = properties.find(|(property, declared)| {
            let says = (property.condition)(self.model, state);
            declared.is_some_and(|asks| asks(&state.history) != says)
        });
        found.map(|(property, _)| property.name)
    }

    fn has_boundary(&self) -> bool {
        self.has_boundary
    }

    fn is_within(&self, state: &Self::State) -> bool {
        self.model.within_boundary(state)
    }

    fn action(
        &self,
        slot: usize,
        local: Option<&PlainLocal<A>>,
        event: Event<&Self::Envelope>,
    ) -> Option<Self::Action> {
        let id = Id::from(slot);
        Some(match event {
            Event::Deliver(envelope)
            | Event::Duplicate(envelope)
            | Event::Own(Happening::Message(envelope)) => ActorModelAction::Deliver {
                src: envelope.src,
                dst: envelope.dst,
                msg: envelope.msg.clone(),
            },
            Event::Drop(envelope) => ActorModelAction::Drop(envelope.clone()),
            Event::Own(Happening::Timeout(index)) => {
                ActorModelAction::Timeout(id, local?.timers.get(index as usize)?.clone())
            }
            Event::Own(Happening::Random(choice, index)) => {
                let (key, values) = local?.choices.get(choice as usize)?;
                let random = values.get(index as usize)?.clone();
                ActorModelAction::SelectRandom { actor: id, key: key.clone(), random }
            }
            Event::Own(Happening::Client(_)) => return None,
            Event::Own(Happening::Crash) => ActorModelAction::Crash(id),
            Event::Own(Happening::Restart) => ActorModelAction::Recover(id),
        })
    }

    fn next(&self, state: &Self::State, action: &Self::Action) -> Option<Self::State> {
        self.model.next_state(state, action.clone())
    }
}
