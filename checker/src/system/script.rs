//! Scripts: how a scope may begin behind events that have already happened.

use stateright::Model;
use stateright::actor::{Actor, Id};

use super::Protocol;
use super::event::Event;
use super::model::{System, SystemError};
use super::network::Envelope;
use super::state::SystemState;
use crate::search::Path;

/// One line of a script: it names an event by what is distinctive about it. Actors are named by
/// their index. What a script loses is not counted against the bound on losses; everything else
/// counts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Cue {
    /// The timer of an actor whose name (its `Debug` form) begins so fires.
    Timeout(usize, &'static str),
    /// The one message in flight between these two whose `Debug` form begins so arrives.
    Deliver(usize, usize, &'static str),
    /// It is lost.
    Lose(usize, usize, &'static str),
    /// The client's next command reaches the actor.
    Client(usize),
    /// The actor crashes.
    Crash(usize),
    /// The actor starts again.
    Restart(usize),
    /// The first of these sets off a round with the peers named; see [`Event::Round`].
    Round(Box<Cue>, Vec<usize>),
}

impl Cue {
    /// A round that this cue sets off.
    pub fn with(self, peers: &[usize]) -> Cue {
        Cue::Round(Box::new(self), peers.to_vec())
    }
}

/// A run of a system: what has happened, and the states.
pub type Run<P> = Path<SystemState<P>, Event<<P as Protocol>::Actor>>;

/// Plays a script from the initial state.
pub(super) fn play<P: Protocol>(
    system: &System<P>,
    initial: SystemState<P>,
    script: &[Cue],
) -> Result<Run<P>, SystemError> {
    let mut played = Path { initial, steps: Vec::new() };
    for (index, cue) in script.iter().enumerate() {
        let failed = |reason: &str| SystemError::Script {
            line: index + 1,
            cue: format!("{cue:?}"),
            reason: reason.to_owned(),
        };
        let state = played.last();
        let event = event_of(state, cue).map_err(failed)?;
        let next = match &event {
            Event::Drop(envelope) => Some(system.lose(state, envelope)),
            event => system.next_state(state, event.clone()),
        };
        let next = next.ok_or_else(|| failed("nothing comes of it, or it is beyond a bound"))?;
        played.steps.push((event, next));
    }
    Ok(played)
}

fn event_of<P: Protocol>(
    state: &SystemState<P>,
    cue: &Cue,
) -> Result<Event<P::Actor>, &'static str> {
    let id = |actor: usize| Id::from(actor);
    Ok(match cue {
        Cue::Timeout(actor, name) => {
            let running = state.locals.get(*actor).and_then(|local| local.running.as_ref());
            let timers = running.map_or(&[][..], |running| &running.timers);
            let timer = timers.iter().find(|timer| format!("{timer:?}").starts_with(name));
            let timer = timer.ok_or("no such timer is set")?.clone();
            Event::Timeout { actor: id(*actor), timer }
        }
        Cue::Deliver(from, to, message) => Event::Deliver(find(state, *from, *to, message)?),
        Cue::Lose(from, to, message) => Event::Drop(find(state, *from, *to, message)?),
        Cue::Client(actor) => Event::Client { actor: id(*actor), number: state.spent.commands + 1 },
        Cue::Crash(actor) => Event::Crash(id(*actor)),
        Cue::Restart(actor) => Event::Restart(id(*actor)),
        Cue::Round(trigger, peers) => {
            let trigger = Box::new(event_of(state, trigger)?);
            Event::Round { trigger, peers: peers.iter().map(|&peer| id(peer)).collect() }
        }
    })
}

fn find<P: Protocol>(
    state: &SystemState<P>,
    from: usize,
    to: usize,
    message: &str,
) -> Result<Envelope<<P::Actor as Actor>::Msg>, &'static str> {
    let mut matching = state.network.deliverable().into_iter().filter(|envelope| {
        (usize::from(envelope.from), usize::from(envelope.to)) == (from, to)
            && format!("{:?}", envelope.message).starts_with(message)
    });
    let found = matching.next().ok_or("no such message is in flight")?;
    if matching.next().is_some() {
        return Err("several such messages are in flight");
    }
    Ok(found)
}
