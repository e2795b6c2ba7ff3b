//! State-space search: one call, [`search`], takes a model and options and returns a report.
//!
//! The engines behind the call differ only in how they explore. What they find goes through one
//! place, here: a path is re-executed step by step before it is reported, verdicts are derived
//! from facts (`report`), limits on time and memory are watched, and a panic in the model is an
//! error and never a verdict.

mod actors;
mod breadth_first;
mod depth_first;
mod interned;
mod options;
mod path;
mod peers;
mod random_walk;
mod report;
mod space;
mod trail;
mod visited;
mod watch;
mod whole;

use std::hash::Hash;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::time::{Duration, Instant};

use stateright::{Expectation, Model};

pub use actors::{ActorReport, Declared, search_actors};
pub use options::{Engine, Limits, Options};
pub use path::{Trail, follow};
pub use report::{Cut, Path, PropertyReport, PropertyVerdict, Report, Verdict};
pub use watch::{Progress, Watch};

use self::interned::{Interned, OfSystem};
use self::space::Space;
use self::whole::Whole;
use crate::fingerprint::collision_probability;
use crate::numbered::MOST_PROPERTIES;
use crate::system::{Event, Protocol, System, SystemState};

/// Why a search has no report. None of these is a statement about the model's properties.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SearchError {
    /// The model, or one of its properties, panicked.
    #[error("the model panicked: {message}")]
    Panicked {
        /// The text of the panic.
        message: String,
    },
    /// The model has no state to begin with.
    #[error("the model has no initial state within its boundary")]
    NoInitialState,
    /// `eventually` needs fairness and the detection of cycles; an answer without them would be
    /// wrong, so there is none.
    #[error(
        "the property `{name}` is an `eventually`, which no engine here can judge soundly yet; \
         leave it out, or state what must be reachable as a `sometimes`"
    )]
    Eventually {
        /// The property.
        name: &'static str,
    },
    /// More properties than stateright's checkers can be asked about.
    #[error(
        "the model has {count} properties; the engines of stateright take at most \
         {MOST_PROPERTIES}, and our own any number"
    )]
    TooManyProperties {
        /// How many there are.
        count: usize,
    },
    /// Only our own engines store states whole.
    #[error("the engine `{engine}` cannot be exact: it knows states by their fingerprints alone")]
    NotExact {
        /// The engine that was asked for.
        engine: Engine,
    },
    /// A path to a violation was found and could not be repeated: the model is not deterministic.
    #[error(
        "the path to `{name}` could not be repeated ({reason}); a model must give the same \
         actions and the same next state each time it is asked"
    )]
    Unconfirmed {
        /// The property.
        name: &'static str,
        /// The step that came out otherwise.
        reason: String,
    },
    /// States cannot be taken for one up to a renaming of actors.
    #[error("no symmetry reduction: {reason}")]
    Symmetry {
        /// Why not.
        reason: String,
    },
}

/// What an engine found; [`search`] turns it into a [`Report`].
struct Findings<A> {
    /// Per property, the way to a state that violates an `always` or satisfies a `sometimes`.
    trails: Vec<Option<Trail<A>>>,
    distinct: u64,
    generated: u64,
    depth: u32,
    /// Whether nothing reachable was left out.
    exhausted: bool,
    /// Whether states were told apart with certainty.
    exact: bool,
    /// Under how many renamings of actors states were taken for one.
    renamings: usize,
    /// How many states the distinct ones stand for.
    unreduced: Option<u64>,
    /// How often each kind of action was taken, with an action of that kind.
    coverage: Vec<(A, u64)>,
}

