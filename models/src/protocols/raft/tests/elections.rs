//! Leader election (§5.1, §5.2, §5.4.1).

use super::*;

/// A candidate of S1 with an empty log in term 1.
fn election(cluster: u8) -> Talker {
    Talker::new(cluster, S1, candidate(S1, 1, ""))
}

#[test]
fn a_timeout_begins_a_new_term_with_a_vote_for_oneself() {
    let mut server = Talker::new(3, S1, follower(4, "1 3"));
    let sent = server.times_out(Timer::Election);
    let request = request_vote(5, (2, 3));
    assert_eq!(sent, [(S2, request.clone()), (S3, request)]);
    assert_eq!(server.state, candidate(S1, 5, "1 3"));
    assert_eq!(server.saved, Some(server.state.persistent.clone()), "saved before it is sent");
}

#[test]
fn a_candidate_leads_with_the_votes_of_a_majority_and_not_before() {
    for (cluster, majority) in [(2, 2), (3, 2), (4, 3), (5, 3), (6, 4), (7, 4)] {
        let mut server = election(cluster);
        // Its own vote is the first.
        for votes in 2..=majority {
            assert!(!server.state.is_leader(), "{cluster} servers, {} votes", votes - 1);
            server.receives(Name(votes - 1), vote(1, true));
        }
        assert!(server.state.is_leader(), "{cluster} servers, {majority} votes");
    }
}

#[test]
fn a_cluster_of_one_elects_itself() {
    let mut server = Talker::new(1, S1, follower(0, ""));
    server.times_out(Timer::Election);
    assert!(server.state.is_leader());
}

#[test]
fn a_new_leader_announces_itself_and_assumes_that_all_logs_are_like_its_own() {
    let mut server = Talker::new(3, S1, candidate(S1, 3, "1 2"));
    let sent = server.receives(S2, vote(3, true));
    let heartbeat = append(3, (2, 2), "", 0);
    assert_eq!(sent, [(S2, heartbeat.clone()), (S3, heartbeat)]);
    assert_eq!(server.state, leader(3, S1, 3, "1 2"));
}

#[test]
fn a_split_vote_elects_nobody_and_the_next_term_can() {
    // S1 and S2 stand in term 1; S3 votes for the one, S4 for the other.
    let mut candidates = [S1, S2].map(|me| Talker::new(4, me, candidate(me, 1, "")));
    for (server, voter) in candidates.iter_mut().zip([S3, S4]) {
        server.receives(voter, vote(1, true));
        let rival = if server.me == S1 { S2 } else { S1 };
        server.receives(rival, vote(1, false));
        assert!(matches!(server.state.role, Role::Candidate { votes } if votes.len() == 2));
    }
    let [server, _] = &mut candidates;
    server.times_out(Timer::Election);
    for voter in [S2, S3] {
        assert!(!server.state.is_leader());
        server.receives(voter, vote(2, true));
    }
    assert!(server.state.is_leader());
}

#[test]
fn a_vote_counts_once_and_only_in_its_own_election() {
    let mut server = Talker::new(5, S1, candidate(S1, 2, ""));
    for (voter, message) in [
        (S2, vote(2, true)),
        // The same vote once more, a late one of the term before, and a refusal.
        (S2, vote(2, true)),
        (S3, vote(1, true)),
        (S4, vote(2, false)),
    ] {
        server.receives(voter, message);
        let two = Servers::default().with(S1).with(S2);
        assert_eq!(server.state.role, Role::Candidate { votes: two });
    }
}

#[test]
fn a_server_votes_once_in_a_term_first_come_first_served() {
    let mut server = Talker::new(3, S3, follower(1, ""));
    let request = request_vote(1, (0, 0));
    assert_eq!(server.answers(S1, request.clone()), vote(1, true));
    assert_eq!(server.answers(S2, request.clone()), vote(1, false));
    assert_eq!(server.answers(S1, request), vote(1, true), "the answer may have been lost");
    assert_eq!(server.answers(S2, request_vote(2, (0, 0))), vote(2, true), "a new term");
}

#[test]
fn a_vote_is_remembered_over_a_restart() {
    let mut server = Talker::new(3, S3, follower(0, ""));
    let request = request_vote(1, (0, 0));
    assert_eq!(server.answers(S1, request.clone()), vote(1, true));
    server.restarts();
    assert_eq!(server.answers(S2, request.clone()), vote(1, false));
    assert_eq!(server.answers(S1, request), vote(1, true));
}

#[test]
fn a_restart_keeps_term_vote_and_log_and_nothing_else() {
    let mut server = Talker::new(3, S1, leader(3, S1, 2, "1 2"));
    server.receives(S2, stored(2, 2));
    assert_eq!(server.state.commit_index, 2);
    server.restarts();
    let mut expected = follower(2, "1 2");
    expected.persistent.voted_for = Some(S1);
    assert_eq!(server.state, expected);
}

#[test]
fn only_a_candidate_whose_log_is_up_to_date_gets_the_vote() {
    // The voter's log; index and term of the candidate's last entry; whether it gets the vote.
    for (mine, last, granted) in [
        ("", (0, 0), true),
        ("", (1, 1), true),
        ("1", (0, 0), false),
        ("1 1", (2, 1), true),
        ("1 1", (1, 1), false),
        ("1 1", (3, 1), true),
        // A later last term beats a longer log.
        ("1 1 1", (1, 2), true),
        ("1 2", (5, 1), false),
    ] {
        let mut server = Talker::new(3, S2, follower(2, mine));
        let answer = server.answers(S1, request_vote(3, last));
        assert_eq!(answer, vote(3, granted), "log {mine:?}, candidate {last:?}");
        assert_eq!(server.state.persistent.voted_for, granted.then_some(S1));
    }
}

#[test]
fn whoever_hears_of_a_later_term_takes_it_over_and_follows() {
    for role in [follower(2, "1"), candidate(S1, 2, "1"), leader(3, S1, 2, "1")] {
        for message in [
            request_vote(5, (0, 0)),
            vote(5, false),
            append(5, (0, 0), "", 0),
            refused(5),
            // A late answer to somebody else's term never exists, but would count as well.
            vote(5, true),
            stored(5, 1),
        ] {
            let mut server = Talker::new(3, S1, role.clone());
            server.receives(S2, message.clone());
            assert_eq!((server.term(), &server.state.role), (5, &Role::Follower), "{message:?}");
            assert_eq!(server.state.persistent.voted_for, None, "{message:?}");
            assert_eq!(server.saved, Some(server.state.persistent.clone()), "{message:?}");
        }
    }
}

#[test]
fn requests_of_an_earlier_term_are_refused_with_the_later_one() {
    for state in [follower(5, "1"), candidate(S1, 5, "1"), leader(3, S1, 5, "1")] {
        let mut server = Talker::new(3, S1, state.clone());
        assert_eq!(server.answers(S2, request_vote(4, (9, 4))), vote(5, false));
        assert_eq!(server.answers(S2, append(4, (1, 1), "4", 2)), refused(5));
        assert_eq!(server.state, state, "nothing else comes of them");
    }
}

#[test]
fn a_candidate_follows_the_leader_of_its_term() {
    let mut server = Talker::new(3, S1, candidate(S1, 2, ""));
    assert_eq!(server.answers(S2, append(2, (0, 0), "", 0)), stored(2, 0));
    assert_eq!(server.state.role, Role::Follower);
    assert_eq!(server.state.persistent.voted_for, Some(S1), "its vote of this term stays");
}
