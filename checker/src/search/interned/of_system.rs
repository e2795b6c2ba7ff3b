//! Our own systems in components. [`System`] defines what they do; this asks it part by part.

use std::sync::Arc;

use stateright::Model;
use stateright::actor::{Actor, Id};

use super::machine::{
    Discipline, Effect, Event as Numbered, Happening, Machine, NetworkRules, OwnEvent, Parts,
    Piece, Reads, Recorded,
};
use crate::fingerprint::{Fingerprint, fingerprint};
use crate::system::network::{MOST_COPIES, too_many_copies};
use crate::system::reaction::{Input, Reaction, react};
use crate::system::renaming::renamed;
use crate::system::{
    Cause, Condition, Envelope, Event, Kind, Local, Network, Pending, Protocol, Spent, Step,
    System, SystemState,
};

/// A system of ours, as components.
pub(in crate::search) struct OfSystem<'s, P: Protocol>(&'s System<P>);

type EnvelopeOf<P> = Envelope<<<P as Protocol>::Actor as Actor>::Msg>;

impl<'s, P: Protocol> OfSystem<'s, P> {
    /// `None` for ordered networks and for rounds.
    pub(in crate::search) fn new(system: &'s System<P>) -> Option<Self> {
        system.is_unordered_without_rounds().then_some(OfSystem(system))
    }

    fn shows(&self, property: usize, answer: impl FnOnce(&Condition<P>) -> Option<bool>) -> bool {
        let property = &self.0.described_properties()[property];
        answer(&property.condition) == Some(property.kind == Kind::Sometimes)
    }
}

type LocalOf<P> = Arc<Local<<P as Protocol>::Actor>>;

