//! `replay`: executes a saved counterexample, and says whether it shows what it claims.

use checker::system::Kind;
use models::registry::{Instance, ReplayError, Replayed, Request, SavedCounterexample, find};

use crate::args::ReplayArgs;
use crate::cli::Context;
use crate::error::{self, Exit, Failure};
use crate::{files, output};

pub(crate) fn run(context: &Context, args: &ReplayArgs) -> Result<Exit, Failure> {
    let saved = files::read(&args.file)?;
    let (instance, replayed) =
        execute(context, &saved).map_err(|failure| failure.in_file(&args.file))?;

    let executed = instance.save(replayed.property.name, replayed.prefix_steps, &replayed.path);
    if let Some(step) = first_difference(&saved, &executed) {
        output::note(&format!(
            "{}: the state written after step {step} is not the one that this program computes; \
             the file was edited, or made by another version",
            args.file.display()
        ));
    }
    let text = if args.format.is_json() {
        output::json::replay(&args.file, &*instance, &replayed, &executed)?
    } else {
        output::human::replay(&*instance, &replayed)
    };
    output::print(&text)?;
    // An example of what must be reachable is no violation.
    Ok(match replayed.property.kind {
        Kind::Always => Exit::Violated,
        Kind::Sometimes => Exit::Holds,
    })
}

fn execute(
    context: &Context,
    saved: &SavedCounterexample,
) -> Result<(Box<dyn Instance>, Replayed), Failure> {
    let protocol = find(context.registry, &saved.protocol)?;
    let missing = protocol.bounds().iter().find(|bound| !saved.bounds.contains_key(bound.name));
    if let Some(bound) = missing {
        let message = format!("its `bounds` say nothing of `{}`", bound.name);
        return Err(Failure::new(error::Kind::File, message)
            .hint("expected every bound of the protocol, as `check --save` writes them"));
    }
    let set = saved.bounds.iter().map(|(name, value)| (name.clone(), value.to_string()));
    let instance = protocol.instance(&Request {
        scope: Some(saved.scope.clone()),
        set: set.collect(),
        bug: saved.bug.clone(),
    })?;
    let replayed = instance.replay(saved).map_err(|error| unconfirmed(&*instance, &error))?;
    Ok((instance, replayed))
}

fn unconfirmed(instance: &dyn Instance, error: &ReplayError) -> Failure {
    let failure = Failure::new(error::Kind::NotConfirmed, format!("not confirmed: {error}"));
    match error {
        ReplayError::UnknownProperty(name) => {
            let properties = instance.properties();
            let names = properties.iter().map(|property| property.name);
            match models::registry::nearest(name, names) {
                Some(nearest) => failure.hint(format!("did you mean `{nearest}`?")),
                None => failure,
            }
        }
        _ => failure,
    }
}

/// The number of the first step whose state is written otherwise than it was computed. A file
/// without states has none.
fn first_difference(saved: &SavedCounterexample, executed: &SavedCounterexample) -> Option<usize> {
    let pairs = saved.steps.iter().zip(&executed.steps);
    let differs =
        |(found, expected): (&models::registry::SavedStep, &models::registry::SavedStep)| {
            !found.state.is_null() && found.state != expected.state
        };
    pairs.map(differs).position(|differs| differs).map(|index| index + 1)
}
