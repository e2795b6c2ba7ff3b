//! What comes of an event, and what it does to the links: asked of the machine once.

use super::machine::{Discipline, Happening, Machine, Number, Recorded};
use super::memo::pair;
use super::tables::Content;
use super::worker::{Arrival, NONE, OwnMove, Span, Worker};
use crate::fingerprint::Fingerprint;

/// What has come of a happening, as far as the innermost loop is concerned.
#[derive(Clone, Copy)]
pub(super) struct Outcome {
    /// What the new local state adds to the fingerprint.
    pub(super) difference: Fingerprint,
    /// A bit for each link that it takes from or sends on, modulo the bits there are.
    pub(super) touched: u64,
    /// The new local state.
    pub(super) local: Number,
    pub(super) slot: u8,
    /// Whether the local state is another one than before.
    pub(super) is_changed: bool,
    /// Whether it leads beyond a bound.
    pub(super) is_beyond: bool,
}

/// How an outcome has come about, and what it sends.
pub(super) struct Cause<M: Machine> {
    /// The bound beyond which it leads.
    pub(super) beyond: Option<&'static str>,
    /// Which message it takes, from which link.
    taken: Option<(usize, Number)>,
    /// What it sends, on which links.
    sent: Vec<(usize, Number)>,
    pub(super) happening: Happening<Number>,
    pub(super) before: Number,
    all_sent: Vec<M::Envelope>,
}

/// Something that happens to a link: an outcome, an outcome of which a copy stays, or a loss.
#[derive(Clone, Copy)]
pub(super) enum Operation {
    Outcome(u32),
    Keeping(u32),
    Loss(Number),
}

impl Operation {
    pub(super) fn word(self) -> u32 {
        match self {
            Operation::Outcome(index) => index,
            Operation::Keeping(index) => 1 << 30 | index,
            Operation::Loss(message) => 1 << 31 | message,
        }
    }
}

pub(super) fn bit(column: usize) -> u64 {
    1 << (column % u64::BITS as usize)
}