/// Explores the model and judges its properties.
///
/// Blocks until the space is exhausted, something is violated (unless the options say to explore
/// on), a limit is reached or `watch` is interrupted. The counts of an exhausted search are the
/// same on every run and on any number of threads; with our own engine, so are those of one that
/// ended with what it had found.
///
/// # Errors
/// See [`SearchError`]: a model that panics, has no initial state, is not deterministic, has an
/// `eventually` property, or too many properties for the engine.
pub fn search<M>(
    model: &Arc<M>,
    options: &Options,
    watch: &Watch,
) -> Result<Report<M::State, M::Action>, SearchError>
where
    M: Model + Send + Sync + 'static,
    M::State: Clone + PartialEq + Hash + Send + Sync + 'static,
    M::Action: Clone + PartialEq + Send + Sync + 'static,
{
    let whole = |expectations: &[Expectation]| {
        needs_no_rows(options)?;
        let space = guarded(|| Whole::new(&**model, options))?;
        explore(&space, expectations, options, watch)
    };
    run(model, options, watch, whole)
}

/// The same for an actor system, which our own engine explores as rows of interned components.
///
/// # Errors
/// See [`search`].
pub fn search_system<P: Protocol>(
    system: &Arc<System<P>>,
    options: &Options,
    watch: &Watch,
) -> Result<Report<SystemState<P>, Event<P::Actor>>, SearchError> {
    run(system, options, watch, |expectations| {
        let machine = OfSystem::new(system);
        let space = machine.as_ref().map(|machine| guarded(|| Interned::new(machine, options)));
        match space.transpose()?.flatten() {
            Some(space) if options.symmetry => {
                let space = guarded(|| space.up_to_renaming())??;
                explore(&space, expectations, options, watch)
            }
            Some(space) => explore(&space, expectations, options, watch),
            None => {
                needs_no_rows(options)?;
                let space = guarded(|| Whole::new(&**system, options))?;
                explore(&space.with_kinds(Event::is_like), expectations, options, watch)
            }
        }
    })
}

/// Explores a space with the strategy of ours that the options name.
fn explore<S: Space>(
    space: &S,
    expectations: &[Expectation],
    options: &Options,
    watch: &Watch,
) -> Result<Findings<S::Action>, SearchError> {
    match options.engine {
        Engine::QuorateDfs => depth_first::explore(space, expectations, options, watch),
        Engine::QuorateSimulation => random_walk::explore(space, expectations, options, watch),
        _ => breadth_first::explore(space, expectations, options, watch),
    }
}

/// An error when something is asked for that spaces of whole states cannot do.
fn needs_no_rows(options: &Options) -> Result<(), SearchError> {
    match options.symmetry {
        true => Err(SearchError::Symmetry {
            reason: "it is for actor systems on unordered networks, and not in rounds".to_owned(),
        }),
        false => Ok(()),
    }
}

/// An error when options contradict each other.
fn agree(options: &Options) -> Result<(), SearchError> {
    let engine = options.engine;
    let no = |reason: &str| Err(SearchError::Symmetry { reason: reason.to_owned() });
    if options.exact && !engine.is_ours() {
        return Err(SearchError::NotExact { engine });
    }
    match engine {
        _ if !options.symmetry => Ok(()),
        Engine::Quorate if options.exact => no("it needs fingerprints, and is never exact"),
        Engine::Quorate => Ok(()),
        other => no(&format!("the engine `{other}` has none; choose `{}`", Engine::Quorate)),
    }
}

