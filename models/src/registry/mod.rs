//! The registry: how a protocol describes itself, and how the rest of the program, which knows no
//! protocol by name, works with it.
//!
//! A protocol implements [`Describe`], which is typed. Everything else sees [`Listed`] and
//! [`Instance`], which are not: states and events travel as [`StateView`] and [`EventView`].

mod bounds;
mod coverage;
mod describe;
mod instance;
mod request;
mod saved;
mod view;

pub use bounds::{BoundSet, BoundSpec};
pub use coverage::Covered;
pub use describe::{Bug, Describe, Listed, PropertyInfo, Scope, ScopeInfo};
pub use instance::{CheckReport, Instance, ReplayError, Replayed};
pub use request::{Request, RequestError, find, nearest};
pub use saved::{SCHEMA, SavedCounterexample, SavedStep};
pub use view::{ActorView, EventView, MessageView, StateView, compact};

#[doc(hidden)]
pub use crate::bounds as __bounds;
