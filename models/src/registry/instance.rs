//! A finite instance of a protocol, without its types: checked, and walked through.

use std::sync::Arc;

use checker::search::{Path, Report};
use checker::system::{Environment, Kind, System};
use checker::{Options, SearchError, Watch};
use stateright::Model;

use super::coverage::{Covered, coverage};
use super::describe::{Bug, Describe, PropertyInfo, Scope, named};
use super::saved::{SCHEMA, SavedCounterexample, SavedStep};
use super::view::{EventView, StateView, Viewer};

/// What a check of an instance found.
#[derive(Clone, Debug)]
pub struct CheckReport {
    /// Verdicts, counts and paths. A path begins with the scope's script.
    pub report: Report<StateView, EventView>,
    /// How many steps of each path are the scope's script.
    pub prefix_steps: usize,
    /// The bounds that cut behaviour off somewhere.
    pub bounds_reached: Vec<&'static str>,
    /// How often each kind of event fired, those included that could have and did not. Empty for
    /// stateright's engines.
    pub coverage: Vec<Covered>,
}

/// A saved counterexample, executed again.
#[derive(Clone, Debug)]
pub struct Replayed {
    /// The property that its last state violates, or satisfies if it is a `sometimes`.
    pub property: PropertyInfo,
    /// How many of the steps are the scope's script.
    pub prefix_steps: usize,
    /// The whole path.
    pub path: Path<StateView, EventView>,
}

/// Why a saved counterexample is not confirmed. Steps are numbered from 1.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ReplayError {
    /// It names a property that the protocol does not have.
    #[error("it is about the property `{0}`, which this protocol does not have")]
    UnknownProperty(String),
    /// It has no such number of steps as its scope's script.
    #[error("its scope begins behind {expected} steps, and it says {found}")]
    OtherPrefix {
        /// Steps of the scope's script.
        expected: usize,
        /// What the file says, or how many steps it has.
        found: usize,
    },
    /// A step cannot happen where it stands.
    #[error("step {step} ({label}) cannot happen there{}", alternatives(.possible))]
    Impossible {
        /// Its number.
        step: usize,
        /// The step.
        label: String,
        /// What can happen there to the same actor.
        possible: Vec<String>,
    },
    /// Every step can happen, and the property is not broken at the end.
    #[error("every step can happen, but `{property}` is {} after the last one", if *.sometimes { "not reached" } else { "not broken" })]
    NotShown {
        /// The property.
        property: String,
        /// Whether it is a `sometimes`.
        sometimes: bool,
    },
    /// The model panicked.
    #[error("{0}")]
    Panicked(String),
}

fn alternatives(labels: &[String]) -> String {
    match labels {
        [] => String::new(),
        labels => format!("; what can: {}", labels.join("; ")),
    }
}

/// A finite instance of a protocol.
pub trait Instance: Send + Sync {
    /// The protocol's name.
    fn protocol(&self) -> &'static str;
    /// The scope's name.
    fn scope(&self) -> &'static str;
    /// The name and value of each bound.
    fn bounds(&self) -> Vec<(&'static str, u8)>;
    /// The seeded bug that is switched on.
    fn bug(&self) -> Option<Bug>;
    /// Its properties.
    fn properties(&self) -> Vec<PropertyInfo>;
    /// What the world around the actors may do.
    fn environment(&self) -> &Environment;
    /// Explores it and judges its properties.
    ///
    /// # Errors
    /// See [`SearchError`].
    fn check(&self, options: &Options, watch: &Watch) -> Result<CheckReport, SearchError>;
    /// Executes a saved counterexample of this instance.
    ///
    /// # Errors
    /// Why it is not confirmed.
    fn replay(&self, saved: &SavedCounterexample) -> Result<Replayed, ReplayError>;
    /// The number of distinct states by plain exploration with a set of whole states: the oracle
    /// of tests. `None` beyond `most` states.
    fn oracle(&self, most: u64) -> Option<checker::oracle::Exploration>;

    /// A path of this instance, ready to be saved.
    fn save(
        &self,
        property: &str,
        prefix_steps: usize,
        path: &Path<StateView, EventView>,
    ) -> SavedCounterexample {
        let json = |state: &StateView| super::view::json(state);
        let steps = path.steps.iter();
        SavedCounterexample {
            schema: SCHEMA,
            protocol: self.protocol().to_owned(),
            scope: self.scope().to_owned(),
            bounds: self.bounds().into_iter().map(|(k, v)| (k.to_owned(), v)).collect(),
            bug: self.bug().map(|bug| bug.name.to_owned()),
            property: property.to_owned(),
            prefix_steps,
            initial: json(&path.initial),
            steps: steps
                .map(|(action, state)| SavedStep { action: action.clone(), state: json(state) })
                .collect(),
        }
    }
}

/// The one implementation: an instance with its types.
pub(super) struct Typed<D: Describe> {
    description: &'static D,
    scope: Scope<D::Bounds>,
    bug: Option<Bug>,
    system: Arc<System<D::Protocol>>,
}

type RunOf<D> = checker::system::Run<<D as Describe>::Protocol>;

impl<D: Describe> Typed<D> {
    pub(super) fn new(
        description: &'static D,
        scope: Scope<D::Bounds>,
        bug: Option<Bug>,
        system: System<D::Protocol>,
    ) -> Self {
        Typed { description, scope, bug, system: Arc::new(system) }
    }

