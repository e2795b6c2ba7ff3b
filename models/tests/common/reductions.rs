//! What a scope leaves out because it changes no verdict, and the comparison that shows it.
//!
//! A reduction is a bound of the same name in every protocol. A protocol without it is not asked.

use checker::search::PropertyVerdict;
use checker::{Engine, Verdict};
use models::registry::CheckReport;

use super::claims::assert_none;
use super::{Protocol, check, instance, steps};

/// Something that a scope leaves out.
#[derive(Clone, Copy, Debug)]
pub struct Reduction {
    /// The bound that switches it.
    pub bound: &'static str,
    /// The value by which less is left out.
    pub without: u8,
    /// The value by which more is left out.
    pub with: u8,
    /// Whether it leaves all shortest paths as long as they are.
    pub keeps_lengths: bool,
}

/// Messages that nothing can come of are taken off the network.
pub const PURGE: Reduction = Reduction { bound: "purge", without: 0, with: 1, keeps_lengths: true };

/// Nothing else happens between a crash and the restart.
pub const DOWNTIME: Reduction =
    Reduction { bound: "downtime", without: 1, with: 0, keeps_lengths: false };

/// Spaces smaller than a scope, by bounds that protocols share. What a protocol does not have is
/// left as it is.
const SMALLER: [&[(&str, u8)]; 4] = [
    &[],
    &[("commands", 0)],
    &[("crashes", 0), ("restarts", 0)],
    &[("crashes", 0), ("restarts", 0), ("commands", 0)],
];

/// Bounds that are set otherwise than a scope has them.
pub type Set = Vec<(&'static str, u8)>;

/// The protocols that have this reduction; says of the others that they do not.
fn asked(reduction: Reduction) -> Vec<Protocol> {
    let has = |protocol: &Protocol| {
        let has = protocol.bounds().iter().any(|bound| bound.name == reduction.bound);
        if !has {
            println!("{} is not asked: it has no bound `{}`", protocol.name(), reduction.bound);
        }
        has
    };
    models::PROTOCOLS.iter().copied().filter(has).collect()
}

/// The sets of bounds to lower in this protocol; each once.
pub fn smaller(protocol: Protocol) -> Vec<Set> {
    let has = |name: &str| protocol.bounds().iter().any(|bound| bound.name == name);
    let mut sets: Vec<Set> = Vec::new();
    for set in SMALLER {
        let set: Set = set.iter().copied().filter(|(name, _)| has(name)).collect();
        if !sets.contains(&set) {
            sets.push(set);
        }
    }
    sets
}

/// What is found without and with the reduction. `None` when the first is larger than `most`.
fn compare(
    protocol: Protocol,
    (scope, bug): (&str, Option<&str>),
    set: &[(&'static str, u8)],
    reduction: Reduction,
    most: u64,
) -> Option<(CheckReport, CheckReport)> {
    let found = |value: u8| {
        let set = [set, &[(reduction.bound, value)]].concat();
        check(&*instance(protocol, scope, bug, &set), Engine::Quorate, 2, most)
    };
    let without = found(reduction.without);
    if without.report.cut.is_some() {
        println!(
            "{} {scope} {bug:?} {set:?} is not compared: more than {most} states without the \
             reduction `{}`",
            protocol.name(),
            reduction.bound
        );
        return None;
    }
    Some((without, found(reduction.with)))
}

/// Every property gets the same verdict without and with the reduction, in every space that has at
/// most so many states without it; there is at least one.
pub fn verdicts_stay(reduction: Reduction, most: u64) {
    let mut wrong = Vec::new();
    for protocol in asked(reduction) {
        let mut compared = 0;
        for set in smaller(protocol) {
            let pair = compare(protocol, ("small", None), &set, reduction, most);
            let Some((without, with)) = pair else { continue };
            compared += 1;
            if judgements(&without, reduction) != judgements(&with, reduction) {
                wrong.push(format!(
                    "{} small {set:?}, {}:\n  without {:?}\n     with {:?}",
                    protocol.name(),
                    reduction.bound,
                    judgements(&without, reduction),
                    judgements(&with, reduction)
                ));
            }
            if with.report.distinct > without.report.distinct {
                wrong.push(format!("{} {set:?}: more states, not fewer", protocol.name()));
            }
        }
        if compared == 0 {
            wrong.push(format!("{}: no space is small enough to compare", protocol.name()));
        }
    }
    assert_none(&wrong);
}

type Judgements = Vec<(&'static str, PropertyVerdict, Option<usize>)>;

fn judgements(found: &CheckReport, reduction: Reduction) -> Judgements {
    let lengths = |steps: Option<usize>| steps.filter(|_| reduction.keeps_lengths);
    let properties = found.report.properties.iter();
    properties.map(|p| (p.name, p.verdict, lengths(steps(found, p)))).collect()
}

/// Every seeded bug that is found among at most so many states without the reduction breaks the
/// same property with it; at least one is.
pub fn bugs_stay(reduction: Reduction, most: u64) {
    let mut wrong = Vec::new();
    for protocol in asked(reduction) {
        let mut compared = 0;
        for bug in protocol.bugs() {
            let search = (bug.scope, Some(bug.name));
            let pair = compare(protocol, search, &[], reduction, most);
            let Some((without, with)) = pair else { continue };
            compared += 1;
            let (left, right) = (violation(&without, reduction), violation(&with, reduction));
            if left != right || without.report.verdict != Verdict::Violated {
                let name = protocol.name();
                wrong.push(format!("{name} {}: without {left:?}, with {right:?}", bug.name));
            }
        }
        if compared == 0 {
            wrong.push(format!("{}: no bug is found early enough to compare", protocol.name()));
        }
    }
    assert_none(&wrong);
}

fn violation(found: &CheckReport, reduction: Reduction) -> Option<(&'static str, Option<usize>)> {
    let (name, path) = found.report.counterexample()?;
    let steps = path.len() - found.prefix_steps;
    Some((name, reduction.keeps_lengths.then_some(steps)))
}
