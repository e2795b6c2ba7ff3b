//! The seeded bugs. Each is one switch at the one place of the algorithm that it concerns.

use crate::registry::Bug;

/// Defines the flaws and the list of them that users see, so that neither can miss one.
macro_rules! flaws {
    ($($(#[doc = $summary:literal])+ $flaw:ident = $name:literal, breaks $breaks:literal, in $scope:literal; $seen_in:literal)*) => {
        /// A seeded bug.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub enum Flaw {
            $($(#[doc = $summary])+ $flaw,)*
        }

        impl Flaw {
            /// The flaw of that name.
            pub(super) fn named(name: &str) -> Option<Flaw> {
                match name {
                    $($name => Some(Flaw::$flaw),)*
                    _ => None,
                }
            }
        }

        pub(super) const BUGS: &[Bug] = &[
            $(Bug {
                name: $name,
                breaks: $breaks,
                scope: $scope,
                summary: concat!($($summary,)+).trim_ascii(),
                seen_in: $seen_in,
            },)*
        ];
    };
}

flaws! {
    /// A majority is counted one too low: N/2 instead of N/2 + 1.
    QuorumTooSmall = "quorum-too-small", breaks "election safety", in "small";
    "the classic slip with integer division; with three servers every candidate elects itself"

    /// A server votes for whoever asks, also twice in one term.
    VotesTwice = "votes-twice", breaks "election safety", in "small";
    "DaosRaft let a leader vote for others in its own term (SandTable, EuroSys 2024)"

    /// votedFor is not written to stable storage, so a restarted server votes again in its term.
    VoteNotPersisted = "vote-not-persisted", breaks "election safety", in "small";
    "implementations that answer before the write is durable behave so after a power failure"

    /// currentTerm is not written to stable storage: a restart begins again at term 0.
    TermNotPersisted = "term-not-persisted", breaks "election safety", in "small";
    "stateright's shipped Raft example persists nothing"

    /// A vote counts whatever term it was given in.
    StaleVotesCounted = "stale-votes-counted", breaks "election safety", in "small";
    "Xraft had two leaders in one term (SandTable, EuroSys 2024); we do not know by which slip"

    /// A candidate that starts a new election keeps the votes of the last one.
    VotesKeptAcrossTerms = "votes-kept-across-terms", breaks "election safety", in "four-servers";
    "a set of votes that is initialised with the server and not with the election"

    /// A vote is granted without comparing the logs.
    NoUpToDateCheck = "no-up-to-date-check", breaks "leader completeness", in "small";
    "the election of the Paxos kind, any server for leader, without its transfer of values"

    /// The log is not written to stable storage.
    LogNotPersisted = "log-not-persisted", breaks "leader completeness", in "small";
    "a node whose disk is wiped and that comes back under its old name behaves so"

    /// Every AppendEntries cuts the log behind prevLogIndex, also a late or repeated one.
    TruncatesAlways = "truncates-always", breaks "leader completeness", in "small";
    "the easy misreading of step 3 of the receiver; the paper says: only if an entry conflicts"

    /// A leader puts a command in the place of what it has not committed, not behind it.
    LeaderOverwrites = "leader-overwrites", breaks "leader append-only", in "three-commands";
    "a log that is addressed by commitIndex + 1 instead of by its end"

    /// AppendEntries is accepted without comparing the entry before the new ones.
    NoConsistencyCheck = "no-consistency-check", breaks "log matching", in "three-commands";
    "logs shipped by position only, as in simple primary-backup replication"

    /// A leader commits an entry of an earlier term as soon as a majority stores it.
    CommitsEarlierTerm = "commits-earlier-term", breaks "leader completeness", in "figure-8";
    "PySyncObj committed entries of old terms (SandTable, EuroSys 2024); Figure 8 of the paper"

    /// A leader believes an answer that was given to it in an earlier term.
    StaleMatchIndex = "stale-match-index", breaks "leader completeness", in "late-answer";
    "a matchIndex that is not monotone, in an implementation checked by SandTable (EuroSys 2024)"

    /// A follower commits up to leaderCommit, also entries that were not compared.
    CommitsUnverified = "commits-unverified", breaks "state machine safety", in "empty-heartbeat";
    "min(leaderCommit, last entry) instead of min(leaderCommit, last new entry)"

    /// A follower sets its commit index to what the last AppendEntries says, up or down.
    CommitIndexGoesBack = "commit-index-goes-back", breaks "commit index never decreases", in "small";
    "a commitIndex that is not monotone, in an implementation checked by SandTable (EuroSys 2024)"

    /// A server takes over any other term, also an earlier one.
    AdoptsAnyTerm = "adopts-any-term", breaks "term never decreases", in "small";
    "a currentTerm that is not monotone, in an implementation checked by SandTable (EuroSys 2024)"
}
