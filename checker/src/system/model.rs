//! A protocol in its environment, as a [`stateright::Model`].

use stateright::Model;

use super::bounds_reached::BoundsReached;
use super::event::Event;
use super::network::NetworkKind;
use super::property::{Kind, Property};
use super::script::{Cue, Run, play};
use super::state::SystemState;
use super::{Environment, Protocol};
use crate::numbered::{MOST_PROPERTIES, numbered};

/// Why a system cannot be built.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SystemError {
    /// A line of the script cannot happen where it stands.
    #[error("line {line} of the scope's script, {cue}, cannot happen there: {reason}")]
    Script {
        /// Its number, from 1.
        line: usize,
        /// The line.
        cue: String,
        /// What is in the way.
        reason: String,
    },
    /// An environment that makes no sense, or that cannot be explored.
    #[error("this environment is impossible: {0}")]
    Environment(&'static str),
    /// More properties than [`MOST_PROPERTIES`].
    #[error("{0} properties; a system can have {MOST_PROPERTIES}")]
    TooManyProperties(usize),
}

/// A protocol in its environment.
pub struct System<P: Protocol> {
    pub(super) protocol: P,
    pub(super) actors: Vec<P::Actor>,
    pub(super) environment: Environment,
    properties: Vec<Property<P>>,
    pub(super) reached: BoundsReached,
    prefix: Option<Run<P>>,
}

impl<P: Protocol> System<P> {
    /// A system that begins with all actors starting at once.
    ///
    /// # Errors
    /// When it has too many properties, or an impossible environment.
    pub fn new(protocol: P) -> Result<System<P>, SystemError> {
        let properties = protocol.properties();
        if properties.len() > MOST_PROPERTIES {
            return Err(SystemError::TooManyProperties(properties.len()));
        }
        let (actors, environment) = (protocol.actors(), protocol.environment());
        if let Some(reason) = contradiction(&environment, actors.len()) {
            return Err(SystemError::Environment(reason));
        }
        Ok(System {
            actors,
            environment,
            properties,
            reached: BoundsReached::default(),
            prefix: None,
            protocol,
        })
    }

    /// The same system, beginning behind a script. The counts and lengths of a search are counted
    /// from the end of the script.
    ///
    /// # Errors
    /// The first line that cannot happen where it stands.
    pub fn behind(mut self, script: &[Cue]) -> Result<System<P>, SystemError> {
        if !script.is_empty() {
            self.prefix = None;
            self.prefix = Some(play(&self, self.start(), script)?);
            self.reached = BoundsReached::default();
        }
        Ok(self)
    }

    /// The protocol.
    pub fn protocol(&self) -> &P {
        &self.protocol
    }

    /// What the world around the actors may do.
    pub fn environment(&self) -> &Environment {
        &self.environment
    }

    /// How many actors there are.
    pub fn actors(&self) -> usize {
        self.actors.len()
    }

    /// Its properties, with their statements.
    pub fn described_properties(&self) -> &[Property<P>] {
        &self.properties
    }

    /// What the script did, from the state before it.
    pub fn prefix(&self) -> Run<P> {
        let nothing = || Run::<P> { initial: self.start(), steps: Vec::new() };
        self.prefix.clone().unwrap_or_else(nothing)
    }

    /// The bounds that have cut behaviour off somewhere, sorted. Complete after an exhaustive
    /// search of this system.
    pub fn bounds_reached(&self) -> Vec<&'static str> {
        let mut names: Vec<_> =
            self.reached.0.iter().filter_map(|name| name.get().copied()).collect();
        names.sort_unstable();
        names
    }

    pub(crate) fn all_actors(&self) -> &[P::Actor] {
        &self.actors
    }

    pub(crate) fn is_unordered_without_rounds(&self) -> bool {
        self.environment.network == NetworkKind::Unordered && !self.environment.rounds
    }

    /// Notes that a bound has cut something off.
    pub(crate) fn note(&self, bound: &'static str) {
        self.reached.note(bound);
    }

    /// Whether nothing is noted yet of this bound.
    pub(crate) fn is_unnoted(&self, bound: &str) -> bool {
        !self.reached.has(bound)
    }
}

impl<P: Protocol> Model for System<P> {
    type State = SystemState<P>;
    type Action = Event<P::Actor>;

    fn init_states(&self) -> Vec<Self::State> {
        vec![self.prefix.as_ref().map_or_else(|| self.start(), |played| played.last().clone())]
    }

    fn actions(&self, state: &Self::State, actions: &mut Vec<Self::Action>) {
        if !self.environment.downtime && self.has_to_restart(state) {
            // Only the restart is possible.
        } else if self.environment.rounds {
            self.rounds(state, actions);
        } else {
            self.network_events(state, actions);
            self.beginnings(state, actions);
        }
        self.crashes_and_restarts(state, actions);
    }

    fn next_state(&self, state: &Self::State, event: Self::Action) -> Option<Self::State> {
        let next = match &event {
            Event::Deliver(envelope) => self.deliver(state, envelope, false),
            Event::Duplicate(envelope) => self.duplicate(state, envelope),
            Event::Drop(envelope) => self.drop_message(state, envelope),
            Event::Timeout { .. } | Event::Random { .. } | Event::Client { .. } => {
                let mut next = self.next(state);
                self.begin(&mut next, &event).map(|sent| {
                    self.send(&mut next, sent);
                    next
                })
            }
            Event::Crash(actor) => self.crash(state, *actor),
            Event::Restart(actor) => self.restart(state, *actor),
            Event::Round { trigger, peers } => self.round(state, trigger, peers),
        };
        next.filter(|next| self.is_within(next))
    }

    fn properties(&self) -> Vec<stateright::Property<Self>> {
        self.properties
            .iter()
            .zip(numbered!(condition::<P>))
            .map(|(property, condition)| match property.kind {
                Kind::Always => stateright::Property::always(property.name, condition),
                Kind::Sometimes => stateright::Property::sometimes(property.name, condition),
            })
            .collect()
    }
}

/// Actors in a system with rounds: the sets of peers double with each.
const MOST_IN_ROUNDS: usize = 16;

/// What is wrong with an environment.
fn contradiction(environment: &Environment, actors: usize) -> Option<&'static str> {
    let ordered = environment.network == NetworkKind::Ordered;
    if ordered && !environment.downtime {
        return Some("a crash breaks ordered links, so they need downtime");
    }
    if environment.rounds && actors > MOST_IN_ROUNDS {
        return Some("rounds among more than 16 actors");
    }
    None
}

/// The condition of the `N`-th property.
fn condition<P: Protocol, const N: usize>(system: &System<P>, state: &SystemState<P>) -> bool {
    system.properties[N].is_satisfied(&system.protocol, state)
}
