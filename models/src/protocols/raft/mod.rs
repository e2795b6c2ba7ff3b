//! Raft, after Figure 2 and section 5 of "In Search of an Understandable Consensus Algorithm"
//! (Ongaro and Ousterhout, USENIX ATC 2014, extended version) and the dissertation (Ongaro 2014).
//!
//! # The idea
//!
//! A cluster keeps one log of commands on several servers. Time is divided into *terms*; in each,
//! the servers elect at most one *leader*, which alone takes commands, appends them to its log and
//! has the others copy it. An entry that a majority has stored is *committed*: every later leader
//! has it, because it needs the votes of a majority, and a server votes only for a candidate whose
//! log is at least as up to date as its own.
//!
//! # Reading order
//!
//! `scopes.rs` (the finite instances), `state.rs` (state and messages), `algorithm.rs` (the rules),
//! `properties.rs` with `history.rs` (what is said of it), `bugs.rs` (how it can be got wrong),
//! `purge.rs` (which messages need not be kept), `show.rs` (short texts).
//!
//! # What is modelled
//!
//! | Figure 2 | here |
//! |---|---|
//! | persistent and volatile state | `State`; what `Persistent` holds is saved before a handler sends anything |
//! | RequestVote, AppendEntries | four messages, requests and results, which travel on their own |
//! | rules for servers | one function each in `algorithm.rs`, with the words of the paper |
//! | election timeout | a timer that may fire at any time: safety must not depend on timing |
//! | heartbeats, retries | sent on election and when something has been committed; beyond that, timers with a bound |
//! | crashes | volatile state is gone, stable storage stays |
//!
//! # What is left out, and why that is sound
//!
//! - *Sending the same again at any time.* An AppendEntries is sent when there is something new to
//!   say (an election, a command, a commit, a failed consistency check). The network loses nothing
//!   by itself and delivers late, so one copy can arrive at any time; what arrives twice is the
//!   bound `duplicates`, and what is sent anew the bounds `heartbeats` and `retries`.
//! - *Loss.* On an unordered network a lost message is one that is never delivered, which every
//!   scope explores. The bound `losses` exists to see the events.
//! - *Messages that nothing can come of* are taken off the network (`purge`, see `purge.rs`).
//! - *Time while a server is down* (`downtime`): to the others it is a slow server.
//! - *Rejections* (`rejections` = 0): a server with a later term does not answer requests of earlier
//!   ones. This one is a bound, not a reduction: servers then learn of later terms from their
//!   candidates and leaders only. The scope `rejections` explores the answers; in rounds (below)
//!   every answer arrives.
//! - *Snapshots, membership changes, client sessions, reads* are no part of this model.
//!
//! Some scopes have no messages in flight (`rounds`): a timeout or command and all that follows
//! from it between one server and those that it can reach is one event. The handlers are the same
//! ones, so that a seeded bug is the same line; Figure 8 of the paper takes six such events.

mod algorithm;
mod bugs;
mod history;
mod properties;
mod purge;
mod scopes;
mod show;
mod state;
#[cfg(test)]
mod tests;

use std::borrow::Cow;

use checker::system::{Environment, Pending, Property, Protocol, Step};

use crate::registry::{Bug, Describe, Scope};
use algorithm::Server;
use bugs::Flaw;
use history::History;
pub use scopes::Bounds;
use state::{Message, State, Timer};

/// The entry of Raft in the registry.
pub struct Raft;

/// A Raft cluster within bounds.
#[derive(Clone, Debug)]
pub struct Cluster {
    bounds: Bounds,
    flaw: Option<Flaw>,
}

impl Protocol for Cluster {
    type Actor = Server;
    type Aux = History;

    fn actors(&self) -> Vec<Server> {
        let server = Server { cluster: self.bounds.servers, flaw: self.flaw };
        vec![server; usize::from(self.bounds.servers)]
    }

    fn environment(&self) -> Environment {
        let Bounds { crashes, restarts, losses, duplicates, commands, .. } = self.bounds;
        Environment {
            crashes,
            restarts,
            losses,
            duplicates,
            commands,
            timers: vec![("heartbeats", self.bounds.heartbeats), ("retries", self.bounds.retries)],
            purge: self.bounds.purge == 1,
            rounds: self.bounds.rounds == 1,
            downtime: self.bounds.downtime == 1,
            ..Environment::default()
        }
    }

    fn properties(&self) -> Vec<Property<Cluster>> {
        properties::properties(&self.bounds)
    }

    fn initial_aux(&self) -> History {
        History::default()
    }

    fn begin_event(&self, history: &mut Cow<'_, History>) {
        if history.remarkable.is_some() {
            history.to_mut().remarkable = None;
        }
    }

    fn record(&self, history: &mut Cow<'_, History>, step: &Step<'_, Cluster>) {
        history::record(history, step);
    }

    fn command(&self, number: u8) -> Option<Message> {
        Some(Message::ClientCommand { command: number })
    }

    fn timer_bound(&self, timer: &Timer) -> Option<usize> {
        match timer {
            // Each raises the term of its server, which has a bound.
            Timer::Election => None,
            // In a round nothing stays in flight, and what changes nothing is no event.
            _ if self.bounds.rounds == 1 => None,
            Timer::Heartbeat => Some(0),
            Timer::Retry => Some(1),
        }
    }

    fn beyond(&self, state: &State) -> Option<&'static str> {
        (state.persistent.current_term > self.bounds.terms).then_some("terms")
    }

    /// No rule of the paper knows one server from another.
    fn interchangeable(&self) -> Vec<usize> {
        (0..usize::from(self.bounds.servers)).collect()
    }

    fn never_delivered(&self, pending: &Pending<'_, Cluster>) -> Option<&'static str> {
        let left_out = self.bounds.rejections == 0 && purge::leads_to_rejection(self, pending);
        left_out.then_some("rejections")
    }

    fn is_obsolete(&self, pending: &Pending<'_, Cluster>) -> bool {
        purge::is_obsolete(self, pending)
    }
}

impl Describe for Raft {
    type Protocol = Cluster;
    type Bounds = Bounds;

    const NAME: &'static str = "raft";
    const PAPER: &'static str = "Ongaro and Ousterhout, In Search of an Understandable Consensus \
                                 Algorithm, USENIX ATC 2014 (Figure 2, section 5)";
    const SUMMARY: &'static str = "leader election and log replication with crashes and restarts";

    fn scopes(&self) -> Vec<Scope<Bounds>> {
        scopes::scopes()
    }

    fn bugs(&self) -> &'static [Bug] {
        bugs::BUGS
    }

    fn protocol(&self, bounds: &Bounds, bug: Option<&'static str>) -> Cluster {
        Cluster { bounds: bounds.clone(), flaw: bug.and_then(Flaw::named) }
    }

    fn message_kinds(&self) -> &'static [&'static str] {
        &["RequestVote", "VoteReply", "AppendEntries", "AppendReply"]
    }

    fn timers(&self) -> Vec<Timer> {
        vec![Timer::Election, Timer::Heartbeat, Timer::Retry]
    }

    fn message_label(&self, message: &Message) -> String {
        show::message(message)
    }

    fn fields(&self, state: &State) -> Vec<(String, String)> {
        show::fields(state)
    }

    fn validate(&self, bounds: &Bounds) -> Result<(), String> {
        if bounds.restarts > bounds.crashes {
            let Bounds { restarts, crashes, .. } = bounds;
            return Err(format!(
                "restarts = {restarts}, but only what has crashed can restart, and crashes = \
                 {crashes}; set both"
            ));
        }
        Ok(())
    }
}
