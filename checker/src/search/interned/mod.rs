//! Actor systems as a space of small rows.
//!
//! Each distinct component of a state (a local state in its slot, the messages on a link between
//! two actors, the auxiliary history, what has been spent) is stored once and has a number; a state
//! is a row of numbers. Handlers are pure, so each runs once per local state and input, and
//! afterwards an event is a few look-ups. A fingerprint is the sum of the hashes of a state's
//! components, so a successor's costs only what changed. Properties are asked once per combination
//! of what they read.
//!
//! What a system does is defined by a [`Machine`]: [`of_system`] for our own systems,
//! [`of_actor_model`] for stateright's. The files here must come to the same states as the models'
//! own `next_state`, which the differential tests hold them to.

mod exact;
mod expand;
mod judge;
mod machine;
mod memo;
mod numbered;
mod of_actor_model;
mod of_system;
mod outcome;
mod rows;
mod symmetry;
mod tables;
mod worker;

use self::exact::ExactRows;
use self::judge::Readers;
use self::machine::{Event, Happening, Machine, Number, Parts};
use self::numbered::MOST_SLOTS;
use self::outcome::Operation;
use self::rows::Rows;
use self::symmetry::{Canonical, Symmetry};
use self::tables::{Content, Tables};
use self::worker::Worker;
use super::SearchError;
use super::options::Options;
use super::path::Trail;
use super::space::{Sink, Space};
use super::visited::Key;
use crate::fingerprint::Fingerprint;

pub(super) use self::of_actor_model::OfActorModel;
pub(super) use self::of_system::OfSystem;

/// An actor system, explored by rows.
pub(in crate::search) struct Interned<'m, M: Machine> {
    machine: &'m M,
    tables: Tables<M>,
    readers: Readers,
    has_boundary: bool,
    /// Whether events are counted.
    counts: bool,
    /// Where states are told apart by their rows and not by fingerprints.
    exact: Option<ExactRows>,
    /// Where states that differ in the names of actors only are taken for one.
    symmetry: Option<Symmetry>,
}

impl<'m, M: Machine> Interned<'m, M> {
    /// `None` for a system of too many actors.
    pub(super) fn new(machine: &'m M, options: &Options) -> Option<Self> {
        let properties = machine.properties();
        let covered = machine.slots() <= MOST_SLOTS && properties.len() <= 64;
        covered.then(|| Interned {
            machine,
            tables: Tables::new(),
            readers: Readers::new(&properties),
            has_boundary: machine.has_boundary(),
            counts: options.coverage,
            exact: options.exact.then(ExactRows::default),
            symmetry: None,
        })
    }

    /// The same up to a renaming of interchangeable actors.
    pub(super) fn up_to_renaming(mut self) -> Result<Self, SearchError> {
        self.symmetry = Some(Symmetry::of(self.machine)?);
        Ok(self)
    }

    fn machine(&self) -> &'m M {
        self.machine
    }

    /// What a state is known by.
    fn key(&self, sum: Fingerprint, row: &[Number], empty: &[Number]) -> Key {
        match &self.exact {
            None => sum,
            Some(exact) => {
                let number = exact.number(row, self.machine.slots() + 2, empty);
                Key::from(number) << 64 | Key::from(sum as u64)
            }
        }
    }

    /// A whole state as a row.
    fn encode(&self, worker: &mut Worker<'_, M>, state: &M::State) -> (Fingerprint, Vec<Number>) {
        let tables = &self.tables;
        let parts = self.machine.take_apart(state);
        let mut messages: Vec<Vec<Number>> = Vec::new();
        for envelope in parts.envelopes {
            let column = worker.column_of(&envelope);
            messages.resize_with(worker.columns.ends.len(), Vec::new);
            worker.send(&mut messages[column], tables.envelope(envelope));
        }
        worker.refresh_columns();
        messages.resize_with(worker.columns.ends.len(), Vec::new);

        let mut row = Vec::new();
        let mut sum: Fingerprint = 0;
        let mut add = |number: Number, hash: Fingerprint| {
            row.push(number);
            sum = sum.wrapping_add(hash);
        };
        for (slot, local) in parts.locals.into_iter().enumerate() {
            let number = tables.local(slot, local);
            add(number, tables.locals.item(number).1);
        }
        let number = tables.history(parts.history);
        add(number, tables.histories.item(number).1);
        let number = tables.spent(parts.spent);
        add(number, tables.spent.item(number).1);
        for (column, messages) in messages.into_iter().enumerate() {
            let ends = worker.columns.ends[column];
            let number = tables.content(Content { column, messages }, ends);
            add(number, tables.contents.item(number).1);
        }
        (sum, row)
    }

    /// A row as a whole state.
    fn decode(&self, row: &[Number]) -> M::State {
        let (tables, slots) = (&self.tables, self.machine.slots());
        let contents = row[slots + 2..].iter().map(|number| tables.contents.item(*number).0);
        let envelopes = contents.flat_map(|content| {
            let envelope = |number: &Number| (*tables.envelopes.item(*number).0).clone();
            content.messages.iter().map(envelope).collect::<Vec<_>>()
        });
        self.machine.put_together(Parts {
            envelopes: envelopes.collect(),
            locals: row[..slots].iter().map(|n| tables.locals.item(*n).0.1.clone()).collect(),
            history: (*tables.histories.item(row[slots]).0).clone(),
            spent: (*tables.spent.item(row[slots + 1]).0).clone(),
        })
    }

    /// The action that a word stands for in a state.
    fn action(&self, word: u32, state: &M::State) -> Option<M::Action> {
        let (slot, event) = numbered::event(word);
        let local = self.machine.take_apart(state).locals.into_iter().nth(slot);
        self.described(slot, local.as_ref(), event)
    }

    fn described(
        &self,
        slot: usize,
        local: Option<&M::Local>,
        event: Event<Number>,
    ) -> Option<M::Action> {
        let item = |number| self.tables.envelopes.item(number).0;
        let (machine, envelope);
        machine = self.machine;
        let event = match event {
            Event::Deliver(number) | Event::Own(Happening::Message(number)) => {
                envelope = item(number);
                Event::Deliver(&*envelope)
            }
            Event::Duplicate(number) => {
                envelope = item(number);
                Event::Duplicate(&*envelope)
            }
            Event::Drop(number) => {
                envelope = item(number);
                Event::Drop(&*envelope)
            }
            Event::Own(Happening::Timeout(index)) => Event::Own(Happening::Timeout(index)),
            Event::Own(Happening::Random(choice, index)) => {
                Event::Own(Happening::Random(choice, index))
            }
            Event::Own(Happening::Client(number)) => Event::Own(Happening::Client(number)),
            Event::Own(Happening::Crash) => Event::Own(Happening::Crash),
            Event::Own(Happening::Restart) => Event::Own(Happening::Restart),
        };
        machine.action(slot, local, event)
    }
}

