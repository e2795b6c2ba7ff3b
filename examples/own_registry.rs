//! A crate with a protocol of its own: it describes the protocol, lists it, and gets the whole
//! command line for it.
//!
//! ```text
//! cargo run --example own_registry -- check lease
//! cargo run --example own_registry -- check lease --bug holder-not-saved
//! ```
//!
//! The protocol is a lock that a server leases to clients. A client asks, the server grants the
//! lock to one client at a time, and the client gives it back. The server writes down who holds
//! the lock before it grants it, so that it still knows after a crash. Requests that wait are kept
//! in memory only: a crash loses them, which costs a client its turn and nothing else.

use std::borrow::Cow;
use std::collections::BTreeSet;
use std::ops::Range;
use std::process::ExitCode;
use std::time::Duration;

use quorate::checker::system::{Condition, Cue, Environment, Property, Protocol, Step};
use quorate::models::registry::{Bug, Describe, Listed, Scope};
use quorate::stateright::actor::{Actor, Id, Out};
use serde::Serialize;

/// The protocols of this crate.
static REGISTRY: &[&dyn Listed] = &[&Lease];

fn main() -> ExitCode {
    quorate::main(REGISTRY)
}

quorate::models::bounds! {
    /// What is finite about a scope.
    pub struct Bounds {
        /// clients that want the lock
        clients: 1..=6 = 2,
        /// how often each client asks for it
        turns: 1..=200 = 1,
        /// crashes of the server, each with a restart
        crashes: 0..=3 = 1,
    }
}

/// A timer may fire at any time: a model has no clock.
const ANY_TIME: Range<Duration> = Duration::ZERO..Duration::ZERO;

/// The server has this index; clients have the others.
const SERVER: usize = 0;

#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
enum Message {
    Ask,
    Grant,
    GiveBack,
}

#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
enum Timer {
    Want,
    Finish,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize)]
enum State {
    Server { holder: Option<Id>, waiting: Vec<Id> },
    Client { holds: bool, turns: u8 },
}

/// One type for all actors: the index tells them apart.
struct Party {
    saves: bool,
}

impl Actor for Party {
    type Msg = Message;
    type Timer = Timer;
    type State = State;
    type Storage = Option<Id>;
    type Random = ();

    fn on_start(&self, id: Id, storage: &Option<Option<Id>>, out: &mut Out<Self>) -> State {
        if usize::from(id) == SERVER {
            return State::Server { holder: storage.flatten(), waiting: Vec::new() };
        }
        out.set_timer(Timer::Want, ANY_TIME);
        State::Client { holds: false, turns: 0 }
    }

    fn on_msg(
        &self,
        _: Id,
        state: &mut Cow<State>,
        from: Id,
        message: Message,
        out: &mut Out<Self>,
    ) {
        match (state.to_mut(), message) {
            (State::Server { holder: Some(_), waiting }, Message::Ask) => waiting.push(from),
            (State::Server { holder, .. }, Message::Ask) => self.grant(holder, from, out),
            (State::Server { holder, waiting }, Message::GiveBack) => {
                *holder = None;
                self.save(*holder, out);
                if !waiting.is_empty() {
                    self.grant(holder, waiting.remove(0), out);
                }
            }
            (State::Client { holds, .. }, Message::Grant) => {
                *holds = true;
                out.set_timer(Timer::Finish, ANY_TIME);
            }
            _ => {}
        }
    }

    fn on_timeout(&self, _: Id, state: &mut Cow<State>, timer: &Timer, out: &mut Out<Self>) {
        let State::Client { holds, turns } = state.to_mut() else { return };
        match timer {
            Timer::Want => {
                *turns += 1;
                out.send(Id::from(SERVER), Message::Ask);
            }
            Timer::Finish => {
                *holds = false;
                out.send(Id::from(SERVER), Message::GiveBack);
                out.set_timer(Timer::Want, ANY_TIME);
            }
        }
    }
}

impl Party {
    fn grant(&self, holder: &mut Option<Id>, client: Id, out: &mut Out<Self>) {
        *holder = Some(client);
        self.save(*holder, out);
        out.send(client, Message::Grant);
    }

    fn save(&self, holder: Option<Id>, out: &mut Out<Self>) {
        // The seeded bug: the server keeps the holder in memory only.
        if self.saves {
            out.save(holder);
        }
    }
}

/// The protocol within its bounds.
struct Leases {
    bounds: Bounds,
    saves: bool,
}

