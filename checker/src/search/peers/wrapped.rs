//! The model as stateright's checkers see it: ours, behind a guard.
//!
//! The guard answers every question of a checker from the inner model and from nothing else, but
//! it lets no panic through, it can be told to answer "nothing more", and it decides itself what
//! counts as a discovery.

use std::collections::HashSet;
use std::hash::Hash;
use std::sync::atomic::{AtomicBool, AtomicU32, AtomicU64, Ordering::Relaxed};
use std::sync::{Arc, Mutex, MutexGuard};

use derive_where::derive_where;
use stateright::{Expectation, Model, Property};

use crate::fingerprint::{Fingerprint, fingerprint};
use crate::numbered::{MOST_PROPERTIES, numbered};
use crate::search::path::shows;
use crate::search::{SearchError, guarded};

/// A state and the number of steps by which a checker came to it. The number says nothing about
/// the state, so equality and hash leave it out.
#[derive(Clone)]
#[derive_where(PartialEq, Eq, Hash; S)]
pub(super) struct Placed<S> {
    pub(super) state: S,
    #[derive_where(skip(EqHashOrd))]
    depth: u32,
}

/// When a search has found what it is looking for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Goal {
    /// Never: it goes on until nothing is left.
    Everything,
    /// With the first `always` that is violated.
    Violation,
    /// With the last of these properties, a bit each.
    These(u64),
}

/// What a guard is to hold a checker to.
#[derive(Clone, Debug)]
pub(super) struct Orders {
    pub(super) goal: Goal,
    /// States at this depth are judged, but not expanded.
    pub(super) depth: Option<u32>,
    /// How many states may be judged.
    pub(super) states: Option<u64>,
    /// Whether the checker takes one action at random, and so must be offered none that leads
    /// nowhere.
    pub(super) walk: bool,
}

/// A model behind its guard.
pub(super) struct Guarded<M: Model> {
    model: Arc<M>,
    properties: Vec<Property<M>>,
    /// The initial states within the boundary, each once, with their indices in the inner model.
    initial: Vec<(usize, M::State)>,
    /// How many initial states were left out because they were there already.
    repeated: u64,
    orders: Orders,
    /// No more actions are handed out.
    stopped: AtomicBool,
    /// The goal is reached.
    reached: AtomicBool,
    /// The checker is done, and asks only in order to turn indices into paths.
    replaying: AtomicBool,
    /// The properties that have been shown, a bit each.
    shown: AtomicU64,
    judged: AtomicU64,
    deepest: AtomicU32,
    /// The states judged, where somebody will ask for them.
    seen: Option<Mutex<HashSet<Fingerprint>>>,
    /// The successors of states that were not expanded because of the limit on depth.
    beyond: Mutex<HashSet<Fingerprint>>,
    failure: Mutex<Option<SearchError>>,
}

/// One letter per property: discoveries go by names, and a model may use a name twice.
const NAMES: &str = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz+-";
const _: () = assert!(NAMES.len() == MOST_PROPERTIES);

/// The property that tells a checker to end.
pub(super) const STOPPED: &str = "stopped";

/// What stateright calls the property with this index.
pub(super) fn name(index: usize) -> &'static str {
    &NAMES[index..=index]
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(|poisoned| poisoned.into_inner())
}

impl<M> Guarded<M>
where
    M: Model,
    M::State: PartialEq + Hash,
{
    pub(super) fn new(model: &Arc<M>, orders: Orders) -> Result<Guarded<M>, SearchError> {
        let properties = guarded(|| model.properties())?;
        if properties.len() > MOST_PROPERTIES {
            return Err(SearchError::TooManyProperties { count: properties.len() });
        }
        let (initial, repeated) = guarded(|| beginning(&**model))?;
        if initial.is_empty() {
            return Err(SearchError::NoInitialState);
        }
        let remembers = orders.walk || orders.depth.is_some();
        Ok(Guarded {
            model: Arc::clone(model),
            properties,
            initial,
            repeated,
            orders,
            stopped: AtomicBool::new(false),
            reached: AtomicBool::new(false),
            replaying: AtomicBool::new(false),
            shown: AtomicU64::new(0),
            judged: AtomicU64::new(0),
            deepest: AtomicU32::new(0),
            seen: remembers.then(Mutex::default),
            beyond: Mutex::default(),
            failure: Mutex::new(None),
        })
    }
}

