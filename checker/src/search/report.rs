//! What a search found: verdicts are three-valued, and a verdict says what it covered.

use std::fmt;
use std::time::Duration;

use stateright::Expectation;

use super::options::Engine;

/// The verdict on a whole run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// Every reachable state of the scope was explored, and every property is as it should be.
    Holds,
    /// Some property is violated; there is a counterexample, or for a `sometimes` the certainty
    /// that no reachable state satisfies it.
    Violated,
    /// A limit was reached before either of the others was certain.
    Inconclusive,
}

/// The verdict on one property.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PropertyVerdict {
    /// An `always` that is true in every reachable state.
    Holds,
    /// An `always` that is false in some reachable state, or a `sometimes` that is true in none.
    Violated,
    /// A `sometimes` that is true in some reachable state.
    Reached,
    /// The search was cut before it was certain.
    Inconclusive,
}

impl Verdict {
    /// The word in reports.
    pub fn name(self) -> &'static str {
        match self {
            Verdict::Holds => "holds",
            Verdict::Violated => "violated",
            Verdict::Inconclusive => "inconclusive",
        }
    }
}

impl PropertyVerdict {
    /// The word in reports.
    pub fn name(self) -> &'static str {
        match self {
            PropertyVerdict::Holds => "holds",
            PropertyVerdict::Violated => "violated",
            PropertyVerdict::Reached => "reached",
            PropertyVerdict::Inconclusive => "inconclusive",
        }
    }
}

/// Why a search ended before it had explored everything.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cut {
    /// The limit on distinct states.
    States,
    /// The limit on depth: some state at that depth was not expanded.
    Depth,
    /// The limit on time.
    Time,
    /// The limit on memory.
    Memory,
    /// Somebody asked it to stop (Ctrl-C).
    Interrupt,
}

impl Cut {
    /// The word in reports: the option that sets the limit, or `interrupt`.
    pub fn name(self) -> &'static str {
        match self {
            Cut::States => "max-states",
            Cut::Depth => "max-depth",
            Cut::Time => "time-limit",
            Cut::Memory => "memory-limit",
            Cut::Interrupt => "interrupt",
        }
    }
}

impl fmt::Display for Cut {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// A run of the model: an initial state and what happened, each action with the state after it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Path<S, A> {
    /// Where it begins.
    pub initial: S,
    /// What happened, in order.
    pub steps: Vec<(A, S)>,
}

impl<S, A> Path<S, A> {
    /// The state at its end.
    pub fn last(&self) -> &S {
        self.steps.last().map_or(&self.initial, |(_, state)| state)
    }

    /// How many steps it has.
    pub fn len(&self) -> usize {
        self.steps.len()
    }

    /// Whether it ends where it begins.
    pub fn is_empty(&self) -> bool {
        self.steps.is_empty()
    }
}

/// What was found out about one property.
#[derive(Clone, Debug)]
pub struct PropertyReport<S, A> {
    /// Its name in the model.
    pub name: &'static str,
    /// `always` or `sometimes`.
    pub expectation: Expectation,
    /// What is known of it.
    pub verdict: PropertyVerdict,
    /// A path to a state that violates an `always`, or to one that satisfies a `sometimes`. It was
    /// re-executed step by step before it was put here.
    pub path: Option<Path<S, A>>,
}

/// What a search found.
#[derive(Clone, Debug)]
pub struct Report<S, A> {
    /// Who explored.
    pub engine: Engine,
    /// On how many threads.
    pub threads: usize,
    /// The verdict on the run.
    pub verdict: Verdict,
    /// One per property, in the model's order.
    pub properties: Vec<PropertyReport<S, A>>,
    /// Distinct states found, initial ones included.
    pub distinct: u64,
    /// How many states the distinct ones stand for, where states are taken for one up to a renaming
    /// of actors ([`Options::symmetry`](super::Options::symmetry)): what a search without finds.
    /// `None` also where the beginning is not symmetric, so that not all of these can be reached.
    pub unreduced: Option<u64>,
    /// States generated, repetitions and initial ones included.
    pub generated: u64,
    /// The greatest number of steps from an initial state at which a state was found.
    pub depth: u32,
    /// Whether every reachable state was explored.
    pub complete: bool,
    /// The limit that ended the search. `None` also when it stopped at a violation.
    pub cut: Option<Cut>,
    /// Wall-clock time of the search.
    pub elapsed: Duration,
    /// How often each kind of action was taken, with one action of that kind; a kind may stand here
    /// more than once. Empty unless it was asked for.
    pub coverage: Vec<(A, u64)>,
    /// Whether states were told apart with certainty, and not by fingerprints.
    pub exact: bool,
    /// The probability that two states shared a fingerprint, so that one was not explored.
    pub collision_probability: f64,
}

impl<S, A> Report<S, A> {
    /// The first violated property in the model's order that has a counterexample.
    pub fn counterexample(&self) -> Option<(&'static str, &Path<S, A>)> {
        self.properties
            .iter()
            .filter(|property| property.verdict == PropertyVerdict::Violated)
            .find_map(|property| Some((property.name, property.path.as_ref()?)))
    }

    /// The same report with its paths and its actions in another form.
    pub fn map<T, B>(
        self,
        mut path: impl FnMut(Path<S, A>) -> Path<T, B>,
        mut action: impl FnMut(A) -> B,
    ) -> Report<T, B> {
        let properties = self.properties.into_iter().map(|property| PropertyReport {
            name: property.name,
            expectation: property.expectation,
            verdict: property.verdict,
            path: property.path.map(&mut path),
        });
        Report {
            properties: properties.collect(),
            engine: self.engine,
            threads: self.threads,
            verdict: self.verdict,
            distinct: self.distinct,
            unreduced: self.unreduced,
            generated: self.generated,
            depth: self.depth,
            complete: self.complete,
            cut: self.cut,
            elapsed: self.elapsed,
            coverage: self.coverage.into_iter().map(|(a, times)| (action(a), times)).collect(),
            exact: self.exact,
            collision_probability: self.collision_probability,
        }
    }

    /// What was found out about the property of that name.
    pub fn property(&self, name: &str) -> Option<&PropertyReport<S, A>> {
        self.properties.iter().find(|property| property.name == name)
    }
}

/// The verdict that follows from the facts: a property's from its path and from whether the space
/// was exhausted, a run's from its properties'.
pub(super) fn judge(expectation: &Expectation, has_path: bool, complete: bool) -> PropertyVerdict {
    match (expectation, has_path, complete) {
        (Expectation::Sometimes, true, _) => PropertyVerdict::Reached,
        (Expectation::Sometimes, false, true) => PropertyVerdict::Violated,
        (_, true, _) => PropertyVerdict::Violated,
        (_, false, true) => PropertyVerdict::Holds,
        (_, false, false) => PropertyVerdict::Inconclusive,
    }
}

/// The verdict on a run, from the verdicts on its properties.
pub(super) fn overall(verdicts: impl Iterator<Item = PropertyVerdict>, complete: bool) -> Verdict {
    let mut verdict = if complete { Verdict::Holds } else { Verdict::Inconclusive };
    for property in verdicts {
        if property == PropertyVerdict::Violated {
            verdict = Verdict::Violated;
        }
    }
    verdict
}
