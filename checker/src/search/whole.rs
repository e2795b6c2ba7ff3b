//! Any stateright model as a space: states are kept whole, and everything is asked of the model.

use std::collections::hash_map::Entry;
use std::hash::Hash;
use std::mem::discriminant;
use std::sync::{Mutex, PoisonError};

use rustc_hash::FxHashMap;
use stateright::{Model, Property};

use super::options::Options;
use super::path::{Trail, shows};
use super::space::{Chunk, Sink, Space};
use super::visited::Key;
use crate::fingerprint::fingerprint;

/// A model, explored by whole states.
pub(super) struct Whole<'m, M: Model> {
    model: &'m M,
    properties: Vec<Property<M>>,
    /// Where states are told apart by comparing them and not by fingerprints.
    exact: Option<ExactStates<M::State>>,
    /// Whether actions are counted.
    counts: bool,
    is_same_kind: SameKind<M::Action>,
}

/// Whether two actions count as of one kind.
type SameKind<A> = fn(&A, &A) -> bool;

impl<'m, M: Model> Whole<'m, M> {
    pub(super) fn new(model: &'m M, options: &Options) -> Self {
        Whole {
            model,
            properties: model.properties(),
            exact: options.exact.then(ExactStates::default),
            counts: options.coverage,
            is_same_kind: |one, other| discriminant(one) == discriminant(other),
        }
    }

    /// The same with kinds of actions finer or coarser than the variants of their type.
    pub(super) fn with_kinds(self, is_same_kind: SameKind<M::Action>) -> Self {
        Whole { is_same_kind, ..self }
    }
}

/// States stored whole, so that no two are ever taken for one.
struct ExactStates<S>(Vec<Mutex<Stored<S>>>);

/// By the low half of a fingerprint, and a number among the states that share it.
type Stored<S> = FxHashMap<(u64, u64), S>;

/// Many small tables, each behind its own lock: threads rarely meet.
const SHARDS: usize = 64;

impl<S> Default for ExactStates<S> {
    fn default() -> Self {
        ExactStates((0..SHARDS).map(|_| Mutex::default()).collect())
    }
}

impl<S: Clone + PartialEq + Hash> ExactStates<S> {
    /// What a state is known by. It depends on who came first only where fingerprints collide.
    fn key(&self, state: &S) -> Key {
        let low = fingerprint(state) as u64;
        let shard = &self.0[(low >> 32) as usize % SHARDS];
        let mut stored = shard.lock().unwrap_or_else(PoisonError::into_inner);
        let mut number = 0;
        loop {
            match stored.entry((low, number)) {
                Entry::Occupied(known) if known.get() == state => break,
                Entry::Occupied(_) => number += 1,
                Entry::Vacant(free) => {
                    // Such a state would be new each time, and the search without an end.
                    let copy = state.clone();
                    assert!(copy == *state, "a state is not equal to a copy of itself");
                    free.insert(copy);
                    break;
                }
            }
        }
        Key::from(number) << 64 | Key::from(low)
    }
}

/// States with their keys.
pub(super) struct States<S>(Vec<(Key, S)>);

impl<S> Default for States<S> {
    fn default() -> Self {
        States(Vec::new())
    }
}

impl<S: Send> Chunk for States<S> {
    fn len(&self) -> usize {
        self.0.len()
    }
}

impl<M> Whole<'_, M>
where
    M: Model + Sync,
    M::State: Clone + PartialEq + Hash + Send + Sync,
{
    /// What a state is known by.
    fn key(&self, state: &M::State) -> Key {
        self.exact.as_ref().map_or_else(|| fingerprint(state), |exact| exact.key(state))
    }

    /// Judges and keeps what is new of the states that were offered.
    fn settle(&self, offered: &mut Vec<M::State>, sink: &mut Sink<'_, States<M::State>>) {
        let mut states = offered.drain(..).map(Some).collect::<Vec<_>>();
        sink.settle(|sink, new| {
            let state = states[new.index].take().expect("an offer is settled once");
            for (index, property) in self.properties.iter().enumerate() {
                if sink.wants(index) && shows(self.model, property, &state) {
                    sink.show(index, new.key);
                }
            }
            sink.keep().0.push((new.key, state));
        });
    }

    /// Counts an action.
    fn count(&self, taken: &mut Taken<M::Action>, action: &M::Action)
    where
        M::Action: Clone,
    {
        match taken.iter_mut().find(|(known, _)| (self.is_same_kind)(known, action)) {
            Some((_, times)) => *times += 1,
            None => taken.push((action.clone(), 1)),
        }
    }
}

