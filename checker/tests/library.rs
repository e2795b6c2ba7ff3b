//! The library as a user of stateright meets it: the same questions, asked of a search of ours.

mod common;

use std::fmt::Debug;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Barrier};
use std::time::Duration;

use checker::search::{Cut, PropertyVerdict};
use checker::{Checking, Engine, Quorate, SearchError, Verdict};
use common::{EXHAUSTIVE, Random, Table, oracle};
use stateright::report::{ReportData, ReportDiscovery, Reporter, WriteReporter};
use stateright::{Checker, Model, Property};

/// Every property is as it should be.
fn right() -> Table {
    let mut table = Table::square(10);
    table.good.insert(99);
    table
}

/// Number 20 is bad, two steps away, and number 33, three.
fn wrong() -> Table {
    right().bad(&[20, 33])
}

/// The text of the panic in which this ends.
fn panic_of<T>(run: impl FnOnce() -> T) -> String {
    let payload = catch_unwind(AssertUnwindSafe(run)).err().expect("a panic");
    let text = payload.downcast_ref::<String>().cloned();
    text.or_else(|| payload.downcast_ref::<&str>().map(|text| (*text).to_owned())).expect("a text")
}

#[track_caller]
fn assert_contains(text: &str, part: &str) {
    assert!(text.contains(part), "`{part}` is not in `{text}`");
}

/// Generated and distinct states, and the depth.
fn counts<M: Model>(checker: &impl Checker<M>) -> (usize, usize, usize) {
    (checker.state_count(), checker.unique_state_count(), checker.max_depth())
}

/// How many steps the discovery of a property has, if there is one.
fn steps(checking: &Checking<Table>, name: &'static str) -> Option<usize> {
    checking.discovery(name).map(|path| path.into_actions().len())
}

// ---- Assertions --------------------------------------------------------------------------------

#[test]
fn a_right_model_passes() {
    for engine in EXHAUSTIVE {
        let checking = right().quorate().threads(2).engine(engine).spawn().join();
        assert!(checking.is_done());
        checking.assert_properties();
        checking.assert_no_discovery("not bad");
        let path = checking.assert_any_discovery("good");
        assert_eq!(*path.last_state(), 99, "{engine}");
        assert_eq!(checking.unique_state_count(), 100, "{engine}");
    }
    let path = right().quorate().spawn().join().assert_any_discovery("good");
    assert_eq!(path.into_actions(), [2; 9]);
}

#[test]
fn a_wrong_model_panics_with_the_path() {
    let checking = wrong().quorate().threads(1).spawn().join();
    let text = panic_of(|| checking.assert_properties());
    assert_contains(&text, "Unexpected \"not bad\" counterexample Path[2]");
    assert_eq!(text, panic_of(|| checking.assert_no_discovery("not bad")));
    assert_eq!((steps(&checking, "not bad"), steps(&checking, "not ugly")), (Some(2), None));
    assert_eq!(checking.discoveries().len(), 2);
}

#[test]
fn a_sometimes_that_is_never_true_panics() {
    let checking = Table::square(4).quorate().spawn().join();
    assert!(checking.is_done());
    for text in [
        panic_of(|| checking.assert_properties()),
        panic_of(|| checking.assert_any_discovery("good")),
    ] {
        assert_eq!(text, "Discovery for \"good\" not found.");
    }
}

#[test]
fn a_discovery_may_be_any_that_is_valid() {
    let checking = wrong().quorate().spawn().join();
    checking.assert_discovery("not bad", vec![0, 0]);
    checking.assert_discovery("not bad", vec![2, 2, 2]);
    checking.assert_discovery("good", [2; 9].to_vec());
    let text = panic_of(|| checking.assert_discovery("not bad", vec![1, 1]));
    assert_contains(&text, "Invalid discovery for \"not bad\"");
    let text = panic_of(|| checking.assert_discovery("not ugly", vec![0]));
    assert_contains(&text, "Discovery for \"not ugly\" not found");
}

#[test]
fn a_property_that_the_model_does_not_have_is_no_answer() {
    let checking = right().quorate().spawn().join();
    for text in [
        panic_of(|| checking.assert_no_discovery("not bat")),
        panic_of(|| checking.discovery("not bat")),
    ] {
        assert_eq!(text, "the model has no property \"not bat\"");
    }
}

// ---- Against stateright ------------------------------------------------------------------------

