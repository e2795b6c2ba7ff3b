//! The algorithm: Figure 2 of the paper, one function per rule.

use std::borrow::Cow;
use std::time::Duration;

use stateright::actor::{Actor, Id, Out};

use super::bugs::Flaw;
use super::state::{Entry, Index, Message, Name, Persistent, Role, Servers, State, Term, Timer};

/// A server of a cluster.
#[derive(Clone, Debug)]
pub struct Server {
    /// How many servers the cluster has.
    pub cluster: u8,
    /// The bug that is switched on.
    pub flaw: Option<Flaw>,
}

/// A server in the middle of a handler: who it is, its state, and what it does.
struct Turn<'a> {
    server: &'a Server,
    me: Name,
    state: &'a mut State,
    out: &'a mut Out<Server>,
}

impl Actor for Server {
    type Msg = Message;
    type Timer = Timer;
    type State = State;
    type Storage = Persistent;
    type Random = ();

    /// A server starts as a follower, with what it finds on stable storage.
    fn on_start(&self, _: Id, storage: &Option<Persistent>, out: &mut Out<Self>) -> State {
        out.set_timer(Timer::Election, ANY_TIME);
        State {
            persistent: storage.clone().unwrap_or_default(),
            commit_index: 0,
            last_applied: 0,
            role: Role::Follower,
        }
    }

    fn on_timeout(&self, id: Id, state: &mut Cow<State>, timer: &Timer, out: &mut Out<Self>) {
        out.set_timer(*timer, ANY_TIME);
        self.turn(id, state, out, |turn| match timer {
            Timer::Election => turn.start_election(),
            Timer::Heartbeat => turn.send_heartbeats(),
            Timer::Retry => turn.retry(),
        });
    }

    fn on_msg(
        &self,
        id: Id,
        state: &mut Cow<State>,
        src: Id,
        message: Message,
        out: &mut Out<Self>,
    ) {
        let from = Name(usize::from(src) as u8);
        self.turn(id, state, out, |turn| {
            if let Some(term) = message.term() {
                turn.update_term(term);
            }
            turn.handle(from, message);
        });
    }
}

/// Safety must not depend on timing, so a timer may fire at any time.
const ANY_TIME: std::ops::Range<Duration> = Duration::ZERO..Duration::ZERO;

impl Server {
    /// How many servers are a majority.
    pub fn majority(&self) -> usize {
        let half = usize::from(self.cluster) / 2;
        if self.has(Flaw::QuorumTooSmall) { half.max(1) } else { half + 1 }
    }

    /// Whether this bug is switched on.
    pub fn has(&self, flaw: Flaw) -> bool {
        self.flaw == Some(flaw)
    }

    /// Runs a handler and saves what it has changed of the persistent state, in one step: nothing
    /// is sent before it is saved.
    fn turn(
        &self,
        id: Id,
        state: &mut Cow<State>,
        out: &mut Out<Self>,
        handler: impl FnOnce(&mut Turn<'_>),
    ) {
        let me = Name(usize::from(id) as u8);
        let mut after = State::clone(state);
        handler(&mut Turn { server: self, me, state: &mut after, out });
        if after.persistent != state.persistent {
            out.save(self.saved(&after.persistent));
        }
        if after != **state {
            *state = Cow::Owned(after);
        }
    }

    /// What is written to stable storage: everything, unless a bug forgets some of it.
    fn saved(&self, persistent: &Persistent) -> Persistent {
        let mut saved = persistent.clone();
        match self.flaw {
            Some(Flaw::VoteNotPersisted) => saved.voted_for = None,
            Some(Flaw::TermNotPersisted) => saved.current_term = 0,
            Some(Flaw::LogNotPersisted) => saved.log.clear(),
            _ => {}
        }
        saved
    }
}

impl Turn<'_> {
    fn has(&self, flaw: Flaw) -> bool {
        self.server.has(flaw)
    }

    fn term(&self) -> Term {
        self.state.persistent.current_term
    }

    fn send(&mut self, to: Name, message: Message) {
        self.out.send(Id::from(usize::from(to.0)), message);
    }

    fn others(&self) -> impl Iterator<Item = Name> + use<> {
        let me = self.me;
        (0..self.server.cluster).map(Name).filter(move |name| *name != me)
    }

    /// Rules for all servers: "If RPC request or response contains term T > currentTerm: set
    /// currentTerm = T, convert to follower (§5.1)". A new term begins without a vote.
    fn update_term(&mut self, term: Term) {
        if term > self.term() || (self.has(Flaw::AdoptsAnyTerm) && term != self.term()) {
            self.state.persistent.current_term = term;
            self.state.persistent.voted_for = None;
            self.become_follower();
        }
    }

    fn become_follower(&mut self) {
        if self.state.is_leader() {
            self.out.cancel_timer(Timer::Heartbeat);
            self.out.cancel_timer(Timer::Retry);
            self.out.set_timer(Timer::Election, ANY_TIME);
        }
        self.state.role = Role::Follower;
    }

