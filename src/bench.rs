//! `bench`: states per second and bytes per state of the engine `quorate` and of stateright's
//! exhaustive checkers.
//!
//! Each run is a process of its own, so that its peak of memory is its own, and the engines take
//! turns, so that what slows the machine down for a while slows them all.

use std::process::Command;

use checker::Engine;
use models::registry::{Listed, find};
use serde_json::Value;

use crate::args::BenchArgs;
use crate::cli::Context;
use crate::error::{Exit, Failure};
use crate::output;

/// What was measured of one protocol.
pub(crate) struct Model {
    pub(crate) protocol: &'static str,
    pub(crate) scope: String,
    pub(crate) engines: Vec<Measured>,
}

/// What was measured of one engine.
pub(crate) struct Measured {
    pub(crate) engine: Engine,
    /// The median run, or why there is none.
    pub(crate) figures: Result<Figures, String>,
}

/// One run of one engine, or the median of several.
#[derive(Clone, Copy)]
pub(crate) struct Figures {
    pub(crate) distinct: u64,
    pub(crate) seconds: f64,
    pub(crate) states_per_second: f64,
    pub(crate) bytes_per_state: f64,
}

pub(crate) fn run(context: &Context, args: &BenchArgs) -> Result<Exit, Failure> {
    let one = args.protocol.as_deref().map(|name| find(context.registry, name)).transpose()?;
    let protocols = one.as_ref().map_or(context.registry, std::slice::from_ref);
    let models = protocols.iter().map(|protocol| measure(*protocol, args));
    let models = models.collect::<Result<Vec<_>, _>>()?;
    let text = if args.format.is_json() {
        output::bench::json(args, &models)?
    } else {
        output::bench::human(args, &models)
    };
    output::print(&text)?;
    Ok(Exit::Holds)
}

fn measure(protocol: &'static dyn Listed, args: &BenchArgs) -> Result<Model, Failure> {
    // A wrong scope is the user's mistake, and not an engine's.
    let scope = Some(args.scope.clone());
    protocol.instance(&models::registry::Request { scope, ..Default::default() })?;

    let engines = [Engine::Quorate, Engine::StaterightBfs, Engine::StaterightDfs].into_iter();
    let mut runs: Vec<(Engine, Vec<Result<Figures, String>>)> =
        engines.map(|engine| (engine, Vec::new())).collect();
    for _ in 0..args.runs {
        for (engine, results) in &mut runs {
            // An engine that has failed would fail again.
            if results.iter().all(Result::is_ok) {
                results.push(once(protocol.name(), *engine, args));
            }
        }
    }
    let engines = runs.into_iter().map(|(engine, results)| Measured {
        engine,
        figures: results.into_iter().collect::<Result<Vec<_>, _>>().map(median),
    });
    Ok(Model { protocol: protocol.name(), scope: args.scope.clone(), engines: engines.collect() })
}

/// One run; the memory of the states is what it holds more than a run of a single state.
fn once(protocol: &str, engine: Engine, args: &BenchArgs) -> Result<Figures, String> {
    let baseline = check(protocol, engine, args, &["--max-states", "1"])?;
    let report = check(protocol, engine, args, &[])?;
    let number = |report: &Value, field: &str| {
        report[field].as_f64().ok_or_else(|| format!("its report has no `{field}`"))
    };
    if report["complete"] != true {
        return Err(format!("the search was not complete: {}", report["verdict"]));
    }
    let distinct = number(&report, "distinct_states")?;
    let memory = "peak_memory_bytes";
    let held = number(&report, memory)? - number(&baseline, memory)?;
    let seconds = number(&report, "seconds")?;
    Ok(Figures {
        distinct: distinct as u64,
        seconds,
        states_per_second: distinct / seconds.max(1e-6),
        bytes_per_state: held.max(0.0) / distinct.max(1.0),
    })
}

fn check(protocol: &str, engine: Engine, args: &BenchArgs, more: &[&str]) -> Result<Value, String> {
    let program = std::env::current_exe().map_err(|error| error.to_string())?;
    let mut command = Command::new(program);
    command.args(["check", protocol, "--scope", &args.scope, "--engine", engine.name()]);
    command.args(["--format", "json"]).args(more);
    if let Some(threads) = args.threads {
        command.arg("--threads").arg(threads.to_string());
    }
    let output = command.output().map_err(|error| error.to_string())?;
    let report: Value = serde_json::from_slice(&output.stdout)
        .map_err(|_| format!("it ended with {} and without a report", output.status))?;
    match report["error"]["message"].as_str() {
        Some(message) => Err(message.to_owned()),
        None => Ok(report),
    }
}

/// The median of each figure.
fn median(runs: Vec<Figures>) -> Figures {
    let of = |figure: fn(&Figures) -> f64| {
        let mut values: Vec<f64> = runs.iter().map(figure).collect();
        values.sort_by(f64::total_cmp);
        values.get(values.len() / 2).copied().unwrap_or_default()
    };
    Figures {
        distinct: of(|run| run.distinct as f64) as u64,
        seconds: of(|run| run.seconds),
        states_per_second: of(|run| run.states_per_second),
        bytes_per_state: of(|run| run.bytes_per_state),
    }
}

impl Model {
    /// States per second as a multiple of stateright's breadth-first checker in these runs.
    pub(crate) fn ratio(&self, measured: &Measured) -> Option<f64> {
        let peer = self.engines.iter().find(|m| m.engine == Engine::StaterightBfs)?;
        let (peer, figures) = (peer.figures.as_ref().ok()?, measured.figures.as_ref().ok()?);
        Some(figures.states_per_second / peer.states_per_second)
    }
}