/// Where all initial states are within the boundary, each is there once, and something is left to
/// be discovered, stateright's own search is exact on one thread.
#[test]
fn counts_and_discoveries_are_those_of_stateright() {
    let mut compared = 0;
    for seed in 0..40 {
        let mut table = Table::random(&mut Random::new(seed), 300);
        table.initial = vec![0];
        table.outside.remove(&0);
        table.ugly.clear();
        let theirs = table.clone().checker().spawn_bfs().join();
        let ours = table.clone().quorate().spawn().join();
        assert_eq!(counts(&ours), counts(&theirs), "seed {seed}");
        let names = |mut names: Vec<&'static str>| {
            names.sort_unstable();
            names
        };
        let found = names(ours.discoveries().into_keys().collect());
        assert_eq!(found, names(theirs.discoveries().into_keys().collect()), "seed {seed}");
        // Theirs need not be shortest; the oracle knows what is.
        for (name, shortest) in oracle(&table).shown {
            assert_eq!(steps(&ours, name), shortest.map(|steps| steps as usize), "seed {seed}");
        }
        compared += found.len();
    }
    assert!(compared > 20, "only {compared} discoveries were compared");
}

#[test]
fn both_ways_of_asking_find_the_same() {
    let report = wrong().quorate().keep_going().report().expect("a report");
    let checking = wrong().quorate().keep_going().spawn().join();
    assert_eq!(report.distinct as usize, checking.unique_state_count());
    assert_eq!(report.generated as usize, checking.state_count());
    assert_eq!(report.depth as usize + 1, checking.max_depth());
    for property in &report.properties {
        let path = checking.discovery(property.name).map(|path| path.into_vec());
        let expected = property.path.as_ref().map(|path| {
            let states = std::iter::once(&path.initial).chain(path.steps.iter().map(|(_, s)| s));
            let actions = path.steps.iter().map(|(action, _)| Some(*action)).chain([None]);
            states.copied().zip(actions).collect::<Vec<_>>()
        });
        assert_eq!(path, expected, "{}", property.name);
    }
}

// ---- When a search ends ------------------------------------------------------------------------

/// Counts up for ever.
#[derive(Clone)]
struct Endless {
    bad: Option<u64>,
    good: u64,
    /// Closed when the model is dropped.
    _alive: Option<Sender<()>>,
}

const ENDLESS: Endless = Endless { bad: None, good: 3, _alive: None };

impl Model for Endless {
    type State = u64;
    type Action = ();

    fn init_states(&self) -> Vec<u64> {
        vec![0]
    }

    fn actions(&self, _: &u64, actions: &mut Vec<()>) {
        actions.push(());
    }

    fn next_state(&self, state: &u64, _: ()) -> Option<u64> {
        Some(state + 1)
    }

    fn properties(&self) -> Vec<Property<Endless>> {
        vec![
            Property::always("not bad", |model, state| model.bad != Some(*state)),
            Property::sometimes("good", |model, state| model.good == *state),
        ]
    }
}

#[test]
fn it_ends_when_every_property_has_a_discovery() {
    for engine in Engine::ALL {
        for threads in [1, 2] {
            let model = Endless { bad: Some(2), good: 30, ..ENDLESS };
            let checking = model.quorate().engine(engine).threads(threads).spawn().join();
            assert!(checking.is_done(), "{engine}");
            assert_eq!(checking.assert_any_discovery("good").into_actions().len(), 30);
            checking.assert_discovery("not bad", vec![(); 2]);
            let report = checking.outcome().expect("it has ended").as_ref().expect("a report");
            assert_eq!((report.complete, report.cut), (false, None), "{engine}");
        }
    }
}

#[test]
fn an_exact_search_says_that_it_is() {
    for (exact, search) in [(false, ENDLESS.quorate()), (true, ENDLESS.quorate().exact())] {
        let report = search.max_states(20).report().expect("a report");
        assert_eq!((report.exact, report.collision_probability == 0.0), (exact, exact));
    }
}

#[test]
fn a_report_ends_with_the_first_violation() {
    let report = Endless { bad: Some(2), good: 30, ..ENDLESS }.quorate().report();
    let report = report.expect("a report");
    assert_eq!((report.verdict, report.depth), (Verdict::Violated, 2));
    let good = report.property("good").expect("the property");
    assert_eq!(good.verdict, PropertyVerdict::Inconclusive);
}

