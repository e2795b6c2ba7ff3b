//! Any stateright model as a space: states are kept whole, and everything is asked of the model.

use std::hash::Hash;

use stateright::{Model, Property};

use super::path::{Trail, shows};
use super::space::{Chunk, Sink, Space};
use crate::fingerprint::{Fingerprint, fingerprint};

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
pub(super) struct States<S>(Vec<(Fingerprint, S)>);

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
    M::State: Hash + Send + Sync,
{
    /// Offers a state, and judges and keeps it when it is new.
    fn offer(
        &self,
        parent: Option<Fingerprint>,
        number: usize,
        state: M::State,
        sink: &mut Sink<'_, States<M::State>>,
    ) {
        let fp = fingerprint(&state);
        if !sink.offer(parent.unwrap_or(fp), number as u32, fp) {
            return;
        }
        for (index, property) in self.properties.iter().enumerate() {
            if sink.wants(index) && shows(self.model, property, &state) {
                sink.show(index, fp);
            }
        }
        sink.keep().0.push((fp, state));
    }
}

impl<M> Space for Whole<'_, M>
where
    M: Model + Sync,
    M::State: Hash + Send + Sync,
    M::Action: Clone + Send,
{
    type Chunk = States<M::State>;
    type Worker<'s>
        = Vec<M::Action>
    where
        Self: 's;
    type Action = M::Action;

    fn worker(&self) -> Vec<M::Action> {
        Vec::new()
    }

    fn begin(&self, _: &mut Vec<M::Action>, sink: &mut Sink<'_, Self::Chunk>) {
        for (index, state) in self.model.init_states().into_iter().enumerate() {
            if self.model.within_boundary(&state) {
                self.offer(None, index, state, sink);
            }
        }
    }

    fn expand(
        &self,
        actions: &mut Vec<M::Action>,
        chunk: &Self::Chunk,
        sink: &mut Sink<'_, Self::Chunk>,
    ) {
        for (parent, state) in &chunk.0 {
            actions.clear();
            self.model.actions(state, actions);
            for (number, action) in actions.drain(..).enumerate() {
                let next = self.model.next_state(state, action);
                if let Some(next) = next.filter(|next| self.model.within_boundary(next)) {
                    self.offer(Some(*parent), number, next, sink);
                }
            }
            if sink.is_over() {
                return;
            }
        }
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
