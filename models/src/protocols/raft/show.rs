//! Messages and states in a few characters, for a terminal.

use super::state::{Entry, Message, Role, State};

/// A command by its letter: 1 is a.
fn command(number: u8) -> char {
    char::from(b'a' + number.saturating_sub(1).min(25))
}

/// Entries as `a@1`: the command and its term.
fn entries(entries: &[Entry]) -> String {
    let texts: Vec<_> =
        entries.iter().map(|entry| format!("{}@{}", command(entry.command), entry.term)).collect();
    format!("[{}]", texts.join(" "))
}

pub(super) fn message(message: &Message) -> String {
    match message {
        Message::RequestVote { term, last_log_index, last_log_term } => {
            format!("RequestVote(term {term}, last {last_log_index}@{last_log_term})")
        }
        Message::VoteReply { term, granted: true } => format!("VoteReply(term {term}, granted)"),
        Message::VoteReply { term, granted: false } => format!("VoteReply(term {term}, refused)"),
        Message::AppendEntries {
            term,
            prev_log_index,
            prev_log_term,
            entries: new,
            leader_commit,
        } => {
            let new = entries(new);
            format!(
                "AppendEntries(term {term}, after {prev_log_index}@{prev_log_term} {new}, \
                 commit {leader_commit})"
            )
        }
        Message::AppendReply { term, success: true, match_index } => {
            format!("AppendReply(term {term}, stored up to {match_index})")
        }
        Message::AppendReply { term, success: false, .. } => {
            format!("AppendReply(term {term}, refused)")
        }
        Message::ClientCommand { command: number } => format!("command {}", command(*number)),
    }
}

pub(super) fn fields(state: &State) -> Vec<(String, String)> {
    let voted_for = state.persistent.voted_for;
    let mut fields = vec![
        ("role", role(&state.role).to_owned()),
        ("term", state.persistent.current_term.to_string()),
        ("vote", voted_for.map_or("-".to_owned(), |name| format!("S{}", name.0 + 1))),
        ("log", entries(&state.persistent.log)),
        ("commit", state.commit_index.to_string()),
    ];
    match &state.role {
        Role::Follower => {}
        Role::Candidate { votes } => {
            let names: Vec<_> = votes.iter().map(|name| format!("S{}", name.0 + 1)).collect();
            fields.push(("votes", names.join(" ")));
        }
        Role::Leader { next_index, match_index } => {
            fields.push(("next", format!("{next_index:?}")));
            fields.push(("match", format!("{match_index:?}")));
        }
    }
    fields.into_iter().map(|(name, value)| (name.to_owned(), value)).collect()
}

fn role(role: &Role) -> &'static str {
    match role {
        Role::Follower => "follower",
        Role::Candidate { .. } => "candidate",
        Role::Leader { .. } => "leader",
    }
}
