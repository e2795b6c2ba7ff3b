//! What one thread remembers: facts about components, and what has come of each event before.

use rustc_hash::FxHashMap;

use super::Interned;
use super::judge::Set;
use super::machine::{Machine, NetworkRules, Number};
use super::memo::{LinkMemo, Memo, pair};
use super::outcome::{Cause, Outcome};
use super::symmetry::{Images, Symmetry};
use super::tables::Columns;
use crate::fingerprint::Fingerprint;

/// No number.
pub(super) const NONE: Number = Number::MAX;

/// The hash of no content, unless by a chance of one in 2¹²⁸, which then costs time.
const UNKNOWN: Fingerprint = Fingerprint::MAX;

/// What is worth knowing of a local state.
#[derive(Clone, Copy)]
pub(super) struct LocalFacts {
    pub(super) hash: Fingerprint,
    pub(super) is_running: bool,
    /// Whether it does nothing but receive messages.
    pub(super) is_passive: bool,
    /// Whether it lies beyond a bound.
    pub(super) is_beyond: bool,
    /// The properties that it shows by itself.
    pub(super) shown: Set,
}

/// What is worth knowing of a history.
#[derive(Clone, Copy)]
pub(super) struct HistoryFacts {
    pub(super) hash: Fingerprint,
    /// The properties that it shows by itself.
    pub(super) shown: Set,
    /// The history at the beginning of the next event.
    pub(super) begun: Number,
}

/// What is worth knowing of what has been spent.
#[derive(Clone, Copy, Default)]
pub(super) struct SpentFacts {
    pub(super) hash: Fingerprint,
    /// Whether a running actor may still crash and start again.
    pub(super) may_restart: bool,
    /// Whether an actor that is down starts again before anything else happens.
    pub(super) restarts_at_once: bool,
    /// What has been spent after a loss, where one is possible.
    pub(super) drop: Option<Number>,
    /// The same for a message that arrives and stays, or the bound that forbids it.
    pub(super) duplicate: Option<Result<Number, &'static str>>,
}

/// Something that an actor may do but receive a message.
#[derive(Clone, Copy)]
pub(super) struct OwnMove {
    pub(super) word: u32,
    pub(super) outcome: u32,
    /// What has been spent then.
    pub(super) spent: Number,
}

/// A message that may be delivered or lost.
#[derive(Clone, Copy)]
pub(super) struct Arrival {
    pub(super) message: Number,
    /// What comes of its delivery; `NONE` where nothing does.
    pub(super) outcome: u32,
    pub(super) column: u32,
}

/// A link, seen from one of its ends.
#[derive(Clone, Copy)]
pub(super) struct Link {
    /// Who is at the other end.
    pub(super) other: usize,
    pub(super) column: usize,
}

/// Some consecutive entries of a list.
#[derive(Clone, Copy)]
pub(super) struct Span {
    pub(super) begin: u32,
    pub(super) end: u32,
}

impl Span {
    pub(super) fn indices(self) -> std::ops::Range<usize> {
        self.begin as usize..self.end as usize
    }
}

