//! The successors of a row: what the system does, on numbers.

use super::judge::Change;
use super::machine::{Event, Happening, Machine, Number};
use super::memo::pair;
use super::numbered::word;
use super::outcome::{Operation, Outcome, bit};
use super::rows::Rows;
use super::symmetry::Canonical;
use super::worker::{Arrival, Link, NONE, OwnMove, SpentFacts, Worker};
use crate::fingerprint::Fingerprint;
use crate::search::space::Sink;
use crate::search::visited::Key;

/// The state that is being expanded; its numbers are in [`Worker::row`].
#[derive(Clone, Copy, Default)]
struct Parent {
    fingerprint: Fingerprint,
    key: Key,
    /// The history at the beginning of an event.
    begun: Number,
    spent: SpentFacts,
    /// Whether a local state lies beyond a bound, as only an initial one can: the slot, and whether
    /// there are more.
    beyond: Option<(usize, bool)>,
}

/// One event on its way to a successor.
#[derive(Clone, Copy)]
struct Move {
    word: u32,
    /// What comes of it for an actor; `NONE` for a loss.
    outcome: u32,
    /// The operation on the links of that actor; of a loss, on the one link.
    operation: Operation,
    spent: Number,
    /// The link of the message, where it is about one.
    column: u32,
}

/// A row that is about to be expanded, with all that may happen in it.
#[derive(Default)]
pub(super) struct Staged {
    parent: Parent,
    row: Vec<Number>,
    moves: Vec<Move>,
    /// The sums of the row under every renaming of actors.
    sums: Vec<Fingerprint>,
}