/// Runs the engine that the options name, with `ours` for those of our own, and reports what it
/// found.
fn run<M>(
    model: &Arc<M>,
    options: &Options,
    watch: &Watch,
    ours: impl FnOnce(&[Expectation]) -> Result<Findings<M::Action>, SearchError>,
) -> Result<Report<M::State, M::Action>, SearchError>
where
    M: Model + Send + Sync + 'static,
    M::State: Clone + PartialEq + Hash + Send + Sync + 'static,
    M::Action: Clone + PartialEq + Send + Sync + 'static,
{
    let engine = options.engine;
    agree(options)?;
    let properties = guarded(|| model.properties())?;
    if let Some(property) = properties.iter().find(|p| p.expectation == Expectation::Eventually) {
        return Err(SearchError::Eventually { name: property.name });
    }

    let began = Instant::now();
    let findings = with_limits(&options.limits, watch, || match engine.is_ours() {
        true => {
            let expectations: Vec<_> = properties.iter().map(|p| p.expectation.clone()).collect();
            ours(&expectations)
        }
        false => peers::explore(model, options, watch),
    })?;
    let elapsed = began.elapsed();

    let mut reports = Vec::with_capacity(properties.len());
    for (property, trail) in properties.iter().zip(findings.trails) {
        let path = match trail {
            Some(trail) => Some(guarded(|| path::confirm(&**model, property, &trail))??),
            None => None,
        };
        reports.push(PropertyReport {
            name: property.name,
            expectation: property.expectation.clone(),
            verdict: report::judge(&property.expectation, path.is_some(), findings.exhausted),
            path,
        });
    }
    let verdict = report::overall(reports.iter().map(|r| r.verdict), findings.exhausted);
    Ok(Report {
        engine,
        threads: if engine.is_sequential() { 1 } else { options.threads.max(1) },
        verdict,
        properties: reports,
        distinct: findings.distinct,
        unreduced: findings.unreduced,
        generated: findings.generated,
        depth: findings.depth,
        complete: findings.exhausted,
        cut: if findings.exhausted { None } else { watch.stopped() },
        elapsed,
        exact: findings.exact,
        collision_probability: match findings.exact {
            true => 0.0,
            false => {
                // The least of n random numbers is n times as likely to be that of others.
                let one = collision_probability(findings.distinct, engine.fingerprint_bits());
                (one * findings.renamings as f64).min(1.0)
            }
        },
        coverage: findings.coverage,
    })
}

/// Runs something of a model's and turns a panic into an error.
///
/// # Errors
/// [`SearchError::Panicked`].
pub fn guarded<T>(run: impl FnOnce() -> T) -> Result<T, SearchError> {
    std::panic::catch_unwind(std::panic::AssertUnwindSafe(run))
        .map_err(|payload| SearchError::Panicked { message: panic_text(&*payload) })
}

fn panic_text(payload: &(dyn std::any::Any + Send)) -> String {
    payload
        .downcast_ref::<&str>()
        .map(|text| (*text).to_owned())
        .or_else(|| payload.downcast_ref::<String>().cloned())
        .unwrap_or_else(|| "a panic without a text".to_owned())
}

/// How often time and memory are looked at. Between two looks a search allocates a few megabytes.
const LOOK_EVERY: Duration = Duration::from_millis(5);

/// Runs the engine while a second thread watches time and memory and stops it when one runs out.
fn with_limits<T>(limits: &Limits, watch: &Watch, run: impl FnOnce() -> T) -> T {
    if limits.time.is_none() && limits.memory.is_none() {
        return run();
    }
    std::thread::scope(|scope| {
        let (_done, finished) = channel::<()>();
        scope.spawn(move || stop_at(limits, watch, &finished));
        // Dropping `_done`, here or in a panic, ends the other thread.
        let _done = _done;
        run()
    })
}

fn stop_at(limits: &Limits, watch: &Watch, finished: &Receiver<()>) {
    let deadline = limits.time.map(|time| Instant::now() + time);
    while finished.recv_timeout(LOOK_EVERY) == Err(RecvTimeoutError::Timeout) {
        if deadline.is_some_and(|deadline| Instant::now() >= deadline) {
            watch.stop(Cut::Time);
        }
        if limits.memory.is_some_and(|limit| resident_bytes() >= limit) {
            watch.stop(Cut::Memory);
        }
    }
}

/// The resident memory of this process, in bytes; 0 where the system does not tell.
fn resident_bytes() -> u64 {
    memory_stats::memory_stats().map_or(0, |stats| stats.physical_mem as u64)
}
