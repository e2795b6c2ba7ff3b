//! Properties, asked once per combination of what they read.

use stateright::actor::Id;

use super::cache::Cache;
use super::expand::Change;
use super::rows::Rows;
use super::tables::Number;
use crate::fingerprint::Fingerprint;
use crate::search::space::Sink;
use crate::system::{Condition, Kind, Property, Protocol};

/// A set of properties, by index.
pub(super) type Set = u64;

/// Which properties read what.
#[derive(Default)]
pub(super) struct Readers {
    actor: Set,
    pair: Set,
    history: Set,
    actor_and_history: Set,
    system: Set,
}

impl Readers {
    pub(super) fn new<P: Protocol>(properties: &[Property<P>]) -> Readers {
        let mut readers = Readers::default();
        for (index, property) in properties.iter().enumerate() {
            let set = match property.condition {
                Condition::Actor(_) => &mut readers.actor,
                Condition::Pair(_) => &mut readers.pair,
                Condition::Aux(_) => &mut readers.history,
                Condition::ActorAndAux(_) => &mut readers.actor_and_history,
                Condition::System(_) => &mut readers.system,
            };
            *set |= 1 << index;
        }
        readers
    }
}

impl<P: Protocol> Cache<'_, P> {
    /// Which of the properties are shown where a condition has these answers: an `always` by no, a
    /// `sometimes` by yes.
    fn shown(&self, among: Set, answer: impl Fn(&Condition<P>) -> Option<bool>) -> Set {
        let properties = self.space.system.described_properties().iter().enumerate();
        properties
            .filter(|(index, _)| among & 1 << index != 0)
            .filter(|(_, property)| {
                let shows = property.kind == Kind::Sometimes;
                answer(&property.condition) == Some(shows)
            })
            .fold(0, |set, (index, _)| set | 1 << index)
    }

    pub(super) fn shown_by_local(&self, number: Number) -> Set {
        let (placed, _) = self.space.tables.locals.item(number);
        let Some(running) = &placed.1.running else { return 0 };
        let id = Id::from(usize::from(placed.0));
        let protocol = self.space.system.protocol();
        self.shown(self.space.readers.actor, |condition| match condition {
            Condition::Actor(asks) => Some(asks(protocol, id, &running.state)),
            _ => None,
        })
    }

    pub(super) fn shown_by_history(&self, number: Number) -> Set {
        let (history, _) = self.space.tables.histories.item(number);
        let protocol = self.space.system.protocol();
        self.shown(self.space.readers.history, |condition| match condition {
            Condition::Aux(asks) => Some(asks(protocol, &history)),
            _ => None,
        })
    }

    /// `first` has the smaller slot.
    fn shown_by_pair(&mut self, first: Number, second: Number) -> Set {
        let key = u64::from(first) << 32 | u64::from(second);
        if let Some(set) = self.pairs.get(&key) {
            return *set;
        }
        let tables = &self.space.tables;
        let (a, b) = (tables.locals.item(first).0, tables.locals.item(second).0);
        let protocol = self.space.system.protocol();
        let id = |slot: u8| Id::from(usize::from(slot));
        let set = match (&a.1.running, &b.1.running) {
            (Some(x), Some(y)) => {
                self.shown(self.space.readers.pair, |condition| match condition {
                    Condition::Pair(asks) => {
                        Some(asks(protocol, (id(a.0), &x.state), (id(b.0), &y.state)))
                    }
                    _ => None,
                })
            }
            _ => 0,
        };
        self.pairs.insert(key, set);
        set
    }

    fn shown_by_local_and_history(&mut self, local: Number, history: Number) -> Set {
        let key = u64::from(local) << 32 | u64::from(history);
        if let Some(set) = self.locals_and_histories.get(&key) {
            return *set;
        }
        let tables = &self.space.tables;
        let (placed, aux) = (tables.locals.item(local).0, tables.histories.item(history).0);
        let protocol = self.space.system.protocol();
        let id = Id::from(usize::from(placed.0));
        let set = match &placed.1.running {
            Some(running) => {
                self.shown(self.space.readers.actor_and_history, |condition| match condition {
                    Condition::ActorAndAux(asks) => Some(asks(protocol, id, &running.state, &aux)),
                    _ => None,
                })
            }
            None => 0,
        };
        self.locals_and_histories.insert(key, set);
        set
    }

    /// Asks a new state about everything that may have changed; its parent was asked the rest.
    pub(super) fn judge(
        &mut self,
        numbers: &[Number],
        fingerprint: Fingerprint,
        change: Change,
        sink: &mut Sink<'_, Rows>,
    ) {
        let slots = self.space.system.actors();
        let (locals, history) = (&numbers[..slots], numbers[slots]);
        let readers = &self.space.readers;
        let (pairs, both, system) = (readers.pair, readers.actor_and_history, readers.system);
        let is_new = |slot: usize| change.slot.is_none_or(|changed| changed == slot);
        let mut set = 0;
        if change.local {
            for slot in (0..slots).filter(|slot| is_new(*slot)) {
                set |= self.local(locals[slot]).shown;
            }
        }
        if change.local && pairs != 0 {
            for first in 0..slots {
                for second in first + 1..slots {
                    if is_new(first) || is_new(second) {
                        set |= self.shown_by_pair(locals[first], locals[second]);
                    }
                }
            }
        }
        if change.history {
            set |= self.history(history).shown;
        }
        if both != 0 {
            for (slot, local) in locals.iter().enumerate() {
                if change.history || change.local && is_new(slot) {
                    set |= self.shown_by_local_and_history(*local, history);
                }
            }
        }
        if system != 0 {
            set |= self.shown_by_system(system, numbers, sink);
        }
        while set != 0 {
            let index = set.trailing_zeros() as usize;
            if sink.wants(index) {
                sink.show(index, fingerprint);
            }
            set &= set - 1;
        }
    }

    fn shown_by_system(&self, system: Set, numbers: &[Number], sink: &Sink<'_, Rows>) -> Set {
        let properties = self.space.system.described_properties();
        let wanted = (0..properties.len())
            .filter(|index| system & 1 << index != 0 && sink.wants(*index))
            .fold(0, |set: Set, index| set | 1 << index);
        if wanted == 0 {
            return 0;
        }
        let (state, protocol) = (self.space.decode(numbers), self.space.system.protocol());
        (0..properties.len())
            .filter(|index| wanted & 1 << index != 0)
            .filter(|index| {
                let property = &properties[*index];
                property.is_satisfied(protocol, &state) == (property.kind == Kind::Sometimes)
            })
            .fold(0, |set, index| set | 1 << index)
    }
}
