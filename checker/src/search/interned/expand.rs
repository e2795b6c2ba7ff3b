//! The successors of a row: what [`System`](crate::system::System) does, on numbers.

use std::sync::Arc;

use super::cache::{Cache, EnvelopeFacts, Expense, Happening};
use super::rows::{Row, Rows};
use super::tables::Number;
use crate::fingerprint::Fingerprint;
use crate::search::space::Sink;
use crate::system::network::{MOST_COPIES, too_many_copies};
use crate::system::{Protocol, Spent};

/// An event as a number: its kind in the top four bits. The numbers of messages mean something only
/// within one search.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Numbered {
    Deliver(Number),
    Duplicate(Number),
    Drop(Number),
    /// The slot, and which of its timers.
    Timeout(usize, usize),
    /// The slot, which of its choices, and which value.
    Random(usize, usize, usize),
    Client(usize),
    Crash(usize),
    Restart(usize),
}

/// The slots that an event's word can name.
pub(super) const MOST_SLOTS: usize = 1 << 6;

impl Numbered {
    fn word(self) -> u32 {
        let at = |kind: u32, slot: usize, rest: usize| {
            assert!(slot < MOST_SLOTS && rest < 1 << 22, "an event does not fit into a word");
            kind << 28 | (slot as u32) << 22 | rest as u32
        };
        match self {
            Numbered::Deliver(number) => number,
            Numbered::Duplicate(number) => 1 << 28 | number,
            Numbered::Drop(number) => 2 << 28 | number,
            Numbered::Timeout(slot, index) => at(3, slot, index),
            Numbered::Random(slot, choice, index) => {
                assert!(index < 1 << 14, "a random choice among more than 16,384 values");
                at(4, slot, choice << 14 | index)
            }
            Numbered::Client(slot) => at(5, slot, 0),
            Numbered::Crash(slot) => at(6, slot, 0),
            Numbered::Restart(slot) => at(7, slot, 0),
        }
    }

    pub(super) fn from_word(word: u32) -> Numbered {
        let number = word & ((1 << 28) - 1);
        let (slot, rest) = ((number >> 22) as usize, (number & ((1 << 22) - 1)) as usize);
        match word >> 28 {
            0 => Numbered::Deliver(number),
            1 => Numbered::Duplicate(number),
            2 => Numbered::Drop(number),
            3 => Numbered::Timeout(slot, rest),
            4 => Numbered::Random(slot, rest >> 14, rest & ((1 << 14) - 1)),
            5 => Numbered::Client(slot),
            6 => Numbered::Crash(slot),
            _ => Numbered::Restart(slot),
        }
    }
}

/// What may differ between a state and its parent, for its properties.
#[derive(Clone, Copy)]
pub(super) struct Change {
    /// Some local state; only this slot's where one is named.
    pub(super) local: bool,
    pub(super) slot: Option<usize>,
    /// The history.
    pub(super) history: bool,
}

impl Change {
    pub(super) const EVERYTHING: Change = Change { local: true, slot: None, history: true };
}

/// One event, on its way to a successor.
struct Move {
    number: Numbered,
    /// What comes of it for an actor.
    outcome: Option<u32>,
    /// The message that leaves the network.
    taken: Option<Number>,
    /// What is spent on it.
    expense: Option<Expense>,
}

