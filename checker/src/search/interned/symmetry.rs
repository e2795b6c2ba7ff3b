//! States up to a renaming of interchangeable actors.
//!
//! A state is known by the least of its sums under all renamings: the sum of the hashes that its
//! components have when the actors in them are renamed. States that differ in names only share it.
//! The row that is kept is the one that was found first, with its real names, so that every path is
//! a path of the system as it is. No component is ever renamed; see `system/renaming.rs`.
//!
//! The renamings that leave a state as it is are those under which it has the same sum. They are as
//! many for every sum that it has at all, so that counting the least one says how many states are
//! stood for: all renamings, divided by these.

use std::collections::BTreeSet;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::sync::{Mutex, PoisonError};

use rustc_hash::FxHashMap;

use super::judge::Set;
use super::machine::{Machine, Number, Piece};
use super::worker::Worker;
use crate::fingerprint::{Fingerprint, fingerprint};
use crate::search::SearchError;
use crate::search::visited::Key;

/// With more actors the renamings (720 of six) cost more than they save.
const MOST_ACTORS: usize = 6;

/// What all threads know of the renamings.
pub(super) struct Symmetry {
    /// Every one, each as the new names of all actors. The first leaves everything as it is.
    renamings: Vec<Vec<usize>>,
    /// Components by what they are written as, to find two that are written alike.
    written: Mutex<FxHashMap<Fingerprint, (Kind, Number)>>,
    /// What components show by themselves, or two of them together, up to renaming.
    shown: Mutex<FxHashMap<Fingerprint, Set>>,
    /// An initial state is not the same under every renaming. What can be reached may then be less
    /// than what is stood for.
    begins_asymmetric: AtomicBool,
}

impl Symmetry {
    /// An error when there is nothing to rename, or too much.
    pub(super) fn of<M: Machine>(machine: &M) -> Result<Symmetry, SearchError> {
        let actors = machine.interchangeable();
        let is_actor = |actor: &usize| *actor < machine.slots();
        let distinct: BTreeSet<usize> = actors.iter().copied().filter(is_actor).collect();
        assert!(
            distinct.len() == actors.len(),
            "interchangeable are not different actors: {actors:?}"
        );
        let no = |reason: String| Err(SearchError::Symmetry { reason });
        match actors.len() {
            0 | 1 => no("this system has no interchangeable actors".to_owned()),
            many if many > MOST_ACTORS => {
                no(format!("{many} actors are interchangeable, and the most are {MOST_ACTORS}"))
            }
            _ => Ok(Symmetry {
                renamings: renamings(&actors, machine.slots()),
                written: Mutex::default(),
                shown: Mutex::default(),
                begins_asymmetric: AtomicBool::new(false),
            }),
        }
    }

    /// How many renamings there are, the one that does nothing included.
    pub(super) fn order(&self) -> usize {
        self.renamings.len()
    }

    /// Notes an initial state that stands for so many.
    pub(super) fn begins(&self, orbit: u32) {
        self.begins_asymmetric.fetch_or(orbit > 1, Relaxed);
    }

    /// Whether what is stood for can be reached.
    pub(super) fn counts_states(&self) -> bool {
        !self.begins_asymmetric.load(Relaxed)
    }

    /// Panics when another component is written like this one.
    fn compare_written(&self, kind: Kind, number: Number, hash: Fingerprint) {
        let mut written = self.written.lock().unwrap_or_else(PoisonError::into_inner);
        let known = *written.entry(hash).or_insert((kind, number));
        assert!(
            known == (kind, number),
            "two different components serialize alike, so that states cannot be told apart up to \
             renaming; a state must serialize all that it is compared by"
        );
    }

    /// The properties of which a renamed form of the same has shown something else.
    fn contradicted(&self, canonical: Fingerprint, shown: Set) -> Set {
        let mut known = self.shown.lock().unwrap_or_else(PoisonError::into_inner);
        *known.entry(canonical).or_insert(shown) ^ shown
    }
}