/// What one thread remembers.
pub(in crate::search) struct Worker<'s, M: Machine> {
    pub(super) space: &'s Interned<'s, M>,
    pub(super) machine: &'s M,
    pub(super) slots: usize,
    pub(super) purges: bool,
    locals: Vec<Option<LocalFacts>>,
    histories: Vec<Option<HistoryFacts>>,
    spent: Vec<Option<SpentFacts>>,
    /// By the number of a content; `UNKNOWN` where nobody has asked.
    content_hashes: Vec<Fingerprint>,
    pub(super) columns: Columns,
    /// The columns in the order of their ends, which does not depend on who came first.
    pub(super) order: Vec<usize>,
    /// By slot, the links of an actor.
    pub(super) links: Vec<Vec<Link>>,

    /// By local state, what has been spent, and whether somebody has to restart.
    pub(super) own: Memo,
    pub(super) own_spans: Vec<Span>,
    pub(super) own_moves: Vec<OwnMove>,
    /// By the content of a link and the local states at its ends.
    pub(super) on_link: LinkMemo,
    pub(super) link_spans: Vec<Span>,
    pub(super) arrivals: Vec<Arrival>,
    /// By local state and happening.
    pub(super) known: FxHashMap<(Number, super::machine::Happening<Number>), u32>,
    pub(super) outcomes: Vec<Outcome>,
    /// The rest of each.
    pub(super) causes: Vec<Cause<M>>,
    /// The history after an outcome, by history and outcome.
    pub(super) recorded: Memo,
    /// The content of a link after an operation on it.
    pub(super) moved: Memo,
    /// The content of a link between two local states without what has lost its meaning.
    pub(super) purged: LinkMemo,
    /// What has been spent after a delivery, where that leaves a trace.
    pub(super) delivered: Memo,
    /// What pairs of local states show, and local states with histories: indices into `sets`.
    pub(super) pairs: Memo,
    pub(super) locals_and_histories: Memo,
    pub(super) sets: Vec<Set>,
    /// Whether a link carries a message: 1 or 0.
    pub(super) carried: Memo,
    /// Whether events are counted.
    pub(super) counts: bool,
    /// How often each outcome was taken, and how often with a copy that stayed.
    pub(super) taken: Vec<[u64; 2]>,
    pub(super) dropped: FxHashMap<Number, u64>,

    /// What components are when their actors are renamed.
    pub(super) images: Images,
    /// How many states those stand for that were new here.
    pub(super) stood_for: u64,
    /// Room for rows that are staged.
    pub(super) spare: Vec<super::expand::Staged>,
    /// The state that is being expanded, as wide as there are links.
    pub(super) row: Vec<Number>,
    /// Successors that are not settled yet, end to end.
    pub(super) built: Vec<Number>,
    /// How wide each of them is.
    pub(super) built_width: usize,
    /// What may be new in each of them.
    pub(super) changes: Vec<super::judge::Change>,
    /// The bound on duplicates, while nobody has noted it.
    pub(super) unnoted: Option<&'static str>,
    /// Whether a history has been met for the first time: what is declared of it is then compared
    /// with what the state says.
    pub(super) met_history: bool,
}

/// The entry with this index, made if it is not there.
fn entry<T: Clone>(list: &mut Vec<Option<T>>, number: Number) -> &mut Option<T> {
    let index = number as usize;
    if index >= list.len() {
        list.resize(index + 1, None);
    }
    &mut list[index]
}

impl<'s, M: Machine> Worker<'s, M> {
    pub(super) fn new(space: &'s Interned<'s, M>) -> Self {
        let machine = space.machine();
        let slots = machine.slots();
        Worker {
            space,
            machine,
            slots,
            purges: machine.purges(),
            locals: Vec::new(),
            histories: Vec::new(),
            spent: Vec::new(),
            content_hashes: Vec::new(),
            columns: Columns::default(),
            order: Vec::new(),
            links: vec![Vec::new(); slots],
            own: Memo::new(),
            own_spans: Vec::new(),
            own_moves: Vec::new(),
            on_link: LinkMemo::new(),
            link_spans: Vec::new(),
            arrivals: Vec::new(),
            known: FxHashMap::default(),
            outcomes: Vec::new(),
            causes: Vec::new(),
            recorded: Memo::new(),
            moved: Memo::new(),
            purged: LinkMemo::new(),
            delivered: Memo::new(),
            pairs: Memo::new(),
            locals_and_histories: Memo::new(),
            sets: Vec::new(),
            carried: Memo::new(),
            counts: space.counts,
            taken: Vec::new(),
            dropped: FxHashMap::default(),
            images: Images::new(space.symmetry.as_ref().map_or(0, Symmetry::order)),
            stood_for: 0,
            spare: Vec::new(),
            row: Vec::new(),
            built: Vec::new(),
            built_width: 0,
            changes: Vec::new(),
            unnoted: None,
            met_history: false,
        }
    }

    /// How many numbers a row has.
    pub(super) fn width(&self) -> usize {
        self.slots + 2 + self.columns.ends.len()
    }

