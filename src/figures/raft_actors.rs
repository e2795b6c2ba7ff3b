//! Raft on stateright's own `ActorModel`: its network, its timers, its properties over whole
//! states. The handlers are those of the protocol in `models`, so that both are the same Raft; what
//! surrounds them here is what a user of stateright would write.
//!
//! The model is finite without a boundary: a member ignores what would lead it beyond the highest
//! term, two of the three members ever stand for election, and there is one command, in the network
//! from the beginning, for the first of them. Nothing crashes, and the only timers are those of
//! elections. They are set whenever a server is no leader, so they follow from its state, and no
//! two states are merged because stateright's hash does not tell whose timer is set.

#![allow(clippy::owned_cow)] // The handlers have the signature that stateright gives them.

use std::borrow::Cow;
use std::sync::Arc;

use checker::search::ActorReport;
use checker::system::Protocol;
use checker::{Declared, Options, SearchError, Watch, search_actors};
use models::protocols::raft::{Bounds, Cluster, Raft};
use models::registry::Describe;
use stateright::Expectation;
use stateright::actor::{Actor, ActorModel, ActorModelState, Command, Envelope, Id, Network, Out};

type Server = <Cluster as Protocol>::Actor;
type State = <Server as Actor>::State;
type Message = <Server as Actor>::Msg;
type Timer = <Server as Actor>::Timer;
type Storage = <Server as Actor>::Storage;

/// How many of the servers ever stand for election.
const CANDIDATES: usize = 2;

/// A server of the protocol that stays within the cluster's bounds.
#[derive(Clone, Debug)]
pub(crate) struct Member {
    server: Server,
    cluster: Cluster,
}

type System = ActorModel<Member, (), ()>;
type SystemState = ActorModelState<Member, ()>;

impl Actor for Member {
    type Msg = Message;
    type State = State;
    type Timer = Timer;
    type Storage = Storage;
    type Random = ();

    fn on_start(&self, id: Id, storage: &Option<Storage>, out: &mut Out<Self>) -> State {
        let mut wanted = Out::new();
        let state = self.server.on_start(id, storage, &mut wanted);
        self.pass_on(wanted, out);
        state
    }

    fn on_msg(
        &self,
        id: Id,
        state: &mut Cow<State>,
        from: Id,
        message: Message,
        out: &mut Out<Self>,
    ) {
        self.within_bounds(state, out, |state, out| {
            self.server.on_msg(id, state, from, message, out);
        });
    }

    fn on_timeout(&self, id: Id, state: &mut Cow<State>, timer: &Timer, out: &mut Out<Self>) {
        let stands = usize::from(id) < CANDIDATES;
        let is_within = stands
            && self.within_bounds(state, out, |state, out| {
                self.server.on_timeout(id, state, timer, out);
            });
        if !is_within {
            // Nothing but the same timer again: for stateright, nothing has happened.
            out.set_timer(*timer, std::time::Duration::ZERO..std::time::Duration::ZERO);
        }
    }
}

impl Member {
    /// Runs a handler, unless it leads beyond the bounds: then nothing happens.
    fn within_bounds(
        &self,
        state: &mut Cow<State>,
        out: &mut Out<Self>,
        handler: impl FnOnce(&mut Cow<State>, &mut Out<Server>),
    ) -> bool {
        let mut wanted = Out::new();
        let mut after = Cow::Borrowed(&**state);
        handler(&mut after, &mut wanted);
        if self.cluster.beyond(&after).is_some() {
            return false;
        }
        if let Cow::Owned(after) = after {
            *state = Cow::Owned(after);
        }
        self.pass_on(wanted, out);
        true
    }

    /// Without the timers that have a bound, which is zero here, and without stable storage, which
    /// nobody reads where nothing crashes.
    fn pass_on(&self, wanted: Out<Server>, out: &mut Out<Self>) {
        let is_free = |timer: &Timer| self.cluster.timer_bound(timer).is_none();
        let mut kept: Out<Self> = wanted
            .into_iter()
            .filter(|command| match command {
                Command::SetTimer(timer, _) | Command::CancelTimer(timer) => is_free(timer),
                Command::Save(_) => false,
                _ => true,
            })
            .collect();
        out.append(&mut kept);
    }
}

/// Three servers within so many terms, and a command for the first.
fn system(terms: u8) -> System {
    let bounds = Bounds { terms, commands: 1, crashes: 0, restarts: 0, ..Bounds::default() };
    let cluster = Raft.protocol(&bounds, None);
    let servers = cluster.actors();
    let client = Id::from(servers.len());
    let command = cluster.command(1).map(|msg| Envelope { src: client, dst: Id::from(0), msg });
    let network = Network::new_unordered_nonduplicating(command);
    let member = |server| Member { server, cluster: cluster.clone() };
    ActorModel::new((), ())
        .actors(servers.into_iter().map(member))
        .init_network(network)
        .property(Expectation::Always, "election safety", |_, state| one_leader_a_term(state))
        .property(Expectation::Always, "state machine safety", |_, state| committed_agree(state))
        .property(Expectation::Sometimes, "a leader is elected", |_, state| {
            state.actor_states.iter().any(|server| server.is_leader())
        })
        .property(Expectation::Sometimes, "an entry is committed", |_, state| {
            state.actor_states.iter().any(|server| server.commit_index > 0)
        })
}

/// Every two servers.
fn pairs(state: &SystemState) -> impl Iterator<Item = (&State, &State)> {
    let servers = &state.actor_states;
    let others = |index: usize| servers[index + 1..].iter();
    servers
        .iter()
        .enumerate()
        .flat_map(move |(index, one)| others(index).map(move |other| (&**one, &**other)))
}

fn one_leader_a_term(state: &SystemState) -> bool {
    let same_term = |(one, other): (&State, &State)| {
        one.is_leader()
            && other.is_leader()
            && one.persistent.current_term == other.persistent.current_term
    };
    !pairs(state).any(same_term)
}

fn committed_agree(state: &SystemState) -> bool {
    let agree = |(one, other): (&State, &State)| {
        let both = one.commit_index.min(other.commit_index);
        (1..=both).all(|index| one.entry(index) == other.entry(index))
    };
    pairs(state).all(agree)
}

/// Explores three servers within so many terms.
///
/// # Errors
/// See [`SearchError`].
pub(crate) fn check(
    terms: u8,
    options: &Options,
    watch: &Watch,
) -> Result<ActorReport<Member, ()>, SearchError> {
    search_actors(&Arc::new(system(terms)), &Declared::default(), options, watch)
}
