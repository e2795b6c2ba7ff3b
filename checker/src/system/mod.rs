//! Actor systems: stateright actors, a network, faults, clients and history as one
//! [`stateright::Model`].
//!
//! A [`Protocol`] describes an algorithm and what is said of it; its [`Environment`] says what the
//! world around it may do, and how often in one run. The algorithm itself contains no bounds: it
//! runs until the world stops it. [`System`] puts the two together. It differs from stateright's
//! own `ActorModel` where that is unsound or has no bounds: every part of a state is told apart by
//! its fingerprint, a crashed actor keeps nothing but its storage, and each fault is an event that
//! is counted.
//!
//! What the network does: on an [`Network::Unordered`] network messages are delivered in any
//! order, and a message that is never delivered is a lost one, so loss needs no events of its own
//! for an `always` property. On [`Network::Ordered`] links messages between two actors keep their
//! order.

mod bounds_reached;
mod effects;
mod event;
mod model;
pub(crate) mod network;
mod possible;
mod property;
pub(crate) mod reaction;
pub mod renaming;
mod script;
mod state;

use std::borrow::Cow;
use std::fmt::Debug;
use std::hash::Hash;

use serde::Serialize;
use stateright::actor::{Actor, Id};

pub use event::{Cause, Event, Step};
pub use model::{System, SystemError};
pub use network::{Envelope, Network, NetworkKind};
pub use property::{Condition, Kind, Property, View};
pub use script::{Cue, Run};
pub use state::{Local, Running, Spent, SystemState};

/// What every part of a state can do: be compared, hashed completely, shown and written.
pub trait Component: Clone + Debug + Eq + Hash + Serialize + Send + Sync + 'static {}
impl<T: Clone + Debug + Eq + Hash + Serialize + Send + Sync + 'static> Component for T {}

/// A [`Component`] with an order, so that a collection of them has one form only.
pub trait OrderedComponent: Component + Ord {}
impl<T: Component + Ord> OrderedComponent for T {}

/// An algorithm as stateright actors, and what is said of it.
///
/// Everything here must be a pure function of its arguments.
pub trait Protocol: Sized + Send + Sync + 'static {
    /// One type for all actors; the `Id` passed to a handler is the index of the actor, and an
    /// actor may behave by its index.
    type Actor: Actor<
            Msg: OrderedComponent,
            Timer: OrderedComponent,
            State: Component,
            Storage: Component,
            Random: OrderedComponent,
        > + Send
        + Sync;

    /// Auxiliary (ghost) history: what properties need to know of the past. No fault touches it,
    /// and no handler can read it.
    type Aux: Component;

    /// The actors, by index.
    fn actors(&self) -> Vec<Self::Actor>;

    /// What the world around them may do.
    fn environment(&self) -> Environment;

    /// What must always, or can sometimes, be true.
    fn properties(&self) -> Vec<Property<Self>>;

    /// The auxiliary history before anything has happened.
    fn initial_aux(&self) -> Self::Aux;

    /// Called once at the beginning of each event, before any [`Protocol::record`] of it: the
    /// place to clear what the history says of the last event only.
    fn begin_event(&self, aux: &mut Cow<'_, Self::Aux>) {
        let _ = aux;
    }

    /// Records what one actor has just done. Most steps leave no mark on the history; `to_mut` only
    /// for those that do.
    fn record(&self, aux: &mut Cow<'_, Self::Aux>, step: &Step<'_, Self>) {
        let _ = (aux, step);
    }

    /// The message by which a client issues its `number`-th command (from 1) to an actor. The
    /// command counts as issued when an actor reacts to it; who does not want it ignores it.
    fn command(&self, number: u8) -> Option<<Self::Actor as Actor>::Msg> {
        let _ = number;
        None
    }

    /// Which of [`Environment::timers`] limits how often this timer may fire; `None` for a timer
    /// that needs no limit of its own.
    fn timer_bound(&self, timer: &<Self::Actor as Actor>::Timer) -> Option<usize> {
        let _ = timer;
        None
    }

    /// The name of the bound that this local state lies beyond, if it does. An event that leads
    /// there is not explored, and the bound is reported as reached.
    fn beyond(&self, state: &<Self::Actor as Actor>::State) -> Option<&'static str> {
        let _ = state;
        None
    }

    /// The name of the bound by which this message is never delivered, if there is one: a scope may
    /// leave a kind of message out. The bound is reported as reached.
    fn never_delivered(&self, pending: &Pending<'_, Self>) -> Option<&'static str> {
        let _ = pending;
        None
    }

    /// Whether nothing can ever come of this message: the handler of the receiver, as it is (with
    /// its seeded bug), ignores it now and in every future of this state, restarts included, or
    /// answers only with what its receiver will ignore. Such a message is taken off an unordered
    /// network, which merges states that differ in nothing that matters.
    fn is_obsolete(&self, pending: &Pending<'_, Self>) -> bool {
        let _ = pending;
        false
    }

    /// The actors, by index, that may be renamed into each other without changing anything: no
    /// handler, bound or property knows one of them from another. Whoever says so has to serialize
    /// what names an actor in a way that [`renaming`] knows.
    ///
    /// This is believed. A search up to renaming ends with an error when it meets a property that
    /// says something else of the same components with other names, which finds most mistakes and
    /// not all; comparing it with a search without, in small scopes, is the test to write.
    fn interchangeable(&self) -> Vec<usize> {
        Vec::new()
    }

    /// Whether this actor is subject to crashes; clients usually are not.
    fn may_crash(&self, actor: Id) -> bool {
        let _ = actor;
        true
    }
}

