//! The claims of the contract that cost a search. Each is made for a selection of the searches, by
//! `contract.rs` for the fast ones and by `long.rs` for the others.

use checker::oracle::Exploration;
use checker::search::PropertyVerdict;
use checker::{Engine, Limits, Options, Verdict, Watch};
use models::registry::{
    Bug, CheckReport, Covered, Instance, Listed, ReplayError, SavedCounterexample, ScopeInfo,
};
use stateright::Expectation;

use super::reductions::smaller;
use super::{Protocol, SMALL, Selection, check, explored, instance, steps};

/// Fails with all that is wrong, and not only with what is found first.
pub fn assert_none(wrong: &[String]) {
    assert!(wrong.is_empty(), "\n{}\n", wrong.join("\n"));
}

/// Every scope is explored to its end, every `always` holds in it and every `sometimes` is reached.
pub fn scopes_hold(selection: Selection) {
    let mut wrong = Vec::new();
    for (protocol, scope) in selection.scopes() {
        let found = explored(protocol, scope.name, None, selection);
        let name = format!("{} {}", protocol.name(), scope.name);
        if !found.report.complete {
            wrong.push(format!(
                "{name}: more than {} states; if that is intended, update the golden counts with \
                 the target `long`",
                selection.most()
            ));
            continue;
        }
        for property in &found.report.properties {
            let expected = match property.expectation {
                Expectation::Sometimes => PropertyVerdict::Reached,
                _ => PropertyVerdict::Holds,
            };
            if property.verdict != expected {
                wrong.push(format!("{name}: `{}` is {:?}", property.name, property.verdict));
            }
        }
    }
    assert_none(&wrong);
}

/// Every seeded bug violates the property that it names in the scope that it names, and no other
/// property on a shorter path.
pub fn bugs_are_found(selection: Selection) {
    let mut wrong = Vec::new();
    for (protocol, bug) in selection.bugs() {
        let found = explored(protocol, bug.scope, Some(bug.name), selection);
        if let Err(reason) = is_found(&bug, &found) {
            wrong.push(format!("{} {}: {reason}", protocol.name(), bug.name));
        }
    }
    assert_none(&wrong);
}

fn is_found(bug: &Bug, found: &CheckReport) -> Result<(), String> {
    let broken = found.report.property(bug.breaks);
    let broken = broken.ok_or_else(|| format!("there is no property `{}`", bug.breaks))?;
    if (found.report.verdict, broken.verdict) != (Verdict::Violated, PropertyVerdict::Violated) {
        let (cut, verdict) = (found.report.cut, broken.verdict);
        return Err(format!("`{}` is {verdict:?} in {} (cut: {cut:?})", bug.breaks, bug.scope));
    }
    let length = steps(found, broken).ok_or("the violation has no counterexample")?;
    for other in &found.report.properties {
        let is_violated = other.verdict == PropertyVerdict::Violated;
        if let Some(shorter) = steps(found, other).filter(|other| is_violated && *other < length) {
            return Err(format!(
                "it breaks `{}` after {shorter} steps, `{}` only after {length}",
                other.name, bug.breaks
            ));
        }
    }
    // The first is the one that a user is shown.
    match found.report.counterexample() {
        Some((name, _)) if name == bug.breaks => Ok(()),
        other => Err(format!("the counterexample shown is that of {:?}", other.map(|o| o.0))),
    }
}

/// What a bug's counterexample is saved as, read back from its text.
fn saved_and_read(
    protocol: Protocol,
    bug: &Bug,
    found: &CheckReport,
) -> Result<SavedCounterexample, String> {
    let (property, path) = found.report.counterexample().ok_or("there is no counterexample")?;
    let buggy = instance(protocol, bug.scope, Some(bug.name), &[]);
    let saved = buggy.save(property, found.prefix_steps, path);
    let text = serde_json::to_string_pretty(&saved).map_err(|error| error.to_string())?;
    let read: SavedCounterexample =
        serde_json::from_str(&text).map_err(|error| error.to_string())?;
    if read == saved { Ok(read) } else { Err("it changes when it is saved and read".to_owned()) }
}

