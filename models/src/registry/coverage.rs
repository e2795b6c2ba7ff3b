//! How often each kind of event fired in a search, and which could have and never did.
//!
//! A kind is what happens together with the variant of the message, the timer or the choice. What
//! could have fired is what the protocol declares in [`Describe`] and the bounds allow; of what a
//! protocol does not declare, only what fired is known.

use std::fmt::Debug;

use checker::system::{Event, NetworkKind, Protocol, System};
use serde::Serialize;
use stateright::actor::{Actor, Id};

use super::describe::Describe;

/// How often one kind of event fired.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Covered {
    /// As in [`EventView`](super::EventView); of a round, what set it off stands beside it.
    pub kind: &'static str,
    /// The variant of the message, if it is about one; of the command for `client`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub message: Option<String>,
    /// The variant of the timer, if one fires.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub timer: Option<String>,
    /// The key of the choice, if one is made.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub choice: Option<String>,
    /// How many of the generated states it led to.
    pub fired: u64,
}

/// The order in which kinds are shown.
const KINDS: [&str; 9] =
    ["client", "timeout", "random", "deliver", "duplicate", "drop", "crash", "restart", "round"];

type EventOf<P> = Event<<P as Protocol>::Actor>;

impl Covered {
    fn of(kind: &'static str) -> Covered {
        Covered { kind, message: None, timer: None, choice: None, fired: 0 }
    }

    fn of_message(kind: &'static str, message: Option<String>) -> Covered {
        Covered { message, ..Covered::of(kind) }
    }

    fn of_timer(kind: &'static str, timer: Option<String>) -> Covered {
        Covered { timer, ..Covered::of(kind) }
    }

    fn of_event<P: Protocol>(protocol: &P, event: &EventOf<P>) -> Covered {
        let kind = event.kind();
        match event {
            Event::Deliver(envelope) | Event::Duplicate(envelope) | Event::Drop(envelope) => {
                Covered::of_message(kind, variant(&envelope.message))
            }
            Event::Timeout { timer, .. } => Covered::of_timer(kind, variant(timer)),
            Event::Random { key, .. } => Covered { choice: Some(key.clone()), ..Covered::of(kind) },
            Event::Client { number, .. } => {
                let command = protocol.command(*number);
                Covered::of_message(kind, command.and_then(|command| variant(&command)))
            }
            Event::Crash(_) | Event::Restart(_) => Covered::of(kind),
            Event::Round { trigger, .. } => {
                Covered { kind, ..Covered::of_event(protocol, trigger) }
            }
        }
    }

    /// Whether it says of what it says how often it fired.
    fn is_same(&self, other: &Covered) -> bool {
        Covered { fired: 0, ..self.clone() } == Covered { fired: 0, ..other.clone() }
    }

    /// The message, timer or choice.
    pub fn subject(&self) -> Option<&str> {
        self.message.as_deref().or(self.timer.as_deref()).or(self.choice.as_deref())
    }
}

/// The name of a variant, as far as it can be seen from outside: what `Debug` begins with.
fn variant<T: Debug>(value: &T) -> Option<String> {
    let text = format!("{value:?}");
    let end = text.find(|c: char| !c.is_alphanumeric() && c != '_').unwrap_or(text.len());
    let is_name = text.starts_with(|c: char| c.is_alphabetic() || c == '_');
    is_name.then(|| text[..end].to_owned())
}

/// The kinds of events of a search, those that never fired included.
pub(super) fn coverage<D: Describe>(
    description: &D,
    system: &System<D::Protocol>,
    taken: Vec<(EventOf<D::Protocol>, u64)>,
) -> Vec<Covered> {
    let mut kinds: Vec<(EventOf<D::Protocol>, u64)> = Vec::new();
    for (event, times) in taken {
        match kinds.iter_mut().find(|(known, _)| known.is_like(&event)) {
            Some((_, sum)) => *sum += times,
            None => kinds.push((event, times)),
        }
    }
    let mut all = possible(description, system);
    for (event, fired) in kinds {
        add(&mut all, Covered { fired, ..Covered::of_event(system.protocol(), &event) });
    }
    // Where messages are not declared, a fault without one says that it never fired.
    let is_vague = |covered: &Covered| covered.fired == 0 && covered.subject().is_none();
    let fired: Vec<_> = all.iter().filter(|c| c.fired > 0).map(|c| c.kind).collect();
    all.retain(|covered| !(is_vague(covered) && fired.contains(&covered.kind)));
    let order = |covered: &Covered| KINDS.iter().position(|kind| *kind == covered.kind);
    all.sort_by(|a, b| {
        let by_count = b.fired.cmp(&a.fired);
        order(a).cmp(&order(b)).then(by_count).then_with(|| a.subject().cmp(&b.subject()))
    });
    all
}

fn add(all: &mut Vec<Covered>, covered: Covered) {
    match all.iter_mut().find(|known| known.is_same(&covered)) {
        Some(known) => known.fired += covered.fired,
        None => all.push(covered),
    }
}

/// What the bounds allow, of what the protocol declares.
fn possible<D: Describe>(description: &D, system: &System<D::Protocol>) -> Vec<Covered> {
    let (environment, protocol) = (system.environment(), system.protocol());
    let rounds = environment.rounds;
    let named = |kind| if rounds { "round" } else { kind };
    let mut all = Vec::new();
    if environment.commands > 0
        && let Some(command) = protocol.command(1)
    {
        all.push(Covered::of_message(named("client"), variant(&command)));
    }
    for timer in description.timers() {
        let bound = protocol.timer_bound(&timer).map(|index| environment.timers[index].1);
        if bound != Some(0) {
            all.push(Covered::of_timer(named("timeout"), variant(&timer)));
        }
    }
    let has_copies = environment.duplicates > 0 && environment.network == NetworkKind::Unordered;
    let has_losses = environment.losses > 0;
    for kind in ["deliver", "duplicate", "drop"] {
        let is_fault = kind != "deliver";
        let is_allowed = match kind {
            "duplicate" => has_copies,
            "drop" => has_losses,
            _ => true,
        };
        if rounds || !is_allowed {
            continue;
        }
        let messages = description.message_kinds();
        all.extend(messages.iter().map(|m| Covered::of_message(kind, Some((*m).to_owned()))));
        if messages.is_empty() && is_fault {
            all.push(Covered::of(kind));
        }
    }
    let may_crash = (0..system.actors()).any(|index| protocol.may_crash(Id::from(index)));
    if may_crash && environment.crashes > 0 {
        all.push(Covered::of("crash"));
        if environment.restarts > 0 {
            all.push(Covered::of("restart"));
        }
    }
    all
}

/// The timers of a protocol.
pub(super) type TimerOf<D> = <<<D as Describe>::Protocol as Protocol>::Actor as Actor>::Timer;

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug)]
    #[allow(dead_code, reason = "`Debug` reads it")]
    enum Message {
        Ask,
        Tell { what: u8 },
        Both(u8, u8),
    }

    #[test]
    fn a_variant_is_what_its_debug_form_begins_with() {
        let names = [Message::Ask, Message::Tell { what: 1 }, Message::Both(1, 2)];
        assert_eq!(names.map(|m| variant(&m)), ["Ask", "Tell", "Both"].map(|n| Some(n.to_owned())));
        assert_eq!((variant(&7), variant(&"x"), variant(&())), (None, None, None));
    }
}
