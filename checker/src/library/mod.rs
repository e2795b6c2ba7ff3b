//! The library as a user of stateright meets it: a model, one call, and what stateright's own
//! checkers can be asked.
//!
//! ```
//! use checker::Quorate;
//! use stateright::Checker;
//! # use stateright::{Model, Property};
//! # struct Clock;
//! # impl Model for Clock {
//! #     type State = u8;
//! #     type Action = ();
//! #     fn init_states(&self) -> Vec<u8> { vec![0] }
//! #     fn actions(&self, _: &u8, actions: &mut Vec<()>) { actions.push(()) }
//! #     fn next_state(&self, hour: &u8, _: ()) -> Option<u8> { Some((hour + 1) % 24) }
//! #     fn properties(&self) -> Vec<Property<Clock>> {
//! #         vec![Property::always("an hour of the day", |_, hour| *hour < 24)]
//! #     }
//! # }
//!
//! Clock.quorate().threads(2).spawn().join().assert_properties();
//! ```
//!
//! [`Search`] collects options, and either blocks and returns a [`Report`], or becomes a
//! [`Checking`], which is a [`stateright::Checker`]. Nothing here explores a state: it knows the
//! calls of [`mod@crate::search`] and what stateright expects of a checker. `docs/library.md` is
//! the page for users.

mod checking;

use std::fmt::Debug;
use std::hash::Hash;
use std::sync::Arc;
use std::time::Duration;

use stateright::Model;
use stateright::actor::{Actor, ActorModel};

pub use self::checking::Checking;
use crate::search::{Declared, Engine, Options, Report, SearchError, Watch, search, search_actors};

/// What a search of a model comes to.
pub type Outcome<M> = Result<Report<<M as Model>::State, <M as Model>::Action>, SearchError>;

/// Every model of stateright can be searched by Quorate.
pub trait Quorate: Model + Sized {
    /// A search of this model, with the default options: our own engine, all cores, no limits.
    fn quorate(self) -> Search<Self> {
        Search::new(self, Opaque)
    }
}

impl<M> Quorate for M
where
    M: Model + Send + Sync + 'static,
    M::State: Clone + PartialEq + Hash + Send + Sync + 'static,
    M::Action: Clone + PartialEq + Send + Sync + 'static,
{
}

/// The same for the actor systems of stateright, whose properties may be declared to read the
/// history and nothing else. `H` is the type of the history.
///
/// It has a name of its own because an [`ActorModel`] is a [`Model`] too, and so has
/// [`Quorate::quorate`].
pub trait QuorateActors<H>: Model + Sized {
    /// A search of this actor system, with the default options.
    fn quorate_actors(self) -> Search<Self, Declared<H>> {
        Search::new(self, Declared::default())
    }
}

impl<A, C, H> QuorateActors<H> for ActorModel<A, C, H>
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
}

/// What is known of a model beyond what it says of itself. It decides how the model is explored.
pub trait Knowledge<M: Model>: Send + 'static {
    /// Explores the model and judges its properties.
    ///
    /// # Errors
    /// See [`SearchError`].
    fn search(&self, model: &Arc<M>, options: &Options, watch: &Watch) -> Outcome<M>;
}

/// Nothing is known: states are kept whole, and each property is asked in every one of them.
#[derive(Clone, Copy, Debug, Default)]
pub struct Opaque;

impl<M> Knowledge<M> for Opaque
where
    M: Model + Send + Sync + 'static,
    M::State: Clone + PartialEq + Hash + Send + Sync + 'static,
    M::Action: Clone + PartialEq + Send + Sync + 'static,
{
    fn search(&self, model: &Arc<M>, options: &Options, watch: &Watch) -> Outcome<M> {
        search(model, options, watch)
    }
}

impl<A, C, H> Knowledge<ActorModel<A, C, H>> for Declared<H>
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
    fn search(
        &self,
        model: &Arc<ActorModel<A, C, H>>,
        options: &Options,
        watch: &Watch,
    ) -> Outcome<ActorModel<A, C, H>> {
        search_actors(model, self, options, watch)
    }
}

/// A search to be: a model and what is asked of its search. [`Search::report`] and
/// [`Search::spawn`] begin it.
#[must_use = "nothing is explored before `report` or `spawn` is called"]
pub struct Search<M, K = Opaque> {
    model: Arc<M>,
    knowledge: K,
    options: Options,
}