/// All ways to permute some of so many slots, the one that does nothing first.
fn renamings(actors: &[usize], slots: usize) -> Vec<Vec<usize>> {
    let mut orders: Vec<Vec<usize>> = vec![Vec::new()];
    for _ in actors {
        let longer = |order: &Vec<usize>| {
            let free = actors.iter().filter(|actor| !order.contains(actor));
            free.map(|actor| [&**order, &[*actor]].concat()).collect::<Vec<_>>()
        };
        orders = orders.iter().flat_map(longer).collect();
    }
    let renaming = |order: &Vec<usize>| {
        let mut names: Vec<usize> = (0..slots).collect();
        actors.iter().zip(order).for_each(|(actor, name)| names[*actor] = *name);
        names
    };
    orders.iter().map(renaming).collect()
}

/// What a number in a row is the number of; or that of a message, which is in none.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Local,
    History,
    Spent,
    Content,
    Envelope,
}

const KINDS: usize = 5;

/// The hashes of components under every renaming, as one thread knows them.
pub(super) struct Images {
    /// How many hashes a component has.
    order: usize,
    /// By kind, those of all numbers end to end.
    hashes: [Vec<Fingerprint>; KINDS],
    known: [Vec<bool>; KINDS],
    /// Room for the sums of one state.
    sums: Vec<Fingerprint>,
}

impl Images {
    pub(super) fn new(order: usize) -> Images {
        Images { order, hashes: Default::default(), known: Default::default(), sums: Vec::new() }
    }

    fn knows(&self, kind: Kind, number: Number) -> bool {
        self.known[kind as usize].get(number as usize) == Some(&true)
    }

    fn of(&self, kind: Kind, number: Number) -> &[Fingerprint] {
        &self.hashes[kind as usize][number as usize * self.order..][..self.order]
    }

    fn learn(&mut self, kind: Kind, number: Number, images: &[Fingerprint]) {
        let (kind, number) = (kind as usize, number as usize);
        if number >= self.known[kind].len() {
            self.known[kind].resize(number + 1, false);
            self.hashes[kind].resize((number + 1) * self.order, 0);
        }
        self.known[kind][number] = true;
        self.hashes[kind][number * self.order..][..self.order].copy_from_slice(images);
    }
}

/// What a state is known by, and for how many it stands.
#[derive(Clone, Copy)]
pub(super) struct Canonical {
    pub(super) key: Key,
    pub(super) orbit: u32,
}

impl Canonical {
    fn of(sums: &[Fingerprint]) -> Canonical {
        let key = sums.iter().copied().min().unwrap_or_default();
        let same = sums.iter().filter(|sum| **sum == key).count();
        Canonical { key, orbit: (sums.len() / same.max(1)) as u32 }
    }
}

