//! The finite instances of Raft.

use checker::system::Cue::{self, Client, Deliver, Lose, Timeout};

use crate::bounds;
use crate::registry::Scope;

bounds! {
    /// The bounds of Raft.
    pub struct Bounds {
        /// servers in the cluster
        servers: 1..=7 = 3,
        /// the highest term
        terms: 1..=9 = 2,
        /// client commands
        commands: 0..=9 = 1,
        /// crashes
        crashes: 0..=9 = 1,
        /// restarts after a crash
        restarts: 0..=9 = 1,
        /// messages that arrive twice
        duplicates: 0..=9 = 0,
        /// messages that the network loses (adds nothing for `always` properties)
        losses: 0..=9 = 0,
        /// heartbeats beyond those that an election or a commit sends
        heartbeats: 0..=9 = 0,
        /// repetitions of unacknowledged AppendEntries
        retries: 0..=9 = 0,
        /// 1: servers answer requests of earlier terms, so that the sender learns of their term
        rejections: 0..=1 = 0,
        /// 1: others go on while a server is down (adds nothing on this network)
        downtime: 0..=1 = 0,
        /// 1: take messages off the network that can have no effect any more
        purge: 0..=1 = 1,
        /// 1: no messages in flight; each timeout or command is one atomic round
        rounds: 0..=1 = 0,
    }
}

pub(super) fn scopes() -> Vec<Scope<Bounds>> {
    let base = Bounds::default();
    // In a round every answer arrives, a rejection too.
    let rounds = Bounds { rounds: 1, rejections: 1, crashes: 0, restarts: 0, ..base.clone() };
    let scope = |name, summary, bounds| Scope { name, summary, bounds, script: Vec::new() };
    vec![
        scope("small", "one command, one crash; under a second", base.clone()),
        scope(
            "default",
            "competing leaders, two commands, a crash with restart, a message that arrives twice",
            Bounds { commands: 2, duplicates: 1, ..base.clone() },
        ),
        scope(
            "large",
            "the same with three terms: some minutes and 3 GB",
            Bounds { terms: 3, commands: 2, duplicates: 1, ..base.clone() },
        ),
        scope(
            "rejections",
            "servers also learn of later terms by being rejected",
            Bounds { crashes: 0, restarts: 0, rejections: 1, ..base.clone() },
        ),
        scope(
            "three-commands",
            "two terms, three commands, no faults",
            Bounds { crashes: 0, restarts: 0, commands: 3, ..base.clone() },
        ),
        scope(
            "figure-8",
            "four terms and two commands in atomic rounds: Figure 8 of the paper",
            Bounds { terms: 4, commands: 2, ..rounds.clone() },
        ),
        scope(
            "four-servers",
            "elections among four servers in atomic rounds",
            Bounds { servers: 4, commands: 0, ..rounds },
        ),
        Scope {
            name: "late-answer",
            summary: "begins when an answer to a leader of term 3 is in flight, and S3 leads term 4",
            bounds: Bounds { terms: 6, commands: 4, crashes: 0, restarts: 0, ..base.clone() },
            script: late_answer(),
        },
        Scope {
            name: "empty-heartbeat",
            summary: "begins when S1 leads term 2 and S3 has an entry that nobody else has",
            bounds: Bounds { commands: 3, crashes: 0, restarts: 0, heartbeats: 1, ..base },
            script: empty_heartbeat(),
        },
    ]
}

const S1: usize = 0;
const S2: usize = 1;
const S3: usize = 2;

/// An election timeout of which only some other servers hear.
fn election(candidate: usize, reached: &[usize]) -> Cue {
    Timeout(candidate, "Election").with(reached)
}

/// S2 stores two entries for S1, the leader of term 3, and its answer is still in flight when S3,
/// the leader of term 4, has overwritten them everywhere.
fn late_answer() -> Vec<Cue> {
    vec![
        // Term 1: S1 appends two entries that nobody else receives.
        election(S1, &[S2]),
        Client(S1).with(&[]),
        Client(S1).with(&[]),
        // Term 2: S3 appends one that nobody else receives; S1 is no leader any more.
        election(S3, &[]),
        election(S3, &[S1, S2]),
        Client(S3).with(&[]),
        // Term 3: S1 again; this time message by message, up to the answer of S2.
        Timeout(S1, "Election"),
        Deliver(S1, S3, "RequestVote"),
        Deliver(S1, S2, "RequestVote"),
        Deliver(S2, S1, "VoteReply"),
        Lose(S1, S3, "AppendEntries"),
        Deliver(S1, S2, "AppendEntries"),
        Deliver(S2, S1, "AppendReply"),
        Deliver(S1, S2, "AppendEntries"),
        Deliver(S2, S1, "AppendReply"),
        Deliver(S1, S2, "AppendEntries"),
        // Term 4: S3, whose last entry is of a later term, overwrites both.
        election(S3, &[S1, S2]),
    ]
}

/// S3, the leader of term 1, has two entries, of which S1 stores the first and S2 none, and S1
/// leads term 2 with the vote of S2.
fn empty_heartbeat() -> Vec<Cue> {
    vec![
        election(S3, &[S1, S2]),
        // The first reaches S1, but S3 does not learn so and commits nothing.
        Client(S3),
        Deliver(S3, S1, "AppendEntries"),
        Lose(S1, S3, "AppendReply"),
        Lose(S3, S2, "AppendEntries"),
        Client(S3).with(&[]),
        election(S1, &[S2]),
    ]
}