    /// Learns of the links that have come into use.
    pub(super) fn refresh_columns(&mut self) {
        let known = self.columns.ends.len();
        self.columns = self.space.tables.columns();
        let ends = &self.columns.ends;
        if known == ends.len() {
            return;
        }
        self.order = (0..ends.len()).collect();
        self.order.sort_by_key(|column| ends[*column]);
        for (column, &(a, b)) in self.columns.ends.iter().enumerate().skip(known) {
            if let Some(links) = self.links.get_mut(a) {
                links.push(Link { other: b, column });
            }
            if a != b
                && let Some(links) = self.links.get_mut(b)
            {
                links.push(Link { other: a, column });
            }
        }
    }

    #[inline]
    pub(super) fn local(&mut self, number: Number) -> LocalFacts {
        match self.locals.get(number as usize) {
            Some(Some(facts)) => *facts,
            _ => self.learn_local(number),
        }
    }

    #[cold]
    fn learn_local(&mut self, number: Number) -> LocalFacts {
        let (placed, hash) = self.space.tables.locals.item(number);
        let (slot, local) = &*placed;
        let facts = LocalFacts {
            hash,
            is_running: self.machine.is_running(local),
            is_passive: self.machine.is_passive(local),
            is_beyond: self.machine.beyond(*slot, local).is_some(),
            shown: self.shown_by_local(*slot, local),
        };
        *entry(&mut self.locals, number).insert(facts)
    }

    #[inline]
    pub(super) fn history(&mut self, number: Number) -> HistoryFacts {
        match self.histories.get(number as usize) {
            Some(Some(facts)) => *facts,
            _ => self.learn_history(number),
        }
    }

    #[cold]
    fn learn_history(&mut self, number: Number) -> HistoryFacts {
        let (history, hash) = self.space.tables.histories.item(number);
        let begun = self.machine.begin_event(&history);
        let begun = begun.map_or(number, |begun| self.space.tables.history(begun));
        let shown = self.shown_by_history(&history);
        self.met_history = true;
        *entry(&mut self.histories, number).insert(HistoryFacts { hash, shown, begun })
    }

    #[inline]
    pub(super) fn spent(&mut self, number: Number) -> SpentFacts {
        match self.spent.get(number as usize) {
            Some(Some(facts)) => *facts,
            _ => self.learn_spent(number),
        }
    }

    #[cold]
    fn learn_spent(&mut self, number: Number) -> SpentFacts {
        let tables = &self.space.tables;
        let (spent, hash) = tables.spent.item(number);
        let NetworkRules { drop, duplicate } = self.machine.network_rules(&spent);
        let facts = SpentFacts {
            hash,
            may_restart: self.machine.may_restart(&spent),
            restarts_at_once: self.machine.restarts_at_once(&spent),
            drop: drop.map(|spent| tables.spent(spent)),
            duplicate: duplicate.map(|rule| rule.map(|spent| tables.spent(spent))),
        };
        *entry(&mut self.spent, number).insert(facts)
    }

    #[inline(always)]
    pub(super) fn content_hash(&mut self, number: Number) -> Fingerprint {
        match self.content_hashes.get(number as usize) {
            Some(hash) if *hash != UNKNOWN => *hash,
            _ => self.learn_content(number),
        }
    }

    #[cold]
    fn learn_content(&mut self, number: Number) -> Fingerprint {
        let index = number as usize;
        if index >= self.content_hashes.len() {
            self.content_hashes.resize(index + 1, UNKNOWN);
        }
        self.content_hashes[index] = self.space.tables.contents.item(number).1;
        self.content_hashes[index]
    }

    /// What has been spent after the delivery of a message.
    pub(super) fn spent_on_delivery(&mut self, spent: Number, message: Number) -> Number {
        let key = pair(spent, message);
        if let Some(known) = self.delivered.get(key) {
            return known;
        }
        let tables = &self.space.tables;
        let (before, envelope) = (tables.spent.item(spent).0, tables.envelopes.item(message).0);
        let after = self.machine.spent_on_delivery(&before, &envelope);
        let after = after.map_or(spent, |after| tables.spent(after));
        self.delivered.insert(key, after);
        after
    }
}
