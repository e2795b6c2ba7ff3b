//! From arguments to an exit code: one verb is run, and whatever goes wrong ends here.

use std::ffi::OsString;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::process::ExitCode;
use std::sync::Mutex;
use std::time::Instant;

use clap::error::ErrorKind;
use models::registry::Listed;

use crate::args::Verb;
use crate::error::{Exit, Failure, Kind};
use crate::suite::Suite;
use crate::{args, bench, check, list, output, replay, workload};

/// The protocols that the command line knows.
pub(crate) type Registry = &'static [&'static dyn Listed];

/// What every verb is given.
pub(crate) struct Context {
    pub(crate) registry: Registry,
    /// What `bench` compares.
    pub(crate) suite: &'static Suite,
    /// When the process began.
    pub(crate) began: Instant,
    /// The command as it was typed, the program's name first.
    pub(crate) command: Vec<OsString>,
}

impl Context {
    /// The name of this program, for commands that a user can type.
    pub(crate) fn program(&self) -> String {
        args::program(&self.command)
    }
}

/// Runs the command line over these protocols: reads the arguments, prints, and says with which
/// code to exit.
pub fn main(registry: &'static [&'static dyn Listed]) -> ExitCode {
    main_with_suite(registry, &Suite::NONE)
}

/// The same, with a suite of comparisons for `bench`.
pub fn main_with_suite(
    registry: &'static [&'static dyn Listed],
    suite: &'static Suite,
) -> ExitCode {
    let command = std::env::args_os().collect();
    let context = Context { registry, suite, began: Instant::now(), command };
    remember_panics();
    // What is formatted when the arguments themselves are wrong.
    let format = args::wanted_format(&context.command);
    let outcome = catch_unwind(AssertUnwindSafe(|| run(&context)));
    let outcome = outcome.unwrap_or_else(|_| Err(internal_error()));
    match outcome {
        Ok(exit) => ExitCode::from(exit.code()),
        Err(failure) => {
            output::failure(&failure, format);
            ExitCode::from(Exit::Failed.code())
        }
    }
}

fn run(context: &Context) -> Result<Exit, Failure> {
    let cli = match args::parse(context.registry, context.suite, &context.command) {
        Ok(cli) => cli,
        Err(error) => return unparsed(&error),
    };
    match cli.verb {
        Verb::List(args) => list::run(context, &args),
        Verb::Check(args) => check::run(context, &args),
        Verb::Replay(args) => replay::run(context, &args),
        Verb::Bench(args) => bench::run(context, &args),
        Verb::Workload(args) => workload::run(context, &args),
    }
}

/// Help and the version are results; everything else that clap says is an error.
fn unparsed(error: &clap::Error) -> Result<Exit, Failure> {
    if matches!(error.kind(), ErrorKind::DisplayHelp | ErrorKind::DisplayVersion) {
        output::print(&error.render().ansi().to_string())?;
        return Ok(Exit::Holds);
    }
    Err(Failure::usage(error))
}

/// Where the last panic was, and what it said.
static LAST_PANIC: Mutex<Option<String>> = Mutex::new(None);

/// Keeps panics quiet. A panic inside a model is caught by the search and becomes an error of its
/// own; any other reaches [`main()`].
fn remember_panics() {
    std::panic::set_hook(Box::new(|info| {
        let payload = info.payload();
        let text = payload.downcast_ref::<&str>().copied();
        let text = text.or_else(|| payload.downcast_ref::<String>().map(String::as_str));
        let text = text.unwrap_or("a panic without a text");
        let place = info.location().map(|place| format!("{}:{}", place.file(), place.line()));
        let place = place.unwrap_or_else(|| "an unknown place".to_owned());
        if let Ok(mut last) = LAST_PANIC.lock() {
            *last = Some(format!("{text} (at {place})"));
        }
    }));
}

/// The text and place of the last panic.
pub(crate) fn last_panic() -> Option<String> {
    LAST_PANIC.lock().ok()?.clone()
}

fn internal_error() -> Failure {
    let what = last_panic().unwrap_or_else(|| "a panic without a text".to_owned());
    Failure::new(Kind::Internal, format!("internal error: {what}"))
        .hint("this is a mistake in the program; please report it with the command that you typed")
}