impl<P: Protocol> Cache<'_, P> {
    /// Offers every successor of a row.
    pub(super) fn expand(&mut self, row: Row<'_>, sink: &mut Sink<'_, Rows>) {
        let spent: Arc<Spent> = Arc::clone(&self.spent(row.spent()).spent);
        let environment = self.space.system.environment();
        let mut down = false;
        for local in row.locals() {
            down |= !self.local(*local).is_running;
        }
        let has_to_restart = down && spent.restarts < environment.restarts;
        if environment.downtime || !has_to_restart {
            self.network_events(row, &spent, sink);
            self.beginnings(row, &spent, sink);
        }
        self.crashes_and_restarts(row, &spent, environment.downtime || !has_to_restart, sink);
    }

    fn network_events(&mut self, row: Row<'_>, spent: &Spent, sink: &mut Sink<'_, Rows>) {
        let environment = self.space.system.environment();
        let mut last = None;
        for &message in row.network() {
            // Copies stand side by side.
            if last.replace(message) == Some(message) {
                continue;
            }
            let receiver = row.locals()[self.envelope(message).to];
            let outcome = match self.local(receiver).is_running {
                true => self.react(receiver, Happening::Message(message)),
                false => None,
            };
            if outcome.is_some() && environment.duplicates > 0 {
                let number = Numbered::Duplicate(message);
                self.take(row, Move { number, outcome, taken: None, expense: None }, sink);
            }
            if spent.losses < environment.losses {
                let expense = Some(Expense::Loss);
                let (number, taken) = (Numbered::Drop(message), Some(message));
                self.take(row, Move { number, outcome: None, taken, expense }, sink);
            }
            if outcome.is_some() {
                let (number, taken) = (Numbered::Deliver(message), Some(message));
                self.take(row, Move { number, outcome, taken, expense: None }, sink);
            }
        }
    }

    fn beginnings(&mut self, row: Row<'_>, spent: &Spent, sink: &mut Sink<'_, Rows>) {
        let system = self.space.system;
        let command = spent.commands.saturating_add(1);
        let is_command = system.protocol().command(command).is_some();
        for (slot, &local) in row.locals().iter().enumerate() {
            for index in 0..self.local(local).timers {
                self.timeout(row, local, index, spent, sink);
            }
            for choice in 0..self.local(local).choices.len() {
                for index in 0..self.local(local).choices[choice] {
                    let happening = Happening::Random(choice as u32, index as u32);
                    let number = Numbered::Random(slot, choice, index);
                    let outcome = self.react(local, happening);
                    if outcome.is_some() {
                        self.take(row, Move { number, outcome, taken: None, expense: None }, sink);
                    }
                }
            }
            if is_command && self.local(local).is_running {
                let outcome = self.react(local, Happening::Client(command));
                let limit = system.environment().commands;
                if outcome.is_some() && system.may(spent.commands, limit, "commands") {
                    let expense = Some(Expense::Command);
                    let number = Numbered::Client(slot);
                    self.take(row, Move { number, outcome, taken: None, expense }, sink);
                }
            }
        }
    }

    fn timeout(
        &mut self,
        row: Row<'_>,
        local: Number,
        index: usize,
        spent: &Spent,
        sink: &mut Sink<'_, Rows>,
    ) {
        let slot = self.local(local).slot;
        let Some(outcome) = self.react(local, Happening::Timeout(index as u32)) else { return };
        let mut expense = None;
        if let Some(timer) = self.outcome(outcome).timer_bound {
            let (bound, limit) = self.space.system.environment().timers[timer];
            if !self.space.system.may(spent.timers[timer], limit, bound) {
                return;
            }
            expense = Some(Expense::Timer(timer));
        }
        let number = Numbered::Timeout(slot, index);
        self.take(row, Move { number, outcome: Some(outcome), taken: None, expense }, sink);
    }

    fn crashes_and_restarts(
        &mut self,
        row: Row<'_>,
        spent: &Spent,
        may_crash: bool,
        sink: &mut Sink<'_, Rows>,
    ) {
        let system = self.space.system;
        let environment = system.environment();
        for (slot, &local) in row.locals().iter().enumerate() {
            let facts = self.local(local);
            let (happening, number, expense) = if !facts.is_running {
                if !system.may(spent.restarts, environment.restarts, "restarts") {
                    continue;
                }
                (Happening::Restart, Numbered::Restart(slot), Some(Expense::Restart))
            } else {
                if !facts.may_crash || !may_crash {
                    continue;
                }
                if !system.may(spent.crashes, environment.crashes, "crashes") {
                    continue;
                }
                (Happening::Crash, Numbered::Crash(slot), Some(Expense::Crash))
            };
            let outcome = self.react(local, happening);
            self.take(row, Move { number, outcome, taken: None, expense }, sink);
        }
    }

    /// Builds the successor, and offers it.
    fn take(&mut self, row: Row<'_>, mut step: Move, sink: &mut Sink<'_, Rows>) {
        let slots = row.slots;
        let mut built = std::mem::take(&mut self.row);
        built.clear();
        built.extend_from_slice(&row.numbers[..slots + 2]);
        let mut sum = row.fingerprint;
        let mut swap = |old: Fingerprint, new: Fingerprint| {
            sum = sum.wrapping_sub(old).wrapping_add(new);
        };

        let mut history = self.history(row.history()).begun;
        let mut changed = None;
        if let Some(outcome) = step.outcome {
            let local = self.outcome(outcome).local;
            let slot = self.local(local).slot;
            swap(self.local(row.locals()[slot]).hash, self.local(local).hash);
            built[slot] = local;
            changed = Some(slot);
            history = self.record(history, outcome);
        }
        if history != row.history() {
            swap(self.history(row.history()).hash, self.history(history).hash);
            built[slots] = history;
        }
        let mut may_restart = self.spent(row.spent()).may_restart;
        let mut all = false;
        if let Some(expense) = step.expense.take() {
            let number = self.spend(row.spent(), expense);
            swap(self.spent(row.spent()).hash, self.spent(number).hash);
            built[slots + 1] = number;
            let may_still_restart = self.spent(number).may_restart;
            all = may_restart != may_still_restart;
            may_restart = may_still_restart;
        }
        sum = sum.wrapping_add(self.move_messages(row, &step, &mut built));
        if changed.is_some() {
            sum = sum.wrapping_sub(self.purge(&mut built, slots, changed, all, may_restart));
        }
        if self.is_allowed(&mut step, &built, slots, may_restart) {
            if let Some(expense) = step.expense {
                let number = self.spend(built[slots + 1], expense);
                let (old, new) = (self.spent(built[slots + 1]).hash, self.spent(number).hash);
                sum = sum.wrapping_sub(old).wrapping_add(new);
                built[slots + 1] = number;
            }
            if sink.offer(row.fingerprint, step.number.word(), sum) {
                let local = changed.is_some();
                let change = Change { local, slot: changed, history: history != row.history() };
                self.judge(&built, sum, change, sink);
                sink.keep().push(sum, &built);
            }
        }
        self.row = built;
    }

    /// The parent's messages without the one that is taken, and those that are sent, in order of
    /// their hashes. Returns what that adds to the fingerprint.
    fn move_messages(&mut self, row: Row<'_>, step: &Move, built: &mut Vec<Number>) -> Fingerprint {
        let mut difference: Fingerprint = 0;
        let mut taken = step.taken;
        for &message in row.network() {
            if taken == Some(message) {
                taken = None;
                difference = difference.wrapping_sub(self.envelope(message).hash);
            } else {
                built.push(message);
            }
        }
        let sent = step.outcome.map_or(0, |outcome| self.outcome(outcome).sent.len());
        for index in 0..sent {
            let outcome = step.outcome.expect("it has sent something");
            let message = self.outcome(outcome).sent[index];
            let hash = self.envelope(message).hash;
            difference = difference.wrapping_add(hash);
            let mut place = built.len();
            while place > row.slots + 2 && self.envelope(built[place - 1]).hash > hash {
                place -= 1;
            }
            built.insert(place, message);
        }
        // Only then can there be too many copies of one.
        if built.len() > MOST_COPIES {
            let copies = built[row.slots + 2..].chunk_by(|a, b| a == b).map(<[Number]>::len);
            assert!(copies.max() <= Some(MOST_COPIES), "{}", too_many_copies());
        }
        difference
    }

    /// Takes off what nothing can come of any more: only between actors of which one has changed
    /// can that be new. Returns what that takes from the fingerprint.
    fn purge(
        &mut self,
        built: &mut Vec<Number>,
        slots: usize,
        changed: Option<usize>,
        all: bool,
        may_restart: bool,
    ) -> Fingerprint {
        let mut difference: Fingerprint = 0;
        let mut kept = slots + 2;
        for index in slots + 2..built.len() {
            let message = built[index];
            let facts: EnvelopeFacts = self.envelope(message);
            let concerned = all || changed == Some(facts.from) || changed == Some(facts.to);
            if concerned && self.is_dead(message, &built[..slots], facts, may_restart) {
                difference = difference.wrapping_add(facts.hash);
            } else {
                built[kept] = message;
                kept += 1;
            }
        }
        built.truncate(kept);
        difference
    }

    /// Whether the successor is within the bounds; a copy that the network keeps is paid for here.
    fn is_allowed(
        &mut self,
        step: &mut Move,
        built: &[Number],
        slots: usize,
        may_restart: bool,
    ) -> bool {
        let system = self.space.system;
        let limit = system.environment().duplicates;
        match step.number {
            Numbered::Duplicate(message) => {
                let duplicates = self.spent(built[slots + 1]).spent.duplicates;
                let is_kept = built[slots + 2..].contains(&message);
                if !is_kept || !system.may(duplicates, limit, "duplicates") {
                    return false;
                }
                step.expense = Some(Expense::Duplicate);
            }
            Numbered::Deliver(message) if system.is_unnoted("duplicates") => {
                let duplicates = self.spent(built[slots + 1]).spent.duplicates;
                let facts = self.envelope(message);
                if duplicates >= limit
                    && !self.is_dead(message, &built[..slots], facts, may_restart)
                {
                    system.note("duplicates");
                }
            }
            _ => {}
        }
        let beyond = built[..slots].iter().find_map(|local| self.local(*local).beyond);
        beyond.inspect(|bound| system.note(bound)).is_none()
    }
}
