//! The examples do what they say, in as few lines as they promise.

mod common;

use std::path::Path;

#[test]
fn a_protocol_of_ones_own_is_checked_through_the_library() {
    let output = common::run(&common::example("own_protocol"), &[], Path::new("."));
    assert!(output.status.success());
    let text = String::from_utf8_lossy(&output.stdout);
    assert!(text.ends_with("states: close holds, five reached\n"), "{text}");

    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("examples/own_protocol.rs");
    let lines = std::fs::read_to_string(source).expect("the example").lines().count();
    assert!(lines < 60, "{lines} lines");
}

/// What an example prints.
fn printed(name: &str, arguments: &[&str]) -> String {
    let output = common::run(&common::example(name), arguments, Path::new("."));
    assert!(output.status.success(), "{name} {arguments:?}: {output:?}");
    String::from_utf8_lossy(&output.stdout).into_owned()
}

/// The counts are those of other model checkers on the same protocol, action by action. A depth
/// counts steps, where others count the states of a path.
#[test]
fn two_phase_commit_has_the_states_that_other_checkers_find() {
    let text = |managers: &str| printed("two_phase_commit", &[managers]);
    assert_eq!(
        text("3"),
        "two-phase commit, 3 resource managers: holds\n  \
         nobody commits what another aborts: holds\n  all commit: reached\n  \
         all abort: reached\n  288 distinct states, 1146 generated, depth 10\n"
    );
    assert_eq!(text("7"), printed("two_phase_commit", &[]));
    assert!(text("7").ends_with("296448 distinct states, 2744706 generated, depth 22\n"));
    let wrong = common::run(&common::example("two_phase_commit"), &["17"], Path::new("."));
    assert!(!wrong.status.success());
}

#[test]
fn paxos_has_the_states_that_stateright_finds() {
    let counts = "\n  linearizable: holds\n  value chosen: reached\n  \
                  16668 distinct states, 32971 generated\n";
    let text = printed("paxos", &[]);
    assert_eq!(text, format!("Paxos, 3 servers, 2 clients: holds{counts}"));
    assert!(printed("paxos", &["1"]).ends_with("265 distinct states, 482 generated\n"));
}

#[test]
fn a_registry_of_ones_own_has_the_whole_command_line() {
    let program = common::example("own_registry");
    for verb in ["list", "check", "replay", "bench"] {
        let output = common::run(&program, &[verb, "--help"], Path::new("."));
        assert!(output.status.success(), "{verb}");
    }
    let output = common::run(&program, &["check", "lease"], Path::new("."));
    assert!(output.status.success());
}