/// The initial states within the boundary, each once, and how many more were equal to them.
fn beginning<M: Model<State: PartialEq + Hash>>(model: &M) -> (Vec<(usize, M::State)>, u64) {
    let mut initial: Vec<(usize, M::State)> = Vec::new();
    let mut known = HashSet::new();
    let mut repeated = 0;
    for (index, state) in model.init_states().into_iter().enumerate() {
        if !model.within_boundary(&state) {
            continue;
        }
        if known.insert(fingerprint(&state)) {
            initial.push((index, state));
        } else {
            repeated += 1;
        }
    }
    (initial, repeated)
}

// What the engine asks of the guard.
impl<M: Model> Guarded<M> {
    /// From now on no state has actions, so that a checker soon has nothing left to do.
    pub(super) fn stop(&self) {
        self.stopped.store(true, Relaxed);
    }

    /// Remembers the first thing that went wrong, and stops.
    pub(super) fn fail(&self, error: SearchError) {
        lock(&self.failure).get_or_insert(error);
        self.stop();
    }

    pub(super) fn failure(&self) -> Option<SearchError> {
        lock(&self.failure).clone()
    }

    /// From now on questions are about paths, and are answered even though the search is over.
    pub(super) fn replay(&self) {
        self.replaying.store(true, Relaxed);
    }

    pub(super) fn properties(&self) -> &[Property<M>] {
        &self.properties
    }

    pub(super) fn shown(&self) -> u64 {
        self.shown.load(Relaxed)
    }

    pub(super) fn has_reached_goal(&self) -> bool {
        self.reached.load(Relaxed)
    }

    /// How many initial states were not given to the checker, being there already.
    pub(super) fn repeated(&self) -> u64 {
        self.repeated
    }

    pub(super) fn judged(&self) -> u64 {
        self.judged.load(Relaxed)
    }

    /// Whether the checker walks at random.
    pub(super) fn is_walk(&self) -> bool {
        self.orders.walk
    }

    /// How many different states were judged, where that was asked for.
    pub(super) fn seen(&self) -> Option<u64> {
        self.seen.as_ref().map(|seen| lock(seen).len() as u64)
    }

    pub(super) fn deepest(&self) -> u32 {
        self.deepest.load(Relaxed)
    }

    /// Whether the limit on depth left out a state. If every successor of the states that were
    /// not expanded was met on another way, nothing is missing.
    pub(super) fn was_cut_in_depth(&self) -> bool {
        let Some(seen) = &self.seen else { return false };
        !lock(&self.beyond).is_subset(&lock(seen))
    }

    /// The index in the inner model of the initial state equal to this one.
    pub(super) fn initial_index(&self, state: &M::State) -> Option<usize>
    where
        M::State: PartialEq,
    {
        self.initial.iter().find(|(_, initial)| initial == state).map(|(index, _)| *index)
    }

    /// Asks the inner model; when it panics, remembers that and answers something harmless.
    fn ask<T>(&self, question: impl FnOnce(&M) -> T, otherwise: T) -> T {
        guarded(|| question(&self.model)).unwrap_or_else(|error| {
            self.fail(error);
            otherwise
        })
    }
}

