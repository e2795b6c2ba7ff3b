//! Counterexamples on disk: everything that is needed to execute one again.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::view::EventView;

/// The version of all JSON that Quorate writes. Fields may be added under one version, not changed.
pub const SCHEMA: u32 = 1;

/// A path to a violation (or, for a `sometimes` property, to an example), with the instance that
/// it belongs to.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct SavedCounterexample {
    /// [`SCHEMA`].
    pub schema: u32,
    /// The protocol.
    pub protocol: String,
    /// The scope, which also says what has happened before.
    pub scope: String,
    /// Every bound, also those that `--set` changed.
    pub bounds: BTreeMap<String, u8>,
    /// The seeded bug.
    pub bug: Option<String>,
    /// The property that the last state violates.
    pub property: String,
    /// How many of the steps are the scope's script; the length of a counterexample is counted
    /// behind them.
    #[serde(default)]
    pub prefix_steps: usize,
    /// The state at the beginning.
    #[serde(default)]
    pub initial: Value,
    /// What happened.
    pub steps: Vec<SavedStep>,
}

/// One step of a saved path.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct SavedStep {
    /// What happened.
    pub action: EventView,
    /// The state after it. Executing a saved path does not read it.
    #[serde(default)]
    pub state: Value,
}