impl<P: Protocol> Machine for OfSystem<'_, P> {
    type Local = LocalOf<P>;
    type Envelope = EnvelopeOf<P>;
    type History = Arc<P::Aux>;
    type Spent = Spent;
    type State = SystemState<P>;
    type Action = Event<P::Actor>;

    fn slots(&self) -> usize {
        self.0.actors()
    }

    fn discipline(&self) -> Discipline {
        Discipline::Multiset
    }

    fn initial(&self) -> Vec<SystemState<P>> {
        self.0.init_states()
    }

    fn take_apart(&self, state: &SystemState<P>) -> Parts<Self> {
        Parts {
            locals: state.locals.clone(),
            envelopes: state.network.in_flight(),
            history: state.aux.clone(),
            spent: state.spent.clone(),
        }
    }

    fn put_together(&self, parts: Parts<Self>) -> SystemState<P> {
        let mut network = Network::new(self.0.environment().network);
        parts.envelopes.into_iter().for_each(|envelope| network.send(envelope));
        SystemState { locals: parts.locals, network, aux: parts.history, spent: parts.spent }
    }

    fn ends(&self, envelope: &EnvelopeOf<P>) -> (usize, usize) {
        (envelope.from.into(), envelope.to.into())
    }

    fn is_running(&self, local: &LocalOf<P>) -> bool {
        local.running.is_some()
    }

    fn beyond(&self, _: usize, local: &LocalOf<P>) -> Option<&'static str> {
        self.0.protocol().beyond(&local.running.as_ref()?.state)
    }

    fn react(
        &self,
        slot: usize,
        local: &LocalOf<P>,
        happening: Happening<&EnvelopeOf<P>>,
    ) -> Option<Effect<Self>> {
        let (actor, id) = (&self.0.all_actors()[slot], Id::from(slot));
        let running = local.running.as_ref();
        let reaction = match happening {
            Happening::Crash => Some(Reaction {
                local: Local { running: None, storage: local.storage.clone() },
                sent: Vec::new(),
            }),
            Happening::Message(envelope) => {
                react(actor, id, local, &Input::Message(envelope.from, &envelope.message))
            }
            Happening::Client(number) => {
                let message = self.0.protocol().command(number)?;
                react(actor, id, local, &Input::Message(Id::from(self.slots()), &message))
            }
            Happening::Timeout(index) => {
                react(actor, id, local, &Input::Timeout(&running?.timers[index as usize]))
            }
            Happening::Random(choice, index) => {
                let (key, values) = &running?.choices[choice as usize];
                react(actor, id, local, &Input::Random(key, &values[index as usize]))
            }
            Happening::Restart => react(actor, id, local, &Input::Start),
        };
        reaction.map(|reaction| Effect { local: Arc::new(reaction.local), sent: reaction.sent })
    }

    fn leaves(&self, envelope: &EnvelopeOf<P>) -> bool {
        usize::from(envelope.to) >= self.slots()
    }

    fn begin_event(&self, history: &Arc<P::Aux>) -> Option<Arc<P::Aux>> {
        let mut begun = Arc::clone(history);
        self.0.begin_event(&mut begun);
        (!Arc::ptr_eq(&begun, history)).then_some(begun)
    }

    fn record(&self, history: &Arc<P::Aux>, what: &Recorded<'_, Self>) -> Option<Arc<P::Aux>> {
        let (before, after) = (what.before.running.as_ref(), what.after.running.as_ref());
        let message;
        let cause: Cause<'_, P> = match (what.happening, before) {
            (Happening::Crash, _) => Cause::Crash,
            (Happening::Restart, _) => Cause::Restart,
            (Happening::Message(envelope), _) => {
                Cause::Message { from: envelope.from, message: &envelope.message }
            }
            (Happening::Client(number), _) => {
                message = self.0.protocol().command(number).expect("a client has sent it");
                Cause::Message { from: Id::from(self.slots()), message: &message }
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
            actor: Id::from(what.slot),
            cause,
            before: before.map(|running| &running.state),
            after: after.map(|running| &running.state),
            sent: what.sent,
        };
        let mut recorded = Arc::clone(history);
        self.0.record_step(&mut recorded, &step);
        (!Arc::ptr_eq(&recorded, history)).then_some(recorded)
    }

    fn own_events(
        &self,
        slot: usize,
        local: &LocalOf<P>,
        spent: &Spent,
        has_to_restart: bool,
    ) -> Vec<OwnEvent<Spent>> {
        let environment = self.0.environment();
        let within = |count: fn(&mut Spent) -> &mut u8, limit: u8, bound: &'static str| {
            let mut after = spent.clone();
            let count = count(&mut after);
            if *count >= limit {
                return Err(bound);
            }
            *count += 1;
            Ok(Some(after))
        };
        let mut events = Vec::new();
        let mut add = |happening, spent| events.push(OwnEvent { happening, spent });
        let Some(running) = &local.running else {
            let spent = within(|spent| &mut spent.restarts, environment.restarts, "restarts");
            add(Happening::Restart, spent);
            return events;
        };
        if has_to_restart {
            return events;
        }
        for (index, timer) in (0..).zip(&running.timers) {
            let spent = match self.0.protocol().timer_bound(timer) {
                None => Ok(None),
                Some(of) => {
                    let (bound, limit) = environment.timers[of];
                    let mut after = spent.clone();
                    let is_spent = after.timers[of] >= limit;
                    after.timers[of] = after.timers[of].saturating_add(1);
                    if is_spent { Err(bound) } else { Ok(Some(after)) }
                }
            };
            add(Happening::Timeout(index), spent);
        }
        for (choice, (_, values)) in (0..).zip(&running.choices) {
            let indices = (0..).zip(values).map(|(index, _)| index);
            indices.for_each(|index| add(Happening::Random(choice, index), Ok(None)));
        }
        let number = spent.commands.saturating_add(1);
        if self.0.protocol().command(number).is_some() {
            let spent = within(|spent| &mut spent.commands, environment.commands, "commands");
            add(Happening::Client(number), spent);
        }
        if self.0.protocol().may_crash(Id::from(slot)) {
            let spent = within(|spent| &mut spent.crashes, environment.crashes, "crashes");
            add(Happening::Crash, spent);
        }
        events
    }

    fn restarts_at_once(&self, spent: &Spent) -> bool {
        let environment = self.0.environment();
        !environment.downtime && spent.restarts < environment.restarts
    }

    fn network_rules(&self, spent: &Spent) -> NetworkRules<Spent> {
        let environment = self.0.environment();
        let after = |change: fn(&mut Spent)| {
            let mut after = spent.clone();
            change(&mut after);
            after
        };
        let drop = (spent.losses < environment.losses).then(|| after(|spent| spent.losses += 1));
        let duplicate =
            (environment.duplicates > 0).then(|| match spent.duplicates < environment.duplicates {
                true => Ok(after(|spent| spent.duplicates += 1)),
                false => Err("duplicates"),
            });
        NetworkRules { drop, duplicate }
    }

    fn traces_deliveries(&self) -> bool {
        false
    }

    fn spent_on_delivery(&self, _: &Spent, _: &EnvelopeOf<P>) -> Option<Spent> {
        None
    }

    fn check_copies(&self, copies: usize) {
        assert!(copies <= MOST_COPIES, "{}", too_many_copies());
    }

    fn purges(&self) -> bool {
        true
    }

    fn may_restart(&self, spent: &Spent) -> bool {
        self.0.may_restart(spent)
    }

    fn is_dead(
        &self,
        envelope: &EnvelopeOf<P>,
        receiver: &LocalOf<P>,
        sender: Option<&LocalOf<P>>,
        may_restart: bool,
    ) -> bool {
        // A crashed receiver may start again and do something with it.
        let Some(receiver) = &receiver.running else { return false };
        let sender = sender.and_then(|sender| sender.running.as_ref());
        self.0.is_dead_between(&Pending {
            envelope,
            receiver: &receiver.state,
            sender: sender.map(|running| &running.state),
            may_restart,
        })
    }

    fn note(&self, bound: &'static str) {
        self.0.note(bound);
    }

    fn unnoted_duplicates(&self) -> Option<&'static str> {
        let bound = "duplicates";
        self.0.is_unnoted(bound).then_some(bound)
    }

    fn properties(&self) -> Vec<Reads> {
        let reads = |condition: &Condition<P>| match condition {
            Condition::Actor(_) => Reads::Local,
            Condition::Pair(_) => Reads::Pair,
            Condition::Aux(_) => Reads::History,
            Condition::ActorAndAux(_) => Reads::LocalAndHistory,
            Condition::System(_) => Reads::State,
        };
        self.0.described_properties().iter().map(|property| reads(&property.condition)).collect()
    }

    fn shown_by_local(&self, property: usize, slot: usize, local: &LocalOf<P>) -> bool {
        let Some(running) = &local.running else { return false };
        self.shows(property, |condition| match condition {
            Condition::Actor(asks) => Some(asks(self.0.protocol(), slot.into(), &running.state)),
            _ => None,
        })
    }

    fn shown_by_pair(
        &self,
        property: usize,
        first: (usize, &LocalOf<P>),
        second: (usize, &LocalOf<P>),
    ) -> bool {
        let (Some(one), Some(two)) = (&first.1.running, &second.1.running) else { return false };
        let (one, two) = ((first.0.into(), &one.state), (second.0.into(), &two.state));
        self.shows(property, |condition| match condition {
            Condition::Pair(asks) => Some(asks(self.0.protocol(), one, two)),
            _ => None,
        })
    }

    fn shown_by_history(&self, property: usize, history: &Arc<P::Aux>) -> bool {
        self.shows(property, |condition| match condition {
            Condition::Aux(asks) => Some(asks(self.0.protocol(), history)),
            _ => None,
        })
    }

    fn shown_by_both(
        &self,
        property: usize,
        slot: usize,
        local: &LocalOf<P>,
        history: &Arc<P::Aux>,
    ) -> bool {
        let Some(running) = &local.running else { return false };
        let (protocol, state) = (self.0.protocol(), &running.state);
        self.shows(property, |condition| match condition {
            Condition::ActorAndAux(asks) => Some(asks(protocol, slot.into(), state, history)),
            _ => None,
        })
    }

    fn shown_by_state(&self, property: usize, state: &SystemState<P>) -> bool {
        let property = &self.0.described_properties()[property];
        property.is_satisfied(self.0.protocol(), state) == (property.kind == Kind::Sometimes)
    }

    fn property_name(&self, property: usize) -> &'static str {
        self.0.described_properties()[property].name
    }

    fn interchangeable(&self) -> Vec<usize> {
        self.0.protocol().interchangeable()
    }

    // What tells one kind of component apart from others is its name.
    fn renamed(&self, piece: &Piece<'_, Self>, by: &[usize]) -> Fingerprint {
        match piece {
            Piece::Local(slot, local) => {
                fingerprint(&("renamed local", by[*slot], renamed(&***local, by)))
            }
            Piece::Envelope(envelope) => fingerprint(&("renamed envelope", renamed(*envelope, by))),
            Piece::History(history) => fingerprint(&("renamed history", renamed(&***history, by))),
            Piece::Spent(spent) => fingerprint(&("renamed spent", renamed(*spent, by))),
        }
    }

    fn has_boundary(&self) -> bool {
        false
    }

    fn is_within(&self, _: &SystemState<P>) -> bool {
        true
    }

    fn action(
        &self,
        slot: usize,
        local: Option<&LocalOf<P>>,
        event: Numbered<&EnvelopeOf<P>>,
    ) -> Option<Event<P::Actor>> {
        let actor = Id::from(slot);
        let running = || local?.running.as_ref();
        Some(match event {
            Numbered::Deliver(envelope) | Numbered::Own(Happening::Message(envelope)) => {
                Event::Deliver(envelope.clone())
            }
            Numbered::Duplicate(envelope) => Event::Duplicate(envelope.clone()),
            Numbered::Drop(envelope) => Event::Drop(envelope.clone()),
            Numbered::Own(Happening::Timeout(index)) => {
                Event::Timeout { actor, timer: running()?.timers.get(index as usize)?.clone() }
            }
            Numbered::Own(Happening::Random(choice, index)) => {
                let (key, values) = running()?.choices.get(choice as usize)?;
                let value = values.get(index as usize)?.clone();
                Event::Random { actor, key: key.clone(), value }
            }
            Numbered::Own(Happening::Client(number)) => Event::Client { actor, number },
            Numbered::Own(Happening::Crash) => Event::Crash(actor),
            Numbered::Own(Happening::Restart) => Event::Restart(actor),
        })
    }

    fn next(&self, state: &SystemState<P>, action: &Event<P::Actor>) -> Option<SystemState<P>> {
        self.0.next_state(state, action.clone())
    }
}
