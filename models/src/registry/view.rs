//! States and events without their types: as structured JSON, and as short texts for people.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use checker::system::{Event, Protocol, SystemState};
use stateright::actor::Id;

use super::describe::Describe;

/// An event for people and programs.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct EventView {
    /// `deliver`, `duplicate`, `drop`, `timeout`, `random`, `client`, `crash`, `restart` or
    /// `round`.
    pub kind: String,
    /// To whom it happens.
    pub actor: String,
    /// Who sent the message, if it is about one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub from: Option<String>,
    /// The message, if it is about one; a client's command for `client`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub message: Option<Value>,
    /// The timer that fires; or the key and the value of the random choice that is made.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub detail: Option<Value>,
    /// Whom the actor reaches in a round.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub peers: Option<Vec<String>>,
    /// The whole event in a line.
    pub label: String,
}

impl EventView {
    /// Whether this is the same event, in whatever words.
    pub fn is_same(&self, other: &EventView) -> bool {
        let unlabelled = |view: &EventView| EventView { label: String::new(), ..view.clone() };
        unlabelled(self) == unlabelled(other)
    }
}

/// A message in flight.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct MessageView {
    /// Who sent it.
    pub from: String,
    /// Who is to receive it.
    pub to: String,
    /// What it says.
    pub message: Value,
    /// The same in a few words.
    pub label: String,
}

/// An actor at a moment.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ActorView {
    /// Its name.
    pub name: String,
    /// Whether it is crashed.
    pub crashed: bool,
    /// Its local state; null while it is crashed.
    pub state: Value,
    /// The timers that are set.
    pub timers: Value,
    /// What it has saved; null when nothing.
    pub storage: Value,
    /// The local state as fields in a few characters each, for a terminal.
    #[serde(skip)]
    pub fields: Vec<(String, String)>,
}

/// The state of a system. Serialized, it is the `state` of a step in a report.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct StateView {
    /// Each actor, by index.
    pub actors: Vec<ActorView>,
    /// The messages in flight.
    pub network: Vec<MessageView>,
    /// The auxiliary history.
    pub history: Value,
    /// What has been spent of the bounds on faults and commands.
    pub spent: Value,
}

/// A value as JSON. What cannot be JSON (a map with keys that are no strings) becomes its reason.
pub(super) fn json<T: Serialize>(value: &T) -> Value {
    serde_json::to_value(value).unwrap_or_else(|error| Value::String(error.to_string()))
}

/// JSON in a few characters: no quotes, no braces around a variant's name.
pub fn compact(value: &Value) -> String {
    match value {
        Value::Null => "-".to_owned(),
        Value::String(text) => text.clone(),
        Value::Array(items) => {
            format!("[{}]", items.iter().map(compact).collect::<Vec<_>>().join(" "))
        }
        Value::Object(fields) => {
            let pairs: Vec<_> = fields
                .iter()
                .map(|(name, value)| match value {
                    // An enum's variant with its fields.
                    Value::Object(_) if fields.len() == 1 => format!("{name}({})", compact(value)),
                    _ => format!("{name} {}", compact(value)),
                })
                .collect();
            pairs.join(", ")
        }
        other => other.to_string(),
    }
}

/// The fields of an object in a few characters each.
pub(super) fn top_level_fields(value: &Value) -> Vec<(String, String)> {
    match value {
        Value::Object(fields) => {
            fields.iter().map(|(name, value)| (name.clone(), compact(value))).collect()
        }
        other => vec![("state".to_owned(), compact(other))],
    }
}

/// Shows the states and events of one protocol.
pub(super) struct Viewer<'a, D: Describe> {
    pub(super) description: &'a D,
    pub(super) protocol: &'a D::Protocol,
    pub(super) actors: usize,
}

type ActorOf<D> = <<D as Describe>::Protocol as Protocol>::Actor;

impl<D: Describe> Viewer<'_, D> {
    fn name(&self, id: Id) -> String {
        let index = usize::from(id);
        if index == self.actors { "client".to_owned() } else { self.description.actor_name(index) }
    }

    pub(super) fn state(&self, state: &SystemState<D::Protocol>) -> StateView {
        let actors = state.locals.iter().enumerate().map(|(index, local)| {
            let running = local.running.as_ref();
            ActorView {
                name: self.description.actor_name(index),
                crashed: running.is_none(),
                state: json(&running.map(|running| &running.state)),
                timers: json(&running.map(|running| &running.timers)),
                storage: json(&local.storage),
                fields: running.map_or(Vec::new(), |r| self.description.fields(&r.state)),
            }
        });
        let network = state.network.in_flight().into_iter().map(|envelope| MessageView {
            from: self.name(envelope.from),
            to: self.name(envelope.to),
            message: json(&envelope.message),
            label: self.description.message_label(&envelope.message),
        });
        StateView {
            actors: actors.collect(),
            network: network.collect(),
            history: json(&*state.aux),
            spent: json(&state.spent),
        }
    }

    pub(super) fn event(&self, event: &Event<ActorOf<D>>) -> EventView {
        let actor = self.name(event.actor());
        let mut view = EventView {
            kind: event.kind().to_owned(),
            label: String::new(),
            from: None,
            message: None,
            detail: None,
            peers: None,
            actor,
        };
        match event {
            Event::Deliver(envelope) | Event::Duplicate(envelope) | Event::Drop(envelope) => {
                view.from = Some(self.name(envelope.from));
                view.message = Some(json(&envelope.message));
            }
            Event::Timeout { timer, .. } => view.detail = Some(json(timer)),
            // Two open choices may have a value in common.
            Event::Random { key, value, .. } => view.detail = Some(json(&(key, value))),
            Event::Client { number, .. } => {
                view.message = self.protocol.command(*number).map(|message| json(&message));
            }
            Event::Crash(_) | Event::Restart(_) => {}
            Event::Round { trigger, peers } => {
                let trigger = self.event(trigger);
                (view.message, view.detail) = (trigger.message, trigger.detail);
                view.peers = Some(peers.iter().map(|peer| self.name(*peer)).collect());
            }
        }
        view.label = self.label(event);
        view
    }

    fn label(&self, event: &Event<ActorOf<D>>) -> String {
        let actor = self.name(event.actor());
        let message = |message: &_| self.description.message_label(message);
        match event {
            Event::Deliver(e) => {
                format!("{actor} receives {} from {}", message(&e.message), self.name(e.from))
            }
            Event::Duplicate(e) => {
                let (text, from) = (message(&e.message), self.name(e.from));
                format!("{actor} receives {text} from {from}, and a copy stays in flight")
            }
            Event::Drop(e) => {
                format!("{} from {} to {actor} is lost", message(&e.message), self.name(e.from))
            }
            Event::Timeout { timer, .. } => {
                format!("{actor}: {} timeout", compact(&json(timer)).to_lowercase())
            }
            Event::Random { key, value, .. } => {
                format!("{actor}: {key} = {}", compact(&json(value)))
            }
            Event::Client { number, .. } => match self.protocol.command(*number) {
                Some(command) => format!("a client sends {} to {actor}", message(&command)),
                None => format!("a client sends command {number} to {actor}"),
            },
            Event::Crash(_) => format!("{actor} crashes"),
            Event::Restart(_) => format!("{actor} restarts"),
            Event::Round { trigger, peers } => {
                let names: Vec<_> = peers.iter().map(|peer| self.name(*peer)).collect();
                let reach = match names.as_slice() {
                    [] => "nobody".to_owned(),
                    names => names.join(", "),
                };
                format!("{}, reaching {reach}", self.label(trigger))
            }
        }
    }
}
