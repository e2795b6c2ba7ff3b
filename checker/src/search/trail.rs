//! The way to a state: back through the visited table by the first bits of the parents' keys, then
//! forward by expanding the states on the way and recognising the next one among the successors.

use std::collections::{BTreeMap, BTreeSet};

use super::options::Limits;
use super::path::Trail;
use super::space::{Sink, Space};
use super::visited::{Key, Visited};
use super::watch::Watch;

/// A state on the way, and how it was reached from the one before it.
struct Stop<C> {
    parent: Key,
    number: u32,
    state: C,
}

/// The way to a state that the table knows. It ends early when the model does not come to the same
/// states again; confirming the path finds out.
pub(super) fn trail<'s, S: Space>(
    space: &'s S,
    worker: &mut S::Worker<'s>,
    visited: &Visited,
    target: Key,
    watch: &Watch,
) -> Trail<S::Action> {
    let candidates = back(visited, target);
    follow_keys(space, worker, &candidates, watch)
}

/// For each step, from the first, the keys that a state there can have.
fn back(visited: &Visited, target: Key) -> Vec<BTreeSet<Key>> {
    let mut levels = vec![BTreeSet::from([target])];
    let mut level = visited.origin(target).map_or(0, |origin| origin.level());
    while level > 0 {
        let origins = levels.last().into_iter().flatten().filter_map(|key| visited.origin(*key));
        let parents = origins.flat_map(|origin| visited.parents(origin)).collect();
        levels.push(parents);
        level -= 1;
    }
    levels.reverse();
    levels
}

/// The first way through these sets of states, in the order of the model's actions.
pub(super) fn follow_keys<'s, S: Space>(
    space: &'s S,
    worker: &mut S::Worker<'s>,
    candidates: &[BTreeSet<Key>],
    watch: &Watch,
) -> Trail<S::Action> {
    let limits = Limits::default();
    let mut levels: Vec<BTreeMap<Key, Stop<S::Chunk>>> = Vec::with_capacity(candidates.len());
    for (level, wanted) in candidates.iter().enumerate() {
        let mut stops = BTreeMap::new();
        let mut meet = |parent: Key, sink: Sink<'_, S::Chunk>| {
            for (key, number, state) in sink.into_successors() {
                if wanted.contains(&key) {
                    stops.entry(key).or_insert(Stop { parent, number, state });
                }
            }
        };
        match level.checked_sub(1).map(|before| &levels[before]) {
            None => {
                let mut sink = Sink::of_everything(watch, &limits, &[]);
                space.begin(worker, &mut sink);
                meet(0, sink);
            }
            Some(before) => {
                for (key, stop) in before {
                    let mut sink = Sink::of_everything(watch, &limits, &[]);
                    space.expand(worker, &stop.state, &mut sink);
                    meet(*key, sink);
                }
            }
        }
        levels.push(stops);
    }

    let mut numbers = Vec::new();
    let mut key = levels.last().and_then(|stops| stops.keys().next().copied());
    for stops in levels.iter().rev() {
        let Some(stop) = key.and_then(|key| stops.get(&key)) else { break };
        numbers.push(stop.number);
        key = Some(stop.parent);
    }
    let initial = numbers.pop().unwrap_or(0) as usize;
    numbers.reverse();
    space.trail(initial, &numbers)
}
