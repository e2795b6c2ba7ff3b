//! Quorate: model checking of consensus protocols, exhaustively, from one command.
//!
//! [`checker`] explores, [`models`] describes protocols, and this crate is the command line on top
//! of them. It is the only place of the workspace that prints, reads arguments or exits.
//!
//! A crate with protocols of its own gets the whole command line for them:
//!
//! ```no_run
//! # static MY_PROTOCOLS: &[&dyn quorate::models::registry::Listed] = &[];
//! fn main() -> std::process::ExitCode {
//!     quorate::main(MY_PROTOCOLS)
//! }
//! ```
//!
//! `examples/own_registry.rs` is such a crate in miniature.

mod args;
mod bench;
mod check;
mod cli;
mod error;
mod files;
mod interrupt;
mod list;
mod memory;
mod output;
mod progress;
mod replay;
pub mod suite;
mod workload;

pub use {checker, models, stateright};

pub use cli::{main, main_with_suite};
