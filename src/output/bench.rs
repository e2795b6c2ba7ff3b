//! The figures of `bench`, and the report of a `workload`.

use checker::Engine;
use models::registry::SCHEMA;
use serde::Serialize;

use super::json;
use super::text::{BOLD, bytes, counted, paragraph, seconds, shell_word, table, thousands, width};
use crate::args::WorkloadArgs;
use crate::bench::Measured;
use crate::bench::figures::{Comparison, Row, Spread};
use crate::error::Failure;
use crate::suite::Counts;

const HEAD: [&str; 8] = [
    "engine",
    "threads",
    "distinct states",
    "time",
    "states/s",
    "bytes/state",
    "time ratio",
    "memory ratio",
];

const EXPLAINED: &str = "A ratio is a multiple of the first engine of its table, in the same \
                         round. Figures are medians of the rounds, with the least and the most in \
                         brackets. Bytes are those of the process beyond a run of one state.";

pub(crate) fn human(program: &str, measured: &Measured) -> String {
    let mut text = String::new();
    for comparison in &measured.comparisons {
        text += &of_line(program, comparison);
        text += "\n";
    }
    if measured.is_interrupted {
        text += "Interrupted: these are the runs that had ended.\n";
    }
    text + &paragraph("", EXPLAINED, width())
}

fn of_line(program: &str, comparison: &Comparison) -> String {
    let task = &comparison.task;
    let command: Vec<_> = task.subject.iter().map(|word| shell_word(word)).collect();
    let rounds = counted(comparison.rounds() as u64, "round");
    let mut text = paragraph("", &format!("{}: {}", task.name, task.title), width());
    text = text.replacen(&task.name, &format!("{BOLD}{}{BOLD:#}", task.name), 1);
    text += &format!("  {}, {rounds}: {program} {}\n\n", task.instance, command.join(" "));
    let rows = comparison.rows.iter().map(|row| cells(comparison, row));
    let head = HEAD.map(str::to_owned).to_vec();
    text += &table(&std::iter::once(head).chain(rows).collect::<Vec<_>>());
    if !comparison.agrees() {
        text += "  The engines counted different states: at least one of them is wrong.\n";
    }
    text
}

fn cells(comparison: &Comparison, row: &Row) -> Vec<String> {
    let mut cells =
        vec![row.contestant.engine.name().to_owned(), row.contestant.threads.to_string()];
    if let Some(error) = &row.error {
        cells.push(format!("no figures: {error}"));
        return cells;
    }
    let whole = |number: f64| thousands(number as u64);
    let ratio = |number: f64| format!("{number:.2}");
    cells.extend([
        row.distinct().map_or_else(|| "-".to_owned(), thousands),
        spread(row.seconds(), seconds),
        row.states_per_second().map_or_else(|| "-".to_owned(), |rate| whole(rate.median)),
        spread(row.bytes_per_state(), whole),
        spread(comparison.time_ratio(row), ratio),
        spread(comparison.memory_ratio(row), ratio),
    ]);
    cells
}

fn spread(spread: Option<Spread>, show: impl Fn(f64) -> String) -> String {
    let Some(Spread { median, least, most }) = spread else { return "-".to_owned() };
    let (median, least, most) = (show(median), show(least), show(most));
    if least == most { median } else { format!("{median} ({least}-{most})") }
}

#[derive(Serialize)]
struct Bench<'a> {
    schema: u32,
    runs: u32,
    interrupted: bool,
    models: Vec<ModelJson<'a>>,
}

#[derive(Serialize)]
struct ModelJson<'a> {
    name: &'a str,
    title: &'a str,
    protocol: Option<&'a str>,
    scope: Option<&'a str>,
    instance: &'a str,
    command: String,
    engines: Vec<EngineJson<'a>>,
}

#[derive(Serialize)]
struct EngineJson<'a> {
    engine: &'a str,
    threads: usize,
    distinct_states: Option<u64>,
    seconds: Option<f64>,
    states_per_second: Option<f64>,
    bytes_per_state: Option<f64>,
    ratio_to_stateright_bfs: Option<f64>,
    time_ratio: Option<SpreadJson>,
    memory_ratio: Option<SpreadJson>,
    runs: Vec<RunJson>,
    error: Option<&'a str>,
}