impl<M: Machine> Worker<'_, M> {
    /// The column of the link of a message.
    pub(super) fn column_of(&mut self, envelope: &M::Envelope) -> usize {
        let (from, to) = self.machine.ends(envelope);
        let ends = (from.min(to), from.max(to));
        if let Some(column) = self.columns.ends.iter().position(|known| *known == ends) {
            return column;
        }
        let column = self.space.tables.column(ends);
        self.refresh_columns();
        column
    }

    /// What comes of a happening: the index of an outcome, or `NONE`.
    fn react(&mut self, slot: usize, local: Number, happening: Happening<Number>) -> u32 {
        if let Some(known) = self.known.get(&(local, happening)) {
            return *known;
        }
        let outcome = self.run(slot, local, happening);
        let index = outcome.map_or(NONE, |(outcome, cause)| {
            self.outcomes.push(outcome);
            self.causes.push(cause);
            self.taken.push([0; 2]);
            assert!(self.outcomes.len() < 1 << 30, "too many different events");
            self.outcomes.len() as u32 - 1
        });
        self.known.insert((local, happening), index);
        index
    }

    fn run(
        &mut self,
        slot: usize,
        number: Number,
        happening: Happening<Number>,
    ) -> Option<(Outcome, Cause<M>)> {
        let (machine, tables) = (self.machine, &self.space.tables);
        let before = tables.locals.item(number).0;
        let message = match happening {
            Happening::Message(message) => Some((message, tables.envelopes.item(message).0)),
            _ => None,
        };
        let seen = self.seen(happening, message.as_ref().map(|(_, envelope)| &**envelope));
        let effect = machine.react(slot, &before.1, seen)?;
        let beyond = machine.beyond(slot, &effect.local);
        let local = tables.local(slot, effect.local);
        let taken = message.map(|(message, envelope)| (self.column_of(&envelope), message));
        let mut sent = Vec::new();
        for envelope in effect.sent.iter().filter(|envelope| !machine.leaves(envelope)) {
            let column = self.column_of(envelope);
            sent.push((column, tables.envelope(envelope.clone())));
        }
        let columns = sent.iter().chain(&taken).map(|(column, _)| *column);
        let touched = columns.fold(0, |all, column| all | bit(column));
        let difference = self.local(local).hash.wrapping_sub(self.local(number).hash);
        let outcome = Outcome {
            difference,
            touched,
            local,
            slot: slot as u8,
            is_changed: local != number,
            is_beyond: beyond.is_some(),
        };
        let all_sent = effect.sent;
        Some((outcome, Cause { beyond, taken, sent, happening, before: number, all_sent }))
    }

    fn seen<'e>(
        &self,
        happening: Happening<Number>,
        envelope: Option<&'e M::Envelope>,
    ) -> Happening<&'e M::Envelope> {
        match happening {
            Happening::Message(_) => Happening::Message(envelope.expect("it is there")),
            Happening::Timeout(index) => Happening::Timeout(index),
            Happening::Random(choice, index) => Happening::Random(choice, index),
            Happening::Client(number) => Happening::Client(number),
            Happening::Crash => Happening::Crash,
            Happening::Restart => Happening::Restart,
        }
    }

    /// The history after an outcome.
    #[inline]
    pub(super) fn record(&mut self, history: Number, index: u32) -> Number {
        let key = pair(history, index);
        match self.recorded.get(key) {
            Some(known) => known,
            None => {
                let after = self.record_anew(history, index);
                self.recorded.insert(key, after);
                after
            }
        }
    }

    #[cold]
    fn record_anew(&self, number: Number, index: u32) -> Number {
        let (tables, cause) = (&self.space.tables, &self.causes[index as usize]);
        let outcome = self.outcomes[index as usize];
        let before = tables.locals.item(cause.before).0;
        let after = tables.locals.item(outcome.local).0;
        let envelope = match cause.happening {
            Happening::Message(message) => Some(tables.envelopes.item(message).0),
            _ => None,
        };
        let what = Recorded {
            slot: outcome.slot.into(),
            happening: self.seen(cause.happening, envelope.as_deref()),
            before: &before.1,
            after: &after.1,
            sent: &cause.all_sent,
        };
        let history = tables.histories.item(number).0;
        let recorded = self.machine.record(&history, &what);
        recorded.map_or(number, |recorded| tables.history(recorded))
    }

    /// What an actor may do but receive messages.
    #[inline]
    pub(super) fn own_moves(
        &mut self,
        slot: usize,
        local: Number,
        spent: Number,
        has_to_restart: bool,
    ) -> Span {
        let key = u64::from(local) << 32 | u64::from(spent) << 1 | u64::from(has_to_restart);
        match self.own.get(key) {
            Some(known) => self.own_spans[known as usize],
            None => {
                let span = self.find_own_moves(slot, local, spent, has_to_restart);
                self.own.insert(key, self.own_spans.len() as Number);
                self.own_spans.push(span);
                span
            }
        }
    }

    #[cold]
    fn find_own_moves(
        &mut self,
        slot: usize,
        local: Number,
        spent: Number,
        has_to_restart: bool,
    ) -> Span {
        let tables = &self.space.tables;
        let (placed, before) = (tables.locals.item(local).0, tables.spent.item(spent).0);
        let begin = self.own_moves.len() as u32;
        for event in self.machine.own_events(slot, &placed.1, &before, has_to_restart) {
            let outcome = self.react(slot, local, event.happening);
            // Only what somebody would do is cut off by a bound.
            if outcome == NONE {
                continue;
            }
            match event.spent {
                Err(bound) => self.machine.note(bound),
                Ok(_) if self.is_cut_off(outcome) => {}
                Ok(after) => {
                    let spent = after.map_or(spent, |after| tables.spent(after));
                    let word =
                        super::numbered::word(slot, super::machine::Event::Own(event.happening));
                    self.own_moves.push(OwnMove { word, outcome, spent });
                }
            }
        }
        Span { begin, end: self.own_moves.len() as u32 }
    }

    /// What may be delivered or lost on a link between two local states, the one with the smaller
    /// slot first.
    #[inline]
    pub(super) fn arrivals(&mut self, content: Number, locals: [Number; 2]) -> Span {
        let key = (locals, content, false);
        match self.on_link.get(key) {
            Some(known) => self.link_spans[known as usize],
            None => {
                let span = self.find_arrivals(content, locals);
                self.on_link.insert(key, self.link_spans.len() as Number);
                self.link_spans.push(span);
                span
            }
        }
    }

    #[cold]
    fn find_arrivals(&mut self, content: Number, locals: [Number; 2]) -> Span {
        let tables = &self.space.tables;
        let content = tables.contents.item(content).0;
        let ends = self.columns.ends[content.column];
        let begin = self.arrivals.len() as u32;
        let mut last = None;
        for &message in &content.messages {
            let (from, to) = self.machine.ends(&tables.envelopes.item(message).0);
            // Copies stand side by side; of a queue only the head is delivered.
            let passed = match self.machine.discipline() {
                Discipline::Queue => Some(u32::from(from < to)),
                Discipline::Multiset | Discipline::Set => Some(message),
            };
            if std::mem::replace(&mut last, passed) == passed {
                continue;
            }
            let receiver = if to == ends.0 { locals[0] } else { locals[1] };
            let outcome = match receiver != NONE && self.local(receiver).is_running {
                true => self.react(to, receiver, Happening::Message(message)),
                false => NONE,
            };
            // It may still be lost.
            let outcome = if self.is_cut_off(outcome) { NONE } else { outcome };
            let column = content.column as u32;
            self.arrivals.push(Arrival { message, outcome, column });
        }
        Span { begin, end: self.arrivals.len() as u32 }
    }

    /// The content of a link after an operation.
    #[inline]
    pub(super) fn moved(&mut self, content: Number, operation: Operation) -> Number {
        let key = pair(content, operation.word());
        match self.moved.get(key) {
            Some(known) => known,
            None => {
                let after = self.move_messages(content, operation);
                self.moved.insert(key, after);
                after
            }
        }
    }

    #[cold]
    fn move_messages(&self, number: Number, operation: Operation) -> Number {
        let (tables, discipline) = (&self.space.tables, self.machine.discipline());
        let content = tables.contents.item(number).0;
        let mut messages = content.messages.clone();
        let (taken, sent): (_, &[_]) = match operation {
            Operation::Loss(message) => (Some((content.column, message)), &[]),
            Operation::Keeping(index) => (None, &self.causes[index as usize].sent),
            Operation::Outcome(index) => {
                let cause = &self.causes[index as usize];
                let stays = discipline == Discipline::Set;
                (cause.taken.filter(|_| !stays), &cause.sent)
            }
        };
        if let Some((column, message)) = taken
            && column == content.column
            && let Some(place) = messages.iter().position(|known| *known == message)
        {
            messages.remove(place);
        }
        for &(column, message) in sent {
            if column == content.column {
                self.send(&mut messages, message);
            }
        }
        if messages == content.messages {
            return number;
        }
        let ends = self.columns.ends[content.column];
        tables.content(Content { column: content.column, messages }, ends)
    }

    /// Puts a message where the discipline wants it.
    pub(super) fn send(&self, messages: &mut Vec<Number>, message: Number) {
        let envelopes = &self.space.tables.envelopes;
        let place = match self.machine.discipline() {
            Discipline::Queue => {
                let direction = |number: Number| {
                    let (from, to) = self.machine.ends(&envelopes.item(number).0);
                    from > to
                };
                let own = direction(message);
                messages.partition_point(|known| direction(*known) <= own)
            }
            discipline => {
                // Equal hashes are either copies or what a hand-written `Hash` leaves out.
                let order = |number: Number| (envelopes.item(number).1, number);
                let own = order(message);
                let place = messages.partition_point(|known| order(*known) < own);
                let copies =
                    messages[place..].iter().take_while(|known| **known == message).count();
                if discipline == Discipline::Set && copies > 0 {
                    return;
                }
                self.machine.check_copies(copies + 1);
                place
            }
        };
        messages.insert(place, message);
    }

    /// The content of a link between two local states without what has lost its meaning.
    #[inline]
    pub(super) fn purged(
        &mut self,
        content: Number,
        locals: [Number; 2],
        may_restart: bool,
    ) -> Number {
        let key = (locals, content, may_restart);
        match self.purged.get(key) {
            Some(known) => known,
            None => {
                let after = self.purge(content, locals, may_restart);
                self.purged.insert(key, after);
                after
            }
        }
    }

    #[cold]
    fn purge(&self, number: Number, locals: [Number; 2], may_restart: bool) -> Number {
        let tables = &self.space.tables;
        let content = tables.contents.item(number).0;
        let ends = self.columns.ends[content.column];
        let local = |slot: usize| {
            let number = if slot == ends.0 { locals[0] } else { locals[1] };
            (number != NONE).then(|| tables.locals.item(number).0)
        };
        let is_alive = |message: &Number| {
            let envelope = tables.envelopes.item(*message).0;
            let (from, to) = self.machine.ends(&envelope);
            let (sender, receiver) = (local(from), local(to));
            let sender = sender.as_ref().map(|placed| &placed.1);
            receiver.is_none_or(|receiver| {
                !self.machine.is_dead(&envelope, &receiver.1, sender, may_restart)
            })
        };
        let messages: Vec<_> = content.messages.iter().copied().filter(is_alive).collect();
        if messages.len() == content.messages.len() {
            return number;
        }
        tables.content(Content { column: content.column, messages }, ends)
    }

    /// Whether an outcome leads beyond a bound, and nothing else is to be learnt from it. The bound
    /// is noted.
    fn is_cut_off(&self, outcome: u32) -> bool {
        if outcome == NONE || self.unnoted.is_some() {
            return false;
        }
        let beyond = self.causes[outcome as usize].beyond;
        beyond.inspect(|bound| self.machine.note(bound)).is_some()
    }

    /// Whether a message is in flight on a link.
    pub(super) fn carries(&mut self, content: Number, message: Number) -> bool {
        let key = pair(content, message);
        if let Some(known) = self.carried.get(key) {
            return known != 0;
        }
        let is_there = self.space.tables.contents.item(content).0.messages.contains(&message);
        self.carried.insert(key, is_there.into());
        is_there
    }
}
