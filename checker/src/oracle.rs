//! The dumb oracle: a plain exploration with a set of whole states. No fingerprints, no threads,
//! no limits but a number of states. It is slow, and there is nothing in it to get wrong; tests
//! hold every engine against it.

use std::collections::{HashSet, VecDeque};
use std::hash::Hash;

use stateright::{Expectation, Model};

/// What a plain exploration found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Exploration {
    /// Distinct states.
    pub distinct: u64,
    /// Generated states, repetitions and initial ones included.
    pub generated: u64,
    /// The greatest number of steps from an initial state.
    pub depth: u32,
    /// Per property in the model's order: the least number of steps to a state that violates an
    /// `always` or satisfies a `sometimes`.
    pub shown: Vec<(&'static str, Option<u32>)>,
}

/// Explores everything, or gives up (`None`) beyond `most` distinct states.
pub fn explore<M>(model: &M, most: u64) -> Option<Exploration>
where
    M: Model,
    M::State: Clone + Eq + Hash,
{
    let properties = model.properties();
    let mut shown: Vec<_> = properties.iter().map(|property| (property.name, None)).collect();
    let mut seen: HashSet<M::State> = HashSet::new();
    let mut queue = VecDeque::new();
    let (mut generated, mut depth) = (0, 0);

    let initial = model.init_states().into_iter().map(|state| (state, 0));
    let mut found: Vec<(M::State, u32)> = initial.collect();
    loop {
        for (state, level) in found.drain(..) {
            if !model.within_boundary(&state) {
                continue;
            }
            generated += 1;
            if !seen.insert(state.clone()) {
                continue;
            }
            depth = depth.max(level);
            for (property, (_, steps)) in properties.iter().zip(&mut shown) {
                let holds = (property.condition)(model, &state);
                if steps.is_none() && holds == (property.expectation != Expectation::Always) {
                    *steps = Some(level);
                }
            }
            queue.push_back((state, level));
        }
        if seen.len() as u64 > most {
            return None;
        }
        let Some((state, level)) = queue.pop_front() else { break };
        found.extend(model.next_states(&state).into_iter().map(|next| (next, level + 1)));
    }
    Some(Exploration { distinct: seen.len() as u64, generated, depth, shown })
}
