//! Tables of components: each distinct one is stored once, and a number stands for it.
//!
//! Which number a component gets depends on who comes first, so a number never enters a
//! fingerprint; the hash of the content does.

use std::collections::HashMap;
use std::hash::Hash;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use stateright::actor::Actor;

use crate::fingerprint::{Fingerprint, fingerprint};
use crate::system::{Envelope, Local, Protocol, Spent};

/// The number of a component.
pub(super) type Number = u32;

/// Numbers fit into 28 bits, so that an event fits into a word.
const MOST: usize = 1 << 28;

/// One kind of component.
pub(super) struct Table<T> {
    /// What tells this kind apart from others in a fingerprint.
    role: &'static str,
    stored: Mutex<Stored<T>>,
}

struct Stored<T> {
    numbers: HashMap<Arc<T>, Number>,
    items: Vec<(Arc<T>, Fingerprint)>,
}

impl<T: Hash + Eq> Table<T> {
    fn new(role: &'static str) -> Table<T> {
        let stored = Stored { numbers: HashMap::new(), items: Vec::new() };
        Table { role, stored: Mutex::new(stored) }
    }

    fn lock(&self) -> MutexGuard<'_, Stored<T>> {
        self.stored.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The number of an item.
    pub(super) fn number(&self, item: T) -> Number {
        let mut stored = self.lock();
        if let Some(number) = stored.numbers.get(&item) {
            return *number;
        }
        assert!(stored.items.len() < MOST, "more than {MOST} different components");
        let number = stored.items.len() as Number;
        let hash = fingerprint(&(self.role, &item));
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

/// An actor's local state with its slot: actors in different slots may be in equal states and
/// still behave differently.
pub(super) type Placed<P> = (u8, Arc<Local<<P as Protocol>::Actor>>);

/// The components of one system.
pub(super) struct Tables<P: Protocol> {
    pub(super) locals: Table<Placed<P>>,
    pub(super) envelopes: Table<Envelope<<P::Actor as Actor>::Msg>>,
    pub(super) histories: Table<Arc<P::Aux>>,
    pub(super) spent: Table<Spent>,
}

impl<P: Protocol> Tables<P> {
    pub(super) fn new() -> Self {
        Tables {
            locals: Table::new("local"),
            envelopes: Table::new("envelope"),
            histories: Table::new("history"),
            spent: Table::new("spent"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn equal_items_have_one_number_and_their_kind_enters_the_hash() {
        let (left, right) = (Table::new("left"), Table::new("right"));
        let number = left.number("a");
        assert_eq!(left.number("a"), number);
        assert_ne!(left.number("b"), number);
        assert_eq!(*left.item(number).0, "a");
        let other = right.number("a");
        assert_ne!(left.item(number).1, right.item(other).1);
    }
}
