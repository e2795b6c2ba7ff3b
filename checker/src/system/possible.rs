//! What may happen in a state. Some of these events come to nothing; what they do says.

use stateright::actor::Id;

use super::event::Event;
use super::model::System;
use super::network::Network;
use super::state::SystemState;
use super::{Environment, Protocol};

impl<P: Protocol> System<P> {
    /// The events that an actor itself can begin: timeouts, choices, commands.
    pub(super) fn beginnings(&self, state: &SystemState<P>, events: &mut Vec<Event<P::Actor>>) {
        let number = state.spent.commands.saturating_add(1);
        let command = self.protocol.command(number);
        for (index, local) in state.locals.iter().enumerate() {
            let actor = Id::from(index);
            let Some(running) = &local.running else { continue };
            for timer in &running.timers {
                events.push(Event::Timeout { actor, timer: timer.clone() });
            }
            for (key, values) in &running.choices {
                events.extend(values.iter().map(|value| Event::Random {
                    actor,
                    key: key.clone(),
                    value: value.clone(),
                }));
            }
            if command.is_some() {
                events.push(Event::Client { actor, number });
            }
        }
    }

    pub(super) fn crashes_and_restarts(
        &self,
        state: &SystemState<P>,
        events: &mut Vec<Event<P::Actor>>,
    ) {
        for (index, local) in state.locals.iter().enumerate() {
            let actor = Id::from(index);
            if local.running.is_none() {
                if self.may(state.spent.restarts, self.environment.restarts, "restarts") {
                    events.push(Event::Restart(actor));
                }
            } else if self.protocol.may_crash(actor)
                && (self.environment.downtime || !self.has_to_restart(state))
                && self.may(state.spent.crashes, self.environment.crashes, "crashes")
            {
                events.push(Event::Crash(actor));
            }
        }
    }

    /// Whether an actor is down that may start again.
    pub(super) fn has_to_restart(&self, state: &SystemState<P>) -> bool {
        state.spent.restarts < self.environment.restarts
            && state.locals.iter().any(|local| local.running.is_none())
    }

    pub(super) fn network_events(&self, state: &SystemState<P>, events: &mut Vec<Event<P::Actor>>) {
        let Environment { losses, duplicates, .. } = self.environment;
        let ordered = matches!(state.network, Network::Ordered(_));
        for envelope in state.network.deliverable() {
            if !ordered && duplicates > 0 {
                events.push(Event::Duplicate(envelope.clone()));
            }
            // Without an order, a message that stays in flight is as good as lost.
            let may_lose = match ordered {
                true => self.may(state.spent.losses, losses, "losses"),
                false => state.spent.losses < losses,
            };
            if may_lose {
                events.push(Event::Drop(envelope.clone()));
            }
            events.push(Event::Deliver(envelope));
        }
    }

    /// Every beginning with every set of peers that the actor could reach.
    pub(super) fn rounds(&self, state: &SystemState<P>, events: &mut Vec<Event<P::Actor>>) {
        let mut triggers = Vec::new();
        self.beginnings(state, &mut triggers);
        for trigger in triggers {
            let others: Vec<Id> =
                state.running().map(|(id, _)| id).filter(|id| *id != trigger.actor()).collect();
            for set in 0..1u32 << others.len() {
                let member = |(index, id): (usize, &Id)| (set & 1 << index != 0).then_some(*id);
                let peers = others.iter().enumerate().filter_map(member).collect();
                events.push(Event::Round { trigger: Box::new(trigger.clone()), peers });
            }
        }
    }
}
