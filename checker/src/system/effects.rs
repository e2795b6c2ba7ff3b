//! What an event does to a state.

use std::borrow::Cow;
use std::collections::VecDeque;
use std::sync::Arc;

use stateright::actor::{Actor, Id};

use super::event::{Cause, Event, Step};
use super::model::System;
use super::network::{Envelope, Network, NetworkKind};
use super::reaction::{Input, Reaction, react};
use super::state::{Local, Spent, SystemState};
use super::{Pending, Protocol};

/// A round that is longer is taken for one that never ends.
const MOST_DELIVERIES: usize = 10_000;

impl<P: Protocol> System<P> {
    /// All actors start at once, in the order of their indices.
    pub(super) fn start(&self) -> SystemState<P> {
        let blank = Arc::new(Local { running: None, storage: None });
        let mut state = SystemState {
            locals: vec![blank; self.actors.len()],
            network: Network::new(self.environment.network),
            aux: Arc::new(self.protocol.initial_aux()),
            spent: Spent { timers: vec![0; self.environment.timers.len()], ..Spent::default() },
        };
        for index in 0..self.actors.len() {
            let id = Id::from(index);
            let reaction = self.react(&state, id, &Input::Start);
            self.apply(&mut state, id, reaction, Cause::Start);
        }
        state
    }

    pub(super) fn react(
        &self,
        state: &SystemState<P>,
        id: Id,
        input: &Input<'_, P::Actor>,
    ) -> Option<Reaction<P::Actor>> {
        let index = usize::from(id);
        react(self.actors.get(index)?, id, state.locals.get(index)?, input)
    }

    /// Makes a reaction part of the state; sends its messages.
    pub(super) fn apply(
        &self,
        state: &mut SystemState<P>,
        id: Id,
        reaction: Option<Reaction<P::Actor>>,
        cause: Cause<'_, P>,
    ) {
        if let Some(reaction) = reaction {
            let sent = self.becomes(state, id, reaction, cause);
            self.send(state, sent);
        }
    }

    /// Puts messages on the network; those to clients leave the system.
    pub(super) fn send(
        &self,
        state: &mut SystemState<P>,
        sent: Vec<Envelope<<P::Actor as Actor>::Msg>>,
    ) {
        for envelope in sent {
            if usize::from(envelope.to) < self.actors.len() {
                state.network.send(envelope);
            }
        }
        self.purge(state);
    }

    /// Makes the new local state of a reaction part of the state, records it, and hands out what
    /// was sent.
    pub(super) fn becomes(
        &self,
        state: &mut SystemState<P>,
        id: Id,
        reaction: Reaction<P::Actor>,
        cause: Cause<'_, P>,
    ) -> Vec<Envelope<<P::Actor as Actor>::Msg>> {
        let after = Arc::new(reaction.local);
        let before = std::mem::replace(&mut state.locals[usize::from(id)], Arc::clone(&after));
        self.record(state, id, cause, &before, &after, &reaction.sent);
        reaction.sent
    }

    pub(super) fn record(
        &self,
        state: &mut SystemState<P>,
        actor: Id,
        cause: Cause<'_, P>,
        before: &Local<P::Actor>,
        after: &Local<P::Actor>,
        sent: &[Envelope<<P::Actor as Actor>::Msg>],
    ) {
        let step = Step {
            actor,
            cause,
            before: before.running.as_ref().map(|running| &running.state),
            after: after.running.as_ref().map(|running| &running.state),
            sent,
        };
        self.record_step(&mut state.aux, &step);
    }

    /// Takes off the network what is never delivered, and what nothing can come of.
    pub(super) fn purge(&self, state: &mut SystemState<P>) {
        let mut network =
            std::mem::replace(&mut state.network, Network::new(NetworkKind::Unordered));
        network.purge(|envelope| self.is_dead(state, envelope));
        state.network = network;
    }

    /// Whether a message is never delivered, or nothing can come of it.
    pub(super) fn is_dead(
        &self,
        state: &SystemState<P>,
        envelope: &Envelope<<P::Actor as Actor>::Msg>,
    ) -> bool {
        // A crashed receiver may start again and do something with it.
        let Some(receiver) = state.state_of(envelope.to) else { return false };
        let may_restart = self.may_restart(&state.spent);
        let sender = state.state_of(envelope.from);
        self.is_dead_between(&Pending { envelope, receiver, sender, may_restart })
    }

    /// Whether an actor that runs now may still crash and start again.
    pub(crate) fn may_restart(&self, spent: &Spent) -> bool {
        spent.crashes < self.environment.crashes && spent.restarts < self.environment.restarts
    }

