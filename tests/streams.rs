//! What a program does that is interrupted, or that nobody reads.

#![cfg(unix)]

mod common;

use std::process::{Child, Command, Stdio};

/// A check that would take days.
const ENDLESS: [&str; 6] = ["check", "lease", "--set", "clients=6", "--set", "turns=200"];

/// Whether a process has begun to handle Ctrl-C.
#[cfg(target_os = "linux")]
fn handles_interrupts(process: u32) -> bool {
    const SIGINT: u64 = 1 << 1;
    let status = std::fs::read_to_string(format!("/proc/{process}/status")).unwrap_or_default();
    let caught = status.lines().find_map(|line| line.strip_prefix("SigCgt:"));
    caught.and_then(|mask| u64::from_str_radix(mask.trim(), 16).ok()).unwrap_or(0) & SIGINT != 0
}

/// Presses Ctrl-C as soon as that is handled.
#[cfg(target_os = "linux")]
fn interrupt(process: &mut Child) {
    while !handles_interrupts(process.id()) {
        assert!(process.try_wait().expect("a child").is_none(), "it has ended");
        std::thread::yield_now();
    }
    let sent = Command::new("kill").args(["-INT", &process.id().to_string()]).status();
    assert!(sent.expect("kill").success());
}

#[cfg(target_os = "linux")]
#[test]
fn the_first_ctrl_c_ends_the_search_with_a_report() {
    let mut check = Command::new(common::example("own_registry"))
        .args(ENDLESS)
        // In case that the signal is lost, the test fails and does not hang.
        .args(["--time-limit", "60s", "--memory-limit", "2GiB", "--format", "json"])
        .stdout(Stdio::piped())
        .spawn()
        .expect("the check begins");
    interrupt(&mut check);

    let output = check.wait_with_output().expect("the check ends");
    assert_eq!(output.status.code(), Some(3));
    let report: serde_json::Value = serde_json::from_slice(&output.stdout).expect("a report");
    assert_eq!(report["verdict"], "inconclusive");
    assert_eq!(report["limit_reached"], "interrupt");
}

#[cfg(target_os = "linux")]
#[test]
fn ctrl_c_ends_a_comparison_with_what_was_measured() {
    let mut bench = Command::new(common::quorate())
        .args(["bench", "--only", "scaling", "--format", "json"])
        .stdout(Stdio::piped())
        .spawn()
        .expect("the comparison begins");
    interrupt(&mut bench);

    let output = bench.wait_with_output().expect("it ends");
    assert_eq!(output.status.code(), Some(3));
    let report: serde_json::Value = serde_json::from_slice(&output.stdout).expect("a report");
    assert_eq!(report["interrupted"], true);
    let runs = report["models"][0]["engines"][0]["runs"].as_array().expect("a list");
    assert!(runs.is_empty(), "millions of states take longer");
}

#[test]
fn a_limit_on_time_is_kept() {
    let program = common::example("own_registry");
    let arguments = [&ENDLESS[..], &["--time-limit", "50ms", "--format", "json"]].concat();
    let (code, report) = common::json(&program, &arguments);
    assert_eq!(code, 3);
    assert_eq!(report["limit_reached"], "time-limit");
}

#[test]
fn nobody_reads_the_report() {
    let (reader, writer) = std::io::pipe().expect("a pipe");
    drop(reader);
    let output = Command::new(common::example("own_registry"))
        .args(["check", "lease"])
        .stdout(writer)
        .stderr(Stdio::piped())
        .output()
        .expect("the check runs");
    assert_eq!(output.status.code(), Some(0));
    assert_eq!(String::from_utf8_lossy(&output.stderr), "");
}

#[cfg(target_os = "linux")]
#[test]
fn a_report_that_cannot_be_written_is_an_error() {
    let full = std::fs::OpenOptions::new().write(true).open("/dev/full").expect("/dev/full");
    let output = Command::new(common::example("own_registry"))
        .args(["check", "lease"])
        .stdout(full)
        .stderr(Stdio::piped())
        .output()
        .expect("the check runs");
    assert_eq!(output.status.code(), Some(2));
    assert!(String::from_utf8_lossy(&output.stderr).contains("cannot be printed"));
}
