//! Actor systems as a space of small rows.
//!
//! Each distinct component of a state (a local state in its slot, a message in flight, the
//! auxiliary history, what has been spent) is stored once and has a number; a state is a row of
//! numbers. Handlers are pure, so each runs once per local state and input, and afterwards an event
//! is a look-up. A fingerprint is the sum of the hashes of a state's components (copies of a
//! message counted), so a successor's costs only what changed. Properties are asked once per
//! combination of what they read.
//!
//! What a system does is defined by [`System`] alone; this file and its neighbours must come to
//! the same states, which the differential tests hold them to. Ordered networks, rounds and systems
//! of more than 64 actors are explored by whole states.

mod cache;
mod expand;
mod judge;
mod rows;
mod tables;

use stateright::Model;

use self::cache::Cache;
use self::expand::{Change, MOST_SLOTS, Numbered};
use self::judge::Readers;
use self::rows::Rows;
use self::tables::Tables;
use super::path::Trail;
use super::space::{Sink, Space};
use crate::fingerprint::Fingerprint;
use crate::system::{Event, Network, Protocol, System, SystemState};

/// An actor system, explored by rows.
pub(crate) struct Interned<'m, P: Protocol> {
    system: &'m System<P>,
    tables: Tables<P>,
    readers: Readers,
}

impl<'m, P: Protocol> Interned<'m, P> {
    /// `None` for a system that this space does not cover.
    pub(crate) fn new(system: &'m System<P>) -> Option<Self> {
        let covered = system.is_unordered_without_rounds() && system.actors() <= MOST_SLOTS;
        covered.then(|| Interned {
            system,
            tables: Tables::new(),
            readers: Readers::new(system.described_properties()),
        })
    }

    /// A whole state as a row.
    fn encode(&self, state: &SystemState<P>) -> (Fingerprint, Vec<u32>) {
        let mut fingerprint: Fingerprint = 0;
        let mut numbers = Vec::new();
        let mut add = |(number, hash): (u32, Fingerprint)| {
            fingerprint = fingerprint.wrapping_add(hash);
            numbers.push(number);
        };
        let tables = &self.tables;
        for (slot, local) in state.locals.iter().enumerate() {
            let number = tables.locals.number((slot as u8, local.clone()));
            add((number, tables.locals.item(number).1));
        }
        let number = tables.histories.number(state.aux.clone());
        add((number, tables.histories.item(number).1));
        let number = tables.spent.number(state.spent.clone());
        add((number, tables.spent.item(number).1));
        let in_flight = state.network.in_flight().into_iter();
        let mut network: Vec<_> = in_flight
            .map(|envelope| tables.envelopes.number(envelope))
            .map(|number| (number, tables.envelopes.item(number).1))
            .collect();
        network.sort_unstable_by_key(|(_, hash)| *hash);
        network.into_iter().for_each(add);
        (fingerprint, numbers)
    }

    /// A row as a whole state.
    fn decode(&self, numbers: &[u32]) -> SystemState<P> {
        let tables = &self.tables;
        let slots = self.system.actors();
        let mut network = Network::new(Default::default());
        for number in &numbers[slots + 2..] {
            network.send((*tables.envelopes.item(*number).0).clone());
        }
        SystemState {
            locals: numbers[..slots].iter().map(|n| tables.locals.item(*n).0.1.clone()).collect(),
            network,
            aux: (*tables.histories.item(numbers[slots]).0).clone(),
            spent: (*tables.spent.item(numbers[slots + 1]).0).clone(),
        }
    }

    /// The event that a number stands for in a state.
    fn event(&self, number: u32, state: &SystemState<P>) -> Option<Event<P::Actor>> {
        let envelope = |number| (*self.tables.envelopes.item(number).0).clone();
        let running = |slot: usize| state.locals.get(slot)?.running.as_ref();
        Some(match Numbered::from_word(number) {
            Numbered::Deliver(number) => Event::Deliver(envelope(number)),
            Numbered::Duplicate(number) => Event::Duplicate(envelope(number)),
            Numbered::Drop(number) => Event::Drop(envelope(number)),
            Numbered::Timeout(slot, index) => {
                let timer = running(slot)?.timers.get(index)?.clone();
                Event::Timeout { actor: slot.into(), timer }
            }
            Numbered::Random(slot, choice, index) => {
                let (key, values) = running(slot)?.choices.get(choice)?;
                let (key, value) = (key.clone(), values.get(index)?.clone());
                Event::Random { actor: slot.into(), key, value }
            }
            Numbered::Client(slot) => {
                Event::Client { actor: slot.into(), number: state.spent.commands + 1 }
            }
            Numbered::Crash(slot) => Event::Crash(slot.into()),
            Numbered::Restart(slot) => Event::Restart(slot.into()),
        })
    }
}

impl<P: Protocol> Space for Interned<'_, P> {
    type Chunk = Rows;
    type Worker<'s>
        = Cache<'s, P>
    where
        Self: 's;
    type Action = Event<P::Actor>;

    fn worker(&self) -> Cache<'_, P> {
        Cache::new(self)
    }

    fn begin(&self, cache: &mut Cache<'_, P>, sink: &mut Sink<'_, Rows>) {
        for (index, state) in self.system.init_states().into_iter().enumerate() {
            let (fingerprint, numbers) = self.encode(&state);
            if sink.offer(fingerprint, index as u32, fingerprint) {
                cache.judge(&numbers, fingerprint, Change::EVERYTHING, sink);
                sink.keep().push(fingerprint, &numbers);
            }
        }
    }

    fn expand(&self, cache: &mut Cache<'_, P>, chunk: &Rows, sink: &mut Sink<'_, Rows>) {
        for row in chunk.iter(self.system.actors()) {
            cache.expand(row, sink);
            if sink.is_over() {
                return;
            }
        }
    }

    fn trail(&self, initial: usize, numbers: &[u32]) -> Trail<Self::Action> {
        let mut actions = Vec::with_capacity(numbers.len());
        let mut state = self.system.init_states().into_iter().nth(initial);
        for number in numbers {
            let Some(from) = &state else { break };
            let Some(event) = self.event(*number, from) else { break };
            state = self.system.next_state(from, event.clone());
            actions.push(event);
        }
        Trail { initial, actions }
    }
}