    fn viewer(&self) -> Viewer<'_, D> {
        Viewer {
            description: self.description,
            protocol: self.system.protocol(),
            actors: self.system.actors(),
        }
    }

    /// A path of the search behind the scope's script, shown.
    fn view(&self, found: &RunOf<D>) -> Path<StateView, EventView> {
        let viewer = self.viewer();
        let prefix = self.system.prefix();
        let steps = prefix.steps.iter().chain(&found.steps);
        Path {
            initial: viewer.state(&prefix.initial),
            steps: steps.map(|(event, state)| (viewer.event(event), viewer.state(state))).collect(),
        }
    }

    /// Executes the steps of a saved path behind the scope's script.
    fn follow(&self, saved: &SavedCounterexample) -> Result<RunOf<D>, ReplayError> {
        let viewer = self.viewer();
        let prefix = self.system.prefix();
        if saved.prefix_steps != prefix.len() || saved.steps.len() < prefix.len() {
            let found = saved.prefix_steps.min(saved.steps.len());
            return Err(ReplayError::OtherPrefix { expected: prefix.len(), found });
        }
        let impossible = |index: usize, possible: Vec<String>| ReplayError::Impossible {
            step: index + 1,
            label: saved.steps[index].action.label.clone(),
            possible,
        };
        for (index, (event, _)) in prefix.steps.iter().enumerate() {
            let expected = viewer.event(event);
            if !expected.is_same(&saved.steps[index].action) {
                return Err(impossible(index, vec![expected.label]));
            }
        }
        let mut run = RunOf::<D> { initial: prefix.last().clone(), steps: Vec::new() };
        for index in prefix.len()..saved.steps.len() {
            let wanted = &saved.steps[index].action;
            let possible = self.system.next_steps(run.last());
            let found = possible.iter().find(|(event, _)| viewer.event(event).is_same(wanted));
            let Some(step) = found else {
                let views = possible.iter().map(|(event, _)| viewer.event(event));
                let same_actor = views.filter(|view| view.actor == wanted.actor);
                return Err(impossible(index, same_actor.map(|view| view.label).collect()));
            };
            run.steps.push(step.clone());
        }
        Ok(run)
    }
}

impl<D: Describe> Instance for Typed<D> {
    fn protocol(&self) -> &'static str {
        D::NAME
    }

    fn scope(&self) -> &'static str {
        self.scope.name
    }

    fn bounds(&self) -> Vec<(&'static str, u8)> {
        named(&self.scope.bounds)
    }

    fn bug(&self) -> Option<Bug> {
        self.bug
    }

    fn properties(&self) -> Vec<PropertyInfo> {
        let described = self.system.described_properties().iter();
        described
            .map(|p| PropertyInfo { name: p.name, kind: p.kind, statement: p.statement })
            .collect()
    }

    fn environment(&self) -> &Environment {
        self.system.environment()
    }

    fn check(&self, options: &Options, watch: &Watch) -> Result<CheckReport, SearchError> {
        let mut report = checker::search_system(&self.system, options, watch)?;
        let taken = std::mem::take(&mut report.coverage);
        let coverage = match options.engine.is_ours() {
            true => coverage(self.description, &self.system, taken),
            false => Vec::new(),
        };
        Ok(CheckReport {
            report: report.map(|path| self.view(&path), |event| self.viewer().event(&event)),
            prefix_steps: self.system.prefix().len(),
            bounds_reached: self.system.bounds_reached(),
            coverage,
        })
    }

    fn replay(&self, saved: &SavedCounterexample) -> Result<Replayed, ReplayError> {
        checker::search::guarded(|| self.replayed(saved))
            .unwrap_or_else(|error| Err(ReplayError::Panicked(error.to_string())))
    }

    fn oracle(&self, most: u64) -> Option<checker::oracle::Exploration> {
        checker::oracle::explore(&*self.system, most)
    }
}

impl<D: Describe> Typed<D> {
    fn replayed(&self, saved: &SavedCounterexample) -> Result<Replayed, ReplayError> {
        let described = self.system.described_properties();
        let property = described
            .iter()
            .find(|property| property.name == saved.property)
            .ok_or_else(|| ReplayError::UnknownProperty(saved.property.clone()))?;
        let run = self.follow(saved)?;
        let sometimes = property.kind == Kind::Sometimes;
        if property.is_satisfied(self.system.protocol(), run.last()) != sometimes {
            return Err(ReplayError::NotShown { property: saved.property.clone(), sometimes });
        }
        Ok(Replayed {
            property: PropertyInfo {
                name: property.name,
                kind: property.kind,
                statement: property.statement,
            },
            prefix_steps: saved.prefix_steps,
            path: self.view(&run),
        })
    }
}
