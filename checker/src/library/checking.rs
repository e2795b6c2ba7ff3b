//! A search that runs beside its caller and can be asked what stateright's checkers can be asked.
//!
//! It never says more than the search does. Discoveries are there when the search has ended; it is
//! done only if nothing was cut that could matter; and where the search has failed, whoever asks
//! for discoveries gets a panic with the error.

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::fmt::Debug;
use std::hash::Hash;
use std::panic::resume_unwind;
use std::sync::mpsc::{Receiver, channel};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use stateright::report::{ReportData, ReportDiscovery, Reporter};
use stateright::{Checker, Model, Path};

use super::{Knowledge, Outcome};
use crate::search::{Options, Progress, PropertyVerdict, Report, SearchError, Watch, guarded};

/// Discoveries as stateright has them, by the names of the properties.
type Discoveries<M> = HashMap<&'static str, Path<<M as Model>::State, <M as Model>::Action>>;

/// What the thread of the search shares with its [`Checking`].
struct Shared<M: Model> {
    watch: Watch,
    /// Written before the outcome.
    discoveries: OnceLock<Discoveries<M>>,
    outcome: OnceLock<Outcome<M>>,
}

/// A search that runs on a thread of its own: a [`stateright::Checker`].
///
/// Counts are live while it runs. Discoveries are there once it has ended, and what was found out
/// about each property is in its [`outcome`](Checking::outcome). When it is dropped, the search is
/// told to stop, and its thread ends soon after.
///
/// # Panics
/// [`join`](Checker::join), [`report`](Checker::report) and whatever asks for discoveries panic
/// with the text of the [`SearchError`] if the search had one.
pub struct Checking<M: Model> {
    model: Arc<M>,
    shared: Arc<Shared<M>>,
    thread: Option<JoinHandle<()>>,
    /// Its other end is closed when the search has ended.
    ended: Mutex<Receiver<()>>,
}

impl<M> Checking<M>
where
    M: Model + Send + Sync + 'static,
    M::State: Clone + PartialEq + Send + Sync + 'static,
    M::Action: Clone + PartialEq + Send + Sync + 'static,
{
    pub(super) fn begin(
        model: Arc<M>,
        knowledge: impl Knowledge<M>,
        options: Options,
    ) -> Checking<M> {
        let shared = Arc::new(Shared {
            watch: Watch::new(),
            discoveries: OnceLock::new(),
            outcome: OnceLock::new(),
        });
        let (running, ended) = channel();
        let (its_model, its) = (Arc::clone(&model), Arc::clone(&shared));
        let search = move || {
            let _running = running;
            let outcome = guarded(|| {
                let report = knowledge.search(&its_model, &options, &its.watch)?;
                let discoveries = discoveries(&*its_model, &report)?;
                its.discoveries.get_or_init(|| discoveries);
                Ok(report)
            });
            let outcome = its.outcome.get_or_init(|| outcome.and_then(|outcome| outcome));
            if let Err(error) = outcome {
                // For those who join the handle themselves; the panic hook has nothing to add.
                resume_unwind(Box::new(error.to_string()));
            }
        };
        let thread = std::thread::Builder::new().name("quorate".to_owned()).spawn(search);
        let thread = thread.expect("the system gives a thread to the search");
        Checking { model, shared, thread: Some(thread), ended: Mutex::new(ended) }
    }
}

/// The paths of a report in stateright's form, executed by stateright. Of properties that share a
/// name the first has it.
fn discoveries<M>(
    model: &M,
    report: &Report<M::State, M::Action>,
) -> Result<Discoveries<M>, SearchError>
where
    M: Model,
    M::State: Clone + PartialEq,
    M::Action: PartialEq,
{
    let mut discoveries = HashMap::new();
    for property in &report.properties {
        let (Some(path), Entry::Vacant(place)) = (&property.path, discoveries.entry(property.name))
        else {
            continue;
        };
        let actions = path.steps.iter().map(|(action, _)| action);
        let again = Path::from_actions(model, path.initial.clone(), actions)
            .filter(|again| again.last_state() == path.last());
        place.insert(again.ok_or_else(|| SearchError::Unconfirmed {
            name: property.name,
            reason: "stateright comes to another state on it".to_owned(),
        })?);
    }
    Ok(discoveries)
}

impl<M: Model> Checking<M> {
    /// The counters now.
    pub fn progress(&self) -> Progress {
        self.shared.watch.progress()
    }

    /// Asks the search to stop and to report what it has. It is then not done, unless it was.
    pub fn interrupt(&self) {
        self.shared.watch.interrupt();
    }

    /// What the search came to; `None` while it runs.
    pub fn outcome(&self) -> Option<&Outcome<M>> {
        self.shared.outcome.get()
    }

    /// Waits for the search and returns what it came to. Unlike `join` it does not panic.
    pub fn wait(&mut self) -> &Outcome<M> {
        if let Some(thread) = self.thread.take() {
            // Its panic, if there was one, is the error in the outcome.
            let _ = thread.join();
        }
        // Whoever took the handle may not have joined it. Nothing is ever sent: an answer means
        // that the other end is closed.
        let _ = self.ended.get_mut().unwrap_or_else(PoisonError::into_inner).recv();
        self.outcome().expect("an ended search has an outcome")
    }

