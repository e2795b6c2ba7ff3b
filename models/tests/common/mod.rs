//! What the tests over the registry share. Nothing here names a protocol: whatever is in
//! [`models::PROTOCOLS`] is held to the same contract.
//!
//! The golden counts say what is fast: a scope, or the search for a seeded bug, with at most
//! [`FAST`] distinct states is run by `cargo test`, everything else by the target `long`. The scope
//! [`LARGE`] is for people with time; no test explores it.

#![allow(dead_code, reason = "each test target uses a part of it")]

pub mod claims;
pub mod golden;
pub mod reductions;
pub mod symmetry;

use std::collections::HashMap;
use std::sync::{Arc, Mutex, OnceLock};

use checker::search::PropertyReport;
use checker::{Engine, Limits, Options, Watch};
use models::registry::{
    Bug, CheckReport, EventView, Instance, Listed, Request, ScopeInfo, StateView,
};

/// The most distinct states of a search that is part of `cargo test`.
pub const FAST: u64 = 120_000;

/// The most distinct states of a space that the oracle and every engine explore.
pub const SMALL: u64 = 60_000;

/// No search of the long tests has more. One that does has exploded, and is stopped before it
/// takes all the memory of the machine.
const MOST: u64 = 20_000_000;

/// The scope that no test explores.
pub const LARGE: &str = "large";

/// A registered protocol.
pub type Protocol = &'static dyn Listed;

/// The verdict on one property, with a path.
pub type Judged = PropertyReport<StateView, EventView>;

/// Which of the searches a test target runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Selection {
    /// Those with at most [`FAST`] distinct states.
    Fast,
    /// All the others.
    Long,
}

impl Selection {
    /// How many distinct states a search of this selection may have.
    pub fn most(self) -> u64 {
        match self {
            Selection::Fast => FAST,
            Selection::Long => MOST,
        }
    }

    /// The protocols with the scopes that are explored.
    pub fn scopes(self) -> Vec<(Protocol, ScopeInfo)> {
        let mut selected = Vec::new();
        for protocol in models::PROTOCOLS {
            let golden = golden::Golden::read(protocol.name());
            let scopes = protocol.scopes().into_iter();
            selected.extend(
                scopes
                    .filter(|scope| scope.name != LARGE)
                    .filter(|scope| golden.selection(golden::Key::scope(scope.name)) == self)
                    .map(|scope| (*protocol, scope)),
            );
        }
        selected
    }

    /// The protocols with the seeded bugs that are looked for.
    pub fn bugs(self) -> Vec<(Protocol, Bug)> {
        let mut selected = Vec::new();
        for protocol in models::PROTOCOLS {
            let golden = golden::Golden::read(protocol.name());
            let bugs = protocol.bugs().iter();
            selected.extend(
                bugs.filter(|bug| golden.selection(golden::Key::bug(bug.name)) == self)
                    .map(|bug| (*protocol, *bug)),
            );
        }
        selected
    }
}

/// An instance of a protocol; a fresh one with every call.
pub fn instance(
    protocol: Protocol,
    scope: &str,
    bug: Option<&str>,
    set: &[(&str, u8)],
) -> Box<dyn Instance> {
    let request = Request {
        scope: Some(scope.to_owned()),
        bug: bug.map(str::to_owned),
        set: set.iter().map(|(name, value)| ((*name).to_owned(), value.to_string())).collect(),
    };
    let name = protocol.name();
    protocol
        .instance(&request)
        .unwrap_or_else(|error| panic!("{name} {scope} {bug:?} {set:?}: {error}"))
}

/// Checks an instance within a number of distinct states.
pub fn check(instance: &dyn Instance, engine: Engine, threads: usize, most: u64) -> CheckReport {
    let limits = Limits { states: Some(most), ..Limits::default() };
    let coverage = engine.is_ours();
    let options = Options { engine, threads, limits, coverage, ..Options::default() };
    instance.check(&options, &Watch::new()).unwrap_or_else(|error| {
        panic!("{} {} {:?}: {error}", instance.protocol(), instance.scope(), instance.bug())
    })
}

/// What our engine finds in a scope, with or without a seeded bug. Each is explored once per test
/// target, on two threads.
pub fn explored(
    protocol: Protocol,
    scope: &'static str,
    bug: Option<&'static str>,
    selection: Selection,
) -> Arc<CheckReport> {
    type Searches = HashMap<(&'static str, &'static str, Option<&'static str>), Found>;
    type Found = Arc<OnceLock<Arc<CheckReport>>>;
    static SEARCHES: OnceLock<Mutex<Searches>> = OnceLock::new();

    let key = (protocol.name(), scope, bug);
    let found = {
        let mut searches = SEARCHES.get_or_init(Mutex::default).lock().expect("no test held it");
        Arc::clone(searches.entry(key).or_default())
    };
    let search = || {
        let instance = instance(protocol, scope, bug, &[]);
        Arc::new(check(&*instance, Engine::Quorate, 2, selection.most()))
    };
    Arc::clone(found.get_or_init(search))
}

/// How long the path of a property is, from the end of the scope's script.
pub fn steps(report: &CheckReport, property: &Judged) -> Option<usize> {
    property.path.as_ref().map(|path| path.len() - report.prefix_steps)
}
