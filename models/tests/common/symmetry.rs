//! A search up to renaming says the same as one without, and knows how many states it stands for.
//!
//! A protocol without interchangeable actors, and a scope that is explored by whole states, is not
//! asked.

use checker::search::PropertyVerdict;
use checker::{Limits, Options, SearchError, Watch};
use models::registry::CheckReport;

use super::claims::assert_none;
use super::{Protocol, Selection, explored, instance, steps};

/// What is found up to renaming; `None` when that is not possible.
fn up_to_renaming(
    protocol: Protocol,
    (scope, bug): (&str, Option<&str>),
    threads: usize,
    most: u64,
) -> Option<CheckReport> {
    let limits = Limits { states: Some(most), ..Limits::default() };
    let options = Options { threads, symmetry: true, limits, ..Options::default() };
    match instance(protocol, scope, bug, &[]).check(&options, &Watch::new()) {
        Ok(found) => Some(found),
        Err(SearchError::Symmetry { reason }) => {
            println!("{} {scope} {bug:?} is not asked: {reason}", protocol.name());
            None
        }
        Err(error) => panic!("{} {scope} {bug:?}: {error}", protocol.name()),
    }
}

type Judgements = Vec<(&'static str, PropertyVerdict, Option<usize>)>;

/// What must be equal with and without: verdicts, the lengths of the shortest paths, the depth.
fn judgements(found: &CheckReport) -> (Judgements, u32, bool) {
    let properties = found.report.properties.iter();
    let judged = properties.map(|p| (p.name, p.verdict, steps(found, p)));
    (judged.collect(), found.report.depth, found.report.complete)
}

/// The searches of a selection come to the same verdicts up to renaming, with as short paths, on
/// any number of threads, and stand for exactly the states that there are.
pub fn changes_nothing(selection: Selection) {
    let scopes = selection.scopes().into_iter().map(|(p, scope)| (p, scope.name, None));
    let bugs = selection.bugs().into_iter().map(|(p, bug)| (p, bug.scope, Some(bug.name)));
    let (mut wrong, mut counted) = (Vec::new(), 0);
    for (protocol, scope, bug) in scopes.chain(bugs) {
        let name = format!("{} {scope} {bug:?}", protocol.name());
        let most = selection.most();
        let Some(found) = up_to_renaming(protocol, (scope, bug), 1, most) else { continue };
        let plain = explored(protocol, scope, bug, selection);
        if judgements(&found) != judgements(&plain) {
            let (found, plain) = (judgements(&found), judgements(&plain));
            wrong.push(format!("{name}:\n  without {plain:?}\n     with {found:?}"));
        }
        match found.report.unreduced {
            Some(states) if states != plain.report.distinct => {
                wrong.push(format!("{name}: for {states} states, not {}", plain.report.distinct));
            }
            Some(_) => counted += 1,
            None if found.prefix_steps == 0 => wrong.push(format!("{name}: for how many states?")),
            None => {}
        }
        for threads in [2, 4] {
            let again = up_to_renaming(protocol, (scope, bug), threads, most).expect("as before");
            if counts(&again) != counts(&found) || judgements(&again) != judgements(&found) {
                let (again, found) = (counts(&again), counts(&found));
                wrong.push(format!("{name}: {found:?}, and {again:?} on {threads} threads"));
            }
        }
    }
    assert_none(&wrong);
    assert!(counted > 0, "nothing was counted");
}

fn counts(found: &CheckReport) -> (u64, u64, Option<u64>) {
    (found.report.distinct, found.report.generated, found.report.unreduced)
}