    fn handle(&mut self, from: Name, message: Message) {
        match message {
            Message::RequestVote { term, last_log_index, last_log_term } => {
                self.request_vote(from, term, last_log_index, last_log_term);
            }
            Message::VoteReply { term, granted } => self.vote_reply(from, term, granted),
            Message::AppendEntries {
                term,
                prev_log_index,
                prev_log_term,
                entries,
                leader_commit,
            } => {
                let prev = (prev_log_index, prev_log_term);
                self.append_entries(from, term, prev, &entries, leader_commit);
            }
            Message::AppendReply { term, success, match_index } => {
                self.append_reply(from, term, success, match_index);
            }
            Message::ClientCommand { command } => self.client_command(command),
        }
    }

    // Elections (§5.2) ---------------------------------------------------------------------------

    /// Rules for followers and candidates: "If election timeout elapses: start new election".
    fn start_election(&mut self) {
        let kept = match self.state.role {
            Role::Candidate { votes } if self.has(Flaw::VotesKeptAcrossTerms) => votes,
            _ => Servers::default(),
        };
        self.state.persistent.current_term += 1;
        self.state.persistent.voted_for = Some(self.me);
        self.state.role = Role::Candidate { votes: kept.with(self.me) };
        let request = Message::RequestVote {
            term: self.term(),
            last_log_index: self.state.last_index(),
            last_log_term: self.state.term_at(self.state.last_index()).unwrap_or(0),
        };
        for other in self.others() {
            self.send(other, request.clone());
        }
        self.count_votes();
    }

    /// RequestVote RPC, receiver implementation: one vote a term, first come first served, and
    /// only for a candidate whose log is at least as up to date.
    fn request_vote(&mut self, candidate: Name, term: Term, last_index: Index, last_term: Term) {
        let voted_for = self.state.persistent.voted_for;
        let is_free = voted_for.is_none() || voted_for == Some(candidate);
        let granted = term == self.term()
            && (is_free || self.has(Flaw::VotesTwice))
            && (self.is_up_to_date(last_index, last_term) || self.has(Flaw::NoUpToDateCheck));
        if granted {
            self.state.persistent.voted_for = Some(candidate);
        }
        self.send(candidate, Message::VoteReply { term: self.term(), granted });
    }

    /// §5.4.1: the log with the later last term is more up to date; with equal terms, the longer.
    fn is_up_to_date(&self, last_index: Index, last_term: Term) -> bool {
        let mine = self.state.last_index();
        (last_term, last_index) >= (self.state.term_at(mine).unwrap_or(0), mine)
    }

    /// A vote counts for the election that it was asked for.
    fn vote_reply(&mut self, voter: Name, term: Term, granted: bool) {
        let is_current = term == self.term() || self.has(Flaw::StaleVotesCounted);
        if let Role::Candidate { votes } = &mut self.state.role
            && granted
            && is_current
        {
            *votes = votes.with(voter);
            self.count_votes();
        }
    }

    /// Rules for candidates: "If votes received from majority of servers: become leader".
    fn count_votes(&mut self) {
        let Role::Candidate { votes } = self.state.role else { return };
        if votes.len() < self.server.majority() {
            return;
        }
        let servers = usize::from(self.server.cluster);
        self.state.role = Role::Leader {
            next_index: vec![self.state.last_index() + 1; servers],
            match_index: vec![0; servers],
        };
        self.out.cancel_timer(Timer::Election);
        self.out.set_timer(Timer::Heartbeat, ANY_TIME);
        self.out.set_timer(Timer::Retry, ANY_TIME);
        // "Upon election: send initial empty AppendEntries RPCs (heartbeat) to each server".
        self.send_heartbeats();
    }

    // Log replication (§5.3) ---------------------------------------------------------------------

    /// Rules for leaders: "If command received from client: append entry to local log".
    fn client_command(&mut self, command: u8) {
        if !self.state.is_leader() {
            return;
        }
        if self.has(Flaw::LeaderOverwrites) {
            self.state.persistent.log.truncate(self.state.commit_index.into());
        }
        let entry = Entry { term: self.term(), command };
        self.state.persistent.log.push(entry);
        self.replicate();
        self.advance_commit_index();
    }

    /// Sends each other server the entries from its nextIndex on.
    fn replicate(&mut self) {
        for other in self.others() {
            self.send_entries(other, true);
        }
    }

    fn send_heartbeats(&mut self) {
        for other in self.others() {
            self.send_entries(other, false);
        }
    }

    /// §5.3: "the leader retries AppendEntries RPCs indefinitely (even after it has responded to
    /// the client) until all followers eventually store all log entries".
    fn retry(&mut self) {
        let Role::Leader { next_index, .. } = &self.state.role else { return };
        let next_index = next_index.clone();
        for other in self.others() {
            if next_index[usize::from(other.0)] <= self.state.last_index() {
                self.send_entries(other, true);
            }
        }
    }