impl<M: Machine> Worker<'_, M> {
    /// Offers every successor of each row. While one is expanded, what the next will need is
    /// already on its way from memory.
    pub(super) fn expand(&mut self, rows: &Rows, sink: &mut Sink<'_, Rows>) {
        let mut rows = rows.iter();
        let mut next = self.stage(rows.next());
        while let Some(mut staged) = next {
            next = self.stage(rows.next());
            sink.expands(staged.parent.key);
            std::mem::swap(&mut self.row, &mut staged.row);
            for step in &staged.moves {
                self.take(&staged, *step, sink);
            }
            std::mem::swap(&mut self.row, &mut staged.row);
            self.spare.push(staged);
            if sink.is_over() {
                break;
            }
        }
        self.settle(sink);
    }

    /// Finds out what may happen in a row.
    fn stage(&mut self, row: Option<(Fingerprint, &[Number])>) -> Option<Staged> {
        let (fingerprint, row) = row?;
        let mut staged = self.spare.pop().unwrap_or_default();
        staged.row.clear();
        staged.row.extend_from_slice(row);
        staged.moves.clear();
        let (history, spent) = (row[self.slots], row[self.slots + 1]);
        let (mut down, mut active, mut beyond) = (false, 0u64, None);
        for (slot, &local) in row[..self.slots].iter().enumerate() {
            let facts = self.local(local);
            down |= !facts.is_running;
            active |= u64::from(!facts.is_passive) << slot;
            if facts.is_beyond {
                beyond = Some((slot, beyond.is_some()));
            }
        }
        let begun = self.history(history).begun;
        let key = match self.space.symmetry {
            None => fingerprint,
            Some(_) => self.sums_of(row, &mut staged.sums).key,
        };
        staged.parent = Parent { fingerprint, key, begun, spent: self.spent(spent), beyond };
        let has_to_restart = down && staged.parent.spent.restarts_at_once;
        if !has_to_restart {
            self.network_events(&mut staged);
        }
        while active != 0 {
            let slot = active.trailing_zeros() as usize;
            active &= active - 1;
            let span = self.own_moves(slot, row[slot], spent, has_to_restart);
            staged.moves.extend(self.own_moves[span.indices()].iter().map(|own| {
                let OwnMove { word, outcome, spent } = *own;
                Move { word, outcome, operation: Operation::Outcome(outcome), spent, column: NONE }
            }));
        }
        self.prefetch(&staged);
        Some(staged)
    }

    /// Has what the successors of a row will need on its way from memory.
    fn prefetch(&self, staged: &Staged) {
        let (row, first) = (&*staged.row, self.slots + 2);
        let (recorded, moved) = (self.recorded.is_far(), self.moved.is_far());
        let purged = self.purges && self.purged.is_far();
        if !recorded && !moved && !purged {
            return;
        }
        for step in staged.moves.iter().filter(|step| step.outcome != NONE) {
            let outcome = &self.outcomes[step.outcome as usize];
            if recorded {
                self.recorded.prefetch(pair(staged.parent.begun, step.outcome));
            }
            if !moved && !purged {
                continue;
            }
            let (slot, local) = (usize::from(outcome.slot), outcome.local);
            for &Link { other, column } in &self.links[slot] {
                let Some(&content) = row.get(first + column) else { continue };
                if outcome.touched & bit(column) != 0 {
                    self.moved.prefetch(pair(content, step.operation.word()));
                } else if purged && outcome.is_changed && content != self.columns.empty[column] {
                    let there = if other < self.slots { row[other] } else { NONE };
                    let locals = if slot <= other { [local, there] } else { [there, local] };
                    self.purged.prefetch((locals, content, staged.parent.spent.may_restart));
                }
            }
        }
    }

    /// Makes the row as wide as there are links. Successors that are not settled are all as wide as
    /// one another.
    #[inline]
    fn widen(&mut self, sink: &mut Sink<'_, Rows>) {
        let width = self.width();
        if self.row.len() < width {
            let from = self.row.len() - self.slots - 2;
            self.row.extend_from_slice(&self.columns.empty[from..]);
        }
        if self.built_width != width {
            self.settle(sink);
            self.built_width = width;
        }
    }

    fn network_events(&mut self, staged: &mut Staged) {
        // Links that come into use meanwhile are empty in this row; their order is another one.
        let order = std::mem::take(&mut self.order);
        for &column in &order {
            // Links that have come into use since the row was made are empty too.
            let Some(&content) = staged.row.get(self.slots + 2 + column) else { continue };
            if content == self.columns.empty[column] {
                continue;
            }
            let locals = self.locals_at(column, &staged.row);
            for index in self.arrivals(content, locals).indices() {
                self.arrive(self.arrivals[index], staged);
            }
        }
        if self.order.is_empty() {
            self.order = order;
        }
    }

    /// The events of one message in flight.
    fn arrive(&mut self, arrival: Arrival, staged: &mut Staged) {
        let Arrival { message, outcome, column } = arrival;
        let rules = staged.parent.spent;
        let does_something = outcome != NONE;
        if let (Some(Ok(spent)), true) = (rules.duplicate, does_something) {
            let word = word(0, Event::Duplicate(message));
            let operation = Operation::Keeping(outcome);
            staged.moves.push(Move { word, outcome, operation, spent, column });
        }
        if let Some(spent) = rules.drop {
            let (word, operation) = (word(0, Event::Drop(message)), Operation::Loss(message));
            staged.moves.push(Move { word, outcome: NONE, operation, spent, column });
        }
        if does_something {
            let spent = staged.row[self.slots + 1];
            let spent = match self.machine.traces_deliveries() {
                true => self.spent_on_delivery(spent, message),
                false => spent,
            };
            let (word, operation) = (word(0, Event::Deliver(message)), Operation::Outcome(outcome));
            staged.moves.push(Move { word, outcome, operation, spent, column });
        }
    }

    /// The local states at the ends of a link.
    fn locals_at(&self, column: usize, row: &[Number]) -> [Number; 2] {
        let (a, b) = self.columns.ends[column];
        let local = |slot: usize| if slot < self.slots { row[slot] } else { NONE };
        [local(a), local(b)]
    }

    /// Builds the successor, and offers it if it is one.
    fn take(&mut self, staged: &Staged, step: Move, sink: &mut Sink<'_, Rows>) {
        self.widen(sink);
        let mut built = std::mem::take(&mut self.built);
        let base = built.len();
        built.extend_from_slice(&self.row);
        let row = &mut built[base..];
        let change = self.fill(row, &staged.parent, step);
        let known = change.map(|change| self.known_as(change, row, &staged.sums));
        match known {
            Some((change, key)) if !self.is_outside(row, key, sink) => {
                if self.counts && sink.counts() {
                    self.count(step.operation);
                }
                self.changes.push(change);
                sink.offer(step.word, key);
            }
            _ => built.truncate(base),
        }
        self.built = built;
        if sink.is_full() {
            self.settle(sink);
        }
    }

    /// What a successor is known by.
    #[inline]
    fn known_as(
        &mut self,
        change: Change,
        row: &[Number],
        before: &[Fingerprint],
    ) -> (Change, Key) {
        if self.space.symmetry.is_none() {
            return (change, self.space.key(change.sum, row, &self.columns.empty));
        }
        let Canonical { key, orbit } = self.canonical(row, before);
        (Change { orbit, ..change }, key)
    }

    /// Counts an event.
    #[cold]
    pub(super) fn count(&mut self, operation: Operation) {
        match operation {
            Operation::Outcome(index) => self.taken[index as usize][0] += 1,
            Operation::Keeping(index) => self.taken[index as usize][1] += 1,
            Operation::Loss(message) => *self.dropped.entry(message).or_default() += 1,
        }
    }

    /// Turns a copy of the parent's row into the successor's. `None` when there is none.
    #[inline]
    fn fill(&mut self, row: &mut [Number], parent: &Parent, step: Move) -> Option<Change> {
        let (slots, mut sum) = (self.slots, parent.fingerprint);
        let (mut history, mut may_restart) = (parent.begun, parent.spent.may_restart);
        let mut change = Change { slot: None, history: false, sum: 0, orbit: 1 };
        let (mut beyond, mut bound) = (parent.beyond, None);
        if step.spent != row[slots + 1] {
            let facts = self.spent(step.spent);
            sum = sum.wrapping_sub(parent.spent.hash).wrapping_add(facts.hash);
            row[slots + 1] = step.spent;
            may_restart = facts.may_restart;
        }
        if step.outcome == NONE {
            sum = sum.wrapping_add(self.lose(row, step));
        } else {
            let outcome = self.outcomes[step.outcome as usize];
            let slot = usize::from(outcome.slot);
            if outcome.is_beyond {
                bound = self.causes[step.outcome as usize].beyond;
            }
            // Only an initial state can lie beyond; this actor has come back.
            beyond = beyond.filter(|(beyond, more)| *more || *beyond != slot);
            sum = sum.wrapping_add(outcome.difference);
            row[slot] = outcome.local;
            change.slot = outcome.is_changed.then_some(outcome.slot);
            history = self.record(history, step.outcome);
            sum = sum.wrapping_add(self.on_links(row, step.operation, &outcome, may_restart));
            if self.purges && may_restart != parent.spent.may_restart {
                let purged = outcome.is_changed.then_some(slot);
                sum = sum.wrapping_add(self.purge_others(row, purged, may_restart));
            }
        }
        if history != row[slots] {
            let (old, new) = (self.history(row[slots]).hash, self.history(history).hash);
            sum = sum.wrapping_sub(old).wrapping_add(new);
            row[slots] = history;
            change.history = true;
        }
        let is_allowed = self.is_allowed(parent, step, row, may_restart);
        if let (true, Some(bound)) = (is_allowed, bound) {
            self.machine.note(bound);
        }
        change.sum = sum;
        (is_allowed && beyond.is_none() && bound.is_none()).then_some(change)
    }

    /// What an outcome does to the links of its actor: it takes and sends, and messages lose their
    /// meaning. Returns what that adds to the fingerprint.
    #[inline]
    fn on_links(
        &mut self,
        row: &mut [Number],
        operation: Operation,
        outcome: &Outcome,
        may_restart: bool,
    ) -> Fingerprint {
        let (slot, local) = (usize::from(outcome.slot), outcome.local);
        let links = std::mem::take(&mut self.links[slot]);
        let mut difference: Fingerprint = 0;
        for &Link { other, column } in &links {
            let place = self.slots + 2 + column;
            let before = row[place];
            let mut after = before;
            let is_touched = outcome.touched & bit(column) != 0;
            if is_touched {
                after = self.moved(before, operation);
            }
            // What has just been sent may mean nothing to its receiver.
            if self.purges
                && (outcome.is_changed || is_touched)
                && after != self.columns.empty[column]
            {
                let there = if other < self.slots { row[other] } else { NONE };
                let locals = if slot <= other { [local, there] } else { [there, local] };
                after = self.purged(after, locals, may_restart);
            }
            if after != before {
                let (old, new) = (self.content_hash(before), self.content_hash(after));
                difference = difference.wrapping_sub(old).wrapping_add(new);
                row[place] = after;
            }
        }
        self.links[slot] = links;
        difference
    }

    /// Purges every link but those of an actor whose links are purged already, where something has
    /// changed for all of them.
    fn purge_others(
        &mut self,
        row: &mut [Number],
        purged: Option<usize>,
        may_restart: bool,
    ) -> Fingerprint {
        let mut difference: Fingerprint = 0;
        for column in 0..row.len() - self.slots - 2 {
            let (place, (a, b)) = (self.slots + 2 + column, self.columns.ends[column]);
            let before = row[place];
            if before == self.columns.empty[column] || purged == Some(a) || purged == Some(b) {
                continue;
            }
            let locals = self.locals_at(column, row);
            let after = self.purged(before, locals, may_restart);
            let (old, new) = (self.content_hash(before), self.content_hash(after));
            difference = difference.wrapping_sub(old).wrapping_add(new);
            row[place] = after;
        }
        difference
    }

    /// Takes a message off its link.
    fn lose(&mut self, row: &mut [Number], step: Move) -> Fingerprint {
        let place = self.slots + 2 + step.column as usize;
        let before = row[place];
        let after = self.moved(before, step.operation);
        row[place] = after;
        self.content_hash(after).wrapping_sub(self.content_hash(before))
    }

    /// Whether a successor is one, as far as that depends on copies that the network keeps.
    fn is_allowed(
        &mut self,
        parent: &Parent,
        step: Move,
        row: &[Number],
        may_restart: bool,
    ) -> bool {
        let is_copy = matches!(step.operation, Operation::Keeping(_));
        let is_spent = self.unnoted.is_some() && !matches!(parent.spent.duplicate, Some(Ok(_)));
        if !is_copy && !is_spent {
            return true;
        }
        if step.column == NONE || step.outcome == NONE {
            return true;
        }
        let Happening::Message(message) = self.causes[step.outcome as usize].happening else {
            return true;
        };
        let (column, first) = (step.column as usize, self.slots + 2);
        if is_copy {
            return self.carries(row[first + column], message);
        }
        // It could have arrived twice, were it not for the bound.
        let copy = self.moved(self.row[first + column], Operation::Keeping(step.outcome));
        let content = self.purged(copy, self.locals_at(column, row), may_restart);
        if let (true, Some(bound)) = (self.carries(content, message), self.unnoted) {
            self.machine.note(bound);
            self.unnoted = None;
        }
        true
    }

    /// Whether a successor lies outside the boundary. One that is known does not.
    fn is_outside(&self, row: &[Number], key: Key, sink: &Sink<'_, Rows>) -> bool {
        self.space.has_boundary
            && !sink.is_known(key)
            && !self.machine.is_within(&self.space.decode(row))
    }

    /// Judges and keeps what is new of the successors that were offered.
    pub(super) fn settle(&mut self, sink: &mut Sink<'_, Rows>) {
        let built = std::mem::take(&mut self.built);
        let changes = std::mem::take(&mut self.changes);
        let width = self.built_width;
        sink.settle(|sink, new| {
            let numbers = &built[new.index * width..(new.index + 1) * width];
            let change = changes[new.index];
            self.stood_for += u64::from(change.orbit);
            self.judge(numbers, new.key, change, sink);
            if !sink.keep().push(change.sum, numbers) {
                sink.keep_in_new().push(change.sum, numbers);
            }
        });
        (self.built, self.changes) = (built, changes);
        self.built.clear();
        self.changes.clear();
    }
}
