//! One file per protocol.

pub mod raft;