    fn send_entries(&mut self, to: Name, with_entries: bool) {
        let Role::Leader { next_index, .. } = &self.state.role else { return };
        let prev_log_index = next_index[usize::from(to.0)] - 1;
        let log = &self.state.persistent.log;
        let entries = log.get(usize::from(prev_log_index)..).filter(|_| with_entries);
        let message = Message::AppendEntries {
            term: self.term(),
            prev_log_index,
            prev_log_term: self.state.term_at(prev_log_index).unwrap_or(0),
            entries: entries.unwrap_or_default().to_vec(),
            leader_commit: self.state.commit_index,
        };
        self.send(to, message);
    }

    /// AppendEntries RPC, receiver implementation.
    fn append_entries(
        &mut self,
        leader: Name,
        term: Term,
        (prev_index, prev_term): (Index, Term),
        entries: &[Entry],
        leader_commit: Index,
    ) {
        if term < self.term() {
            return self.append_answer(leader, None);
        }
        // Only a second leader of the same term could send this, and there is none without a bug.
        if self.state.is_leader() {
            return;
        }
        self.become_follower();
        let is_consistent = self.state.term_at(prev_index) == Some(prev_term);
        if !is_consistent && !self.has(Flaw::NoConsistencyCheck) {
            return self.append_answer(leader, None);
        }
        self.store(usize::from(prev_index), entries);
        let last_new = prev_index + entries.len() as Index;
        self.learn_commit_index(leader_commit, last_new);
        self.append_answer(leader, Some(last_new));
    }

    /// "If an existing entry conflicts with a new one (same index but different terms), delete the
    /// existing entry and all that follow it. Append any new entries not already in the log."
    fn store(&mut self, prev: usize, entries: &[Entry]) {
        let log = &mut self.state.persistent.log;
        if self.server.has(Flaw::TruncatesAlways) {
            log.truncate(prev);
        }
        for (offset, entry) in entries.iter().enumerate() {
            let position = prev + offset;
            if log.get(position).is_some_and(|existing| existing.term != entry.term) {
                log.truncate(position);
            }
            if position >= log.len() {
                log.push(*entry);
            }
        }
    }

    /// "If leaderCommit > commitIndex, set commitIndex = min(leaderCommit, index of last new
    /// entry)": only up to there is the log known to be the leader's.
    fn learn_commit_index(&mut self, leader_commit: Index, last_new: Index) {
        let known =
            if self.has(Flaw::CommitsUnverified) { self.state.last_index() } else { last_new };
        let learned = leader_commit.min(known);
        if self.has(Flaw::CommitIndexGoesBack) {
            self.state.commit_index = learned;
        }
        self.commit_up_to(learned);
    }

    fn append_answer(&mut self, leader: Name, match_index: Option<Index>) {
        let term = self.term();
        let success = match_index.is_some();
        let match_index = match_index.unwrap_or(0);
        self.send(leader, Message::AppendReply { term, success, match_index });
    }

    /// "If successful: update nextIndex and matchIndex for follower. If AppendEntries fails because
    /// of log inconsistency: decrement nextIndex and retry." An answer counts in the term that it
    /// was given in. Messages may be reordered, so neither index goes back behind what is known.
    fn append_reply(&mut self, follower: Name, term: Term, success: bool, matched: Index) {
        let is_current = term == self.term() || self.has(Flaw::StaleMatchIndex);
        let Role::Leader { next_index, match_index } = &mut self.state.role else { return };
        if !is_current {
            return;
        }
        let next_index = &mut next_index[usize::from(follower.0)];
        let match_index = &mut match_index[usize::from(follower.0)];
        if success {
            *match_index = matched.max(*match_index);
            *next_index = (*match_index + 1).max(*next_index);
            self.advance_commit_index();
        } else if *next_index > *match_index + 1 {
            *next_index -= 1;
            self.send_entries(follower, true);
        }
    }

    // Commitment (§5.3, §5.4.2) ------------------------------------------------------------------

    /// Rules for leaders: "If there exists an N such that N > commitIndex, a majority of
    /// matchIndex[i] ≥ N, and log[N].term == currentTerm: set commitIndex = N".
    fn advance_commit_index(&mut self) {
        let Role::Leader { match_index, .. } = &self.state.role else { return };
        let stored = |index: Index| {
            let on_others = self.others().filter(|o| match_index[usize::from(o.0)] >= index);
            on_others.count() + 1
        };
        let may_count = |index: Index| {
            self.state.term_at(index) == Some(self.term()) || self.has(Flaw::CommitsEarlierTerm)
        };
        let newest = (self.state.commit_index + 1..=self.state.last_index())
            .rev()
            .find(|&index| stored(index) >= self.server.majority() && may_count(index));
        if let Some(index) = newest {
            self.commit_up_to(index);
            // The followers learn of it with the next AppendEntries; this is that one.
            self.replicate();
        }
    }

    /// Rules for all servers: "If commitIndex > lastApplied: increment lastApplied, apply
    /// log[lastApplied] to state machine".
    fn commit_up_to(&mut self, index: Index) {
        self.state.commit_index = index.max(self.state.commit_index);
        self.state.last_applied = self.state.commit_index.max(self.state.last_applied);
    }
}