    /// What was found; `None` while the search runs.
    ///
    /// # Panics
    /// If the search has failed, with the text of its error.
    fn found(&self) -> Option<&Report<M::State, M::Action>> {
        match self.outcome()? {
            Ok(report) => Some(report),
            Err(error) => panic!("{error}"),
        }
    }

    /// What was found, if the search has ended well.
    fn ended_well(&self) -> Option<&Report<M::State, M::Action>> {
        self.outcome()?.as_ref().ok()
    }

    /// Waits until the search has ended, or for so long.
    fn wait_for(&self, time: Duration) {
        let ended = self.ended.lock().unwrap_or_else(PoisonError::into_inner);
        let _ = ended.recv_timeout(time);
    }

    fn report_data(&self, began: Instant) -> ReportData {
        ReportData {
            total_states: self.state_count(),
            unique_states: self.unique_state_count(),
            max_depth: self.max_depth(),
            duration: began.elapsed(),
            done: self.is_done(),
        }
    }
}

/// The search has no reason to go on for somebody who is no longer there.
impl<M: Model> Drop for Checking<M> {
    fn drop(&mut self) {
        self.interrupt();
    }
}

fn count(states: u64) -> usize {
    usize::try_from(states).unwrap_or(usize::MAX)
}

impl<M: Model> Checker<M> for Checking<M> {
    fn model(&self) -> &M {
        &self.model
    }

    fn state_count(&self) -> usize {
        count(self.ended_well().map_or(self.progress().generated, |report| report.generated))
    }

    fn unique_state_count(&self) -> usize {
        count(self.ended_well().map_or(self.progress().distinct, |report| report.distinct))
    }

    /// As stateright counts: an initial state is at depth 1, and before there is one it is 0.
    fn max_depth(&self) -> usize {
        let progress = self.progress();
        let depth = self.ended_well().map_or(progress.depth, |report| report.depth) as usize;
        depth + usize::from(progress.distinct > 0)
    }

    fn discoveries(&self) -> HashMap<&'static str, Path<M::State, M::Action>>
    where
        M::State: Clone + PartialEq,
        M::Action: Clone + PartialEq,
    {
        let _ = self.found();
        self.shared.discoveries.get().cloned().unwrap_or_default()
    }

    /// Panics if the property does not exist, as stateright promises.
    fn discovery(&self, name: &'static str) -> Option<Path<M::State, M::Action>>
    where
        M::State: Clone + PartialEq,
        M::Action: Clone + PartialEq,
    {
        let exists = self.model.properties().iter().any(|property| property.name == name);
        assert!(exists, "the model has no property \"{name}\"");
        self.discoveries().remove(name)
    }

    fn handles(&mut self) -> Vec<JoinHandle<()>> {
        self.thread.take().into_iter().collect()
    }

    /// Waits for the search. Panics with the text of the error if it had one.
    fn join(mut self) -> Self {
        if let Err(error) = self.wait() {
            panic!("{error}");
        }
        self
    }

    /// Whether the search has ended and has left nothing open: every reachable state was visited,
    /// or every property has a discovery. A search that was cut or has failed is never done.
    fn is_done(&self) -> bool {
        self.ended_well().is_some_and(|report| {
            let mut properties = report.properties.iter();
            let is_all_shown = properties.len() > 0 && properties.all(|p| p.path.is_some());
            report.complete || is_all_shown
        })
    }

    // The default asks in a loop whether it is done, and a search that was cut never is.
    fn report<R>(self, reporter: &mut R) -> Self
    where
        M::Action: Debug + PartialEq + Clone,
        M::State: Debug + Hash + PartialEq + Clone,
        R: Reporter<M>,
    {
        let began = Instant::now();
        while self.outcome().is_none() {
            reporter.report_checking(self.report_data(began));
            self.wait_for(reporter.delay());
        }
        let checking = self.join();
        reporter.report_checking(checking.report_data(began));
        let described = checking.discoveries().into_iter().map(|(name, path)| {
            let classification = checking.discovery_classification(name);
            (name, ReportDiscovery { path, classification })
        });
        reporter.report_discoveries(checking.model(), described.collect());
        checking
    }

    fn join_and_report<R>(self, reporter: &mut R) -> Self
    where
        M::Action: Debug + PartialEq + Clone,
        M::State: Debug + Hash + PartialEq + Clone,
        Self: Send + Sync,
        R: Reporter<M> + Send,
    {
        self.report(reporter)
    }

    // The default asks nothing of a model without properties, and mixes up those of one name.
    fn assert_properties(&self)
    where
        M::Action: Debug + Clone + PartialEq,
        M::State: Debug + Clone + PartialEq,
    {
        let Some(report) = self.found() else {
            panic!("Model checking is incomplete: it is still running.");
        };
        let mut properties = report.properties.iter();
        if let Some(violated) = properties.find(|p| p.verdict == PropertyVerdict::Violated) {
            if violated.path.is_some() {
                self.assert_no_discovery(violated.name);
            }
            panic!("Discovery for \"{}\" not found.", violated.name);
        }
        if !self.is_done() {
            let cut = report.cut.map_or("it ended early", |cut| cut.name());
            panic!("Model checking is incomplete: {cut}.");
        }
    }
}
