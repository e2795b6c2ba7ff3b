//! What is said of Raft: Figure 3 of the paper, and what must be reachable so that nothing holds
//! for want of behaviour.
//!
//! Every property is total: it has an answer also for states that only a bug can produce.

use checker::system::{Condition, Property};
use stateright::actor::Id;

use super::history::{History, Remarkable};
use super::state::State;
use super::{Bounds, Cluster};

/// The properties that scopes with these bounds are held to. Something that the bounds themselves
/// rule out is not asked for.
pub(super) fn properties(bounds: &Bounds) -> Vec<Property<Cluster>> {
    let mut properties = safety();
    properties.extend(reachability(bounds));
    properties
}

fn safety() -> Vec<Property<Cluster>> {
    vec![
        Property::always(
            "election safety",
            "at most one leader can be elected in a given term, over the whole run (§5.2)",
            Condition::Aux(election_safety),
        ),
        Property::always(
            "leader append-only",
            "a leader never overwrites or deletes entries in its log; it only appends new ones (§5.3)",
            Condition::Aux(|_, history: &History| !history.leader_rewrote),
        ),
        Property::always(
            "log matching",
            "if two logs contain an entry with the same index and term, they are identical up to it (§5.3)",
            Condition::Pair(log_matching),
        ),
        Property::always(
            "leader completeness",
            "an entry committed in a term is in the logs of the leaders of all later terms (§5.4)",
            Condition::Aux(leader_completeness),
        ),
        Property::always(
            "state machine safety",
            "no two servers ever apply different entries at the same index (§5.4.3)",
            Condition::Aux(state_machine_safety),
        ),
        Property::always(
            "commit index never decreases",
            "on a running server commitIndex increases monotonically (Figure 2)",
            Condition::Aux(|_, history: &History| !history.commit_index_went_back),
        ),
        Property::always(
            "term never decreases",
            "on a running server currentTerm increases monotonically (Figure 2)",
            Condition::Aux(|_, history: &History| !history.term_went_back),
        ),
    ]
}

/// What must be reachable, as far as the bounds allow it.
fn reachability(bounds: &Bounds) -> Vec<Property<Cluster>> {
    // With two servers, whoever leads has the vote of the other and has seen all that it stores.
    let two_terms = bounds.terms >= 2 && bounds.servers >= 3;
    let two_of_both = two_terms && bounds.commands >= 2;
    let in_history = |name, statement, condition| {
        Property::sometimes(name, statement, Condition::Aux(condition))
    };
    let asked = [
        (
            true,
            Property::sometimes(
                "a leader is elected",
                "some server is leader",
                Condition::Actor(|_, _, state: &State| state.is_leader()),
            ),
        ),
        (
            bounds.commands >= 1,
            in_history(
                "an entry is committed",
                "some leader has committed an entry",
                |_, history: &History| !history.committed.is_empty(),
            ),
        ),
        (
            two_of_both,
            in_history(
                "an earlier entry is committed by way of a later one",
                "a leader commits an entry of an earlier term together with one of its own (§5.4.2)",
                commits_earlier_entry,
            ),
        ),
        (
            two_of_both,
            in_history(
                "a conflicting suffix is overwritten",
                "a follower replaces entries that conflict with its leader's (§5.3)",
                |_, history| history.remarkable == Some(Remarkable::SuffixOverwritten),
            ),
        ),
        (
            two_terms && bounds.crashes >= 1 && bounds.restarts >= 1,
            in_history(
                "a crashed leader restarts and follows",
                "a former leader accepts AppendEntries of a later leader after a crash",
                |_, history| history.remarkable == Some(Remarkable::CrashedLeaderFollows),
            ),
        ),
        (
            two_terms,
            Property::sometimes(
                "two leaders of different terms",
                "two servers believe themselves leader at the same time, in different terms",
                Condition::Pair(leaders_of_different_terms),
            ),
        ),
    ];
    asked.into_iter().filter(|(asked, _)| *asked).map(|(_, property)| property).collect()
}

/// Election Safety: at most one leader can be elected in a given term. §5.2. Over all leaders that
/// there ever were, not only those at one moment.
fn election_safety(_: &Cluster, history: &History) -> bool {
    // Sorted by term.
    let terms = history.leaders.windows(2).map(|pair| (&pair[0], &pair[1]));
    terms.into_iter().all(|(a, b)| a.term != b.term || a.server == b.server)
}

/// Log Matching: if two logs contain an entry with the same index and term, then the logs are
/// identical in all entries up through the given index. §5.3
fn log_matching(_: &Cluster, (_, a): (Id, &State), (_, b): (Id, &State)) -> bool {
    let (a, b) = (&a.persistent.log, &b.persistent.log);
    match a.iter().zip(b).rposition(|(x, y)| x.term == y.term) {
        Some(last) => a[..=last] == b[..=last],
        None => true,
    }
}

/// Leader Completeness: if a log entry is committed in a given term, then that entry will be
/// present in the logs of the leaders for all higher-numbered terms. §5.4
///
/// An entry counts as committed from when its leader's commitIndex covers it. A majority may have
/// stored it earlier; a leader that crashes before it has heard of that commits nothing here, in
/// this run. (In another run, which is explored too, it has heard.)
fn leader_completeness(_: &Cluster, history: &History) -> bool {
    history.committed.iter().all(|commit| {
        let later = history.leaders.iter().filter(|leader| leader.term > commit.term);
        let position = usize::from(commit.index).checked_sub(1);
        later.into_iter().all(|leader| {
            position.and_then(|position| leader.log.get(position)) == Some(&commit.entry)
        })
    })
}

/// State Machine Safety: if a server has applied a log entry at a given index to its state
/// machine, no other server will ever apply a different log entry for the same index. §5.4.3
fn state_machine_safety(_: &Cluster, history: &History) -> bool {
    // A sorted set of distinct pairs.
    history.applied.windows(2).all(|pair| pair[0].0 != pair[1].0)
}

/// §5.4.2: an entry of an earlier term is committed indirectly, by one of the leader's own term
/// behind it.
fn commits_earlier_entry(_: &Cluster, history: &History) -> bool {
    history.committed.iter().any(|earlier| {
        earlier.entry.term < earlier.term
            && history.committed.iter().any(|own| {
                own.index > earlier.index && own.term == earlier.term && own.entry.term == own.term
            })
    })
}

fn leaders_of_different_terms(_: &Cluster, (_, a): (Id, &State), (_, b): (Id, &State)) -> bool {
    let (term, other) = (a.persistent.current_term, b.persistent.current_term);
    a.is_leader() && b.is_leader() && term != other
}
