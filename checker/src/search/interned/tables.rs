//! Tables of components: each distinct one is stored once, and a number stands for it.
//!
//! Which number a component gets depends on who comes first, so a number never enters a
//! fingerprint; the hash of the content does.

use std::hash::Hash;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use rustc_hash::FxHashMap;

use super::machine::{Machine, Number};
use crate::fingerprint::{Fingerprint, fingerprint};

/// Numbers fit into 28 bits, so that an event fits into a word.
const MOST: usize = 1 << 28;

/// One kind of component.
pub(super) struct Table<T>(Mutex<Stored<T>>);

struct Stored<T> {
    numbers: FxHashMap<Arc<T>, Number>,
    items: Vec<(Arc<T>, Fingerprint)>,
}

impl<T: Hash + Eq> Table<T> {
    pub(super) fn new() -> Table<T> {
        Table(Mutex::new(Stored { numbers: FxHashMap::default(), items: Vec::new() }))
    }

    fn lock(&self) -> MutexGuard<'_, Stored<T>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The number of an item. `hash` is asked for the hash of its content when it is new.
    pub(super) fn number(&self, item: T, hash: impl FnOnce(&T) -> Fingerprint) -> Number {
        let mut stored = self.lock();
        if let Some(number) = stored.numbers.get(&item) {
            return *number;
        }
        assert!(stored.items.len() < MOST, "more than {MOST} different components");
        let number = stored.items.len() as Number;
        let hash = hash(&item);
        let item = Arc::new(item);
        stored.items.push((Arc::clone(&item), hash));
        stored.numbers.insert(item, number);
        number
    }

    /// The item with this number, and the hash of its content.
    pub(super) fn item(&self, number: Number) -> (Arc<T>, Fingerprint) {
        let stored = self.lock();
        let (item, hash) = &stored.items[number as usize];
        (Arc::clone(item), *hash)
    }
}

/// The messages on the link between two actors, in both directions: by the hashes of their
/// contents, or in the order of sending.
#[derive(PartialEq, Eq, Hash)]
pub(super) struct Content {
    /// Which link.
    pub(super) column: usize,
    pub(super) messages: Vec<Number>,
}

/// The links that have ever carried a message. A row has a column for each.
#[derive(Clone, Default)]
pub(super) struct Columns {
    /// The ends of each link, the smaller first.
    pub(super) ends: Vec<(usize, usize)>,
    /// The number of the content without a message, of each link.
    pub(super) empty: Vec<Number>,
}

/// The components of one system.
pub(super) struct Tables<M: Machine> {
    /// Local states with their slots: actors in different slots may be in equal states and still
    /// behave differently.
    pub(super) locals: Table<(usize, M::Local)>,
    pub(super) envelopes: Table<M::Envelope>,
    pub(super) histories: Table<M::History>,
    pub(super) spent: Table<M::Spent>,
    pub(super) contents: Table<Content>,
    columns: Mutex<Columns>,
}

// What tells one kind of component apart from others in a fingerprint is its name.
impl<M: Machine> Tables<M> {
    pub(super) fn new() -> Self {
        Tables {
            locals: Table::new(),
            envelopes: Table::new(),
            histories: Table::new(),
            spent: Table::new(),
            contents: Table::new(),
            columns: Mutex::default(),
        }
    }

    pub(super) fn local(&self, slot: usize, local: M::Local) -> Number {
        self.locals.number((slot, local), |placed| fingerprint(&("local", placed)))
    }

    pub(super) fn envelope(&self, envelope: M::Envelope) -> Number {
        self.envelopes.number(envelope, |envelope| fingerprint(&("envelope", envelope)))
    }

    pub(super) fn history(&self, history: M::History) -> Number {
        self.histories.number(history, |history| fingerprint(&("history", history)))
    }

    pub(super) fn spent(&self, spent: M::Spent) -> Number {
        self.spent.number(spent, |spent| fingerprint(&("spent", spent)))
    }

    /// A link without a message adds nothing to a fingerprint, so that links which nobody has used
    /// yet need not be known.
    pub(super) fn content(&self, content: Content, ends: (usize, usize)) -> Number {
        self.contents.number(content, |content| match &*content.messages {
            [] => 0,
            messages => {
                let hash = |number: &Number| self.envelopes.item(*number).1;
                let hashes: Vec<_> = messages.iter().map(hash).collect();
                fingerprint(&("link", ends, hashes))
            }
        })
    }

    /// The column of a link.
    pub(super) fn column(&self, ends: (usize, usize)) -> usize {
        let mut columns = self.columns.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(column) = columns.ends.iter().position(|known| *known == ends) {
            return column;
        }
        let column = columns.ends.len();
        let empty = self.content(Content { column, messages: Vec::new() }, ends);
        columns.ends.push(ends);
        columns.empty.push(empty);
        column
    }

    pub(super) fn columns(&self) -> Columns {
        self.columns.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn equal_items_have_one_number() {
        let table = Table::new();
        let number = table.number("a", fingerprint);
        assert_eq!(table.number("a", |_| unreachable!("it is known")), number);
        assert_ne!(table.number("b", fingerprint), number);
        assert_eq!(table.item(number), (Arc::new("a"), fingerprint("a")));
    }
}
