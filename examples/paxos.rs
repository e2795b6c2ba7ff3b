//! Single-decree Paxos as a register that is written once, after "Paxos Made Simple" (Lamport,
//! 2001), on stateright's own `ActorModel`: its network, its clients, its linearizability tester.
//! All that is Quorate's is the search, so a model that exists already is checked as it is.
//!
//! Every server is proposer and acceptor. A client writes a value, and reads when the write has
//! returned. A server answers a read only if it knows what was chosen.
//!
//! `cargo run --release --example paxos -- 3` checks it with three servers and three clients.

// The handlers have the signature that stateright gives them.
#![allow(clippy::owned_cow)]

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};
use std::error::Error;
use std::sync::Arc;

use quorate::checker::search::ActorReport;
use quorate::checker::{Declared, Options, SearchError, Watch, search_actors};
use quorate::stateright::Expectation;
use quorate::stateright::actor::register::{RegisterActor, RegisterMsg};
use quorate::stateright::actor::{
    Actor, ActorModel, ActorModelState, Id, Network, Out, majority, model_peers,
};
use quorate::stateright::semantics::LinearizabilityTester;
use quorate::stateright::semantics::register::Register;

/// How many servers there are.
const SERVERS: usize = 3;

type Value = char;
type Request = u64;

/// A proposal number: a round, and the server that proposes in it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Ballot {
    round: u32,
    proposer: Id,
}

/// What a server proposes: the write of a client.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Write {
    request: Request,
    client: Id,
    value: Value,
}

/// A proposal that an acceptor has accepted. The one with the highest ballot counts.
type Vote = (Ballot, Write);

/// What servers tell each other.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Message {
    /// Phase 1a: promise to accept nothing below this ballot.
    Prepare(Ballot),
    /// Phase 1b: promised, and this is what was accepted last.
    Promise(Ballot, Option<Vote>),
    /// Phase 2a: accept this.
    Accept(Ballot, Write),
    /// Phase 2b: accepted.
    Accepted(Ballot),
    /// A majority has accepted this, so it is chosen.
    Chosen(Ballot, Write),
}

type Wire = RegisterMsg<Request, Value, Message>;

/// A server's state.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct State {
    /// As acceptor: the highest ballot that it has met.
    ballot: Ballot,
    /// As acceptor: what it has accepted last.
    accepted: Option<Vote>,
    /// As proposer: the write that it proposes.
    proposal: Option<Write>,
    /// As proposer: who has promised, with what they had accepted.
    promises: BTreeMap<Id, Option<Vote>>,
    /// As proposer: who has accepted.
    acceptances: BTreeSet<Id>,
    /// As learner: whether what it has accepted is chosen.
    is_chosen: bool,
}

/// A server. It takes part in its own majorities without sending messages to itself.
#[derive(Clone, Debug)]
pub struct Server {
    peers: Vec<Id>,
}

impl Actor for Server {
    type Msg = Wire;
    type State = State;
    type Timer = ();
    type Storage = ();
    type Random = ();

    fn on_start(&self, _: Id, _: &Option<()>, _: &mut Out<Self>) -> State {
        State::default()
    }

    fn on_msg(&self, id: Id, state: &mut Cow<State>, from: Id, message: Wire, out: &mut Out<Self>) {
        use Message::{Accept, Accepted, Chosen, Prepare, Promise};
        use RegisterMsg::{Get, GetOk, Internal, Put};
        let ballot = state.ballot;
        match message {
            Get(request) if state.is_chosen => {
                if let Some((_, write)) = state.accepted {
                    out.send(from, GetOk(request, write.value));
                }
            }
            _ if state.is_chosen => {}
            Put(request, value) if state.proposal.is_none() => {
                let write = Write { request, client: from, value };
                self.propose(id, state.to_mut(), write, out);
            }
            Internal(Prepare(asked)) if asked > ballot => {
                state.to_mut().ballot = asked;
                out.send(from, Internal(Promise(asked, state.accepted)));
            }
            Internal(Promise(asked, vote)) if asked == ballot => {
                self.promised(id, state.to_mut(), from, vote, out);
            }
            Internal(Accept(asked, write)) if asked >= ballot => {
                accept(state.to_mut(), asked, write);
                out.send(from, Internal(Accepted(asked)));
            }
            Internal(Accepted(asked)) if asked == ballot => {
                self.accepted(state.to_mut(), from, out);
            }
            Internal(Chosen(asked, write)) => {
                accept(state.to_mut(), asked, write);
                state.to_mut().is_chosen = true;
            }
            _ => {}
        }
    }
}

