//! What scopes leave out is harmless: verdicts are the same with it. `long.rs` compares larger
//! spaces.

mod common;

use common::Selection::Fast;
use common::reductions::{self, DOWNTIME, PURGE};
use common::{FAST, symmetry};

#[test]
fn no_verdict_changes_when_messages_are_not_purged() {
    reductions::verdicts_stay(PURGE, FAST);
}

#[test]
fn no_bug_is_hidden_by_purging_messages() {
    reductions::bugs_stay(PURGE, FAST);
}

#[test]
fn no_verdict_changes_when_others_go_on_during_a_crash() {
    reductions::verdicts_stay(DOWNTIME, FAST);
}

#[test]
fn no_bug_is_hidden_by_restarting_at_once() {
    reductions::bugs_stay(DOWNTIME, FAST);
}

#[test]
fn a_search_up_to_renaming_finds_the_same_and_counts_what_it_stands_for() {
    symmetry::changes_nothing(Fast);
}