#[derive(Serialize)]
struct SpreadJson {
    median: f64,
    least: f64,
    most: f64,
}

#[derive(Serialize)]
struct RunJson {
    seconds: f64,
    bytes: u64,
}

pub(crate) fn json(measured: &Measured) -> Result<String, Failure> {
    let models = measured.comparisons.iter().map(|comparison| ModelJson {
        name: &comparison.task.name,
        title: &comparison.task.title,
        protocol: comparison.task.protocol.as_ref().map(|(name, _)| name.as_str()),
        scope: comparison.task.protocol.as_ref().map(|(_, scope)| scope.as_str()),
        instance: &comparison.task.instance,
        command: comparison.task.subject.join(" "),
        engines: comparison.rows.iter().map(|row| engine(comparison, row)).collect(),
    });
    let interrupted = measured.is_interrupted;
    json::text(&Bench {
        schema: SCHEMA,
        runs: measured.runs,
        interrupted,
        models: models.collect(),
    })
}

fn engine<'a>(comparison: &Comparison, row: &'a Row) -> EngineJson<'a> {
    let spread = |Spread { median, least, most }| SpreadJson { median, least, most };
    EngineJson {
        engine: row.contestant.engine.name(),
        threads: row.contestant.threads,
        distinct_states: row.distinct(),
        seconds: row.seconds().map(|spread| spread.median),
        states_per_second: row.states_per_second().map(|spread| spread.median),
        bytes_per_state: row.bytes_per_state().map(|spread| spread.median),
        ratio_to_stateright_bfs: ratio_to_stateright_bfs(comparison, row),
        time_ratio: comparison.time_ratio(row).map(spread),
        memory_ratio: comparison.memory_ratio(row).map(spread),
        runs: row
            .runs
            .iter()
            .map(|run| RunJson { seconds: run.seconds, bytes: run.bytes as u64 })
            .collect(),
        error: row.error.as_deref(),
    }
}

/// States per second as a multiple of stateright's breadth-first checker.
fn ratio_to_stateright_bfs(comparison: &Comparison, row: &Row) -> Option<f64> {
    let is_peer = |row: &&Row| row.contestant.engine == Engine::StaterightBfs;
    let peer = comparison.rows.iter().find(is_peer)?;
    Some(row.states_per_second()?.median / peer.states_per_second()?.median)
}

/// A search of a model of the suite, for people.
pub(crate) fn workload(args: &WorkloadArgs, report: &Counts, peak: u64) -> String {
    let Counts { verdict, distinct, generated, depth, engine, elapsed, .. } = report;
    let threads = counted(report.threads as u64, "thread");
    format!(
        "{} of size {}: {}\n  {} distinct states, {} generated, depth {depth}\n  {}, {} at the \
         peak, {threads}, engine {engine}\n",
        args.model,
        args.size,
        verdict.name(),
        thousands(*distinct),
        thousands(*generated),
        seconds(elapsed.as_secs_f64()),
        bytes(peak),
    )
}

#[derive(Serialize)]
struct Workload<'a> {
    schema: u32,
    model: &'a str,
    size: u8,
    engine: &'a str,
    threads: usize,
    verdict: &'a str,
    distinct_states: u64,
    generated_states: u64,
    depth: u32,
    complete: bool,
    limit_reached: Option<&'a str>,
    seconds: f64,
    peak_memory_bytes: u64,
}

/// The same for programs, with the names of `check`.
pub(crate) fn workload_json(
    args: &WorkloadArgs,
    report: &Counts,
    peak: u64,
) -> Result<String, Failure> {
    json::text(&Workload {
        schema: SCHEMA,
        model: &args.model,
        size: args.size,
        engine: report.engine.name(),
        threads: report.threads,
        verdict: report.verdict.name(),
        distinct_states: report.distinct,
        generated_states: report.generated,
        depth: report.depth,
        complete: report.complete,
        limit_reached: report.cut.map(|cut| cut.name()),
        seconds: report.elapsed.as_secs_f64(),
        peak_memory_bytes: peak,
    })
}
