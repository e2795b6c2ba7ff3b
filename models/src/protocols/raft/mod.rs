//! Raft, after Figure 2 and section 5 of "In Search of an Understandable Consensus Algorithm"
//! (Ongaro and Ousterhout, USENIX ATC 2014, extended version) and the dissertation (Ongaro 2014).
//!
//! (essay to come)

mod algorithm;
mod bugs;
mod history;
mod properties;
mod purge;
mod scopes;

use std::borrow::Cow;

use checker::system::{Environment, Pending, Property, Protocol, Step};

use crate::registry::{Bug, Describe, Scope};
use algorithm::{Message, Server, State, Timer};
use bugs::Flaw;
use history::History;
pub use scopes::Bounds;

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

    fn validate(&self, bounds: &Bounds) -> Result<(), String> {
        if bounds.restarts > bounds.crashes {
            let Bounds { restarts, crashes, .. } = bounds;
            return Err(format!("restarts = {restarts}, but crashes = {crashes}"));
        }
        Ok(())
    }
}