#[test]
fn it_goes_on_to_the_end_when_it_is_told_to() {
    let mut table = wrong();
    table.good.insert(0);
    table.ugly.insert(0);
    let some = table.clone().quorate().spawn().join();
    assert_eq!((some.is_done(), some.max_depth()), (true, 3));
    let all = table.quorate().keep_going().spawn().join();
    assert_eq!((all.unique_state_count(), all.max_depth()), (100, 10));
}

/// A search that is cut by a limit is not done, and nothing that it has not seen passes.
#[track_caller]
fn assert_incomplete(checking: Checking<Endless>, cut: Cut) {
    let checking = checking.join();
    assert!(!checking.is_done());
    let text = panic_of(|| checking.assert_properties());
    assert_eq!(text, format!("Model checking is incomplete: {cut}."));
    assert_contains(&panic_of(|| checking.assert_no_discovery("not bad")), "is incomplete");
    checking.assert_any_discovery("good");
    let report = checking.outcome().expect("it has ended").as_ref().expect("a report");
    assert_eq!((report.verdict, report.cut), (Verdict::Inconclusive, Some(cut)));
}

#[test]
fn a_limit_leaves_it_incomplete() {
    for threads in [1, 2] {
        // The first state is good, and that is always seen.
        let endless = || Endless { good: 0, ..ENDLESS }.quorate().threads(threads);
        assert_incomplete(endless().max_states(50).spawn(), Cut::States);
        assert_incomplete(endless().max_depth(50).spawn(), Cut::Depth);
        assert_incomplete(endless().time_limit(Duration::ZERO).spawn(), Cut::Time);
        assert_incomplete(endless().memory_limit(1).spawn(), Cut::Memory);
    }
}

#[test]
fn a_limit_that_cuts_nothing_leaves_it_complete() {
    right().quorate().max_states(100).max_depth(18).spawn().join().assert_properties();
}

#[test]
fn a_violation_is_shown_though_a_limit_cut_the_search() {
    let endless = Endless { bad: Some(7), good: u64::MAX, ..ENDLESS };
    let checking = endless.quorate().max_states(20).spawn().join();
    assert_contains(&panic_of(|| checking.assert_properties()), "Unexpected \"not bad\"");
    assert_contains(&panic_of(|| checking.assert_any_discovery("good")), "is incomplete");
    assert!(!checking.is_done());
}

/// It has nothing to assert, and still was not explored.
#[derive(Clone)]
struct Silent(Table);

impl Model for Silent {
    type State = u16;
    type Action = usize;

    fn init_states(&self) -> Vec<u16> {
        self.0.init_states()
    }

    fn actions(&self, state: &u16, actions: &mut Vec<usize>) {
        self.0.actions(state, actions);
    }

    fn next_state(&self, state: &u16, action: usize) -> Option<u16> {
        self.0.next_state(state, action)
    }
}

#[test]
fn a_model_without_properties_is_done_when_it_is_explored() {
    let silent = Silent(Table::square(5));
    let checking = silent.clone().quorate().spawn().join();
    assert_eq!((checking.is_done(), checking.unique_state_count()), (true, 25));
    checking.assert_properties();
    let cut = silent.quorate().max_depth(2).spawn().join();
    assert!(!cut.is_done());
    assert_contains(&panic_of(|| cut.assert_properties()), "incomplete: max-depth");
}

/// Two properties of one name, of which the first holds.
#[derive(Clone)]
struct Twins(Table);

impl Model for Twins {
    type State = u16;
    type Action = usize;

    fn init_states(&self) -> Vec<u16> {
        self.0.init_states()
    }

    fn actions(&self, state: &u16, actions: &mut Vec<usize>) {
        self.0.actions(state, actions);
    }

    fn next_state(&self, state: &u16, action: usize) -> Option<u16> {
        self.0.next_state(state, action)
    }

    fn properties(&self) -> Vec<Property<Twins>> {
        vec![
            Property::sometimes("twin", |_, state| *state == 1),
            Property::sometimes("twin", |_, state| *state == 1_000),
        ]
    }
}

#[test]
fn a_property_does_not_answer_for_another_of_its_name() {
    let checking = Twins(Table::square(3)).quorate().spawn().join();
    assert_eq!(panic_of(|| checking.assert_properties()), "Discovery for \"twin\" not found.");
    assert_eq!(checking.unique_state_count(), 9);
}

