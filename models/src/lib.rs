//! The protocols of Quorate, and the registry that lists them.
//!
//! A protocol is one file under `protocols/` and one line in [`PROTOCOLS`]. The command line, its
//! help, the contract tests and the golden counts all read that list; nothing else names a
//! protocol. This crate contains no engine: it describes, and asks `checker` to search.

pub mod protocols;
pub mod registry;

use registry::Listed;

/// The protocols that Quorate comes with.
pub static PROTOCOLS: &[&dyn Listed] = &[&protocols::raft::Raft];