impl<M: Machine> Worker<'_, M> {
    fn kind_at(&self, place: usize) -> Kind {
        match place.checked_sub(self.slots) {
            None => Kind::Local,
            Some(0) => Kind::History,
            Some(1) => Kind::Spent,
            Some(_) => Kind::Content,
        }
    }

    /// Has the images of a component at hand.
    #[inline]
    fn ensure(&mut self, kind: Kind, number: Number) {
        if !self.images.knows(kind, number) {
            self.learn_images(kind, number);
        }
    }

    #[cold]
    fn learn_images(&mut self, kind: Kind, number: Number) {
        let Some(symmetry) = &self.space.symmetry else { return };
        let tables = &self.space.tables;
        let machine = self.machine;
        let every = |piece: Piece<'_, M>| -> Vec<Fingerprint> {
            symmetry.renamings.iter().map(|by| machine.renamed(&piece, by)).collect()
        };
        let images = match kind {
            Kind::Local => {
                let placed = tables.locals.item(number).0;
                every(Piece::Local(placed.0, &placed.1))
            }
            Kind::History => every(Piece::History(&*tables.histories.item(number).0)),
            Kind::Spent => every(Piece::Spent(&*tables.spent.item(number).0)),
            Kind::Envelope => every(Piece::Envelope(&*tables.envelopes.item(number).0)),
            Kind::Content => self.images_of_content(number),
        };
        if kind != Kind::Content {
            symmetry.compare_written(kind, number, images[0]);
        }
        self.images.learn(kind, number, &images);
        let shown = match kind {
            Kind::Local => self.local(number).shown,
            Kind::History => self.history(number).shown,
            _ => return,
        };
        self.compare_shown(&[(kind, number)], shown);
    }

    /// What is on a link says itself which link that is. Nothing is on many.
    fn images_of_content(&mut self, number: Number) -> Vec<Fingerprint> {
        let content = self.space.tables.contents.item(number).0;
        content.messages.iter().for_each(|message| self.ensure(Kind::Envelope, *message));
        let image = |index: usize| {
            let hash = |message: &Number| self.images.of(Kind::Envelope, *message)[index];
            let mut hashes: Vec<_> = content.messages.iter().map(hash).collect();
            hashes.sort_unstable();
            if hashes.is_empty() { 0 } else { fingerprint(&("renamed link", hashes)) }
        };
        (0..self.images.order).map(image).collect()
    }

    /// Panics when a property says of components, all that it reads, something else than it has
    /// said of the same ones with other names.
    pub(super) fn compare_shown(&mut self, components: &[(Kind, Number)], shown: Set) {
        let Some(symmetry) = &self.space.symmetry else { return };
        let mut sums = vec![0; symmetry.order()];
        for &(kind, number) in components {
            self.ensure(kind, number);
            add(&mut sums, self.images.of(kind, number));
        }
        let differing = symmetry.contradicted(Canonical::of(&sums).key, shown);
        if differing != 0 {
            let name = self.machine.property_name(differing.trailing_zeros() as usize);
            panic!(
                "the property `{name}` tells actors apart that are said to be interchangeable, so \
                 it cannot be checked up to renaming"
            );
        }
    }

    /// The sums of a row under every renaming.
    pub(super) fn sums_of(&mut self, row: &[Number], sums: &mut Vec<Fingerprint>) -> Canonical {
        sums.clear();
        sums.resize(self.images.order, 0);
        for (place, &number) in row.iter().enumerate() {
            let kind = self.kind_at(place);
            self.ensure(kind, number);
            add(sums, self.images.of(kind, number));
        }
        Canonical::of(sums)
    }

    /// What a successor of the row in [`Worker::row`] is known by, given the sums of that row.
    pub(super) fn canonical(&mut self, row: &[Number], before: &[Fingerprint]) -> Canonical {
        let mut sums = std::mem::take(&mut self.images.sums);
        sums.clear();
        sums.extend_from_slice(before);
        for (place, &new) in row.iter().enumerate() {
            let (kind, old) = (self.kind_at(place), self.row[place]);
            if new == old {
                continue;
            }
            self.ensure(kind, new);
            self.ensure(kind, old);
            let changes = self.images.of(kind, new).iter().zip(self.images.of(kind, old));
            for (sum, (new, old)) in sums.iter_mut().zip(changes) {
                *sum = sum.wrapping_add(*new).wrapping_sub(*old);
            }
        }
        self.images.sums = sums;
        Canonical::of(&self.images.sums)
    }
}

fn add(sums: &mut [Fingerprint], images: &[Fingerprint]) {
    for (sum, image) in sums.iter_mut().zip(images) {
        *sum = sum.wrapping_add(*image);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_renaming_does_nothing_and_others_keep_their_names() {
        let all = renamings(&[0, 2, 3], 5);
        assert_eq!(all.len(), 6);
        assert_eq!(all[0], [0, 1, 2, 3, 4]);
        for (index, renaming) in all.iter().enumerate() {
            assert_eq!((renaming[1], renaming[4]), (1, 4));
            assert!(!all[..index].contains(renaming));
            let mut names = renaming.clone();
            names.sort_unstable();
            assert_eq!(names, [0, 1, 2, 3, 4]);
        }
    }

    #[test]
    fn a_state_stands_for_as_many_as_it_has_sums() {
        let orbit = |sums: &[Fingerprint]| Canonical::of(sums).orbit;
        assert_eq!(orbit(&[5, 5, 5, 5, 5, 5]), 1);
        assert_eq!(orbit(&[7, 5, 9, 9, 5, 7]), 3);
        assert_eq!(orbit(&[6, 5, 4, 3, 2, 1]), 6);
    }
}