/// What one thread keeps to itself.
pub(super) struct Scratch<M: Model> {
    actions: Vec<M::Action>,
    /// States that are offered and not settled.
    offered: Vec<M::State>,
    taken: Taken<M::Action>,
}

/// How often each kind of action was taken, with one of that kind.
type Taken<A> = Vec<(A, u64)>;

impl<M> Space for Whole<'_, M>
where
    M: Model + Sync,
    M::State: Clone + PartialEq + Hash + Send + Sync,
    M::Action: Clone + Send,
{
    type Chunk = States<M::State>;
    type Worker<'s>
        = Scratch<M>
    where
        Self: 's;
    type Action = M::Action;

    fn worker(&self) -> Scratch<M> {
        Scratch { actions: Vec::new(), offered: Vec::new(), taken: Vec::new() }
    }

    fn begin(&self, scratch: &mut Scratch<M>, sink: &mut Sink<'_, Self::Chunk>) {
        for (index, state) in self.model.init_states().into_iter().enumerate() {
            if self.model.within_boundary(&state) {
                sink.offer_initial(index as u32, self.key(&state));
                scratch.offered.push(state);
            }
        }
        self.settle(&mut scratch.offered, sink);
    }

    fn expand(
        &self,
        scratch: &mut Scratch<M>,
        chunk: &Self::Chunk,
        sink: &mut Sink<'_, Self::Chunk>,
    ) {
        let Scratch { actions, offered, taken } = scratch;
        for (parent, state) in &chunk.0 {
            actions.clear();
            sink.expands(*parent);
            self.model.actions(state, actions);
            for (number, action) in actions.drain(..).enumerate() {
                let counted = (self.counts && sink.counts()).then(|| action.clone());
                let next = self.model.next_state(state, action);
                if let Some(next) = next.filter(|next| self.model.within_boundary(next)) {
                    counted.inspect(|action| self.count(taken, action));
                    sink.offer(number as u32, self.key(&next));
                    offered.push(next);
                    if sink.is_full() {
                        self.settle(offered, sink);
                    }
                }
            }
            if sink.is_over() {
                break;
            }
        }
        self.settle(offered, sink);
    }

    fn took(&self, scratch: &mut Scratch<M>, state: &Self::Chunk, number: u32) {
        let Some((_, state)) = state.0.first().filter(|_| self.counts) else { return };
        let Scratch { actions, taken, .. } = scratch;
        actions.clear();
        self.model.actions(state, actions);
        if let Some(action) = actions.get(number as usize) {
            self.count(taken, action);
        }
    }

    fn coverage(&self, workers: &[Scratch<M>]) -> Vec<(M::Action, u64)> {
        workers.iter().flat_map(|scratch| scratch.taken.iter().cloned()).collect()
    }

    fn is_exact(&self) -> bool {
        self.exact.is_some()
    }

    fn trail(&self, initial: usize, numbers: &[u32]) -> Trail<M::Action> {
        let mut actions = Vec::with_capacity(numbers.len());
        let mut state = self.model.init_states().into_iter().nth(initial);
        let mut possible = Vec::new();
        for number in numbers {
            let Some(from) = &state else { break };
            possible.clear();
            self.model.actions(from, &mut possible);
            let Some(action) = possible.get(*number as usize) else { break };
            state = self.model.next_state(from, action.clone());
            actions.push(action.clone());
        }
        Trail { initial, actions }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// All are equal to a hasher, and half of them are equal.
    #[derive(Clone, Debug)]
    struct Colliding(u64);

    impl PartialEq for Colliding {
        fn eq(&self, other: &Self) -> bool {
            self.0 / 2 == other.0 / 2
        }
    }

    impl Hash for Colliding {
        fn hash<H: std::hash::Hasher>(&self, _: &mut H) {}
    }

    #[test]
    fn states_that_share_a_fingerprint_have_keys_of_their_own() {
        let states = ExactStates::default();
        let keys: Vec<Key> = (0..100).map(|state| states.key(&Colliding(state))).collect();
        assert!(keys.chunks(2).all(|pair| pair[0] == pair[1]));
        let mut distinct = keys.clone();
        distinct.dedup();
        assert_eq!(distinct.len(), 50);
        assert_eq!(states.key(&Colliding(7)), keys[6]);
    }
}