/// A bug's counterexample survives being saved as text: a fresh instance executes it to the same
/// violation. Without the bug some step is impossible, or nothing is broken at the end.
pub fn counterexamples_replay_only_with_their_bug(selection: Selection) {
    let mut wrong = Vec::new();
    for (protocol, bug) in selection.bugs() {
        let found = explored(protocol, bug.scope, Some(bug.name), selection);
        let result = saved_and_read(protocol, &bug, &found).and_then(|saved| {
            replays(&*instance(protocol, bug.scope, Some(bug.name), &[]), &saved, &found)?;
            is_refuted(&*instance(protocol, bug.scope, None, &[]), &saved)
        });
        if let Err(reason) = result {
            wrong.push(format!("{} {}: {reason}", protocol.name(), bug.name));
        }
    }
    assert_none(&wrong);
}

fn replays(
    buggy: &dyn Instance,
    saved: &SavedCounterexample,
    found: &CheckReport,
) -> Result<(), String> {
    let replayed = buggy.replay(saved).map_err(|error| format!("no replay: {error}"))?;
    let (property, path) = found.report.counterexample().ok_or("there is no counterexample")?;
    let same = replayed.property.name == property
        && replayed.prefix_steps == found.prefix_steps
        && replayed.path == *path;
    if same { Ok(()) } else { Err("the replay differs from what was found".to_owned()) }
}

fn is_refuted(correct: &dyn Instance, saved: &SavedCounterexample) -> Result<(), String> {
    match correct.replay(saved) {
        Err(ReplayError::Impossible { .. } | ReplayError::NotShown { .. }) => Ok(()),
        Err(error) => Err(format!("without the bug: {error}")),
        Ok(_) => Err("its counterexample replays without the bug as well".to_owned()),
    }
}

/// Searches whose numbers must not depend on threads or luck: scopes to their end, and bugs to the
/// end of the level in which they are found.
pub fn counts_do_not_depend_on_threads(selection: Selection) {
    let scopes = selection.scopes().into_iter().map(|(p, scope)| (p, scope.name, None));
    let bugs = selection.bugs().into_iter().map(|(p, bug)| (p, bug.scope, Some(bug.name)));
    let mut wrong = Vec::new();
    for (protocol, scope, bug) in scopes.chain(bugs) {
        let first = explored(protocol, scope, bug, selection);
        // A limit on the number of states may be noticed by one thread earlier than by another.
        if first.report.cut.is_some() {
            continue;
        }
        for threads in [1, 2] {
            let fresh = instance(protocol, scope, bug, &[]);
            let again = check(&*fresh, Engine::Quorate, threads, selection.most());
            if counts(&first) != counts(&again) {
                wrong.push(format!(
                    "{} {scope} {bug:?}: {:?} on 2 threads, then {:?} on {threads}",
                    protocol.name(),
                    counts(&first),
                    counts(&again)
                ));
            }
        }
    }
    assert_none(&wrong);
}

