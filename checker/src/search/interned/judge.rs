//! Properties, asked once per combination of what they read.

use super::machine::{Machine, Number, Reads};
use super::memo::pair;
use super::rows::Rows;
use super::symmetry::Kind;
use super::worker::Worker;
use crate::fingerprint::Fingerprint;
use crate::search::space::Sink;
use crate::search::visited::Key;

/// A set of properties, by index.
pub(super) type Set = u64;

/// Which properties read what.
#[derive(Default)]
pub(super) struct Readers {
    local: Set,
    pair: Set,
    history: Set,
    both: Set,
    state: Set,
}

impl Readers {
    pub(super) fn new(properties: &[Reads]) -> Readers {
        let mut readers = Readers::default();
        for (index, reads) in properties.iter().enumerate() {
            *match reads {
                Reads::Local => &mut readers.local,
                Reads::Pair => &mut readers.pair,
                Reads::History => &mut readers.history,
                Reads::LocalAndHistory => &mut readers.both,
                Reads::State => &mut readers.state,
            } |= 1 << index;
        }
        readers
    }
}

/// What differs between a state and its parent, as far as properties are concerned, and what the
/// components of the state add up to.
#[derive(Clone, Copy)]
pub(super) struct Change {
    /// Whose local state.
    pub(super) slot: Option<u8>,
    /// Whether the history.
    pub(super) history: bool,
    pub(super) sum: Fingerprint,
    /// How many states it stands for.
    pub(super) orbit: u32,
}

/// The properties of a set, by index.
fn members(mut set: Set) -> impl Iterator<Item = usize> {
    std::iter::from_fn(move || {
        let index = (set != 0).then(|| set.trailing_zeros() as usize)?;
        set &= set - 1;
        Some(index)
    })
}

fn those(among: Set, is_shown: impl Fn(usize) -> bool) -> Set {
    members(among).filter(|index| is_shown(*index)).fold(0, |set, index| set | 1 << index)
}

impl<M: Machine> Worker<'_, M> {
    pub(super) fn shown_by_local(&self, slot: usize, local: &M::Local) -> Set {
        let machine = self.machine;
        those(self.space.readers.local, |property| machine.shown_by_local(property, slot, local))
    }

    pub(super) fn shown_by_history(&self, history: &M::History) -> Set {
        let machine = self.machine;
        those(self.space.readers.history, |property| machine.shown_by_history(property, history))
    }

    /// `first` has the smaller slot.
    fn shown_by_pair(&mut self, first: Number, second: Number) -> Set {
        let key = pair(first, second);
        if let Some(known) = self.pairs.get(key) {
            return self.sets[known as usize];
        }
        let tables = &self.space.tables;
        let (a, b) = (tables.locals.item(first).0, tables.locals.item(second).0);
        let machine = self.machine;
        let set = those(self.space.readers.pair, |property| {
            machine.shown_by_pair(property, (a.0, &a.1), (b.0, &b.1))
        });
        self.compare_shown(&[(Kind::Local, first), (Kind::Local, second)], set);
        self.pairs.insert(key, self.sets.len() as Number);
        self.sets.push(set);
        set
    }

    fn shown_by_both(&mut self, local: Number, history: Number) -> Set {
        let key = pair(local, history);
        if let Some(known) = self.locals_and_histories.get(key) {
            return self.sets[known as usize];
        }
        let tables = &self.space.tables;
        let (placed, aux) = (tables.locals.item(local).0, tables.histories.item(history).0);
        let machine = self.machine;
        let set = those(self.space.readers.both, |property| {
            machine.shown_by_both(property, placed.0, &placed.1, &aux)
        });
        self.compare_shown(&[(Kind::Local, local), (Kind::History, history)], set);
        self.locals_and_histories.insert(key, self.sets.len() as Number);
        self.sets.push(set);
        set
    }

    /// Asks an initial state about everything.
    pub(super) fn judge_all(&mut self, numbers: &[Number], key: Key, sink: &mut Sink<'_, Rows>) {
        for slot in 0..self.slots {
            let change = Change { slot: Some(slot as u8), history: true, sum: 0, orbit: 1 };
            self.judge(numbers, key, change, sink);
        }
        if self.slots == 0 {
            self.judge(numbers, key, Change { slot: None, history: true, sum: 0, orbit: 1 }, sink);
        }
    }

    /// Panics when a property that is declared to read the history alone reads more.
    #[cold]
    fn compare_declared(&self, numbers: &[Number]) {
        if let Some(name) = self.machine.contradiction(&self.space.decode(numbers)) {
            panic!("the property `{name}` is not what was declared of it");
        }
    }

    /// Asks a new state about everything that may have changed; its parent was asked the rest.
    pub(super) fn judge(
        &mut self,
        numbers: &[Number],
        key: Key,
        change: Change,
        sink: &mut Sink<'_, Rows>,
    ) {
        let slots = self.slots;
        let (locals, history) = (&numbers[..slots], numbers[slots]);
        let readers = &self.space.readers;
        let (pairs, both, state) = (readers.pair, readers.both, readers.state);
        let mut set = 0;
        if let Some(slot) = change.slot.map(usize::from) {
            set |= self.local(locals[slot]).shown;
            if pairs != 0 {
                for other in (0..slots).filter(|other| *other != slot) {
                    let (first, second) = (slot.min(other), slot.max(other));
                    set |= self.shown_by_pair(locals[first], locals[second]);
                }
            }
        }
        if change.history {
            set |= self.history(history).shown;
            if std::mem::take(&mut self.met_history) {
                self.compare_declared(numbers);
            }
        }
        if both != 0 {
            for (slot, local) in locals.iter().enumerate() {
                if change.history || change.slot == Some(slot as u8) {
                    set |= self.shown_by_both(*local, history);
                }
            }
        }
        let wanted = members(state).filter(|index| sink.wants(*index));
        let wanted = wanted.fold(0, |set, index| set | 1 << index);
        if wanted != 0 {
            let whole = self.space.decode(numbers);
            set |= those(wanted, |property| self.machine.shown_by_state(property, &whole));
        }
        for index in members(set) {
            if sink.wants(index) {
                sink.show(index, key);
            }
        }
    }
}
