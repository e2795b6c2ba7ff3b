//! Paths: how an engine names one, and how it is executed again.

use stateright::{Expectation, Model, Property};

use super::SearchError;
use super::report::Path;

/// The way to a state, as an engine remembers it: which initial state, then which actions.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Trail<A> {
    /// An index into [`Model::init_states`].
    pub initial: usize,
    /// What happened from there, in order.
    pub actions: Vec<A>,
}

/// Executes a trail: each action must be possible where it is taken and must lead to a state
/// within the boundary.
///
/// # Errors
/// The first step that is not possible, in words.
pub fn follow<M>(model: &M, trail: &Trail<M::Action>) -> Result<Path<M::State, M::Action>, String>
where
    M: Model,
    M::State: Clone,
    M::Action: Clone + PartialEq,
{
    let initial = model
        .init_states()
        .into_iter()
        .nth(trail.initial)
        .ok_or_else(|| format!("there is no initial state number {}", trail.initial))?;
    let mut path = Path { initial, steps: Vec::with_capacity(trail.actions.len()) };
    let mut possible = Vec::new();
    for (index, action) in trail.actions.iter().enumerate() {
        let number = index + 1;
        possible.clear();
        model.actions(path.last(), &mut possible);
        if !possible.contains(action) {
            return Err(format!("step {number} is not possible where it is taken"));
        }
        let next = model
            .next_state(path.last(), action.clone())
            .ok_or_else(|| format!("step {number} leads nowhere"))?;
        if !model.within_boundary(&next) {
            return Err(format!("step {number} leads out of the boundary"));
        }
        path.steps.push((action.clone(), next));
    }
    Ok(path)
}

/// Executes a trail and makes sure that its last state shows what is said of the property.
pub(super) fn confirm<M>(
    model: &M,
    property: &Property<M>,
    trail: &Trail<M::Action>,
) -> Result<Path<M::State, M::Action>, SearchError>
where
    M: Model,
    M::State: Clone,
    M::Action: Clone + PartialEq,
{
    let unconfirmed = |reason: String| SearchError::Unconfirmed { name: property.name, reason };
    let path = follow(model, trail).map_err(unconfirmed)?;
    if !shows(model, property, path.last()) {
        return Err(unconfirmed("the last state is not what it was".to_owned()));
    }
    Ok(path)
}

/// Whether a state violates an `always`, or satisfies a `sometimes`.
pub(super) fn shows<M: Model>(model: &M, property: &Property<M>, state: &M::State) -> bool {
    let holds = (property.condition)(model, state);
    match property.expectation {
        Expectation::Always => !holds,
        Expectation::Sometimes | Expectation::Eventually => holds,
    }
}
