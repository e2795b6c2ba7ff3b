//! Properties of actor systems. A condition says what it reads, and sees nothing else.

use derive_where::derive_where;
use stateright::actor::{Actor, Id};

use super::Protocol;
use super::state::SystemState;

/// Whether a property must always be true, or must be reachable.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// A safety property: true in every reachable state.
    Always,
    /// True in at least one reachable state, so that a model that can do nothing is not called
    /// correct.
    Sometimes,
}

impl Kind {
    /// The word in reports.
    pub fn name(self) -> &'static str {
        match self {
            Kind::Always => "always",
            Kind::Sometimes => "sometimes",
        }
    }
}

/// A named property.
#[derive_where(Clone)]
pub struct Property<P: Protocol> {
    /// Its name, as in the literature.
    pub name: &'static str,
    /// Whether it must always be true, or be reachable.
    pub kind: Kind,
    /// What it says, in a sentence.
    pub statement: &'static str,
    /// When a state satisfies it.
    pub condition: Condition<P>,
}

type StateOf<P> = <<P as Protocol>::Actor as Actor>::State;

/// A running actor with its state.
type Member<'a, P> = (Id, &'a StateOf<P>);

/// When a state satisfies a property. Where a condition is about one actor or two, an `always`
/// property asks it of each of them and a `sometimes` property of any. Only running actors are
/// asked about.
#[derive_where(Clone)]
pub enum Condition<P: Protocol> {
    /// About one actor.
    Actor(fn(&P, Id, &StateOf<P>) -> bool),
    /// About two actors, the one with the smaller index first.
    Pair(fn(&P, Member<'_, P>, Member<'_, P>) -> bool),
    /// About the auxiliary history.
    Aux(fn(&P, &P::Aux) -> bool),
    /// About one actor in the light of the auxiliary history.
    ActorAndAux(fn(&P, Id, &StateOf<P>, &P::Aux) -> bool),
    /// About everything.
    System(fn(&View<'_, P>) -> bool),
}

/// A whole state, as a condition about everything sees it.
pub struct View<'a, P: Protocol> {
    /// The protocol with its bounds.
    pub protocol: &'a P,
    /// The state.
    pub state: &'a SystemState<P>,
}

impl<P: Protocol> Property<P> {
    /// A safety property.
    pub fn always(
        name: &'static str,
        statement: &'static str,
        condition: Condition<P>,
    ) -> Property<P> {
        Property { name, kind: Kind::Always, statement, condition }
    }

    /// Something that must be reachable.
    pub fn sometimes(
        name: &'static str,
        statement: &'static str,
        condition: Condition<P>,
    ) -> Property<P> {
        Property { name, kind: Kind::Sometimes, statement, condition }
    }

    /// Whether the state satisfies the condition.
    pub fn is_satisfied(&self, protocol: &P, state: &SystemState<P>) -> bool {
        let asked = |mut answers: &mut dyn Iterator<Item = bool>| match self.kind {
            Kind::Always => (&mut answers).all(|answer| answer),
            Kind::Sometimes => (&mut answers).any(|answer| answer),
        };
        match self.condition {
            Condition::Actor(condition) => {
                asked(&mut state.running().map(|(id, local)| condition(protocol, id, local)))
            }
            Condition::Pair(condition) => asked(&mut state.running().flat_map(|first| {
                let others = state.running().filter(move |(id, _)| *id > first.0);
                others.map(move |second| condition(protocol, first, second))
            })),
            Condition::Aux(condition) => condition(protocol, &state.aux),
            Condition::ActorAndAux(condition) => asked(
                &mut state.running().map(|(id, local)| condition(protocol, id, local, &state.aux)),
            ),
            Condition::System(condition) => condition(&View { protocol, state }),
        }
    }
}
