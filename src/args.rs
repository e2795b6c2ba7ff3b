//! The arguments of every verb, and the help.

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::time::Duration;

use bytesize::ByteSize;
use checker::Engine;
use clap::builder::styling::{AnsiColor, Styles};
use clap::{Args, CommandFactory, FromArgMatches, Parser, Subcommand, ValueEnum};

use crate::cli::Registry;
use crate::suite::Suite;

/// The whole command line.
#[derive(Debug, Parser)]
#[command(
    name = "quorate",
    version,
    about = "Model checking of consensus protocols: explores every reachable state of a bounded \
             instance, under message loss, duplication, reordering, crashes and restarts, and \
             says which properties hold",
    after_help = EXIT_CODES,
    styles = Styles::styled()
        .header(AnsiColor::Green.on_default().bold())
        .usage(AnsiColor::Green.on_default().bold())
        .literal(AnsiColor::Cyan.on_default().bold()),
)]
pub(crate) struct Cli {
    #[command(subcommand)]
    pub(crate) verb: Verb,
}

const EXIT_CODES: &str = "Exit codes: 0 holds, 1 violated, 2 wrong usage or input, 3 inconclusive.";

/// What to do.
#[derive(Debug, Subcommand)]
pub(crate) enum Verb {
    /// Show the protocols with their scopes, properties and seeded bugs
    List(ListArgs),
    /// Explore every reachable state of a protocol within a scope
    Check(CheckArgs),
    /// Execute a saved counterexample again, step by step
    Replay(ReplayArgs),
    /// Measure time and memory of engines on the same model, side by side
    Bench(BenchArgs),
    /// Explore a model of the suite, for `bench`
    #[command(hide = true)]
    Workload(WorkloadArgs),
}

/// For whom to print.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub(crate) enum Format {
    #[default]
    Human,
    Json,
}

impl Format {
    pub(crate) fn is_json(self) -> bool {
        self == Format::Json
    }
}

#[derive(Debug, Args)]
pub(crate) struct ListArgs {
    /// Show this protocol only, in detail
    pub(crate) protocol: Option<String>,
    /// Print for people or for programs
    #[arg(long, value_enum, default_value_t)]
    pub(crate) format: Format,
}

#[derive(Debug, Args)]
pub(crate) struct CheckArgs {
    /// The protocol; `list` shows what there is
    pub(crate) protocol: String,
    /// The scope: a finite instance of the protocol [default: the scope of the bug, or `default`]
    #[arg(long, value_name = "SCOPE")]
    pub(crate) scope: Option<String>,
    /// Change one bound of the scope; can be repeated
    #[arg(long, value_name = "BOUND=NUMBER", value_parser = bound)]
    pub(crate) set: Vec<(String, String)>,
    /// Switch a seeded bug on
    #[arg(long, value_name = "BUG")]
    pub(crate) bug: Option<String>,
    #[arg(long, value_name = "ENGINE", default_value = Engine::Quorate.name(), help = engines())]
    pub(crate) engine: String,
    /// Worker threads [default: one per core]
    #[arg(long, value_name = "N", value_parser = threads)]
    pub(crate) threads: Option<usize>,
    /// Stop after this many distinct states
    #[arg(long, value_name = "N", value_parser = positive)]
    pub(crate) max_states: Option<u64>,
    /// Go no further than this many steps
    #[arg(long, value_name = "N")]
    pub(crate) max_depth: Option<u32>,
    /// Stop after this time, for example 60s or 5min
    #[arg(long, value_name = "TIME", value_parser = humantime::parse_duration)]
    pub(crate) time_limit: Option<Duration>,
    /// Stop at this much memory of the whole process, for example 8GiB or 500MB
    #[arg(long, value_name = "SIZE", value_parser = size)]
    pub(crate) memory_limit: Option<u64>,
    /// Explore on after a violation
    #[arg(long)]
    pub(crate) keep_going: bool,
    /// Tell states apart by all that is in them and not by fingerprints: nothing is left to chance,
    /// at the price of time and memory
    #[arg(long)]
    pub(crate) exact: bool,
    /// Say how often each kind of event fired, and which never did
    #[arg(long)]
    pub(crate) coverage: bool,
    /// Take states for one that differ only in the names of interchangeable actors
    #[arg(long)]
    pub(crate) symmetry: bool,
    /// The seed of the engines that walk at random [default: 0]
    #[arg(long, value_name = "N")]
    pub(crate) seed: Option<u64>,
    /// Write the counterexample to this file, for `replay`
    #[arg(long, value_name = "FILE")]
    pub(crate) save: Option<PathBuf>,
    /// Print for people or for programs
    #[arg(long, value_enum, default_value_t)]
    pub(crate) format: Format,
}

