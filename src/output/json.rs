//! Reports for programs. The order and the names of the fields are part of the interface: fields
//! may be added under one schema, none changed.

use std::path::Path;

use checker::search::PropertyReport;
use models::registry::{
    Covered, EventView, Instance, Listed, Replayed, SCHEMA, SavedCounterexample, StateView,
};
use serde::{Serialize, Serializer};

use crate::check::Run;
use crate::error::{Failure, Kind};

/// Pairs as an object that keeps their order.
#[derive(Clone)]
struct Pairs<K, V>(Vec<(K, V)>);

impl<K: Serialize, V: Serialize> Serialize for Pairs<K, V> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.0.iter().map(|(key, value)| (key, value)))
    }
}

pub(crate) fn text(value: &impl Serialize) -> Result<String, Failure> {
    serde_json::to_string_pretty(value)
        .map(|text| text + "\n")
        .map_err(|error| Failure::new(Kind::Internal, format!("the report is no JSON: {error}")))
}

#[derive(Serialize)]
struct Check<'a> {
    schema: u32,
    protocol: &'a str,
    scope: &'a str,
    bounds: Pairs<&'a str, u8>,
    set: Pairs<&'a str, &'a str>,
    bug: Option<&'a str>,
    engine: &'a str,
    threads: usize,
    seed: Option<u64>,
    verdict: &'a str,
    properties: Vec<Property<'a>>,
    distinct_states: u64,
    /// With `--symmetry`: what the distinct ones stand for.
    unreduced_states: Option<u64>,
    symmetry: bool,
    generated_states: u64,
    depth: u32,
    complete: bool,
    limit_reached: Option<&'a str>,
    seconds: f64,
    total_seconds: f64,
    states_per_second: u64,
    peak_memory_bytes: u64,
    collision_probability: f64,
    exact: bool,
    bounds_reached: &'a [&'a str],
    coverage: Option<&'a [Covered]>,
    counterexample: Option<&'a SavedCounterexample>,
}

#[derive(Serialize)]
struct Property<'a> {
    name: &'a str,
    kind: &'a str,
    verdict: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    steps: Option<usize>,
}

pub(crate) fn check(run: &Run<'_>) -> Result<String, Failure> {
    let (instance, report) = (run.instance, &run.checked.report);
    let kinds = instance.properties();
    let kind =
        |name: &str| kinds.iter().find(|p| p.name == name).map_or("always", |p| p.kind.name());
    let property = |property: &PropertyReport<StateView, EventView>| Property {
        name: property.name,
        kind: kind(property.name),
        verdict: property.verdict.name(),
        steps: property.path.as_ref().map(|path| path.len() - run.checked.prefix_steps),
    };
    let set = run.args.set.iter().map(|(name, value)| (name.as_str(), value.as_str()));
    text(&Check {
        schema: SCHEMA,
        protocol: instance.protocol(),
        scope: instance.scope(),
        bounds: Pairs(instance.bounds()),
        set: Pairs(set.collect()),
        bug: instance.bug().map(|bug| bug.name),
        engine: report.engine.name(),
        threads: report.threads,
        seed: run.seed(),
        verdict: report.verdict.name(),
        properties: report.properties.iter().map(property).collect(),
        distinct_states: report.distinct,
        unreduced_states: report.unreduced,
        symmetry: run.options.symmetry,
        generated_states: report.generated,
        depth: report.depth,
        complete: report.complete,
        limit_reached: report.cut.map(|cut| cut.name()),
        seconds: report.elapsed.as_secs_f64(),
        total_seconds: run.total_seconds,
        states_per_second: run.states_per_second(),
        peak_memory_bytes: run.peak_memory,
        collision_probability: report.collision_probability,
        exact: report.exact,
        bounds_reached: &run.checked.bounds_reached,
        coverage: run.args.coverage.then_some(&*run.checked.coverage),
        counterexample: run.saved,
    })
}