impl<M, K> Search<M, K> {
    fn new(model: M, knowledge: K) -> Self {
        Search { model: Arc::new(model), knowledge, options: Options::default() }
    }

    /// The model.
    pub fn model(&self) -> &M {
        &self.model
    }

    /// How many threads explore, at least one. As many as there are cores without this call. With
    /// our own engine neither counts nor paths depend on it.
    pub fn threads(mut self, threads: usize) -> Self {
        self.options.threads = threads;
        self
    }

    /// Ends the search when the process has so much resident memory, in bytes.
    pub fn memory_limit(mut self, bytes: u64) -> Self {
        self.options.limits.memory = Some(bytes);
        self
    }

    /// Ends the search after this time on the clock.
    pub fn time_limit(mut self, time: Duration) -> Self {
        self.options.limits.time = Some(time);
        self
    }

    /// Ends the search when it has found more distinct states than this; random walks, after so
    /// many states on their ways.
    pub fn max_states(mut self, states: u64) -> Self {
        self.options.limits.states = Some(states);
        self
    }

    /// Judges states this many steps from an initial state, and none beyond them.
    pub fn max_depth(mut self, steps: u32) -> Self {
        self.options.limits.depth = Some(steps);
        self
    }

    /// Explores all that is reachable, whatever is found on the way. Without this call,
    /// [`report`](Search::report) ends at the first level with a violation, and
    /// [`spawn`](Search::spawn), as stateright does, once every property has a discovery.
    pub fn keep_going(mut self) -> Self {
        self.options.keep_going = true;
        self
    }

    /// Tells states apart by all that is in them and not by fingerprints, at the price of time and
    /// memory. Our own engines only.
    pub fn exact(mut self) -> Self {
        self.options.exact = true;
        self
    }

    /// Counts how often each kind of action is taken: [`Report::coverage`]. Our own engines only.
    pub fn coverage(mut self) -> Self {
        self.options.coverage = true;
        self
    }

    /// Who explores; [`Engine::Quorate`] without this call.
    pub fn engine(mut self, engine: Engine) -> Self {
        self.options.engine = engine;
        self
    }

    /// The seed of random walks, which [`Engine::QuorateSimulation`] and
    /// [`Engine::StaterightSimulation`] take. 0 without this call.
    pub fn seed(mut self, seed: u64) -> Self {
        self.options.seed = seed;
        self
    }
}

impl<M, K> Search<M, K>
where
    M: Model,
    K: Knowledge<M>,
{
    /// Explores the model and returns what was found. Blocks until the search has ended.
    ///
    /// # Errors
    /// See [`SearchError`].
    pub fn report(&self) -> Outcome<M> {
        self.knowledge.search(&self.model, &self.options, &Watch::new())
    }

    /// Begins the search on a thread of its own. It ends when every reachable state was visited,
    /// when every property has a discovery (unless [`keep_going`](Search::keep_going) was called),
    /// or at a limit.
    ///
    /// # Panics
    /// If the system does not give a thread.
    #[must_use = "the search is stopped when this is dropped; consider `join` or `report`"]
    pub fn spawn(mut self) -> Checking<M>
    where
        M: Send + Sync + 'static,
        M::State: Clone + PartialEq + Send + Sync + 'static,
        M::Action: Clone + PartialEq + Send + Sync + 'static,
    {
        self.options.until_all_shown = !self.options.keep_going;
        Checking::begin(self.model, self.knowledge, self.options)
    }
}

impl<A, C, H> Search<ActorModel<A, C, H>, Declared<H>>
where
    A: Actor<Msg: Ord, Timer: Ord>,
    H: Clone + Debug + Hash,
{
    /// Declares that the property of this name reads nothing of a state but its history, and says
    /// how. It is then asked once per distinct history, and not in every state.
    ///
    /// `condition` takes the place of the property's own and must say the same. A path to a
    /// violation is confirmed with the property's own condition, so a declaration that sees
    /// violations where there are none is an error; one that overlooks them goes unnoticed.
    ///
    /// # Panics
    /// If the model has no such property.
    pub fn reads_history(mut self, name: &'static str, condition: fn(&H) -> bool) -> Self {
        let names: Vec<_> = self.model.properties.iter().map(|property| property.name).collect();
        assert!(names.contains(&name), "there is no property `{name}`, but {names:?}");
        self.knowledge = self.knowledge.history(name, condition);
        self
    }
}
