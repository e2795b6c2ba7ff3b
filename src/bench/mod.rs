//! `bench`: time and memory of engines on the same model, side by side.
//!
//! Each run is a process of its own (`process.rs`), and the engines take turns, so that what slows
//! the machine down for a while slows them all. `figures.rs` sums up what was measured. Nothing
//! here knows a protocol: what is compared is in the program's [`Suite`], or asked for.

pub(crate) mod figures;
mod process;

use std::sync::atomic::{AtomicBool, Ordering};

use checker::{Engine, Options};
use models::registry::{Listed, Request, RequestError, find, nearest};

use self::figures::{Comparison, Row};
use self::process::Missing;
use crate::args::BenchArgs;
use crate::cli::Context;
use crate::error::{Exit, Failure};
use crate::progress::Steps;
use crate::suite::{Contestant, Line, Subject, Suite};
use crate::{interrupt, output};

/// A model and who explores it.
#[derive(Clone, Debug, Default)]
pub(crate) struct Task {
    /// Its name, for `--only`.
    pub(crate) name: String,
    /// What it is, in a few words.
    pub(crate) title: String,
    /// The protocol and its scope, where it is one of the registry.
    pub(crate) protocol: Option<(String, String)>,
    /// Which instance of it: a scope, or a size.
    pub(crate) instance: String,
    /// The arguments with which this program explores it.
    pub(crate) subject: Vec<String>,
    pub(crate) contestants: Vec<Contestant>,
}

/// Figures for whoever prints them.
pub(crate) struct Measured {
    pub(crate) comparisons: Vec<Comparison>,
    /// How many runs were wanted.
    pub(crate) runs: u32,
    pub(crate) is_interrupted: bool,
}

/// How often each engine runs, unless somebody says.
const RUNS: u32 = 5;

pub(crate) fn run(context: &Context, args: &BenchArgs) -> Result<Exit, Failure> {
    let tasks = tasks(context, args)?;
    let runs = args.runs.unwrap_or(if args.quick { 1 } else { RUNS });
    let interrupted = interrupt::flag()?;
    let contestants: usize = tasks.iter().map(|task| task.contestants.len()).sum();
    let steps = Steps::new(contestants as u64 * u64::from(runs));

    let mut comparisons = Vec::new();
    for task in tasks {
        if !interrupted.load(Ordering::Relaxed) {
            comparisons.push(compare(task, runs, &steps, &interrupted));
        }
    }
    steps.finish();
    let is_interrupted = interrupted.load(Ordering::Relaxed);
    let measured = Measured { comparisons, runs, is_interrupted };
    let text = if args.format.is_json() {
        output::bench::json(&measured)?
    } else {
        output::bench::human(&context.program(), &measured)
    };
    output::print(&text)?;
    Ok(if is_interrupted { Exit::Inconclusive } else { Exit::Holds })
}

/// What is to be compared: what was asked for, else the suite, else every protocol.
fn tasks(context: &Context, args: &BenchArgs) -> Result<Vec<Task>, Failure> {
    let is_asked = args.protocol.is_some() || args.scope.is_some() || args.threads.is_some();
    let lines = context.suite.lines;
    for name in &args.only {
        if !lines.iter().any(|line| line.name == name) {
            return Err(unknown_line(name, lines));
        }
    }
    if is_asked || lines.is_empty() {
        let one = args.protocol.as_deref().map(|name| find(context.registry, name)).transpose()?;
        let protocols = one.as_ref().map_or(context.registry, std::slice::from_ref);
        return protocols.iter().map(|protocol| every_engine(*protocol, args)).collect();
    }
    let wanted = |line: &&Line| args.only.is_empty() || args.only.iter().any(|n| n == line.name);
    Ok(lines.iter().filter(wanted).map(|line| of_suite(context.suite, line, args.quick)).collect())
}

fn unknown_line(name: &str, lines: &[Line]) -> Failure {
    let names: Vec<_> = lines.iter().map(|line| line.name).collect();
    let known = if names.is_empty() { "none".to_owned() } else { names.join(", ") };
    let nearest = nearest(name, names).map(str::to_owned);
    RequestError::Unknown { what: "line of the suite", name: name.to_owned(), known, nearest }
        .into()
}

/// Every exhaustive engine on a protocol of the registry.
fn every_engine(protocol: &'static dyn Listed, args: &BenchArgs) -> Result<Task, Failure> {
    let scope = args.scope.as_deref().unwrap_or("default");
    // A wrong scope is the user's mistake, and not an engine's.
    protocol.instance(&Request { scope: Some(scope.to_owned()), ..Default::default() })?;
    let threads = args.threads.unwrap_or(Options::default().threads);
    // Of our own engines the default one; walks have no end.
    let is_compared = |engine: &Engine| !engine.is_random() && *engine != Engine::QuorateDfs;
    let engines = Engine::ALL.into_iter().filter(is_compared);
    Ok(Task {
        name: protocol.name().to_owned(),
        title: protocol.summary().to_owned(),
        protocol: Some((protocol.name().to_owned(), scope.to_owned())),
        instance: format!("scope {scope}"),
        subject: ["check", protocol.name(), "--scope", scope].map(str::to_owned).to_vec(),
        contestants: engines.map(|engine| Contestant { engine, threads }).collect(),
    })
}

fn of_suite(suite: &Suite, line: &Line, quick: bool) -> Task {
    let task = Task {
        name: line.name.to_owned(),
        title: line.title.to_owned(),
        contestants: line.contestants.to_vec(),
        ..Task::default()
    };
    match if quick { line.quick } else { line.subject } {
        Subject::Protocol { name, scope, set } => {
            let mut instance = format!("scope {scope}");
            let mut subject = ["check", name, "--scope", scope].map(str::to_owned).to_vec();
            for (bound, number) in set {
                instance += &format!(", {bound} {number}");
                subject.extend(["--set".to_owned(), format!("{bound}={number}")]);
            }
            let protocol = Some((name.to_owned(), scope.to_owned()));
            Task { protocol, instance, subject, ..task }
        }
        Subject::Model { name, size } => {
            let size = size.to_string();
            let subject = ["workload", name, "--size", &size].map(str::to_owned).to_vec();
            let model = suite.models.iter().find(|model| model.name == name);
            let instance = format!("{} {size}", model.map_or("size", |model| model.unit));
            Task { instance, subject, ..task }
        }
    }
}

/// Round by round, each engine in turn.
fn compare(task: Task, runs: u32, steps: &Steps, interrupted: &AtomicBool) -> Comparison {
    let mut rows: Vec<Row> = task.contestants.iter().map(|one| Row::new(*one)).collect();
    for round in 1..=runs {
        for row in &mut rows {
            let Contestant { engine, threads } = row.contestant;
            steps.next(&format!("{}, round {round} of {runs}: {engine} ×{threads}", task.name));
            // An engine that has failed would fail again.
            if row.error.is_some() {
                continue;
            }
            match process::run(&task.subject, row.contestant, interrupted) {
                Ok(run) => row.runs.push(run),
                Err(Missing::Failed(error)) => row.error = Some(error),
                Err(Missing::Interrupted) => {
                    interrupted.store(true, Ordering::Relaxed);
                    return Comparison { task, rows };
                }
            }
        }
    }
    Comparison { task, rows }
}