/// What must be equal in two runs: counts, and the verdict on each property with its steps.
type Counts = (u64, u64, u32, Vec<(&'static str, PropertyVerdict, Option<usize>)>);

fn counts(found: &CheckReport) -> Counts {
    let report = &found.report;
    let judged = report.properties.iter();
    let verdicts = judged.map(|property| (property.name, property.verdict, steps(found, property)));
    (report.distinct, report.generated, report.depth, verdicts.collect())
}

/// The scopes that every engine and the oracle can explore, with what our engine found.
fn small_scopes() -> Vec<(Protocol, ScopeInfo, std::sync::Arc<CheckReport>)> {
    let scopes = Selection::Fast.scopes().into_iter();
    let explored = scopes.map(|(protocol, scope)| {
        let found = explored(protocol, scope.name, None, Selection::Fast);
        (protocol, scope, found)
    });
    explored.filter(|(_, _, found)| found.report.distinct <= SMALL).collect()
}

/// A plain exploration with a set of whole states finds the same states and the same shortest paths
/// as our engine, which knows states by their fingerprints.
pub fn counts_are_those_of_the_oracle() {
    let mut wrong = Vec::new();
    for (protocol, scope, found) in small_scopes() {
        let name = format!("{} {}", protocol.name(), scope.name);
        let Some(exact) = instance(protocol, scope.name, None, &[]).oracle(SMALL) else {
            wrong.push(format!("{name}: the oracle finds more than {SMALL} states"));
            continue;
        };
        let report = &found.report;
        let counts = (report.distinct, report.generated, report.depth);
        if counts != (exact.distinct, exact.generated, exact.depth) {
            wrong.push(format!("{name}: {counts:?} but exactly {exact:?}"));
        }
        let shown = report.properties.iter().map(|p| {
            let steps = steps(&found, p).and_then(|steps| u32::try_from(steps).ok());
            (p.name, steps)
        });
        let shown: Vec<_> = shown.collect();
        if shown != exact.shown {
            wrong.push(format!("{name}: shortest {shown:?} but exactly {:?}", exact.shown));
        }
    }
    assert_none(&wrong);
}

/// The most distinct states of a space that is explored in every way there is.
const TINY: u64 = 2_500;

/// Small spaces of every protocol, and of every bug: on one, two and four threads, by fingerprints
/// and exactly, the search comes to what a plain exploration finds, in whatever is violated.
pub fn every_way_agrees_with_the_oracle() {
    let mut wrong = Vec::new();
    for protocol in models::PROTOCOLS.iter().copied() {
        let mut compared = 0;
        let bugs = protocol.bugs().iter().map(|bug| Some(bug.name));
        for bug in [None].into_iter().chain(bugs) {
            for set in smaller(protocol) {
                let fresh = || instance(protocol, "small", bug, &set);
                let Some(exact) = fresh().oracle(TINY) else { continue };
                compared += 1;
                for (threads, is_exact) in
                    [1, 2, 4].into_iter().flat_map(|n| [(n, false), (n, true)])
                {
                    let found = explored_to_the_end(&*fresh(), threads, is_exact);
                    if found != exact {
                        let name = protocol.name();
                        wrong.push(format!(
                            "{name} {bug:?} {set:?}, {threads} threads, exact: {is_exact}: \
                             {found:?} and not {exact:?}"
                        ));
                    }
                }
            }
        }
        println!("{}: {compared} spaces", protocol.name());
        if compared == 0 {
            wrong.push(format!("{}: no space is small enough to compare", protocol.name()));
        }
    }
    assert_none(&wrong);
}

fn explored_to_the_end(instance: &dyn Instance, threads: usize, exact: bool) -> Exploration {
    let options = Options { threads, exact, keep_going: true, ..Options::default() };
    let found = instance.check(&options, &Watch::new()).expect("a report");
    let report = &found.report;
    assert!(report.complete, "{} {:?}", instance.protocol(), instance.bug());
    let steps = |p| steps(&found, p).and_then(|steps| u32::try_from(steps).ok());
    Exploration {
        distinct: report.distinct,
        generated: report.generated,
        depth: report.depth,
        shown: report.properties.iter().map(|p| (p.name, steps(p))).collect(),
    }
}

/// stateright's checkers find as many distinct states. They stop when every property has been
/// decided, so only a space in which nothing is violated is explored to its end.
pub fn counts_are_those_of_stateright() {
    let mut wrong = Vec::new();
    for (protocol, scope, found) in small_scopes() {
        for engine in [Engine::StaterightBfs, Engine::StaterightDfs] {
            let fresh = instance(protocol, scope.name, None, &[]);
            let theirs = check(&*fresh, engine, 1, SMALL).report;
            let (ours, theirs) =
                ((found.report.verdict, found.report.distinct), (theirs.verdict, theirs.distinct));
            if ours != theirs {
                let name = protocol.name();
                wrong.push(format!("{name} {}: {engine} {theirs:?}, ours {ours:?}", scope.name));
            }
        }
    }
    assert_none(&wrong);
}

/// An exact search, and a depth-first one, find what the usual one finds in small scopes, and with
/// every seeded bug.
pub fn counts_are_those_of_our_other_searches() {
    let scopes = Selection::Fast.scopes().into_iter().map(|(p, scope)| (p, scope.name, None));
    let bugs = Selection::Fast.bugs().into_iter().map(|(p, bug)| (p, bug.scope, Some(bug.name)));
    let mut wrong = Vec::new();
    for (protocol, scope, bug) in scopes.chain(bugs) {
        let usual = explored(protocol, scope, bug, Selection::Fast);
        if usual.report.distinct > SMALL {
            continue;
        }
        let name = format!("{} {scope} {bug:?}", protocol.name());
        let limits = Limits { states: Some(SMALL), ..Limits::default() };
        let options = Options { limits, threads: 1, exact: true, ..Options::default() };
        let run = |options: &Options| {
            let fresh = instance(protocol, scope, bug, &[]);
            fresh.check(options, &Watch::new()).expect("a report")
        };
        let exact = run(&options);
        if counts(&exact) != counts(&usual) || !exact.report.exact {
            wrong.push(format!("{name}: {:?}, exactly {:?}", counts(&usual), counts(&exact)));
        }
        let deep = run(&Options { engine: Engine::QuorateDfs, exact: false, ..options });
        let found = |found: &CheckReport| {
            let report = &found.report;
            (report.verdict, report.complete.then_some((report.distinct, report.generated)))
        };
        // Until a bug is found, the two see different states.
        if found(&deep) != found(&usual) {
            wrong.push(format!("{name}: {:?}, depth-first {:?}", found(&usual), found(&deep)));
        }
    }
    assert_none(&wrong);
}

/// What fired adds up to what was generated, and was declared where anything was.
pub fn coverage_adds_up() {
    let mut wrong = Vec::new();
    for (protocol, scope) in Selection::Fast.scopes() {
        let found = explored(protocol, scope.name, None, Selection::Fast);
        let name = format!("{} {}", protocol.name(), scope.name);
        let fired: u64 = found.coverage.iter().map(|covered| covered.fired).sum();
        // A scope has one initial state.
        if fired + 1 != found.report.generated {
            wrong.push(format!("{name}: {fired} events, {} states", found.report.generated));
        }
        let shown: Vec<_> = found.coverage.iter().map(|c| (c.kind, c.subject())).collect();
        let repeated = shown.iter().enumerate().filter(|(i, kind)| shown[..*i].contains(kind));
        wrong.extend(repeated.map(|(_, kind)| format!("{name}: {kind:?} is there twice")));
        let undeclared = undeclared(protocol, scope.name, &found);
        wrong.extend(undeclared.iter().map(|what| format!("{name}: {what} is not declared")));
    }
    assert_none(&wrong);
}

/// The messages and timers that fired and are not declared, where others are. What is declared is
/// known by what never fired in a search that was cut at its beginning.
fn undeclared(protocol: Protocol, scope: &str, found: &CheckReport) -> Vec<String> {
    let at_once = Limits { depth: Some(0), ..Limits::default() };
    let options = Options { limits: at_once, threads: 1, coverage: true, ..Options::default() };
    let fresh = instance(protocol, scope, None, &[]);
    let declared = fresh.check(&options, &Watch::new()).expect("a report").coverage;
    let is_declared = |covered: &Covered| {
        let mut of_kind = declared.iter().filter(|other| other.kind == covered.kind).peekable();
        of_kind.peek().is_none() || of_kind.any(|other| other.subject() == covered.subject())
    };
    let strange = found.coverage.iter().filter(|covered| !is_declared(covered));
    strange.map(|covered| format!("{} {:?}", covered.kind, covered.subject())).collect()
}

/// The names that users type: small letters, digits and hyphens.
pub fn is_kebab_case(name: &str) -> bool {
    let is_word = |word: &str| {
        !word.is_empty() && word.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit())
    };
    name.split('-').all(is_word)
}

/// The names in a list that occur more than once.
pub fn repeated<'a>(names: impl IntoIterator<Item = &'a str>) -> Vec<&'a str> {
    let mut names: Vec<_> = names.into_iter().collect();
    names.sort_unstable();
    let repeated = names.windows(2).filter(|pair| pair[0] == pair[1]).map(|pair| pair[0]);
    let mut repeated: Vec<_> = repeated.collect();
    repeated.dedup();
    repeated
}

/// The lists of names of a protocol, each with what it lists.
pub fn names(protocol: &dyn Listed) -> [(&'static str, Vec<&'static str>); 4] {
    [
        ("scope", protocol.scopes().iter().map(|scope| scope.name).collect()),
        ("bug", protocol.bugs().iter().map(|bug| bug.name).collect()),
        ("bound", protocol.bounds().iter().map(|bound| bound.name).collect()),
        ("property", protocol.properties().iter().map(|property| property.name).collect()),
    ]
}