#[derive(Serialize)]
struct Replay<'a> {
    schema: u32,
    file: String,
    protocol: &'a str,
    scope: &'a str,
    bounds: Pairs<&'a str, u8>,
    bug: Option<&'a str>,
    property: &'a str,
    kind: &'a str,
    statement: &'a str,
    verdict: &'a str,
    steps: usize,
    counterexample: &'a SavedCounterexample,
}

pub(crate) fn replay(
    file: &Path,
    instance: &dyn Instance,
    replayed: &Replayed,
    executed: &SavedCounterexample,
) -> Result<String, Failure> {
    text(&Replay {
        schema: SCHEMA,
        file: file.display().to_string(),
        protocol: instance.protocol(),
        scope: instance.scope(),
        bounds: Pairs(instance.bounds()),
        bug: instance.bug().map(|bug| bug.name),
        property: replayed.property.name,
        kind: replayed.property.kind.name(),
        statement: replayed.property.statement,
        verdict: "confirmed",
        steps: replayed.path.len() - replayed.prefix_steps,
        counterexample: executed,
    })
}

#[derive(Serialize)]
struct List<'a> {
    schema: u32,
    protocols: Vec<Protocol<'a>>,
    /// Sequential specifications, for `validate`.
    objects: [&'a str; 0],
    /// Formats of recordings.
    formats: [&'a str; 0],
}

#[derive(Serialize)]
struct Protocol<'a> {
    name: &'a str,
    summary: &'a str,
    paper: &'a str,
    bounds: Vec<Bound<'a>>,
    scopes: Vec<Scope<'a>>,
    properties: Vec<ListedProperty<'a>>,
    bugs: Vec<Bug<'a>>,
}

#[derive(Serialize)]
struct Bound<'a> {
    name: &'a str,
    summary: &'a str,
    min: u8,
    max: u8,
}

#[derive(Serialize)]
struct Scope<'a> {
    name: &'a str,
    summary: &'a str,
    bounds: Pairs<&'a str, u8>,
    prefix_steps: usize,
}

#[derive(Serialize)]
struct ListedProperty<'a> {
    name: &'a str,
    kind: &'a str,
    statement: &'a str,
}

#[derive(Serialize)]
struct Bug<'a> {
    name: &'a str,
    breaks: &'a str,
    scope: &'a str,
    summary: &'a str,
    seen_in: &'a str,
}

pub(crate) fn list(protocols: &[&'static dyn Listed]) -> Result<String, Failure> {
    let protocols = protocols.iter().map(|listed| protocol(*listed)).collect();
    text(&List { schema: SCHEMA, protocols, objects: [], formats: [] })
}

fn protocol(listed: &'static dyn Listed) -> Protocol<'static> {
    let bounds = listed.bounds().iter();
    let scopes = listed.scopes().into_iter();
    let properties = listed.properties().into_iter();
    let bugs = listed.bugs().iter();
    Protocol {
        name: listed.name(),
        summary: listed.summary(),
        paper: listed.paper(),
        bounds: bounds
            .map(|b| Bound { name: b.name, summary: b.summary, min: b.min, max: b.max })
            .collect(),
        scopes: scopes
            .map(|scope| Scope {
                name: scope.name,
                summary: scope.summary,
                bounds: Pairs(scope.bounds),
                prefix_steps: scope.prefix_steps,
            })
            .collect(),
        properties: properties
            .map(|p| ListedProperty { name: p.name, kind: p.kind.name(), statement: p.statement })
            .collect(),
        bugs: bugs
            .map(|bug| Bug {
                name: bug.name,
                breaks: bug.breaks,
                scope: bug.scope,
                summary: bug.summary,
                seen_in: bug.seen_in,
            })
            .collect(),
    }
}

#[derive(Serialize)]
struct Failed<'a> {
    schema: u32,
    error: Error<'a>,
}

#[derive(Serialize)]
struct Error<'a> {
    kind: &'a str,
    message: &'a str,
    hint: Option<&'a str>,
}

pub(crate) fn failure(failure: &Failure) -> String {
    let error = Error {
        kind: failure.kind.name(),
        message: &failure.message,
        hint: failure.hint.as_deref(),
    };
    // Strings are always JSON.
    text(&Failed { schema: SCHEMA, error }).unwrap_or_default()
}
