//! What an actor does when something happens to it: a pure function of the actor, its local state
//! and what happens.

use std::borrow::Cow;

use stateright::actor::{Actor, Command, Id, Out};

use super::network::Envelope;
use super::state::{Local, Running};

/// What happens to an actor.
pub(crate) enum Input<'a, A: Actor> {
    /// It starts, with whatever it has in storage.
    Start,
    /// A message arrives.
    Message(Id, &'a A::Msg),
    /// A timer fires.
    Timeout(&'a A::Timer),
    /// A random choice is made.
    Random(&'a str, &'a A::Random),
}

/// What comes of it.
pub(crate) struct Reaction<A: Actor> {
    pub(crate) local: Local<A>,
    pub(crate) sent: Vec<Envelope<A::Msg>>,
}

/// Runs the handler. `None` when nothing comes of it: the local state stays as it is and nothing is
/// sent.
pub(crate) fn react<A>(
    actor: &A,
    id: Id,
    local: &Local<A>,
    input: &Input<'_, A>,
) -> Option<Reaction<A>>
where
    A: Actor<Msg: Clone, Timer: Ord, State: Eq, Storage: Eq>,
{
    let mut out = Out::new();
    let mut running = match (input, &local.running) {
        (Input::Start, _) => {
            let state = actor.on_start(id, &local.storage, &mut out);
            Running { state, timers: Vec::new(), choices: Vec::new() }
        }
        (_, None) => return None,
        (input, Some(running)) => {
            let mut state = Cow::Borrowed(&running.state);
            let mut timers = running.timers.clone();
            let mut choices = running.choices.clone();
            match input {
                Input::Start => unreachable!("handled above"),
                Input::Message(from, message) => {
                    actor.on_msg(id, &mut state, *from, (*message).clone(), &mut out);
                }
                Input::Timeout(timer) => {
                    timers.retain(|set| set != *timer);
                    actor.on_timeout(id, &mut state, timer, &mut out);
                }
                Input::Random(key, value) => {
                    choices.retain(|(open, _)| open != key);
                    actor.on_random(id, &mut state, value, &mut out);
                }
            }
            Running { state: state.into_owned(), timers, choices }
        }
    };

    let mut storage = local.storage.clone();
    let mut sent = Vec::new();
    for command in out {
        match command {
            Command::Send(to, message) => sent.push(Envelope { from: id, to, message }),
            Command::Save(saved) => storage = Some(saved),
            Command::SetTimer(timer, _) => {
                if let Err(index) = running.timers.binary_search(&timer) {
                    running.timers.insert(index, timer);
                }
            }
            Command::CancelTimer(timer) => running.timers.retain(|set| *set != timer),
            Command::ChooseRandom(key, values) => {
                running.choices.retain(|(open, _)| *open != key);
                if !values.is_empty() {
                    let index = running.choices.partition_point(|(open, _)| *open < key);
                    running.choices.insert(index, (key, values));
                }
            }
        }
    }
    let after = Local { running: Some(running), storage };
    let idle = sent.is_empty() && after == *local;
    (!idle).then_some(Reaction { local: after, sent })
}