// What a checker asks of the guard.
impl<M> Guarded<M>
where
    M: Model,
    M::State: Clone + Hash,
    M::Action: Clone,
{
    /// Counts a state, once each time that a checker takes it up, and says whether to end.
    fn take_up(&self, placed: &Placed<M::State>) -> bool {
        let judged = self.judged.fetch_add(1, Relaxed) + 1;
        self.deepest.fetch_max(placed.depth, Relaxed);
        if let Some(seen) = &self.seen {
            lock(seen).insert(self.ask(|_| fingerprint(&placed.state), 0));
        }
        if self.orders.states.is_some_and(|limit| judged >= limit + u64::from(!self.orders.walk)) {
            self.stop();
        }
        self.stopped.load(Relaxed)
    }

    /// Whether a state is the first to show a property. Only the first counts: a checker keeps
    /// the last discovery that it is told of, which is not the nearest.
    fn is_first_to_show(&self, index: usize, placed: &Placed<M::State>) -> bool {
        let bit = 1 << index;
        if self.shown() & bit != 0 {
            return false;
        }
        let Some(property) = self.properties.get(index) else { return false };
        if !self.ask(|model| shows(model, property, &placed.state), false) {
            return false;
        }
        let before = self.shown.fetch_or(bit, Relaxed);
        let violated = property.expectation == Expectation::Always;
        let is_reached = match self.orders.goal {
            Goal::Everything => false,
            Goal::Violation => violated,
            Goal::These(wanted) => (before | bit) & wanted == wanted,
        };
        if is_reached {
            self.reached.store(true, Relaxed);
            self.stop();
        }
        before & bit == 0
    }

    /// What an action leads to, unless that is nothing or lies outside the boundary.
    fn successor(&self, state: &M::State, action: M::Action) -> Option<M::State> {
        let next =
            |model: &M| model.next_state(state, action).filter(|next| model.within_boundary(next));
        self.ask(next, None)
    }

    /// The limit on depth: remembers what would have come next.
    fn leave_out(&self, state: &M::State, actions: Vec<M::Action>) {
        for action in actions {
            if let Some(next) = self.successor(state, action) {
                lock(&self.beyond).insert(self.ask(|_| fingerprint(&next), 0));
            }
        }
    }
}

impl<M> Model for Guarded<M>
where
    M: Model + Send + Sync + 'static,
    M::State: Clone + PartialEq + Hash + Send + Sync + 'static,
    M::Action: Clone + PartialEq + Send + Sync + 'static,
{
    type State = Placed<M::State>;
    type Action = M::Action;

    fn init_states(&self) -> Vec<Self::State> {
        let placed = |(_, state): &(usize, M::State)| Placed { state: state.clone(), depth: 0 };
        self.initial.iter().map(placed).collect()
    }

    fn actions(&self, placed: &Self::State, actions: &mut Vec<Self::Action>) {
        let Placed { state, depth } = placed;
        let replaying = self.replaying.load(Relaxed);
        if self.stopped.load(Relaxed) && !replaying {
            return;
        }
        let ask = |model: &M| {
            let mut possible = Vec::new();
            model.actions(state, &mut possible);
            possible
        };
        let mut possible = self.ask(ask, Vec::new());
        if self.orders.depth == Some(*depth) && !replaying {
            // A walk that ends here leaves nothing out: it is not exhaustive to begin with.
            if !self.orders.walk {
                self.leave_out(state, possible);
            }
            return;
        }
        if self.orders.walk {
            possible.retain(|action| self.successor(state, action.clone()).is_some());
        }
        actions.append(&mut possible);
    }

    // The boundary is asked for here and not in a method of its own: a checker then numbers the
    // initial states as they are given to it.
    fn next_state(&self, placed: &Self::State, action: Self::Action) -> Option<Self::State> {
        let state = self.successor(&placed.state, action)?;
        Some(Placed { state, depth: placed.depth.saturating_add(1) })
    }

    fn properties(&self) -> Vec<Property<Self>> {
        // As long as this one is not shown, no checker takes itself to be done early.
        let stopped = Property::sometimes(STOPPED, |model: &Self, state| model.take_up(state));
        let shown = numbered!(is_shown::<M>).into_iter().take(self.properties.len()).enumerate();
        let shown = shown.map(|(index, condition)| Property::sometimes(name(index), condition));
        std::iter::once(stopped).chain(shown).collect()
    }
}

/// The condition that stands for the `N`-th property.
fn is_shown<M, const N: usize>(model: &Guarded<M>, state: &Placed<M::State>) -> bool
where
    M: Model,
    M::State: Clone + Hash,
    M::Action: Clone,
{
    model.is_first_to_show(N, state)
}
