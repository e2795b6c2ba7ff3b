//! The claims of the contract for the searches that are too long for every `cargo test`. Run them
//! with
//!
//! ```sh
//! cargo test --release -p quorate-models --features long --test long
//! ```

mod common;

use common::Selection::Long;
use common::reductions::{self, DOWNTIME, PURGE};
use common::{claims, golden, symmetry};

/// The most distinct states of a space that is compared without a reduction.
const MOST: u64 = 3_000_000;

#[test]
fn without_a_bug_everything_holds_and_everything_wanted_is_reached() {
    claims::scopes_hold(Long);
}

#[test]
fn every_bug_breaks_what_it_names_and_nothing_else_earlier() {
    claims::bugs_are_found(Long);
}

#[test]
fn a_counterexample_replays_from_its_text_and_only_with_its_bug() {
    claims::counterexamples_replay_only_with_their_bug(Long);
}

#[test]
fn counts_are_equal_in_every_run_and_on_any_number_of_threads() {
    claims::counts_do_not_depend_on_threads(Long);
}

#[test]
fn counts_are_the_golden_ones() {
    golden::check(Long);
}

#[test]
fn no_verdict_changes_when_messages_are_not_purged() {
    reductions::verdicts_stay(PURGE, MOST);
}

#[test]
fn no_bug_is_hidden_by_purging_messages() {
    reductions::bugs_stay(PURGE, MOST);
}

#[test]
fn no_verdict_changes_when_others_go_on_during_a_crash() {
    reductions::verdicts_stay(DOWNTIME, MOST);
}

#[test]
fn no_bug_is_hidden_by_restarting_at_once() {
    reductions::bugs_stay(DOWNTIME, MOST);
}

#[test]
fn a_search_up_to_renaming_finds_the_same_and_counts_what_it_stands_for() {
    symmetry::changes_nothing(Long);
}