impl Protocol for Leases {
    type Actor = Party;
    /// The clients that have ever held the lock.
    type Aux = BTreeSet<Id>;

    fn actors(&self) -> Vec<Party> {
        (0..=self.bounds.clients).map(|_| Party { saves: self.saves }).collect()
    }

    fn environment(&self) -> Environment {
        let crashes = self.bounds.crashes;
        Environment { crashes, restarts: crashes, ..Environment::default() }
    }

    fn properties(&self) -> Vec<Property<Self>> {
        vec![
            Property::always(
                "mutual exclusion",
                "at most one client holds the lock",
                Condition::Pair(exclude),
            ),
            Property::sometimes(
                "the lock passes on",
                "two clients have held the lock, one after the other",
                Condition::Aux(|_, held: &BTreeSet<Id>| held.len() >= 2),
            ),
        ]
    }

    fn initial_aux(&self) -> BTreeSet<Id> {
        BTreeSet::new()
    }

    fn record(&self, held: &mut Cow<'_, BTreeSet<Id>>, step: &Step<'_, Self>) {
        if step.after.is_some_and(holds) {
            held.to_mut().insert(step.actor);
        }
    }

    fn beyond(&self, state: &State) -> Option<&'static str> {
        let too_many = matches!(state, State::Client { turns, .. } if *turns > self.bounds.turns);
        too_many.then_some("turns")
    }

    fn may_crash(&self, actor: Id) -> bool {
        usize::from(actor) == SERVER
    }
}

fn exclude(_: &Leases, (_, one): (Id, &State), (_, other): (Id, &State)) -> bool {
    !(holds(one) && holds(other))
}

fn holds(state: &State) -> bool {
    matches!(state, State::Client { holds: true, .. })
}

/// What the command line needs to know of the protocol.
struct Lease;

impl Describe for Lease {
    type Protocol = Leases;
    type Bounds = Bounds;

    const NAME: &'static str = "lease";
    const PAPER: &'static str = "none; an example";
    const SUMMARY: &'static str = "a lock that a server leases to one client at a time";

    fn scopes(&self) -> Vec<Scope<Bounds>> {
        let held = vec![
            Cue::Timeout(1, "Want"),
            Cue::Deliver(1, SERVER, "Ask"),
            Cue::Deliver(SERVER, 1, "Grant"),
        ];
        vec![
            Scope {
                name: "default",
                summary: "two clients, one crash of the server",
                bounds: Bounds::default(),
                script: Vec::new(),
            },
            Scope {
                name: "held",
                summary: "the same, beginning when a client holds the lock",
                bounds: Bounds::default(),
                script: held,
            },
        ]
    }

    fn bugs(&self) -> &'static [Bug] {
        &[Bug {
            name: "holder-not-saved",
            breaks: "mutual exclusion",
            scope: "default",
            summary: "The server does not write down who holds the lock.",
            seen_in: "lock services that keep their leases in memory",
        }]
    }

    fn protocol(&self, bounds: &Bounds, bug: Option<&'static str>) -> Leases {
        Leases { bounds: bounds.clone(), saves: bug != Some("holder-not-saved") }
    }

    fn validate(&self, bounds: &Bounds) -> Result<(), String> {
        match bounds.clients {
            1 => Err("a lock with one client excludes nobody; `clients` must be 2 or more".into()),
            _ => Ok(()),
        }
    }

    fn message_kinds(&self) -> &'static [&'static str] {
        &["Ask", "Grant", "GiveBack"]
    }

    fn timers(&self) -> Vec<Timer> {
        vec![Timer::Want, Timer::Finish]
    }

    fn actor_name(&self, index: usize) -> String {
        if index == SERVER { "server".to_owned() } else { format!("client {index}") }
    }

    fn fields(&self, state: &State) -> Vec<(String, String)> {
        let name = |id: &Id| self.actor_name(usize::from(*id));
        match state {
            State::Server { holder, waiting } => vec![
                ("holder".to_owned(), holder.as_ref().map_or("nobody".to_owned(), name)),
                (
                    "waiting".to_owned(),
                    format!("{:?}", waiting.iter().map(name).collect::<Vec<_>>()),
                ),
            ],
            State::Client { holds, turns } => {
                vec![
                    ("holds".to_owned(), holds.to_string()),
                    ("turns".to_owned(), turns.to_string()),
                ]
            }
        }
    }
}
