//! The successors of a row: what the system does, on numbers.

use super::judge::Change;
use super::machine::{Event, Machine, Number};
use super::numbered::word;
use super::outcome::{Operation, bit};
use super::rows::Rows;
use super::worker::{NONE, OwnMove, SpentFacts, Worker};
use crate::fingerprint::Fingerprint;
use crate::search::space::Sink;

/// The state that is being expanded; its numbers are in [`Worker::row`].
#[derive(Clone, Copy)]
struct Parent {
    fingerprint: Fingerprint,
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
    /// What comes of it for an actor.
    outcome: Option<u32>,
    /// The operation on the links of that actor; of a loss, on the one link.
    operation: Operation,
    spent: Number,
}

impl<M: Machine> Worker<'_, M> {
    /// Offers every successor of a row.
    pub(super) fn expand(
        &mut self,
        fingerprint: Fingerprint,
        row: &[Number],
        sink: &mut Sink<'_, Rows>,
    ) {
        self.row.clear();
        self.row.extend_from_slice(row);
        self.widen(sink);
        let (history, spent) = (row[self.slots], row[self.slots + 1]);
        let (mut down, mut beyond) = (false, None);
        for (slot, &local) in row[..self.slots].iter().enumerate() {
            let facts = self.local(local);
            down |= !facts.is_running;
            if facts.is_beyond {
                beyond = Some((slot, beyond.is_some()));
            }
        }
        let begun = self.history(history).begun;
        let parent = Parent { fingerprint, begun, spent: self.spent(spent), beyond };
        let has_to_restart = down && parent.spent.restarts_at_once;
        if !has_to_restart {
            self.network_events(&parent, spent, sink);
        }
        for slot in 0..self.slots {
            let local = self.row[slot];
            for index in self.own_moves(slot, local, spent, has_to_restart).indices() {
                let OwnMove { word, outcome, spent } = self.own_moves[index];
                let operation = Operation::Outcome(outcome);
                let step = Move { word, outcome: Some(outcome), operation, spent };
                self.take(&parent, step, sink);
            }
        }
    }

    /// Makes the row as wide as there are links.
    fn widen(&mut self, sink: &mut Sink<'_, Rows>) {
        if self.row.len() < self.width() {
            self.settle(sink);
            let from = self.row.len() - self.slots - 2;
            self.row.extend_from_slice(&self.columns.empty[from..]);
        }
    }

    fn network_events(&mut self, parent: &Parent, spent: Number, sink: &mut Sink<'_, Rows>) {
        let first = self.slots + 2;
        // Links that come into use meanwhile are empty in this row; their order is another one.
        let order = std::mem::take(&mut self.order);
        for &column in &order {
            let content = self.row[first + column];
            if content == self.columns.empty[column] {
                continue;
            }
            let locals = self.locals_at(column, &self.row);
            for index in self.arrivals(content, locals).indices() {
                let arrival = self.arrivals[index];
                self.arrive(parent, arrival, spent, sink);
            }
        }
        if self.order.is_empty() {
            self.order = order;
        }
    }

    /// The events of one message in flight.
    fn arrive(
        &mut self,
        parent: &Parent,
        arrival: super::worker::Arrival,
        spent: Number,
        sink: &mut Sink<'_, Rows>,
    ) {
        let super::worker::Arrival { message, outcome } = arrival;
        let does_something = outcome != NONE;
        match parent.spent.duplicate {
            Some(Ok(spent)) if does_something => {
                let operation = Operation::Keeping(outcome);
                let word = word(0, Event::Duplicate(message));
                self.take(parent, Move { word, outcome: Some(outcome), operation, spent }, sink);
            }
            _ => {}
        }
        if let Some(spent) = parent.spent.drop {
            let operation = Operation::Loss(message);
            let word = word(0, Event::Drop(message));
            self.take(parent, Move { word, outcome: None, operation, spent }, sink);
        }
        if does_something {
            let operation = Operation::Outcome(outcome);
            let word = word(0, Event::Deliver(message));
            let spent = match self.machine.traces_deliveries() {
                true => self.spent_on_delivery(spent, message),
                false => spent,
            };
            self.take(parent, Move { word, outcome: Some(outcome), operation, spent }, sink);
        }
    }

    /// The local states at the ends of a link.
    fn locals_at(&self, column: usize, row: &[Number]) -> [Number; 2] {
        let (a, b) = self.columns.ends[column];
        let local = |slot: usize| if slot < self.slots { row[slot] } else { NONE };
        [local(a), local(b)]
    }

    /// Builds the successor, and offers it.
    fn take(&mut self, parent: &Parent, step: Move, sink: &mut Sink<'_, Rows>) {
        self.widen(sink);
        let base = self.built.len();
        self.built.extend_from_slice(&self.row);
        let (slots, mut sum) = (self.slots, parent.fingerprint);
        let mut history = parent.begun;
        let mut may_restart = parent.spent.may_restart;
        let mut change = Change { slot: None, history: false, sum: 0 };
        let mut beyond = parent.beyond;
        let mut bound = None;

        if step.spent != self.row[slots + 1] {
            let facts = self.spent(step.spent);
            sum = sum.wrapping_sub(parent.spent.hash).wrapping_add(facts.hash);
            self.built[base + slots + 1] = step.spent;
            may_restart = facts.may_restart;
        }
        match step.outcome {
            None => sum = sum.wrapping_add(self.lose(base, step.operation)),
            Some(index) => {
                let outcome = &self.outcomes[index as usize];
                let (slot, touched) = (outcome.slot, outcome.touched);
                let is_changed = outcome.is_changed;
                bound = outcome.beyond;
                if let (Some(bound), None) = (bound, self.unnoted) {
                    self.machine.note(bound);
                    self.built.truncate(base);
                    return;
                }
                // Only an initial state can lie beyond; this actor has come back.
                beyond = beyond.filter(|(beyond, more)| *more || *beyond != slot);
                sum = sum.wrapping_add(outcome.difference);
                self.built[base + slot] = outcome.local;
                change.slot = is_changed.then_some(slot as u8);
                history = self.record(history, index);
                let purges_all = self.purges && may_restart != parent.spent.may_restart;
                let purges = purges_all || self.purges && is_changed;
                sum = sum.wrapping_add(self.on_links(
                    base,
                    slot,
                    touched,
                    step.operation,
                    purges,
                    may_restart,
                ));
                if purges_all {
                    sum = sum.wrapping_add(self.purge_everywhere(base, may_restart));
                }
            }
        }
        if history != self.row[slots] {
            let (old, new) = (self.history(self.row[slots]).hash, self.history(history).hash);
            sum = sum.wrapping_sub(old).wrapping_add(new);
            self.built[base + slots] = history;
            change.history = true;
        }
        let is_allowed = self.is_allowed(parent, step, base, may_restart);
        if let (true, Some(bound)) = (is_allowed, bound) {
            self.machine.note(bound);
        }
        if !is_allowed || beyond.is_some() || bound.is_some() {
            self.built.truncate(base);
            return;
        }
        if self.offer(parent.fingerprint, step.word, sum, base, change, sink) && sink.counts() {
            self.count(step.operation);
        }
    }

    /// Counts an event.
    pub(super) fn count(&mut self, operation: Operation) {
        match operation {
            Operation::Outcome(index) => self.taken[index as usize][0] += 1,
            Operation::Keeping(index) => self.taken[index as usize][1] += 1,
            Operation::Loss(message) => *self.dropped.entry(message).or_default() += 1,
        }
    }

    /// What an outcome does to the links of its actor: it takes and sends, and messages lose their
    /// meaning. Returns what that adds to the fingerprint.
    #[inline]
    fn on_links(
        &mut self,
        base: usize,
        slot: usize,
        touched: u64,
        operation: Operation,
        purges: bool,
        may_restart: bool,
    ) -> Fingerprint {
        let first = base + self.slots + 2;
        let mut difference: Fingerprint = 0;
        for link in 0..self.links[slot].len() {
            let column = self.links[slot][link].1;
            let before = self.built[first + column];
            let mut after = before;
            let is_touched = touched & bit(column) != 0;
            if is_touched {
                after = self.moved(after, operation);
            }
            // What has just been sent may mean nothing to its receiver.
            if (purges || is_touched && self.purges) && after != self.columns.empty[column] {
                let locals = self.locals_at(column, &self.built[base..]);
                after = self.purged(after, locals, may_restart);
            }
            if after != before {
                let (old, new) = (self.content_hash(before), self.content_hash(after));
                difference = difference.wrapping_sub(old).wrapping_add(new);
                self.built[first + column] = after;
            }
        }
        difference
    }

    /// Purges every link, where something has changed for all of them.
    #[cold]
    fn purge_everywhere(&mut self, base: usize, may_restart: bool) -> Fingerprint {
        let first = base + self.slots + 2;
        let mut difference: Fingerprint = 0;
        for column in 0..self.row.len() - self.slots - 2 {
            let before = self.built[first + column];
            let locals = self.locals_at(column, &self.built[base..]);
            let after = self.purged(before, locals, may_restart);
            let (old, new) = (self.content_hash(before), self.content_hash(after));
            difference = difference.wrapping_sub(old).wrapping_add(new);
            self.built[first + column] = after;
        }
        difference
    }

    /// Takes a message off its link.
    fn lose(&mut self, base: usize, operation: Operation) -> Fingerprint {
        let Operation::Loss(message) = operation else {
            unreachable!("nothing else has no outcome")
        };
        let column = self.column_of_message(message);
        let place = base + self.slots + 2 + column;
        let before = self.built[place];
        let after = self.moved(before, operation);
        self.built[place] = after;
        self.content_hash(after).wrapping_sub(self.content_hash(before))
    }

    fn column_of_message(&mut self, message: Number) -> usize {
        let envelope = self.space.tables.envelopes.item(message).0;
        self.column_of(&envelope)
    }

    /// Whether a successor is one, as far as that depends on copies that the network keeps.
    fn is_allowed(&mut self, parent: &Parent, step: Move, base: usize, may_restart: bool) -> bool {
        let Some(index) = step.outcome else { return true };
        let super::machine::Happening::Message(message) = self.outcomes[index as usize].happening
        else {
            return true;
        };
        if let Operation::Keeping(_) = step.operation {
            return self.carries(base, message);
        }
        if self.unnoted.is_some() && !matches!(parent.spent.duplicate, Some(Ok(_))) {
            self.note_duplicates(index, message, base, may_restart);
        }
        true
    }

    /// Whether a message is in flight in the successor that begins there.
    fn carries(&mut self, base: usize, message: Number) -> bool {
        let column = self.column_of_message(message);
        let content = self.built[base + self.slots + 2 + column];
        self.space.tables.contents.item(content).0.messages.contains(&message)
    }

    /// Notes that a message could have arrived twice, were it not for the bound.
    #[cold]
    fn note_duplicates(&mut self, index: u32, message: Number, base: usize, may_restart: bool) {
        let column = self.column_of_message(message);
        let before = self.row[self.slots + 2 + column];
        let copy = self.moved(before, Operation::Keeping(index));
        let locals = self.locals_at(column, &self.built[base..]);
        let kept = self.purged(copy, locals, may_restart);
        if self.space.tables.contents.item(kept).0.messages.contains(&message)
            && let Some(bound) = self.unnoted.take()
        {
            self.machine.note(bound);
        }
    }

    /// Offers the successor that begins there, unless it lies outside the boundary: false then.
    fn offer(
        &mut self,
        parent: Fingerprint,
        word: u32,
        sum: Fingerprint,
        base: usize,
        change: Change,
        sink: &mut Sink<'_, Rows>,
    ) -> bool {
        let key = self.space.key(sum, &self.built[base..], &self.columns.empty);
        if self.space.has_boundary
            && !sink.is_known(key)
            && !self.machine.is_within(&self.space.decode(&self.built[base..]))
        {
            self.built.truncate(base);
            return false;
        }
        self.changes.push(Change { sum, ..change });
        sink.offer(parent, word, key);
        if sink.is_full() {
            self.settle(sink);
        }
        true
    }

    /// Judges and keeps what is new of the successors that were offered.
    pub(super) fn settle(&mut self, sink: &mut Sink<'_, Rows>) {
        let built = std::mem::take(&mut self.built);
        let changes = std::mem::take(&mut self.changes);
        let width = built.len().checked_div(changes.len()).unwrap_or(0);
        sink.settle(|sink, new| {
            let numbers = &built[new.index * width..(new.index + 1) * width];
            let change = changes[new.index];
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
