//! What can happen in a system.

use std::mem::discriminant;

use derive_where::derive_where;
use stateright::actor::{Actor, Id};

use super::Protocol;
use super::network::Envelope;

/// One event: what takes a system from one state to the next.
#[derive_where(Clone, Debug; A::Msg, A::Timer, A::Random)]
#[derive_where(PartialEq, Eq, Hash; A::Msg, A::Timer, A::Random)]
pub enum Event<A: Actor> {
    /// A message arrives.
    Deliver(Envelope<A::Msg>),
    /// A message arrives, and the network keeps a copy to deliver again.
    Duplicate(Envelope<A::Msg>),
    /// The network loses a message.
    Drop(Envelope<A::Msg>),
    /// A timer fires.
    Timeout {
        /// Whose timer.
        actor: Id,
        /// Which one.
        timer: A::Timer,
    },
    /// An open random choice is made.
    Random {
        /// Whose choice.
        actor: Id,
        /// Which one.
        key: String,
        /// What comes out.
        value: A::Random,
    },
    /// A client issues its next command to an actor.
    Client {
        /// Who receives it.
        actor: Id,
        /// Which command, from 1.
        number: u8,
    },
    /// An actor crashes: what it has in memory is gone.
    Crash(Id),
    /// A crashed actor starts again from its storage.
    Restart(Id),
    /// A timeout, command or choice of one actor and all the messages that follow from it among
    /// that actor and the peers named, at once; messages to others are lost.
    Round {
        /// What sets it off.
        trigger: Box<Event<A>>,
        /// Whom the actor can reach, sorted; each of them receives at least one message.
        peers: Vec<Id>,
    },
}

impl<A: Actor> Event<A> {
    /// The word for this kind of event in reports and saved counterexamples.
    pub fn kind(&self) -> &'static str {
        match self {
            Event::Deliver(_) => "deliver",
            Event::Duplicate(_) => "duplicate",
            Event::Drop(_) => "drop",
            Event::Timeout { .. } => "timeout",
            Event::Random { .. } => "random",
            Event::Client { .. } => "client",
            Event::Crash(_) => "crash",
            Event::Restart(_) => "restart",
            Event::Round { .. } => "round",
        }
    }

    /// Whether it is of the same kind as another: the same thing happens, by the same variant of
    /// the message, timer or choice.
    pub fn is_like(&self, other: &Event<A>) -> bool {
        match (self, other) {
            (Event::Deliver(one), Event::Deliver(two))
            | (Event::Duplicate(one), Event::Duplicate(two))
            | (Event::Drop(one), Event::Drop(two)) => {
                discriminant(&one.message) == discriminant(&two.message)
            }
            (Event::Timeout { timer: one, .. }, Event::Timeout { timer: two, .. }) => {
                discriminant(one) == discriminant(two)
            }
            (Event::Random { key: one, .. }, Event::Random { key: two, .. }) => one == two,
            (Event::Round { trigger: one, .. }, Event::Round { trigger: two, .. }) => {
                one.is_like(two)
            }
            (one, two) => discriminant(one) == discriminant(two),
        }
    }

    /// The actor that it happens to.
    pub fn actor(&self) -> Id {
        match self {
            Event::Deliver(envelope) | Event::Duplicate(envelope) | Event::Drop(envelope) => {
                envelope.to
            }
            Event::Timeout { actor, .. }
            | Event::Random { actor, .. }
            | Event::Client { actor, .. }
            | Event::Crash(actor)
            | Event::Restart(actor) => *actor,
            Event::Round { trigger, .. } => trigger.actor(),
        }
    }
}

/// Why an actor did something.
#[derive_where(Clone, Copy, Debug)]
pub enum Cause<'a, P: Protocol> {
    /// It started for the first time.
    Start,
    /// It started again after a crash.
    Restart,
    /// It crashed.
    Crash,
    /// A message arrived. A client's `from` is the number of actors.
    Message {
        /// Who sent it.
        from: Id,
        /// What it says.
        message: &'a <P::Actor as Actor>::Msg,
    },
    /// A timer fired.
    Timeout(&'a <P::Actor as Actor>::Timer),
    /// A random choice was made.
    Random(&'a <P::Actor as Actor>::Random),
}

/// What one actor has just done, for [`Protocol::record`].
#[derive_where(Clone, Copy)]
pub struct Step<'a, P: Protocol> {
    /// Who.
    pub actor: Id,
    /// Why.
    pub cause: Cause<'a, P>,
    /// Its state before; `None` when it was not running.
    pub before: Option<&'a <P::Actor as Actor>::State>,
    /// Its state after; `None` when it crashed.
    pub after: Option<&'a <P::Actor as Actor>::State>,
    /// What it sent. A message to a client has the number of actors as its receiver.
    pub sent: &'a [Envelope<<P::Actor as Actor>::Msg>],
}