    pub(crate) fn is_dead_between(&self, pending: &Pending<'_, P>) -> bool {
        if let Some(bound) = self.protocol.never_delivered(pending) {
            self.reached.note(bound);
            return true;
        }
        self.environment.purge && self.protocol.is_obsolete(pending)
    }

    /// The state without one message.
    pub(super) fn lose(
        &self,
        state: &SystemState<P>,
        envelope: &Envelope<<P::Actor as Actor>::Msg>,
    ) -> SystemState<P> {
        let mut next = self.next(state);
        next.network.take(envelope);
        next
    }

    pub(super) fn drop_message(
        &self,
        state: &SystemState<P>,
        envelope: &Envelope<<P::Actor as Actor>::Msg>,
    ) -> Option<SystemState<P>> {
        let may = state.spent.losses < self.environment.losses && state.network.contains(envelope);
        may.then(|| {
            let mut next = self.lose(state, envelope);
            next.spent.losses += 1;
            next
        })
    }

    /// A copy to become the next state.
    pub(super) fn next(&self, state: &SystemState<P>) -> SystemState<P> {
        let mut next = state.clone();
        self.begin_event(&mut next.aux);
        next
    }

    /// The history at the beginning of an event; the same one when that changes nothing.
    pub(crate) fn begin_event(&self, aux: &mut Arc<P::Aux>) {
        Self::update(aux, |aux| self.protocol.begin_event(aux));
    }

    /// The history after a step; the same one when the step leaves no mark.
    pub(crate) fn record_step(&self, aux: &mut Arc<P::Aux>, step: &Step<'_, P>) {
        Self::update(aux, |aux| self.protocol.record(aux, step));
    }

