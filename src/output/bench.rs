//! The figures of `bench`.

use models::registry::SCHEMA;
use serde::Serialize;

use super::json;
use super::text::{BOLD, counted, seconds, table, thousands};
use crate::args::BenchArgs;
use crate::bench::{Measured, Model};
use crate::error::Failure;

pub(crate) fn human(args: &BenchArgs, models: &[Model]) -> String {
    let mut text = String::new();
    for model in models {
        let runs = counted(args.runs.into(), "run");
        let title = format!("{}, scope {}, median of {runs}", model.protocol, model.scope);
        text += &format!("{BOLD}{title}{BOLD:#}\n");
        let head = ["engine", "distinct states", "time", "states/s", "bytes/state", "speed"];
        let rows = model.engines.iter().map(|measured| row(model, measured));
        let head = head.map(str::to_owned).to_vec();
        text += &table(&std::iter::once(head).chain(rows).collect::<Vec<_>>());
        text += "\n";
    }
    text + "Speed is that of stateright-bfs in the same runs as 1. Bytes are those of the process \
            beyond a run of one state.\n"
}

fn row(model: &Model, measured: &Measured) -> Vec<String> {
    let engine = measured.engine.name().to_owned();
    match &measured.figures {
        Err(error) => vec![engine, format!("no figures: {error}")],
        Ok(figures) => vec![
            engine,
            thousands(figures.distinct),
            seconds(figures.seconds),
            thousands(figures.states_per_second as u64),
            thousands(figures.bytes_per_state as u64),
            model.ratio(measured).map_or_else(|| "-".to_owned(), |ratio| format!("{ratio:.2}")),
        ],
    }
}

#[derive(Serialize)]
struct Bench<'a> {
    schema: u32,
    runs: u32,
    models: Vec<ModelJson<'a>>,
}

#[derive(Serialize)]
struct ModelJson<'a> {
    protocol: &'a str,
    scope: &'a str,
    engines: Vec<EngineJson<'a>>,
}

#[derive(Serialize)]
struct EngineJson<'a> {
    engine: &'a str,
    distinct_states: Option<u64>,
    seconds: Option<f64>,
    states_per_second: Option<f64>,
    bytes_per_state: Option<f64>,
    ratio_to_stateright_bfs: Option<f64>,
    error: Option<&'a str>,
}

pub(crate) fn json(args: &BenchArgs, models: &[Model]) -> Result<String, Failure> {
    let models = models.iter().map(|model| ModelJson {
        protocol: model.protocol,
        scope: &model.scope,
        engines: model.engines.iter().map(|measured| engine(model, measured)).collect(),
    });
    json::text(&Bench { schema: SCHEMA, runs: args.runs, models: models.collect() })
}

fn engine<'a>(model: &Model, measured: &'a Measured) -> EngineJson<'a> {
    let figures = measured.figures.as_ref().ok();
    EngineJson {
        engine: measured.engine.name(),
        distinct_states: figures.map(|figures| figures.distinct),
        seconds: figures.map(|figures| figures.seconds),
        states_per_second: figures.map(|figures| figures.states_per_second),
        bytes_per_state: figures.map(|figures| figures.bytes_per_state),
        ratio_to_stateright_bfs: model.ratio(measured),
        error: measured.figures.as_ref().err().map(String::as_str),
    }
}
