//! The state of a server and the messages between them, with the names of Figure 2.

use checker::system::renaming;
use serde::{Serialize, Serializer};

/// A term: a number that grows, with at most one leader.
pub type Term = u8;
/// An index into the log, from 1; 0 stands for "before the first entry".
pub type Index = u8;

/// The name of a server, for people.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Name(pub u8);

impl Serialize for Name {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match serializer.is_human_readable() {
            true => serializer.collect_str(&format_args!("S{}", self.0 + 1)),
            false => renaming::actor(self.0.into(), serializer),
        }
    }
}

/// A set of servers.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Servers(u8);

impl Servers {
    /// The set with one more.
    pub fn with(self, name: Name) -> Servers {
        Servers(self.0 | 1 << name.0)
    }

    /// Whether a server is in it.
    pub fn contains(self, name: Name) -> bool {
        self.0 & 1 << name.0 != 0
    }

    /// How many there are.
    pub fn len(self) -> usize {
        self.0.count_ones() as usize
    }

    /// The servers, by name.
    pub fn iter(self) -> impl Iterator<Item = Name> {
        (0..8).map(Name).filter(move |name| self.contains(*name))
    }
}

impl Serialize for Servers {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        renaming::unordered(&self.iter().collect::<Vec<_>>(), serializer)
    }
}

/// An entry of the log.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
pub struct Entry {
    /// The term of the leader that created it.
    pub term: Term,
    /// The client's command, by number.
    pub command: u8,
}

/// What a server keeps on stable storage, "updated before responding to RPCs".
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, Serialize)]
pub struct Persistent {
    /// `currentTerm`: the latest term that the server has seen.
    pub current_term: Term,
    /// `votedFor`: who received its vote in the current term.
    pub voted_for: Option<Name>,
    /// `log[]`; the entry with index 1 is the first.
    pub log: Vec<Entry>,
}

/// What a server believes itself to be, with the variables that only that role has.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Role {
    /// Answers candidates and leaders.
    Follower,
    /// Asks for votes.
    Candidate {
        /// Who has granted one, itself included.
        votes: Servers,
    },
    /// Handles commands and replicates the log.
    Leader {
        /// `nextIndex[]`: per server, the next entry to send to it.
        #[serde(serialize_with = "renaming::by_actor")]
        next_index: Vec<Index>,
        /// `matchIndex[]`: per server, up to where its log is known to be the leader's.
        #[serde(serialize_with = "renaming::by_actor")]
        match_index: Vec<Index>,
    },
}

/// A server's state.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize)]
pub struct State {
    /// What a restart finds again.
    #[serde(flatten)]
    pub persistent: Persistent,
    /// `commitIndex`: the highest entry known to be committed.
    pub commit_index: Index,
    /// `lastApplied`: the highest entry applied to the state machine.
    pub last_applied: Index,
    /// What it believes itself to be.
    pub role: Role,
}

impl State {
    /// The index of the last entry.
    pub fn last_index(&self) -> Index {
        self.persistent.log.len() as Index
    }

    /// The term of an entry; 0 before the first. `None` where there is no entry.
    pub fn term_at(&self, index: Index) -> Option<Term> {
        match index {
            0 => Some(0),
            index => self.entry(index).map(|entry| entry.term),
        }
    }

    /// The entry with this index, from 1.
    pub fn entry(&self, index: Index) -> Option<Entry> {
        self.persistent.log.get(usize::from(index).checked_sub(1)?).copied()
    }

    /// Whether it believes itself to be leader.
    pub fn is_leader(&self) -> bool {
        matches!(self.role, Role::Leader { .. })
    }
}

/// The timers of a server.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
pub enum Timer {
    /// A follower or candidate has heard of no leader for too long.
    Election,
    /// A leader is to be heard of again.
    Heartbeat,
    /// A leader sends again what somebody has not acknowledged.
    Retry,
}

/// The RPCs of Figure 2, request and result as messages of their own. Who the candidate or the
/// leader is says the envelope.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
pub enum Message {
    /// A candidate asks for a vote.
    RequestVote {
        /// The candidate's term.
        term: Term,
        /// The index of its last entry.
        last_log_index: Index,
        /// The term of its last entry.
        last_log_term: Term,
    },
    /// The answer.
    VoteReply {
        /// The voter's term, for the candidate to update itself.
        term: Term,
        /// Whether it has the vote.
        granted: bool,
    },
    /// A leader replicates entries; without entries, a heartbeat.
    AppendEntries {
        /// The leader's term.
        term: Term,
        /// The index of the entry before the new ones.
        prev_log_index: Index,
        /// Its term.
        prev_log_term: Term,
        /// The new entries.
        entries: Vec<Entry>,
        /// The leader's commit index.
        leader_commit: Index,
    },
    /// The answer.
    AppendReply {
        /// The follower's term, for the leader to update itself.
        term: Term,
        /// Whether its log contained the entry before the new ones.
        success: bool,
        /// Up to where its log is now the leader's. (An RPC's caller knows this from the request;
        /// a message must say it.) 0 without success.
        match_index: Index,
    },
    /// A client's command. Only a leader takes it.
    ClientCommand {
        /// The command, by number.
        command: u8,
    },
}

impl Message {
    /// The term that the message carries.
    pub(super) fn term(&self) -> Option<Term> {
        match self {
            Message::RequestVote { term, .. }
            | Message::VoteReply { term, .. }
            | Message::AppendEntries { term, .. }
            | Message::AppendReply { term, .. } => Some(*term),
            Message::ClientCommand { .. } => None,
        }
    }
}