impl<M: Machine> Space for Interned<'_, M> {
    type Chunk = Rows;
    type Worker<'s>
        = Worker<'s, M>
    where
        Self: 's;
    type Action = M::Action;

    fn worker(&self) -> Worker<'_, M> {
        Worker::new(self)
    }

    fn begin(&self, worker: &mut Worker<'_, M>, sink: &mut Sink<'_, Rows>) {
        for (index, state) in self.machine.initial().into_iter().enumerate() {
            if self.has_boundary && !self.machine.is_within(&state) {
                continue;
            }
            let (sum, row) = self.encode(worker, &state);
            let key = match &self.symmetry {
                None => self.key(sum, &row, &worker.columns.empty),
                Some(symmetry) => {
                    let Canonical { key, orbit } = worker.sums_of(&row, &mut Vec::new());
                    symmetry.begins(orbit);
                    key
                }
            };
            sink.offer_initial(index as u32, key);
            sink.settle(|sink, _| {
                worker.stood_for += 1;
                worker.judge_all(&row, key, sink);
                if !sink.keep().push(sum, &row) {
                    sink.keep_in_new().push(sum, &row);
                }
            });
        }
    }

    fn expand(&self, worker: &mut Worker<'_, M>, chunk: &Rows, sink: &mut Sink<'_, Rows>) {
        worker.refresh_columns();
        worker.unnoted = self.machine.unnoted_duplicates();
        worker.expand(chunk, sink);
    }

    fn trail(&self, initial: usize, numbers: &[u32]) -> Trail<Self::Action> {
        let mut actions = Vec::with_capacity(numbers.len());
        let mut state = self.machine.initial().into_iter().nth(initial);
        for number in numbers {
            let Some(from) = &state else { break };
            let Some(action) = self.action(*number, from) else { break };
            state = self.machine.next(from, &action);
            actions.push(action);
        }
        Trail { initial, actions }
    }

    fn took(&self, worker: &mut Worker<'_, M>, state: &Rows, word: u32) {
        let Some((_, row)) = state.iter().next().filter(|_| self.counts) else { return };
        let receiver = |message| self.machine.ends(&self.tables.envelopes.item(message).0).1;
        let (slot, happening, is_copy) = match numbered::event(word) {
            (_, Event::Drop(message)) => return worker.count(Operation::Loss(message)),
            (_, Event::Deliver(m)) => (receiver(m), Happening::Message(m), false),
            (_, Event::Duplicate(m)) => (receiver(m), Happening::Message(m), true),
            (slot, Event::Own(happening)) => (slot, happening, false),
        };
        // It was possible, so its outcome is known.
        let Some(index) = worker.known.get(&(row[slot], happening)) else { return };
        worker.count(match is_copy {
            true => Operation::Keeping(*index),
            false => Operation::Outcome(*index),
        });
    }

    fn coverage(&self, workers: &[Worker<'_, M>]) -> Vec<(M::Action, u64)> {
        let mut actions = Vec::new();
        for worker in workers {
            for (cause, taken) in worker.causes.iter().zip(&worker.taken) {
                let before = self.tables.locals.item(cause.before).0;
                let (slot, local) = &*before;
                let event = Event::Own(cause.happening);
                let mut add = |event, times: u64| {
                    let action = self.described(*slot, Some(local), event);
                    actions.extend(action.filter(|_| times > 0).map(|action| (action, times)));
                };
                add(event, taken[0]);
                if let Happening::Message(message) = cause.happening {
                    add(Event::Duplicate(message), taken[1]);
                }
            }
            for (message, times) in &worker.dropped {
                let action = self.described(0, None, Event::Drop(*message));
                actions.extend(action.map(|action| (action, *times)));
            }
        }
        actions
    }

    fn is_exact(&self) -> bool {
        self.exact.is_some()
    }

    fn renamings(&self) -> usize {
        self.symmetry.as_ref().map_or(1, Symmetry::order)
    }

    fn unreduced(&self, workers: &[Worker<'_, M>]) -> Option<u64> {
        let counts = self.symmetry.as_ref()?.counts_states();
        counts.then(|| workers.iter().map(|worker| worker.stood_for).sum())
    }
}
