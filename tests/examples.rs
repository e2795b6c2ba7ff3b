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