#[derive(Debug, Args)]
pub(crate) struct ReplayArgs {
    /// A file that `check --save` wrote, or the JSON report of a check
    pub(crate) file: PathBuf,
    /// Print for people or for programs
    #[arg(long, value_enum, default_value_t)]
    pub(crate) format: Format,
}

#[derive(Debug, Args)]
pub(crate) struct BenchArgs {
    /// Compare on this line of the suite only; can be repeated
    #[arg(long, value_name = "LINE", conflicts_with_all = ["protocol", "scope", "threads"])]
    pub(crate) only: Vec<String>,
    /// Small models, one run: to see that the suite works, and not how fast
    #[arg(long, conflicts_with_all = ["protocol", "scope", "threads"])]
    pub(crate) quick: bool,
    /// Compare every exhaustive engine on this protocol
    #[arg(long, value_name = "PROTOCOL")]
    pub(crate) protocol: Option<String>,
    /// In this scope [default: `default`]
    #[arg(long, value_name = "SCOPE")]
    pub(crate) scope: Option<String>,
    /// On so many worker threads [default: one per core]
    #[arg(long, value_name = "N", value_parser = threads)]
    pub(crate) threads: Option<usize>,
    /// How often each engine runs; the median counts [default: 5]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=1000))]
    pub(crate) runs: Option<u32>,
    /// Print for people or for programs
    #[arg(long, value_enum, default_value_t)]
    pub(crate) format: Format,
}

#[derive(Debug, Args)]
pub(crate) struct WorkloadArgs {
    /// The model
    pub(crate) model: String,
    /// How large it is, in a measure of its own
    #[arg(long, value_name = "N", default_value_t = 1)]
    pub(crate) size: u8,
    #[arg(long, value_name = "ENGINE", default_value = Engine::Quorate.name(), help = engines())]
    pub(crate) engine: String,
    /// Worker threads [default: one per core]
    #[arg(long, value_name = "N", value_parser = threads)]
    pub(crate) threads: Option<usize>,
    /// Stop after this many distinct states
    #[arg(long, value_name = "N", value_parser = positive)]
    pub(crate) max_states: Option<u64>,
    /// Print for people or for programs
    #[arg(long, value_enum, default_value_t)]
    pub(crate) format: Format,
}

fn bound(text: &str) -> Result<(String, String), String> {
    match text.split_once('=') {
        Some((name, value)) if !name.is_empty() => Ok((name.to_owned(), value.to_owned())),
        _ => Err("expected a bound and a number, as in `servers=3`".to_owned()),
    }
}

/// More threads than anybody has cores would only exhaust the system.
const MOST_THREADS: usize = 1024;

fn positive(text: &str) -> Result<u64, String> {
    let number = text.parse().ok().filter(|number| *number > 0);
    number.ok_or_else(|| "expected a whole number, 1 or more".to_owned())
}

fn engines() -> String {
    format!("Who explores: {}", Engine::ALL.map(Engine::name).join(", "))
}

fn threads(text: &str) -> Result<usize, String> {
    let number = text.parse().ok().filter(|number| (1..=MOST_THREADS).contains(number));
    number.ok_or_else(|| format!("expected a number from 1 to {MOST_THREADS}"))
}

fn size(text: &str) -> Result<u64, String> {
    let size = text.parse::<ByteSize>().map(|size| size.as_u64()).ok().filter(|bytes| *bytes > 0);
    size.ok_or_else(|| "expected a size, for example 8GiB or 500MB".to_owned())
}

