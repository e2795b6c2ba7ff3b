//! The finite instances of Raft.

use crate::bounds;
use crate::registry::Scope;

bounds! {
    /// The bounds of Raft.
    pub struct Bounds {
        /// servers in the cluster
        servers: 1..=7 = 3,
        /// the highest term
        terms: 1..=9 = 2,
        /// election timeouts; 9: as many as the terms allow
        elections: 0..=9 = 9,
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
        /// 1: servers with a later term answer requests of an earlier one, and the answer arrives
        rejections: 0..=1 = 0,
        /// 1: take messages off the network that can have no effect any more
        purge: 0..=1 = 1,
        /// 1: no messages in flight; each timeout or command is one atomic round
        rounds: 0..=1 = 0,
    }
}

/// So many election timeouts are not counted.
pub(super) const UNLIMITED: u8 = 9;

pub(super) fn scopes() -> Vec<Scope<Bounds>> {
    let base = Bounds::default();
    vec![
        Scope { name: "small", summary: "", bounds: base.clone(), script: vec![] },
        Scope { name: "default", summary: "", bounds: Bounds { commands: 2, duplicates: 1, ..base.clone() }, script: vec![] },
        Scope { name: "figure-8", summary: "", bounds: Bounds { rounds: 1, crashes: 0, restarts: 0, terms: 4, commands: 2, ..base.clone() }, script: vec![] },
        Scope { name: "four-servers", summary: "", bounds: Bounds { rounds: 1, servers: 4, crashes: 0, restarts: 0, terms: 2, commands: 0, ..base.clone() }, script: vec![] },
    ]
}
