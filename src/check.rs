//! `check`: explores a protocol within a scope.

use std::ffi::OsString;

use checker::{Engine, Limits, Options};
use models::registry::{
    CheckReport, Instance, Request, RequestError, SavedCounterexample, find, nearest,
};

use crate::args::CheckArgs;
use crate::cli::Context;
use crate::error::{Exit, Failure, Kind};
use crate::output::text::shell_word;
use crate::{files, interrupt, memory, output, progress};

/// A check that has been run, for whoever prints it.
pub(crate) struct Run<'a> {
    pub(crate) instance: &'a dyn Instance,
    pub(crate) args: &'a CheckArgs,
    pub(crate) options: &'a Options,
    pub(crate) checked: &'a CheckReport,
    pub(crate) total_seconds: f64,
    pub(crate) peak_memory: u64,
    /// The counterexample of the first violated property.
    pub(crate) saved: Option<&'a SavedCounterexample>,
    /// The commands that execute it again.
    pub(crate) replay: Vec<String>,
}

pub(crate) fn run(context: &Context, args: &CheckArgs) -> Result<Exit, Failure> {
    let options = options(args)?;
    let protocol = find(context.registry, &args.protocol)?;
    let instance = protocol.instance(&Request {
        scope: args.scope.clone(),
        set: args.set.clone(),
        bug: args.bug.clone(),
    })?;
    if let Some(path) = &args.save {
        files::probe(path)?;
    }
    if options.engine.is_random() && options.limits == Limits::default() {
        output::note("random walks end at a violation or a limit, and no limit is set");
    }

    let watch = interrupt::watch()?;
    let checked = progress::shown(&watch, &options.limits, || instance.check(&options, &watch))?;

    let saved = counterexample(&*instance, &checked);
    let stored = store(args, saved.as_ref());
    let run = Run {
        instance: &*instance,
        args,
        options: &options,
        checked: &checked,
        total_seconds: context.began.elapsed().as_secs_f64(),
        peak_memory: memory::peak(),
        saved: saved.as_ref(),
        replay: replay_commands(context, args, stored.is_ok()),
    };
    let text =
        if args.format.is_json() { output::json::check(&run)? } else { output::human::check(&run) };
    output::print(&text)?;
    // The verdict is out, so a file that could not be written has cost nothing but the file.
    if let Err(failure) = stored {
        output::diagnose(&failure);
        return Ok(Exit::Failed);
    }
    Ok(checked.report.verdict.into())
}

fn options(args: &CheckArgs) -> Result<Options, Failure> {
    let engine = parse_engine(&args.engine)?;
    if let Some(failure) = misfit(args, engine) {
        return Err(failure);
    }
    let default = Options::default();
    Ok(Options {
        engine,
        threads: if engine.is_sequential() { 1 } else { args.threads.unwrap_or(default.threads) },
        keep_going: args.keep_going,
        exact: args.exact,
        symmetry: args.symmetry,
        coverage: args.coverage,
        seed: args.seed.unwrap_or(default.seed),
        limits: Limits {
            states: args.max_states,
            depth: args.max_depth,
            time: args.time_limit,
            memory: args.memory_limit,
        },
        ..default
    })
}

/// The engine of that name.
pub(crate) fn parse_engine(name: &str) -> Result<Engine, Failure> {
    name.parse().map_err(|_| unknown_engine(name))
}

/// What is asked of an engine that it cannot do.
fn misfit(args: &CheckArgs, engine: Engine) -> Option<Failure> {
    let ours = Engine::Quorate;
    let (message, other) = if args.seed.is_some() && !engine.is_random() {
        let message = "--seed is of no use to the engine `{}`, which does not walk at random";
        (message, Engine::QuorateSimulation)
    } else if args.exact && !engine.is_ours() {
        ("--exact is not possible with the engine `{}`, which keeps fingerprints only", ours)
    } else if args.coverage && !engine.is_ours() {
        ("--coverage is not possible with the engine `{}`, which does not count events", ours)
    } else if args.threads.is_some_and(|threads| threads > 1) && engine.is_sequential() {
        ("--threads is of no use to the engine `{}`, which explores on one thread", ours)
    } else {
        return None;
    };
    let failure = Failure::new(Kind::Usage, message.replace("{}", engine.name()));
    Some(failure.hint(format!("leave it out, or choose --engine {other}")))
}

fn unknown_engine(name: &str) -> Failure {
    let names = Engine::ALL.map(Engine::name);
    RequestError::Unknown {
        what: "engine",
        name: name.to_owned(),
        known: names.join(", "),
        nearest: nearest(name, names).map(str::to_owned),
    }
    .into()
}

fn counterexample(instance: &dyn Instance, checked: &CheckReport) -> Option<SavedCounterexample> {
    let (property, path) = checked.report.counterexample()?;
    Some(instance.save(property, checked.prefix_steps, path))
}

fn store(args: &CheckArgs, saved: Option<&SavedCounterexample>) -> Result<(), Failure> {
    match (&args.save, saved) {
        (Some(path), Some(saved)) => files::write(path, saved),
        (Some(path), None) => {
            output::note(&format!(
                "there is no counterexample, so {} is not written",
                path.display()
            ));
            Ok(())
        }
        (None, _) => Ok(()),
    }
}

/// What to type to see the counterexample again: `replay` of the file, if there is one, or this
/// same command with a file, and then `replay`.
fn replay_commands(context: &Context, args: &CheckArgs, stored: bool) -> Vec<String> {
    let program = context.program();
    if let (Some(path), true) = (&args.save, stored) {
        return vec![format!("{program} replay {}", shell_word(&path.to_string_lossy()))];
    }
    const FILE: &str = "counterexample.json";
    let mut again = vec![program.clone()];
    again.extend(without_output_options(context.command.iter().skip(1)));
    vec![format!("{} --save {FILE}", again.join(" ")), format!("{program} replay {FILE}")]
}

/// The arguments that say what is checked, and not where the result goes.
fn without_output_options<'a>(args: impl Iterator<Item = &'a OsString>) -> Vec<String> {
    let mut words = Vec::new();
    let mut skip = false;
    for arg in args {
        let arg = arg.to_string_lossy();
        if std::mem::take(&mut skip) {
            continue;
        }
        match &*arg {
            "--format" | "--save" => skip = true,
            word if word.starts_with("--format=") || word.starts_with("--save=") => {}
            word => words.push(shell_word(word)),
        }
    }
    words
}

impl Run<'_> {
    /// The seed, where it had any influence.
    pub(crate) fn seed(&self) -> Option<u64> {
        self.options.engine.is_random().then_some(self.options.seed)
    }

    /// Distinct states a second.
    pub(crate) fn states_per_second(&self) -> u64 {
        let report = &self.checked.report;
        // Clocks are coarse, and a report is not infinite.
        (report.distinct as f64 / report.elapsed.as_secs_f64().max(1e-6)) as u64
    }
}
