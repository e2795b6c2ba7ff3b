//! What `bench` measures when it is not asked for anything in particular. A program says so to
//! [`main_with_suite`](crate::main_with_suite); this file knows no protocol and measures nothing.

use std::time::Duration;

use checker::search::Cut;
use checker::{Engine, Options, Report, SearchError, Verdict, Watch};

/// Comparisons, and the models of theirs that are not in the registry.
#[derive(Debug)]
pub struct Suite {
    /// The comparisons, in the order in which they are shown.
    pub lines: &'static [Line],
    /// Models that only the suite knows.
    pub models: &'static [Model],
}

impl Suite {
    /// Nothing to compare: `bench` then measures every protocol of the registry.
    pub const NONE: Suite = Suite { lines: &[], models: &[] };
}

/// One comparison: some engines on the same model.
#[derive(Debug)]
pub struct Line {
    /// Its name for `--only`.
    pub name: &'static str,
    /// What is explored, in a few words and without a size, which `--quick` changes.
    pub title: &'static str,
    /// What is explored.
    pub subject: Subject,
    /// A smaller relative of it for `--quick`, which is over in a second or two.
    pub quick: Subject,
    /// Who explores it. The others are compared with the first.
    pub contestants: &'static [Contestant],
}

/// What is explored.
#[derive(Clone, Copy, Debug)]
pub enum Subject {
    /// A protocol of the registry.
    Protocol {
        /// Its name.
        name: &'static str,
        /// The scope.
        scope: &'static str,
        /// Bounds that differ from the scope's.
        set: &'static [(&'static str, u8)],
    },
    /// A model of the suite.
    Model {
        /// Its name.
        name: &'static str,
        /// How large it is: see [`Model::unit`].
        size: u8,
    },
}

/// Who explores.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Contestant {
    /// The engine.
    pub engine: Engine,
    /// On how many threads.
    pub threads: usize,
}

/// A model that is not in the registry, because there is nothing to check about it that a user
/// would want to: it is a model of stateright's kind, and shows how fast such models are explored.
#[derive(Debug)]
pub struct Model {
    /// Its name.
    pub name: &'static str,
    /// What its size counts, for people.
    pub unit: &'static str,
    /// Explores it in some size.
    pub check: Check,
}

/// Explores a model of this size.
pub type Check = fn(u8, &Options, &Watch) -> Result<Counts, SearchError>;

/// The counts of a report, without what the states and actions of a model are.
#[derive(Clone, Debug)]
pub struct Counts {
    /// Who explored.
    pub engine: Engine,
    /// On how many threads.
    pub threads: usize,
    /// The verdict on the run.
    pub verdict: Verdict,
    /// Distinct states, initial ones included.
    pub distinct: u64,
    /// States generated, repetitions and initial ones included.
    pub generated: u64,
    /// The greatest number of steps from an initial state.
    pub depth: u32,
    /// Whether every reachable state was explored.
    pub complete: bool,
    /// The limit that ended the search.
    pub cut: Option<Cut>,
    /// Wall-clock time of the search.
    pub elapsed: Duration,
}

/// The counts of a report.
pub fn counts<S, A>(report: Report<S, A>) -> Counts {
    Counts {
        engine: report.engine,
        threads: report.threads,
        verdict: report.verdict,
        distinct: report.distinct,
        generated: report.generated,
        depth: report.depth,
        complete: report.complete,
        cut: report.cut,
        elapsed: report.elapsed,
    }
}
