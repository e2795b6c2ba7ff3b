//! `workload`: explores a model of the suite, as `check` does a protocol. It is what `bench` runs,
//! and help does not show it.

use checker::{Engine, Limits, Options};
use models::registry::{RequestError, nearest};

use crate::args::WorkloadArgs;
use crate::check::parse_engine;
use crate::cli::Context;
use crate::error::{Exit, Failure};
use crate::{interrupt, memory, output, progress};

pub(crate) fn run(context: &Context, args: &WorkloadArgs) -> Result<Exit, Failure> {
    let engine: Engine = parse_engine(&args.engine)?;
    let models = context.suite.models;
    let model = models.iter().find(|model| model.name == args.model);
    let model = model.ok_or_else(|| {
        let names = models.iter().map(|model| model.name);
        let known: Vec<_> = names.clone().collect();
        Failure::from(RequestError::Unknown {
            what: "model of the suite",
            name: args.model.clone(),
            known: if known.is_empty() { "none".to_owned() } else { known.join(", ") },
            nearest: nearest(&args.model, names).map(str::to_owned),
        })
    })?;
    let options = Options {
        engine,
        threads: args.threads.unwrap_or(Options::default().threads),
        limits: Limits { states: args.max_states, ..Limits::default() },
        ..Options::default()
    };
    let watch = interrupt::watch()?;
    let report =
        progress::shown(&watch, &options.limits, || (model.check)(args.size, &options, &watch))?;
    let peak = memory::peak();
    output::print(&if args.format.is_json() {
        output::bench::workload_json(args, &report, peak)?
    } else {
        output::bench::workload(args, &report, peak)
    })?;
    Ok(report.verdict.into())
}
