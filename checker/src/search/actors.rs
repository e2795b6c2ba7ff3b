//! stateright's own actor systems: what a user may declare about one, and its search.

use std::fmt::Debug;
use std::hash::Hash;
use std::sync::Arc;

use stateright::actor::{Actor, ActorModel, ActorModelAction, ActorModelState};

use super::interned::{Interned, OfActorModel};
use super::options::Options;
use super::report::Report;
use super::watch::Watch;
use super::whole::Whole;
use super::{SearchError, explore, guarded, needs_no_rows, run};

/// The report on a search of an actor model.
pub type ActorReport<A, H> = Report<
    ActorModelState<A, H>,
    ActorModelAction<<A as Actor>::Msg, <A as Actor>::Timer, <A as Actor>::Random>,
>;

/// What is known of a model's properties beyond their opaque conditions: which read nothing but the
/// history, and how. Such a property is asked once per history and not once per state.
pub struct Declared<H> {
    history: Vec<(&'static str, OfHistory<H>)>,
}

/// A condition of the history.
type OfHistory<H> = fn(&H) -> bool;

impl<H> Default for Declared<H> {
    fn default() -> Self {
        Declared { history: Vec::new() }
    }
}

impl<H> Declared<H> {
    /// The property of this name reads nothing but the history, and this is its condition.
    #[must_use]
    pub fn history(mut self, name: &'static str, condition: fn(&H) -> bool) -> Self {
        self.history.push((name, condition));
        self
    }
}

/// [`search`](super::search) for one of stateright's actor models.
///
/// # Errors
/// See [`search`](super::search).
pub fn search_actors<A, C, H>(
    model: &Arc<ActorModel<A, C, H>>,
    declared: &Declared<H>,
    options: &Options,
    watch: &Watch,
) -> Result<ActorReport<A, H>, SearchError>
where
    A: Actor<
            Msg: Ord + Send + Sync,
            Timer: Ord + Send + Sync,
            State: Send + Sync,
            Storage: Send + Sync,
            Random: Send + Sync,
        > + Send
        + Sync
        + 'static,
    C: Clone + Send + Sync + 'static,
    H: Clone + Debug + PartialEq + Hash + Send + Sync + 'static,
{
    run(model, options, watch, |expectations| {
        let machine = OfActorModel::new(model, &declared.history);
        match guarded(|| Interned::new(&machine, options))? {
            // Nobody can say of these which actors are interchangeable.
            Some(_) if options.symmetry => Err(SearchError::Symmetry {
                reason: "an actor model of stateright does not say which actors are \
                         interchangeable"
                    .to_owned(),
            }),
            Some(space) => explore(&space, expectations, options, watch),
            None => {
                needs_no_rows(options)?;
                let space = guarded(|| Whole::new(&**model, options))?;
                explore(&space, expectations, options, watch)
            }
        }
    })
}
