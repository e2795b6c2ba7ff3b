//! Any stateright model as a space: states are kept whole, and everything is asked of the model.

use std::collections::hash_map::Entry;
use std::hash::Hash;
use std::mem::{Discriminant, discriminant};

use rustc_hash::FxHashMap;
use stateright::{Model, Property};

use super::path::{Trail, shows};
use super::space::{Chunk, Sink, Space};
use super::visited::Key;
use crate::fingerprint::fingerprint;

/// A model, explored by whole states.
pub(super) struct Whole<'m, M: Model> {
    model: &'m M,
    properties: Vec<Property<M>>,
}

impl<'m, M: Model> Whole<'m, M> {
    pub(super) fn new(model: &'m M) -> Self {
        Whole { model, properties: model.properties() }
    }
}

/// States with their fingerprints.
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
    M::State: Clone + Hash + Send + Sync,
{
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
}

/// What one thread keeps to itself.
pub(super) struct Scratch<M: Model> {
    actions: Vec<M::Action>,
    /// States that are offered and not settled.
    offered: Vec<M::State>,
    taken: Taken<M>,
}

/// How often each kind of action was taken, with one of that kind.
type Taken<M> = FxHashMap<Discriminant<<M as Model>::Action>, (<M as Model>::Action, u64)>;

impl<M> Space for Whole<'_, M>
where
    M: Model + Sync,
    M::State: Clone + Hash + Send + Sync,
    M::Action: Clone + Send,
{
    type Chunk = States<M::State>;
    type Worker<'s>
        = Scratch<M>
    where
        Self: 's;
    type Action = M::Action;

    fn worker(&self) -> Scratch<M> {
        Scratch { actions: Vec::new(), offered: Vec::new(), taken: FxHashMap::default() }
    }

    fn begin(&self, scratch: &mut Scratch<M>, sink: &mut Sink<'_, Self::Chunk>) {
        for (index, state) in self.model.init_states().into_iter().enumerate() {
            if self.model.within_boundary(&state) {
                sink.offer_initial(index as u32, fingerprint(&state));
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
                let times = match taken.entry(discriminant(&action)) {
                    Entry::Occupied(known) => &mut known.into_mut().1,
                    Entry::Vacant(new) => &mut new.insert((action.clone(), 0)).1,
                };
                let next = self.model.next_state(state, action);
                if let Some(next) = next.filter(|next| self.model.within_boundary(next)) {
                    *times += 1;
                    sink.offer(number as u32, fingerprint(&next));
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

    fn coverage(&self, workers: &[Scratch<M>]) -> Vec<(M::Action, u64)> {
        workers.iter().flat_map(|scratch| scratch.taken.values().cloned()).collect()
    }

    fn is_exact(&self) -> bool {
        false
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