// ---- When a search fails -----------------------------------------------------------------------

/// Panics when it is asked what can be done in this state, or has an `eventually`.
#[derive(Clone)]
struct Fails {
    panics_at: u8,
    eventually: bool,
}

impl Model for Fails {
    type State = u8;
    type Action = ();

    fn init_states(&self) -> Vec<u8> {
        vec![0]
    }

    fn actions(&self, state: &u8, actions: &mut Vec<()>) {
        assert_ne!(*state, self.panics_at, "on purpose");
        actions.push(());
    }

    fn next_state(&self, state: &u8, _: ()) -> Option<u8> {
        state.checked_add(1)
    }

    fn properties(&self) -> Vec<Property<Fails>> {
        let always = Property::always("small", |_: &Fails, _: &u8| true);
        let eventually = Property::eventually("large", |_: &Fails, state: &u8| *state > 100);
        std::iter::once(always).chain(self.eventually.then_some(eventually)).collect()
    }
}

/// Nothing passes that is asked of a search that has failed.
fn assert_failed(model: Fails, text: &str) {
    assert_contains(&panic_of(|| model.clone().quorate().spawn().join()), text);
    let report = |model: Fails| model.quorate().spawn().report(&mut Recorder::default());
    assert_contains(&panic_of(|| report(model.clone())), text);

    let mut checking = model.clone().quorate().spawn();
    let error = checking.wait().as_ref().expect_err("an error").to_string();
    assert_contains(&error, text);
    assert!(!checking.is_done());
    assert_eq!(panic_of(|| checking.assert_properties()), error);
    assert_eq!(panic_of(|| checking.assert_no_discovery("small")), error);
    assert_eq!(panic_of(|| checking.discoveries()), error);

    let mut checking = model.quorate().spawn();
    for handle in checking.handles() {
        let payload = handle.join().expect_err("the thread tells of it, too");
        assert_eq!(payload.downcast_ref::<String>(), Some(&error));
    }
    assert!(!checking.is_done());
}

#[test]
fn a_model_that_panics_lets_nothing_pass() {
    let model = Fails { panics_at: 9, eventually: false };
    let error = model.clone().quorate().report().expect_err("an error");
    assert!(matches!(error, SearchError::Panicked { .. }));
    assert_failed(model, "the model panicked");
}

#[test]
fn an_eventually_is_refused() {
    let model = Fails { panics_at: u8::MAX, eventually: true };
    let error = model.clone().quorate().report().expect_err("an error");
    assert_eq!(error, SearchError::Eventually { name: "large" });
    assert_failed(model, &error.to_string());
}

// ---- While it runs -----------------------------------------------------------------------------

/// A chain that waits in one state until it is let go on.
struct Waits {
    at: u16,
    gate: Arc<Barrier>,
}

impl Model for Waits {
    type State = u16;
    type Action = ();

    fn init_states(&self) -> Vec<u16> {
        vec![0]
    }

    fn actions(&self, state: &u16, actions: &mut Vec<()>) {
        if *state == self.at {
            self.gate.wait();
            self.gate.wait();
        }
        actions.push(());
    }

    fn next_state(&self, state: &u16, _: ()) -> Option<u16> {
        Some(state + 1).filter(|next| *next < 100)
    }

    fn properties(&self) -> Vec<Property<Waits>> {
        vec![Property::always("small", |_, state| *state < 100)]
    }
}

fn waiting(at: u16) -> (Checking<Waits>, Arc<Barrier>) {
    let gate = Arc::new(Barrier::new(2));
    let checking = Waits { at, gate: Arc::clone(&gate) }.quorate().spawn();
    gate.wait();
    (checking, gate)
}

#[test]
fn counts_are_live() {
    let (checking, gate) = waiting(40);
    assert_eq!(counts(&checking), (41, 41, 41));
    assert_eq!(checking.progress().frontier, 1);
    assert!(!checking.is_done() && checking.outcome().is_none());
    let text = panic_of(|| checking.assert_properties());
    assert_eq!(text, "Model checking is incomplete: it is still running.");
    assert_contains(&panic_of(|| checking.assert_no_discovery("small")), "is incomplete");
    gate.wait();
    let checking = checking.join();
    assert_eq!(counts(&checking), (100, 100, 100));
    checking.assert_properties();
}

