//! The command line as one can read it: each file in `transcripts/` is a session.
//!
//! A line that begins with `$ ` is a command for the shell; what follows is what it prints, first
//! on stdout, then on stderr, and its exit code if that is not 0. Lines that begin with `#` are
//! for the reader. A session has a directory of its own, in which it can leave files.
//!
//! What differs from run to run is replaced: times, rates, memory. `UPDATE=1 cargo test` rewrites
//! the files.

#![cfg(unix)]

mod common;

use std::fmt::Write;
use std::path::Path;

use regex::Regex;

#[test]
fn sessions_are_as_they_were() {
    let directory = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/transcripts");
    let mut files: Vec<_> = std::fs::read_dir(&directory)
        .expect("the transcripts")
        .map(|entry| entry.expect("a file").path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "txt"))
        .collect();
    files.sort();
    assert!(!files.is_empty());

    let mut wrong = Vec::new();
    for file in files {
        let expected = std::fs::read_to_string(&file).expect("a transcript");
        let found = play(&expected);
        if std::env::var_os("UPDATE").is_some() {
            std::fs::write(&file, &found).expect("the transcript can be written");
        } else if found != expected {
            wrong.push(format!("{}:\n{}", file.display(), difference(&expected, &found)));
        }
    }
    assert!(wrong.is_empty(), "{}\nUPDATE=1 rewrites the files", wrong.join("\n"));
}

/// The transcript with what its commands print now.
fn play(transcript: &str) -> String {
    let directory = tempfile::tempdir().expect("a temporary directory");
    let mut found = String::new();
    for line in transcript.lines() {
        if let Some(command) = line.strip_prefix("$ ") {
            if !found.is_empty() {
                found += "\n";
            }
            let printed = shell(command, directory.path());
            writeln!(found, "$ {command}").expect("a string");
            if !printed.trim().is_empty() {
                writeln!(found, "{}", printed.trim_end()).expect("a string");
            }
        } else if line.starts_with('#') {
            // A comment belongs to the command behind it.
            let first_of_several = !found.lines().last().is_some_and(|last| last.starts_with('#'));
            if !found.is_empty() && first_of_several {
                found += "\n";
            }
            found += line;
            found += "\n";
        }
    }
    // No empty line between a comment and its command.
    Regex::new(r"(?m)^(#.*)\n\n\$ ").expect("a pattern").replace_all(&found, "$1\n$$ ").into_owned()
}

fn shell(command: &str, directory: &Path) -> String {
    let printed = common::shell::shell(command, directory);
    let mut text = printed.stdout;
    if !printed.stderr.is_empty() {
        writeln!(text, "-- stderr\n{}", printed.stderr.trim_end()).expect("a string");
    }
    match printed.status.code() {
        Some(0) => {}
        Some(code) => writeln!(text, "-- exit {code}").expect("a string"),
        None => writeln!(text, "-- {}", printed.status).expect("a string"),
    }
    text
}

/// The first lines in which they differ.
fn difference(expected: &str, found: &str) -> String {
    let (mut expected, mut found) = (expected.lines(), found.lines());
    let mut number = 0;
    loop {
        number += 1;
        match (expected.next(), found.next()) {
            (None, None) => return "only the end of the last line".to_owned(),
            (a, b) if a == b => {}
            (a, b) => {
                let show = |line: Option<&str>| line.unwrap_or("(nothing)").to_owned();
                return format!("line {number}\n  expected: {}\n  found:    {}", show(a), show(b));
            }
        }
    }
}
