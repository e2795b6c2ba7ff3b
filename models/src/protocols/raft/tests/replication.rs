//! Log replication and commitment (§5.3, §5.4.2).

use super::*;

/// Reads `"(7,4)"` as an index and its term.
fn at(text: &str) -> (Index, Term) {
    let numbers = text.trim_matches(['(', ')']).split_once(',').expect("an index and a term");
    (numbers.0.parse().expect("an index"), numbers.1.parse().expect("a term"))
}

/// `nextIndex` and `matchIndex` of a leader for a follower.
fn indices(leader: &Talker, of: Name) -> (Index, Index) {
    let Role::Leader { next_index, match_index } = &leader.state.role else {
        panic!("not a leader")
    };
    (next_index[usize::from(of.0)], match_index[usize::from(of.0)])
}

#[test]
fn entries_are_accepted_only_behind_an_entry_that_both_have() {
    // One follower's log, and the entry before the new ones as the leader names it.
    let mine = "1 1 1 2 3 3 3";
    for (prev, accepted) in [
        ("(0,0)", true),
        ("(3,1)", true),
        ("(6,3)", true),
        ("(7,3)", true),
        // The entry has another term.
        ("(7,4)", false),
        ("(4,1)", false),
        ("(4,3)", false),
        // There is no such entry.
        ("(8,3)", false),
        ("(9,4)", false),
    ] {
        let mut server = Talker::new(3, S2, follower(5, mine));
        let answer = server.answers(S1, append(5, at(prev), "", 0));
        let expected = if accepted { stored(5, at(prev).0) } else { refused(5) };
        assert_eq!(answer, expected, "{prev}");
        assert_eq!(server.log(), log(mine), "{prev}");
    }
}

#[test]
fn only_what_conflicts_is_deleted() {
    // Before; AppendEntries as (prev) and entries; after.
    for (before, prev, new, after) in [
        ("", "(0,0)", "1 1", "1 1"),
        ("1 1", "(2,1)", "2", "1 1 2"),
        // The first conflict and all behind it go.
        ("1 1 1", "(1,1)", "2", "1 2"),
        ("1 1 2 2", "(2,1)", "3 3", "1 1 3 3"),
        ("1 2 2 2", "(1,1)", "2 3", "1 2 3"),
        // Late or repeated messages say nothing new: what is behind them stays.
        ("1 1 2 2", "(1,1)", "1 2", "1 1 2 2"),
        ("1 1 2 2", "(0,0)", "1", "1 1 2 2"),
        ("1 1 2 2", "(2,1)", "", "1 1 2 2"),
        // A part that is known, and a part that is new.
        ("1 1", "(0,0)", "1 1 2", "1 1 2"),
    ] {
        let mut server = Talker::new(3, S2, follower(3, before));
        let last_new = at(prev).0 + entries(1, new).len() as Index;
        let answer = server.answers(S1, append(3, at(prev), new, 0));
        assert_eq!(answer, stored(3, last_new), "{before} <- {prev} {new}");
        assert_eq!(server.log(), log(after), "{before} <- {prev} {new}");
        assert_eq!(server.saved, Some(server.state.persistent.clone()), "saved before the answer");
    }
}

#[test]
fn a_follower_commits_no_further_than_it_has_compared() {
    // The follower's log and commit index; AppendEntries as (prev), entries and leaderCommit; the
    // commit index after it.
    for (mine, committed, prev, new, leader_commit, after) in [
        ("1 1", 0, "(2,1)", "", 2, 2),
        ("1 1", 0, "(2,1)", "2", 2, 2),
        ("1 1", 0, "(2,1)", "2", 9, 3),
        // The rest of its log was not compared, and may not be the leader's.
        ("1 1 1", 0, "(1,1)", "", 3, 1),
        ("1 1 1", 0, "(0,0)", "", 3, 0),
        // A late message takes nothing back.
        ("1 1 1", 3, "(1,1)", "1", 1, 3),
    ] {
        let mut state = follower(2, mine);
        (state.commit_index, state.last_applied) = (committed, committed);
        let mut server = Talker::new(3, S2, state);
        server.receives(S1, append(2, at(prev), new, leader_commit));
        let name = format!("{mine} <- {prev} {new} up to {leader_commit}");
        assert_eq!(server.state.commit_index, after, "{name}");
        assert_eq!(server.state.last_applied, after, "{name}");
    }
}

#[test]
fn a_refused_follower_commits_nothing() {
    let mut server = Talker::new(3, S2, follower(5, "1 1"));
    assert_eq!(server.answers(S1, append(5, (2, 4), "5", 2)), refused(5));
    assert_eq!(server.state.commit_index, 0);
}

/// Figure 7: when the leader at the top comes to power in term 8, followers may look like any of
/// these. Each with the number of refusals until the logs are found to agree.
const FIGURE_7: (&str, [(&str, &str, usize); 6]) = (
    "1 1 1 4 4 5 5 6 6 6",
    [
        ("a", "1 1 1 4 4 5 5 6 6", 1),
        ("b", "1 1 1 4", 6),
        ("c", "1 1 1 4 4 5 5 6 6 6 6", 0),
        ("d", "1 1 1 4 4 5 5 6 6 6 7 7", 0),
        ("e", "1 1 1 4 4 4 4", 5),
        ("f", "1 1 1 2 2 2 3 3 3 3 3", 7),
    ],
);

