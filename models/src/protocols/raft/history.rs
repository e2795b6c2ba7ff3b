//! The auxiliary history: what the properties need to know of the past. No server reads it, and no
//! crash touches it.

use std::borrow::Cow;

use checker::system::{Cause, Step, renaming};
use serde::Serialize;

use super::Cluster;
use super::state::{Entry, Index, Message, Name, Role, State, Term};

/// What has happened so far.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, Serialize)]
pub struct History {
    /// Who was ever leader, by term.
    #[serde(serialize_with = "renaming::unordered")]
    pub leaders: Vec<Leadership>,
    /// What a leader ever committed.
    pub committed: Vec<Commit>,
    /// What any server ever applied to its state machine: the index and the entry.
    pub applied: Vec<(Index, Entry)>,
    /// A leader changed or deleted an entry of its log while it was leader.
    pub leader_rewrote: bool,
    /// A commit index went back on a running server.
    pub commit_index_went_back: bool,
    /// A term went back on a running server.
    pub term_went_back: bool,
    /// What is remarkable about the last event.
    pub remarkable: Option<Remarkable>,
}

/// A server was elected.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
pub struct Leadership {
    /// In this term.
    pub term: Term,
    /// Who.
    pub server: Name,
    /// The log with which it became leader.
    pub log: Vec<Entry>,
}

/// A leader advanced its commit index over an entry.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
pub struct Commit {
    /// Where in the log.
    pub index: Index,
    /// The entry.
    pub entry: Entry,
    /// The earliest term of a leader that did so.
    pub term: Term,
}

/// Something that `sometimes` properties look for, and that the state itself does not tell.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Remarkable {
    /// A follower replaced entries that conflicted with the leader's.
    SuffixOverwritten,
    /// A leader that had crashed and restarted accepted entries of a later leader.
    CrashedLeaderFollows,
}

/// Records what one server has just done.
pub(super) fn record(history: &mut Cow<'_, History>, step: &Step<'_, Cluster>) {
    let Some(after) = step.after else { return };
    let server = Name(usize::from(step.actor) as u8);
    if let Some(before) = step.before {
        record_regressions(history, before, after);
        record_remarkable(history, server, step, before, after);
    }
    record_leadership(history, server, step.before, after);
    record_commits(history, step.before, after);
}

fn record_regressions(history: &mut Cow<'_, History>, before: &State, after: &State) {
    let (old, new) = (&before.persistent, &after.persistent);
    let still_leads =
        before.is_leader() && after.is_leader() && old.current_term == new.current_term;
    if still_leads && !new.log.starts_with(&old.log) {
        history.to_mut().leader_rewrote = true;
    }
    if after.commit_index < before.commit_index {
        history.to_mut().commit_index_went_back = true;
    }
    if new.current_term < old.current_term {
        history.to_mut().term_went_back = true;
    }
}

fn record_remarkable(
    history: &mut Cow<'_, History>,
    server: Name,
    step: &Step<'_, Cluster>,
    before: &State,
    after: &State,
) {
    let Cause::Message { message: Message::AppendEntries { .. }, .. } = step.cause else {
        return;
    };
    let accepted = step
        .sent
        .iter()
        .any(|sent| matches!(sent.message, Message::AppendReply { success: true, .. }));
    // A leader never leaves its role within its term, except by a crash.
    let old_term = before.persistent.current_term;
    let led = |leadership: &Leadership| leadership.server == server && leadership.term == old_term;
    let restarted = before.role == Role::Follower && history.leaders.iter().any(led);
    if accepted && restarted && after.persistent.current_term > old_term {
        history.to_mut().remarkable = Some(Remarkable::CrashedLeaderFollows);
    }
    if !after.persistent.log.starts_with(&before.persistent.log) {
        history.to_mut().remarkable = Some(Remarkable::SuffixOverwritten);
    }
}

fn record_leadership(
    history: &mut Cow<'_, History>,
    server: Name,
    before: Option<&State>,
    after: &State,
) {
    let term = after.persistent.current_term;
    let led_already =
        before.is_some_and(|state| state.is_leader() && state.persistent.current_term == term);
    if after.is_leader() && !led_already {
        let log = after.persistent.log.clone();
        insert(&mut history.to_mut().leaders, Leadership { term, server, log });
    }
}

fn record_commits(history: &mut Cow<'_, History>, before: Option<&State>, after: &State) {
    let term = after.persistent.current_term;
    let committed = before.map_or(0, |state| state.commit_index);
    for index in committed + 1..=after.commit_index {
        let Some(entry) = after.entry(index).filter(|_| after.is_leader()) else { continue };
        let known = history.committed.iter().position(|c| (c.index, c.entry) == (index, entry));
        match known {
            Some(position) if history.committed[position].term <= term => {}
            Some(position) => history.to_mut().committed[position].term = term,
            None => insert(&mut history.to_mut().committed, Commit { index, entry, term }),
        }
    }
    let applied = before.map_or(0, |state| state.last_applied);
    for index in applied + 1..=after.last_applied {
        let item = after.entry(index).map(|entry| (index, entry));
        if let Some(item) = item.filter(|item| !history.applied.contains(item)) {
            insert(&mut history.to_mut().applied, item);
        }
    }
}

/// Adds to a sorted set.
fn insert<T: Ord>(set: &mut Vec<T>, item: T) {
    if let Err(position) = set.binary_search(&item) {
        set.insert(position, item);
    }
}
