//! Messages that nothing can come of.
//!
//! The arguments rest on this: on a server, over restarts too, terms only grow; within a term a
//! server votes once, is candidate at most once, leader at most once, and takes entries from one
//! leader, whose log only grows. Where a seeded bug takes one of these away, less is obsolete.

use checker::system::Pending;

use super::Cluster;
use super::bugs::Flaw;
use super::state::{Index, Message, Name, Role, State, Term};

/// Whether this is a request that its receiver can only reject because of its own later term, or
/// such an answer. (All other answers carry the term of the request, which its sender still has or
/// has left behind.)
pub(super) fn leads_to_rejection(cluster: &Cluster, pending: &Pending<'_, Cluster>) -> bool {
    let my_term = pending.receiver.persistent.current_term;
    match &pending.envelope.message {
        Message::VoteReply { term, granted: false }
        | Message::AppendReply { term, success: false, .. } => *term > my_term,
        Message::RequestVote { term, .. } | Message::AppendEntries { term, .. } => {
            *term < my_term && !terms_can_fall(cluster)
        }
        _ => false,
    }
}

/// Whether a bug lets a server's term fall, so that everything can count again.
fn terms_can_fall(cluster: &Cluster) -> bool {
    matches!(cluster.flaw, Some(Flaw::TermNotPersisted | Flaw::AdoptsAnyTerm))
}

/// See [`checker::system::Protocol::is_obsolete`].
pub(super) fn is_obsolete(cluster: &Cluster, pending: &Pending<'_, Cluster>) -> bool {
    let flaw = cluster.flaw;
    if terms_can_fall(cluster) {
        return false;
    }
    let from = Name(usize::from(pending.envelope.from) as u8);
    let receiver = pending.receiver;
    let my_term = receiver.persistent.current_term;
    match &pending.envelope.message {
        Message::RequestVote { term, .. } => {
            // The candidate that has the vote has been told so, and no message is lost.
            let has_voted = match receiver.persistent.voted_for {
                Some(name) => name != from || cluster.bounds.losses == 0,
                None => false,
            };
            // Unless it can vote again, or a second answer can count in a later term.
            let is_final = !matches!(
                flaw,
                Some(Flaw::VotesTwice | Flaw::VoteNotPersisted | Flaw::StaleVotesCounted)
            );
            cluster.bounds.rejections == 0 && *term == my_term && has_voted && is_final
        }
        Message::VoteReply { term, granted } => vote_reply(flaw, from, (*term, *granted), receiver),
        Message::AppendEntries { term, .. } if *term == my_term => {
            cluster.bounds.rejections == 0 && changes_nothing(cluster, pending)
        }
        Message::AppendReply { term, success, match_index } => {
            append_reply(flaw, from, (*term, *success, *match_index), receiver)
        }
        Message::AppendEntries { .. } | Message::ClientCommand { .. } => false,
    }
}

/// A vote counts once, for a candidate of its term.
fn vote_reply(flaw: Option<Flaw>, from: Name, (term, granted): (Term, bool), to: &State) -> bool {
    let my_term = to.persistent.current_term;
    match to.role {
        _ if term > my_term => false,
        _ if !granted => true,
        _ if flaw == Some(Flaw::StaleVotesCounted) => false,
        Role::Candidate { votes } => term < my_term || votes.contains(from),
        _ => true,
    }
}

/// An answer counts once, for a leader of its term.
fn append_reply(
    flaw: Option<Flaw>,
    from: Name,
    (term, success, matched): (Term, bool, Index),
    to: &State,
) -> bool {
    let my_term = to.persistent.current_term;
    match &to.role {
        _ if term > my_term => false,
        _ if flaw == Some(Flaw::StaleMatchIndex) => false,
        Role::Leader { next_index, match_index } if term == my_term => {
            let (next, known) = (next_index[usize::from(from.0)], match_index[usize::from(from.0)]);
            if success { matched <= known } else { next <= known + 1 }
        }
        _ => true,
    }
}

/// AppendEntries that a follower of the same term has nothing to learn from, and its leader nothing
/// from the answer.
fn changes_nothing(cluster: &Cluster, pending: &Pending<'_, Cluster>) -> bool {
    let Message::AppendEntries {
        prev_log_index: prev, prev_log_term, entries, leader_commit, ..
    } = &pending.envelope.message
    else {
        return false;
    };
    let follower = pending.receiver;
    let log = &follower.persistent.log;
    let is_stored = follower.term_at(*prev) == Some(*prev_log_term)
        && log.get(usize::from(*prev)..).is_some_and(|rest| rest.starts_with(entries));
    // A restart forgets the commit index.
    let is_committed =
        *leader_commit <= follower.commit_index && (!pending.may_restart || *leader_commit == 0);
    let matched = prev + entries.len() as Index;
    let to = Name(usize::from(pending.envelope.to) as u8);
    let answer = (follower.persistent.current_term, true, matched);
    is_stored
        && is_committed
        && follower.role == Role::Follower
        && matches!(cluster.flaw, None | Some(Flaw::NoUpToDateCheck))
        && pending.sender.is_some_and(|leader| append_reply(cluster.flaw, to, answer, leader))
}