/// A message in flight to an actor that runs, with the states of both ends.
pub struct Pending<'a, P: Protocol> {
    /// The message.
    pub envelope: &'a Envelope<<P::Actor as Actor>::Msg>,
    /// The state of its receiver.
    pub receiver: &'a <P::Actor as Actor>::State,
    /// The state of its sender; `None` while it is crashed.
    pub sender: Option<&'a <P::Actor as Actor>::State>,
    /// Whether an actor that runs now may still crash and start again.
    pub may_restart: bool,
}

/// What the world around the actors may do, in total over one run. The name of each bound is the
/// name of its field, but for timers, which bring their own.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Environment {
    /// How messages travel.
    pub network: NetworkKind,
    /// How often an actor may crash.
    pub crashes: u8,
    /// How often a crashed actor may start again.
    pub restarts: u8,
    /// How many messages the network may lose. On an unordered network this adds nothing that an
    /// `always` property could see.
    pub losses: u8,
    /// How many messages the network may deliver and keep, to deliver them again.
    pub duplicates: u8,
    /// How many client commands there are.
    pub commands: u8,
    /// How often timers may fire that have a limit: the bound's name and the limit, by the index
    /// that [`Protocol::timer_bound`] gives.
    pub timers: Vec<(&'static str, u8)>,
    /// Take messages off an unordered network that can have no effect any more
    /// ([`Protocol::is_obsolete`]).
    pub purge: bool,
    /// Others go on while an actor is down. On an unordered network this adds nothing: to everybody
    /// else, an actor that is down is one that is slow, so that it may as well crash right before
    /// it starts again. Without it, nothing else happens between the two.
    pub downtime: bool,
    /// No messages in flight: a timeout or command and all that follows from it, among the actor
    /// and a set of others that it can reach at that moment, is one event. The handlers are the
    /// same; what is left out is everything that messages in flight can do.
    pub rounds: bool,
}

impl Default for Environment {
    /// An unordered network without faults or commands.
    fn default() -> Self {
        Environment {
            network: NetworkKind::Unordered,
            crashes: 0,
            restarts: 0,
            losses: 0,
            duplicates: 0,
            commands: 0,
            timers: Vec::new(),
            purge: true,
            downtime: true,
            rounds: false,
        }
    }
}