#[test]
fn an_interrupted_search_is_not_done() {
    let (checking, gate) = waiting(40);
    checking.interrupt();
    gate.wait();
    let checking = checking.join();
    assert!(!checking.is_done());
    assert_contains(&panic_of(|| checking.assert_properties()), "is incomplete: interrupt");
}

#[test]
fn a_search_whose_handle_was_taken_can_be_waited_for() {
    let (mut checking, gate) = waiting(40);
    let handles = checking.handles();
    assert_eq!(handles.len(), 1);
    gate.wait();
    let checking = checking.join();
    assert!(checking.is_done());
    for handle in handles {
        handle.join().expect("it has ended well");
    }
}

#[test]
fn a_search_ends_when_it_is_dropped() {
    for engine in Engine::ALL {
        let (alive, gone): (_, Receiver<()>) = channel();
        let endless = Endless { _alive: Some(alive), good: u64::MAX, ..ENDLESS };
        drop(endless.quorate().engine(engine).spawn());
        // Blocks until the thread of the search has given the model up.
        assert!(gone.recv().is_err());
    }
}

// ---- Reporters ---------------------------------------------------------------------------------

/// Keeps what it is told, and lets a waiting model go on when it hears of it.
#[derive(Default)]
struct Recorder {
    gate: Option<Arc<Barrier>>,
    counts: Vec<(usize, bool)>,
    discovered: Vec<(&'static str, String)>,
}

impl<M: Model> Reporter<M> for Recorder
where
    M::State: Debug,
{
    fn report_checking(&mut self, data: ReportData) {
        self.counts.push((data.unique_states, data.done));
        if let Some(gate) = self.gate.take() {
            gate.wait();
        }
    }

    fn report_discoveries(
        &mut self,
        _: &M,
        discoveries: std::collections::BTreeMap<&'static str, ReportDiscovery<M>>,
    ) {
        let described = discoveries.into_iter();
        self.discovered =
            described.map(|(name, found)| (name, found.classification.to_string())).collect();
    }

    /// Longer than any test: whoever sleeps it out is noticed.
    fn delay(&self) -> Duration {
        Duration::from_secs(24 * 60 * 60)
    }
}

#[test]
fn a_reporter_hears_of_the_search_and_of_its_end_at_once() {
    type Report = fn(Checking<Waits>, &mut Recorder) -> Checking<Waits>;
    let ways: [Report; 2] = [Checker::report, Checker::join_and_report];
    for report in ways {
        let (checking, gate) = waiting(40);
        let mut recorder = Recorder { gate: Some(gate), ..Recorder::default() };
        report(checking, &mut recorder).assert_properties();
        assert_eq!(recorder.counts, [(41, false), (100, true)]);
        assert_eq!(recorder.discovered, []);
    }
}

#[test]
fn a_reporter_gets_the_discoveries() {
    let mut recorder = Recorder::default();
    let checking = wrong().quorate().spawn().report(&mut recorder);
    assert_eq!(recorder.counts.last(), Some(&(100, true)));
    let discovered = [("good", "example".to_owned()), ("not bad", "counterexample".to_owned())];
    assert_eq!(recorder.discovered, discovered);
    assert_eq!(checking.discoveries().len(), 2);
}

#[test]
fn the_written_report_of_stateright() {
    let mut written = Vec::new();
    right().quorate().spawn().report(&mut WriteReporter::new(&mut written)).assert_properties();
    let text = String::from_utf8(written).expect("text");
    assert_contains(&text, "Done. states=262, unique=100, depth=10, sec=");
    assert_contains(&text, "Discovered \"good\" example Path[9]:\n- 2\n");
    assert_contains(&text, "Action index path: 0/2/2/2/2/2/2/2/2/2\n");
}

#[test]
fn a_report_of_a_search_that_was_cut_ends_and_does_not_say_done() {
    let mut recorder = Recorder::default();
    let checking = ENDLESS.quorate().max_states(50).spawn().report(&mut recorder);
    assert!(!checking.is_done());
    assert_eq!(recorder.counts.last(), Some(&(51, false)));

    let mut written = Vec::new();
    let limited = ENDLESS.quorate().max_depth(9).spawn();
    limited.join_and_report(&mut WriteReporter::new(&mut written));
    let text = String::from_utf8(written).expect("text");
    assert!(!text.contains("Done"), "{text}");
    assert_contains(&text, "Discovered \"good\" example Path[3]");
}
