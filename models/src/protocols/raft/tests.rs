//! Figure 2, rule by rule, on single servers: a message goes in, a state and messages come out.
//!
//! Logs are written as in the figures of the paper: `"1 1 2"` is a log of two entries of term 1 and
//! one of term 2. The command of an entry follows from its term and its index, as it does where at
//! most one leader creates the entries of a term.

mod elections;
mod replication;
mod totality;

use std::borrow::Cow;

use stateright::actor::{Actor, Command, Id, Out};

use super::algorithm::Server;
use super::state::{Entry, Index, Message, Name, Persistent, Role, Servers, State, Term, Timer};

const S1: Name = Name(0);
const S2: Name = Name(1);
const S3: Name = Name(2);
const S4: Name = Name(3);

/// The client, in a cluster of any size.
const CLIENT: Name = Name(99);

/// Entries of these terms; the first has this index.
fn entries(first: Index, terms: &str) -> Vec<Entry> {
    let term = |text: &str| text.parse::<Term>().expect("a term");
    let numbered = terms.split_whitespace().map(term).zip(first..);
    numbered.map(|(term, index)| Entry { term, command: 10 * term + index }).collect()
}

/// A whole log.
fn log(terms: &str) -> Vec<Entry> {
    entries(1, terms)
}

fn server(cluster: u8) -> Server {
    Server { cluster, flaw: None }
}

fn follower(current_term: Term, terms: &str) -> State {
    State {
        persistent: Persistent { current_term, voted_for: None, log: log(terms) },
        commit_index: 0,
        last_applied: 0,
        role: Role::Follower,
    }
}

/// A candidate with its own vote.
fn candidate(me: Name, term: Term, terms: &str) -> State {
    let mut state = follower(term, terms);
    state.persistent.voted_for = Some(me);
    state.role = Role::Candidate { votes: Servers::default().with(me) };
    state
}

/// A leader that has heard nothing of its followers yet.
fn leader(cluster: u8, me: Name, term: Term, terms: &str) -> State {
    let mut state = candidate(me, term, terms);
    let servers = usize::from(cluster);
    state.role = Role::Leader {
        next_index: vec![state.last_index() + 1; servers],
        match_index: vec![0; servers],
    };
    state
}

/// A server of a cluster that can be talked to.
#[derive(Clone)]
struct Talker {
    server: Server,
    me: Name,
    state: State,
    /// What is on its stable storage.
    saved: Option<Persistent>,
}

/// What a server sends, with the receivers.
type Sent = Vec<(Name, Message)>;

impl Talker {
    fn new(cluster: u8, me: Name, state: State) -> Talker {
        let saved = Some(state.persistent.clone());
        Talker { server: server(cluster), me, state, saved }
    }

    /// Runs a handler; returns what it sends.
    fn run(
        &mut self,
        handler: impl FnOnce(&Server, Id, &mut Cow<'_, State>, &mut Out<Server>),
    ) -> Sent {
        let mut out = Out::new();
        let before = self.state.clone();
        let mut state = Cow::Borrowed(&before);
        handler(&self.server, Id::from(usize::from(self.me.0)), &mut state, &mut out);
        self.state = state.into_owned();
        let mut sent = Vec::new();
        for command in out {
            match command {
                Command::Send(to, message) => sent.push((Name(usize::from(to) as u8), message)),
                Command::Save(persistent) => self.saved = Some(persistent),
                _ => {}
            }
        }
        sent
    }

    fn receives(&mut self, from: Name, message: Message) -> Sent {
        let from = Id::from(usize::from(from.0));
        self.run(|server, id, state, out| server.on_msg(id, state, from, message, out))
    }

    /// What the server answers; it sends one message, and that to the sender.
    fn answers(&mut self, from: Name, message: Message) -> Message {
        let mut sent = self.receives(from, message);
        assert_eq!(sent.len(), 1, "one answer: {sent:?}");
        let (to, answer) = sent.remove(0);
        assert_eq!(to, from);
        answer
    }

    fn times_out(&mut self, timer: Timer) -> Sent {
        self.run(|server, id, state, out| server.on_timeout(id, state, &timer, out))
    }

    /// Loses its memory and starts from its storage.
    fn restarts(&mut self) {
        let id = Id::from(usize::from(self.me.0));
        self.state = self.server.on_start(id, &self.saved, &mut Out::new());
    }

    fn term(&self) -> Term {
        self.state.persistent.current_term
    }

    fn log(&self) -> &[Entry] {
        &self.state.persistent.log
    }
}

fn request_vote(term: Term, (last_log_index, last_log_term): (Index, Term)) -> Message {
    Message::RequestVote { term, last_log_index, last_log_term }
}

fn vote(term: Term, granted: bool) -> Message {
    Message::VoteReply { term, granted }
}

/// AppendEntries with these terms behind `prev`, an index and its term.
fn append(term: Term, prev: (Index, Term), terms: &str, leader_commit: Index) -> Message {
    let (prev_log_index, prev_log_term) = prev;
    let entries = entries(prev_log_index + 1, terms);
    Message::AppendEntries { term, prev_log_index, prev_log_term, entries, leader_commit }
}

fn stored(term: Term, match_index: Index) -> Message {
    Message::AppendReply { term, success: true, match_index }
}

fn refused(term: Term) -> Message {
    Message::AppendReply { term, success: false, match_index: 0 }
}