#[test]
fn every_follower_of_figure_7_ends_with_the_log_of_the_leader() {
    let (leading, followers) = FIGURE_7;
    for (name, mine, expected) in followers {
        let mut leader = Talker::new(3, S1, leader(3, S1, 8, leading));
        let mut follower = Talker::new(3, S2, follower(7, mine));
        let command = Message::ClientCommand { command: 91 };
        let mut travelling = leader.receives(CLIENT, command);
        let mut refusals = 0;
        // What is sent to S3 is lost.
        while let Some((_, message)) = travelling.iter().find(|(to, _)| *to == S2).cloned() {
            let answer = follower.answers(S1, message);
            refusals += usize::from(answer == refused(8));
            let committed = leader.state.commit_index;
            travelling = leader.receives(S2, answer);
            if leader.state.commit_index > committed {
                break;
            }
        }
        assert_eq!(refusals, expected, "({name})");
        assert_eq!(follower.log(), leader.log(), "({name})");
        assert_eq!(leader.state.commit_index, 11, "({name})");
        assert_eq!(indices(&leader, S2), (12, 11), "({name})");
    }
}

#[test]
fn a_refusal_takes_next_index_one_back_and_the_leader_tries_again() {
    let mut server = Talker::new(3, S1, leader(3, S1, 3, "1 2 2"));
    let sent = server.receives(S2, refused(3));
    assert_eq!(sent, [(S2, append(3, (2, 2), "2", 0))]);
    let sent = server.receives(S2, refused(3));
    assert_eq!(sent, [(S2, append(3, (1, 1), "2 2", 0))]);
    assert_eq!(indices(&server, S2), (2, 0));
    assert_eq!(indices(&server, S3), (4, 0), "of S3 nothing was heard");
}

#[test]
fn late_answers_take_back_nothing_that_is_known() {
    let mut server = Talker::new(5, S1, leader(5, S1, 3, "1 3 3"));
    server.receives(S2, stored(3, 3));
    for message in [stored(3, 1), refused(3), stored(2, 1), refused(2)] {
        assert_eq!(server.receives(S2, message.clone()), [], "{message:?}");
        assert_eq!(indices(&server, S2), (4, 3), "{message:?}");
    }
}

#[test]
fn an_answer_of_an_earlier_term_counts_for_nothing() {
    let mut server = Talker::new(3, S1, leader(3, S1, 4, "1 4"));
    let before = server.state.clone();
    // S2 stored two entries for another leader; they may be gone by now.
    assert_eq!(server.receives(S2, stored(3, 2)), []);
    assert_eq!(server.state, before);
}

#[test]
fn a_leader_appends_a_command_and_sends_it_to_everybody() {
    let mut server = Talker::new(3, S1, leader(3, S1, 2, "1"));
    let command = Message::ClientCommand { command: 22 };
    let sent = server.receives(CLIENT, command.clone());
    let new = append(2, (1, 1), "2", 0);
    assert_eq!(sent, [(S2, new.clone()), (S3, new)]);
    assert_eq!(server.log(), log("1 2"));
    assert_eq!(server.state.commit_index, 0, "nobody else has it yet");
    for state in [follower(2, "1"), candidate(S1, 2, "1")] {
        let mut server = Talker::new(3, S1, state.clone());
        assert_eq!(server.receives(CLIENT, command.clone()), []);
        assert_eq!(server.state, state, "who does not lead takes no commands");
    }
}

#[test]
fn a_leader_commits_what_a_majority_stores() {
    // Up to where S2, S3, … have acknowledged the leader's log of three entries of its own term,
    // and what is committed then.
    for (cluster, acknowledged, committed) in [
        (3, &[0, 0][..], 0),
        (3, &[2, 0], 2),
        (3, &[2, 3], 3),
        (4, &[3, 0, 0], 0),
        (4, &[3, 1, 0], 1),
        (5, &[3, 2, 0, 0], 2),
        (5, &[3, 3, 1, 1], 3),
        (5, &[1, 0, 0, 0], 0),
    ] {
        let mut server = Talker::new(cluster, S1, leader(cluster, S1, 1, "1 1 1"));
        for (name, match_index) in (1..).map(Name).zip(acknowledged) {
            server.receives(name, stored(1, *match_index));
        }
        let name = format!("{cluster} servers: {acknowledged:?}");
        assert_eq!(server.state.commit_index, committed, "{name}");
        assert_eq!(server.state.last_applied, committed, "{name}");
    }
}

#[test]
fn an_entry_of_an_earlier_term_is_never_committed_by_counting() {
    // Figure 8: (c) S1 leads term 4 and has replicated the entry of term 2 on a majority of five.
    let mut server = Talker::new(5, S1, leader(5, S1, 4, "1 2 4"));
    for name in [S2, S3] {
        server.receives(name, stored(4, 2));
    }
    assert_eq!(server.state.commit_index, 0, "(d) S5 could still overwrite it");
    // (e) Its own entry on a majority commits all that is before it.
    server.receives(S2, stored(4, 3));
    assert_eq!(server.state.commit_index, 0);
    server.receives(S3, stored(4, 3));
    assert_eq!(server.state.commit_index, 3);
}

#[test]
fn followers_learn_of_a_commit_with_the_next_append_entries() {
    let mut server = Talker::new(3, S1, leader(3, S1, 1, "1"));
    let sent = server.receives(S2, stored(1, 1));
    assert_eq!(sent[0], (S2, append(1, (1, 1), "", 1)));
    assert_eq!(sent[1], (S3, append(1, (1, 1), "", 1)), "S3 is believed to be up to date");
}

#[test]
fn a_leader_sends_again_what_was_not_acknowledged() {
    let mut server = Talker::new(3, S1, leader(3, S1, 1, ""));
    server.receives(CLIENT, Message::ClientCommand { command: 11 });
    server.receives(S2, stored(1, 1));
    let sent = server.times_out(Timer::Retry);
    assert_eq!(sent, [(S3, append(1, (0, 0), "1", 1))], "S2 has everything");
}