    /// Changes the history, which is shared between states until it changes.
    fn update(shared: &mut Arc<P::Aux>, change: impl FnOnce(&mut Cow<'_, P::Aux>)) {
        let mut aux = Cow::Borrowed(&**shared);
        change(&mut aux);
        if let Cow::Owned(changed) = aux {
            *shared = Arc::new(changed);
        }
    }

    /// Within all bounds on local states?
    pub(super) fn is_within(&self, state: &SystemState<P>) -> bool {
        let beyond = state.running().find_map(|(_, local)| self.protocol.beyond(local));
        beyond.inspect(|bound| self.reached.note(bound)).is_none()
    }

    /// Whether one more is allowed; notes the bound when it is not.
    pub(crate) fn may(&self, spent: u8, limit: u8, bound: &'static str) -> bool {
        if spent >= limit {
            self.reached.note(bound);
        }
        spent < limit
    }

    /// What an actor's own event does to it, before any message travels. Counts what it spends.
    pub(super) fn begin(
        &self,
        state: &mut SystemState<P>,
        event: &Event<P::Actor>,
    ) -> Option<Vec<Envelope<<P::Actor as Actor>::Msg>>> {
        let actor = event.actor();
        match event {
            Event::Timeout { timer, .. } => {
                let running = state.locals.get(usize::from(actor))?.running.as_ref()?;
                running.timers.binary_search(timer).ok()?;
                let reaction = self.react(state, actor, &Input::Timeout(timer))?;
                if let Some(index) = self.protocol.timer_bound(timer) {
                    let (bound, limit) = self.environment.timers[index];
                    if !self.may(state.spent.timers[index], limit, bound) {
                        return None;
                    }
                    state.spent.timers[index] += 1;
                }
                Some(self.becomes(state, actor, reaction, Cause::Timeout(timer)))
            }
            Event::Random { key, value, .. } => {
                let running = state.locals.get(usize::from(actor))?.running.as_ref()?;
                let (_, values) = running.choices.iter().find(|(open, _)| open == key)?;
                values.contains(value).then_some(())?;
                let reaction = self.react(state, actor, &Input::Random(key, value))?;
                Some(self.becomes(state, actor, reaction, Cause::Random(value)))
            }
            Event::Client { number, .. } => {
                if *number != state.spent.commands.saturating_add(1) {
                    return None;
                }
                let message = self.protocol.command(*number)?;
                let from = Id::from(self.actors.len());
                let reaction = self.react(state, actor, &Input::Message(from, &message))?;
                // Only a command that somebody would take is cut off by its bound.
                if !self.may(state.spent.commands, self.environment.commands, "commands") {
                    return None;
                }
                state.spent.commands += 1;
                let cause = Cause::Message { from, message: &message };
                Some(self.becomes(state, actor, reaction, cause))
            }
            _ => None,
        }
    }

    /// A message arrives; with `keep` the network keeps a copy.
    pub(super) fn deliver(
        &self,
        state: &SystemState<P>,
        envelope: &Envelope<<P::Actor as Actor>::Msg>,
        keep: bool,
    ) -> Option<SystemState<P>> {
        state.locals.get(usize::from(envelope.to))?.running.as_ref()?;
        let input = Input::Message(envelope.from, &envelope.message);
        let reaction = self.react(state, envelope.to, &input);
        let ordered = matches!(state.network, Network::Ordered(_));
        if reaction.is_none() && !ordered {
            // Nothing comes of it, so it may as well arrive later.
            return None;
        }
        let mut next = self.next(state);
        if !keep && !next.network.take(envelope) {
            return None;
        }
        let cause = Cause::Message { from: envelope.from, message: &envelope.message };
        self.apply(&mut next, envelope.to, reaction, cause);
        if !keep && !ordered {
            self.note_duplicates(&next, envelope);
        }
        Some(next)
    }

    /// Notes that a message could have arrived twice, were it not for the bound.
    fn note_duplicates(
        &self,
        next: &SystemState<P>,
        envelope: &Envelope<<P::Actor as Actor>::Msg>,
    ) {
        let is_spent = next.spent.duplicates >= self.environment.duplicates;
        if is_spent && !self.reached.has("duplicates") && !self.is_dead(next, envelope) {
            self.reached.note("duplicates");
        }
    }

    /// A message arrives and the network keeps a copy. When nothing could ever come of the copy,
    /// this is the plain arrival with less to spend, and is left out.
    pub(super) fn duplicate(
        &self,
        state: &SystemState<P>,
        envelope: &Envelope<<P::Actor as Actor>::Msg>,
    ) -> Option<SystemState<P>> {
        let mut next = self.deliver(state, envelope, true)?;
        if !next.network.contains(envelope) {
            return None;
        }
        if !self.may(state.spent.duplicates, self.environment.duplicates, "duplicates") {
            return None;
        }
        next.spent.duplicates += 1;
        Some(next)
    }

    pub(super) fn crash(&self, state: &SystemState<P>, actor: Id) -> Option<SystemState<P>> {
        let before = state.locals.get(usize::from(actor))?;
        before.running.as_ref()?;
        if state.spent.crashes >= self.environment.crashes || !self.protocol.may_crash(actor) {
            return None;
        }
        let mut next = self.next(state);
        let after = Arc::new(Local { running: None, storage: before.storage.clone() });
        next.locals[usize::from(actor)] = Arc::clone(&after);
        next.spent.crashes += 1;
        next.network.disconnect(actor);
        self.record(&mut next, actor, Cause::Crash, before, &after, &[]);
        self.purge(&mut next);
        Some(next)
    }

    pub(super) fn restart(&self, state: &SystemState<P>, actor: Id) -> Option<SystemState<P>> {
        let before = state.locals.get(usize::from(actor))?;
        if before.running.is_some() || state.spent.restarts >= self.environment.restarts {
            return None;
        }
        let mut next = self.next(state);
        next.spent.restarts += 1;
        let reaction = self.react(state, actor, &Input::Start);
        self.apply(&mut next, actor, reaction, Cause::Restart);
        Some(next)
    }

    /// One event of an actor and all the messages that follow from it among it and its peers.
    pub(super) fn round(
        &self,
        state: &SystemState<P>,
        trigger: &Event<P::Actor>,
        peers: &[Id],
    ) -> Option<SystemState<P>> {
        let mut next = self.next(state);
        let first = self.begin(&mut next, trigger)?;
        let mut travelling = VecDeque::from(first);
        let mut met = vec![false; self.actors.len()];
        let mut deliveries = 0;
        while let Some(envelope) = travelling.pop_front() {
            let to = envelope.to;
            if to != trigger.actor() && !peers.contains(&to) {
                continue;
            }
            met[usize::from(to)] = true;
            let input = Input::Message(envelope.from, &envelope.message);
            let Some(reaction) = self.react(&next, to, &input) else { continue };
            let cause = Cause::Message { from: envelope.from, message: &envelope.message };
            travelling.extend(self.becomes(&mut next, to, reaction, cause));
            deliveries += 1;
            assert!(deliveries <= MOST_DELIVERIES, "a round of {deliveries} deliveries has no end");
        }
        // Whom no message reached could as well have been out of reach.
        if !peers.iter().all(|peer| met[usize::from(*peer)]) {
            return None;
        }
        // In a script there may be messages in flight beside the round.
        self.purge(&mut next);
        Some(next)
    }
}
