//! The engines of Quorate.
//!
//! [`search()`] explores the states of any [`stateright::Model`] and judges its properties.
//! [`system`] turns stateright actors into such a model: a network with explicit, bounded faults,
//! storage that survives crashes, clients, and auxiliary history.
//!
//! A user of stateright begins with [`Quorate`]: `model.quorate().spawn()` is a
//! [`stateright::Checker`].
//!
//! This crate is pure: it reads no files, prints nothing and knows no protocol by name. All that
//! it asks the operating system for is threads, the time and its own memory.

pub mod fingerprint;
pub mod library;
mod numbered;
pub mod oracle;
pub mod search;
pub mod system;

pub use library::{Checking, Quorate, QuorateActors, Search};
pub use numbered::MOST_PROPERTIES;
pub use search::{
    Declared, Engine, Limits, Options, Report, SearchError, Verdict, Watch, search, search_actors,
    search_system,
};

/// The code of the page for users, as tests.
#[cfg(doctest)]
#[doc = include_str!("../../docs/library.md")]
struct LibraryPage;