fn accept(state: &mut State, ballot: Ballot, write: Write) {
    state.ballot = ballot;
    state.accepted = Some((ballot, write));
}

impl Server {
    fn broadcast(&self, message: Message, out: &mut Out<Self>) {
        out.broadcast(&self.peers, &RegisterMsg::Internal(message));
    }

    fn majority(&self) -> usize {
        majority(self.peers.len() + 1)
    }

    /// Phase 1 begins, with a ballot above every one that this server has met.
    fn propose(&self, me: Id, state: &mut State, write: Write, out: &mut Out<Self>) {
        state.proposal = Some(write);
        state.ballot = Ballot { round: state.ballot.round + 1, proposer: me };
        state.acceptances.clear();
        state.promises = BTreeMap::from([(me, state.accepted)]);
        self.broadcast(Message::Prepare(state.ballot), out);
    }

    /// Phase 2 begins with the promise that completes a majority: whatever may have been chosen
    /// already is the vote with the highest ballot among these, and is proposed again.
    fn promised(
        &self,
        me: Id,
        state: &mut State,
        from: Id,
        vote: Option<Vote>,
        out: &mut Out<Self>,
    ) {
        state.promises.insert(from, vote);
        if state.promises.len() != self.majority() {
            return;
        }
        let highest = state.promises.values().max().copied().flatten();
        let Some(write) = highest.map(|(_, write)| write).or(state.proposal) else { return };
        state.proposal = Some(write);
        accept(state, state.ballot, write);
        state.acceptances.insert(me);
        self.broadcast(Message::Accept(state.ballot, write), out);
    }

    /// With the acceptance that completes a majority, the proposal is chosen.
    fn accepted(&self, state: &mut State, from: Id, out: &mut Out<Self>) {
        state.acceptances.insert(from);
        let Some(write) = state.proposal.filter(|_| state.acceptances.len() == self.majority())
        else {
            return;
        };
        state.is_chosen = true;
        self.broadcast(Message::Chosen(state.ballot, write), out);
        out.send(write.client, RegisterMsg::PutOk(write.request));
    }
}

/// What the clients have seen.
type History = LinearizabilityTester<Id, Register<Value>>;
type Node = RegisterActor<Server>;
type System = ActorModel<Node, (), History>;

/// Three servers and some clients, each of which writes once and reads once.
pub fn system(clients: usize) -> System {
    let server = |index| RegisterActor::Server(Server { peers: model_peers(index, SERVERS) });
    let client = RegisterActor::Client { put_count: 1, server_count: SERVERS };
    ActorModel::new((), History::new(Register(Value::default())))
        .actors((0..SERVERS).map(server))
        .actors(vec![client; clients])
        .init_network(Network::new_unordered_nonduplicating([]))
        .record_msg_in(RegisterMsg::record_returns)
        .record_msg_out(RegisterMsg::record_invocations)
        .property(Expectation::Always, "linearizable", |_, state| is_linearizable(&state.history))
        .property(Expectation::Sometimes, "value chosen", |_, state| is_value_read(state))
}

fn is_linearizable(history: &History) -> bool {
    history.serialized_history().is_some()
}

/// Whether a client is about to read what another has written.
fn is_value_read(state: &ActorModelState<Node, History>) -> bool {
    state.network.iter_deliverable().any(|envelope| match envelope.msg {
        RegisterMsg::GetOk(_, value) => *value != Value::default(),
        _ => false,
    })
}

/// Explores the system with so many clients. Linearizability is a question to the history alone,
/// so saying so lets the engine ask it once for each history.
///
/// # Errors
/// See [`SearchError`].
pub fn check(
    clients: usize,
    options: &Options,
    watch: &Watch,
) -> Result<ActorReport<Node, History>, SearchError> {
    let declared = Declared::default().history("linearizable", is_linearizable);
    search_actors(&Arc::new(system(clients)), &declared, options, watch)
}

fn main() -> Result<(), Box<dyn Error>> {
    let clients = std::env::args().nth(1).map_or(Ok(2), |text| text.parse())?;
    let report = check(clients, &Options::default(), &Watch::new())?;
    println!("Paxos, {SERVERS} servers, {clients} clients: {}", report.verdict.name());
    for property in &report.properties {
        println!("  {}: {}", property.name, property.verdict.name());
    }
    println!("  {} distinct states, {} generated", report.distinct, report.generated);
    Ok(())
}