/// Reads the arguments. The examples in the help name protocols of this registry.
pub(crate) fn parse(
    registry: Registry,
    suite: &Suite,
    command: &[OsString],
) -> Result<Cli, clap::Error> {
    let program = program(command);
    let about = |verb: &str| examples(verb, &program, registry, suite) + &lines(verb, suite);
    let mut parser = Cli::command().bin_name(program.clone());
    for verb in ["list", "check", "replay", "bench"] {
        parser = parser.mut_subcommand(verb, |command| command.after_help(about(verb)));
    }
    if suite.lines.is_empty() {
        let hide = |argument: clap::Arg| argument.hide(true);
        parser = parser
            .mut_subcommand("bench", |bench| bench.mut_arg("only", hide).mut_arg("quick", hide));
    }
    Cli::from_arg_matches(&parser.try_get_matches_from(command)?)
}

fn examples(verb: &str, program: &str, registry: Registry, suite: &Suite) -> String {
    let protocol = registry.first();
    let name = protocol.map_or("PROTOCOL", |protocol| protocol.name());
    let bug = protocol.and_then(|protocol| protocol.bugs().first()).map_or("BUG", |bug| bug.name);
    let bound =
        protocol.and_then(|protocol| protocol.bounds().first()).map_or("BOUND", |spec| spec.name);
    let lines = match verb {
        "list" => vec![String::new(), name.to_owned(), "--format json".to_owned()],
        "check" => vec![
            name.to_owned(),
            format!("{name} --set {bound}=2 --time-limit 60s"),
            format!("{name} --bug {bug} --save counterexample.json"),
        ],
        "replay" => vec!["counterexample.json".to_owned()],
        _ => {
            let quick = (!suite.lines.is_empty()).then(|| "--quick".to_owned());
            let protocol = format!("--protocol {name} --threads 1");
            [Some(String::new()), quick, Some(protocol)].into_iter().flatten().collect()
        }
    };
    let mut text = "Examples:".to_owned();
    for line in lines {
        text += format!("\n  {program} {verb} {line}").trim_end();
    }
    if verb == "check" || verb == "replay" {
        text = format!("{text}\n\n{EXIT_CODES}");
    }
    if verb == "replay" {
        text += "\nA counterexample that is confirmed exits with 1, an example of a `sometimes` with 0, \
                 and what is not confirmed with 2.";
    }
    text
}

/// The lines of the suite, for the help of `bench`.
fn lines(verb: &str, suite: &Suite) -> String {
    if verb != "bench" || suite.lines.is_empty() {
        return String::new();
    }
    let width = suite.lines.iter().map(|line| line.name.len()).max().unwrap_or(0);
    let line = |line: &crate::suite::Line| format!("\n  {:width$}  {}", line.name, line.title);
    let lines: String = suite.lines.iter().map(line).collect();
    format!("\n\nWithout --protocol, --scope and --threads, it compares on the suite:{lines}")
}

/// The name by which the program was called.
pub(crate) fn program(command: &[OsString]) -> String {
    let name = command.first().and_then(|name| Path::new(name).file_stem());
    name.map_or_else(|| "quorate".to_owned(), |name| name.to_string_lossy().into_owned())
}

/// The format that the arguments ask for, however wrong the rest of them is.
pub(crate) fn wanted_format(command: &[OsString]) -> Format {
    let json = command.windows(2).any(|pair| pair[0] == "--format" && pair[1] == "json")
        || command.iter().any(|arg| arg == "--format=json");
    if json { Format::Json } else { Format::Human }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_arguments_are_well_formed() {
        Cli::command().debug_assert();
    }

    #[test]
    fn sizes_have_units_of_both_kinds() {
        assert_eq!(size("8GiB"), Ok(8 << 30));
        assert_eq!(size("500MB"), Ok(500_000_000));
        for wrong in ["", "-1GiB", "0", "many", "8 parsecs"] {
            assert!(size(wrong).is_err(), "{wrong}");
        }
    }
}
