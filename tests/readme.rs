//! The README does not lie: each of its commands prints what it shows.
//!
//! A block marked `console` is a session: a line that begins with `$ ` is a command for the shell,
//! and the lines behind it are what it prints, first on stdout, then on stderr. A line `...` stands
//! for any number of lines. All blocks share one directory, so that one can read the file that an
//! earlier one has saved. `cargo run` is replaced by the program that it would build and run.
//!
//! Blocks marked `console long` take minutes without optimisation. They are run where
//! `QUORATE_LONG` is set: `QUORATE_LONG=1 cargo test --release --test readme`.

#![cfg(unix)]

mod common;

use std::io::Write;
use std::path::Path;

use regex::Regex;

/// A command, and what it is said to print.
struct Command {
    line: usize,
    text: String,
    expected: Vec<String>,
    is_long: bool,
}

#[test]
fn its_commands_print_what_it_shows() {
    let readme = Path::new(env!("CARGO_MANIFEST_DIR")).join("README.md");
    let commands = commands(&std::fs::read_to_string(readme).expect("the README"));
    assert!(commands.iter().any(|command| command.is_long), "the default scope is shown");
    let directory = tempfile::tempdir().expect("a temporary directory");
    let with_long = std::env::var_os("QUORATE_LONG").is_some();

    let mut wrong = Vec::new();
    for command in commands {
        if command.is_long && !with_long {
            // Past the capture of the test harness: who reads the output is to know.
            let _ = writeln!(
                std::io::stderr(),
                "skipped `{}`: it explores millions of states, and QUORATE_LONG is not set",
                command.text
            );
            continue;
        }
        let printed = common::shell::shell(&program(&command.text), directory.path());
        let found = alike(&(printed.stdout + &printed.stderr));
        let found: Vec<&str> = found.trim_end().lines().collect();
        let expected: Vec<String> = command.expected.iter().map(|line| alike(line)).collect();
        if !matches(&expected, &found) {
            let (line, text) = (command.line, &command.text);
            wrong.push(format!("README.md:{line}: `{text}` prints\n{}", found.join("\n")));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n\n"));
}

/// The commands of all blocks, in order.
fn commands(readme: &str) -> Vec<Command> {
    let mut commands: Vec<Command> = Vec::new();
    let mut block = None;
    for (index, line) in readme.lines().enumerate() {
        if let Some(language) = line.strip_prefix("```") {
            block = if block.is_some() { None } else { Some(language) };
        } else if let Some(language @ ("console" | "console long")) = block {
            if let Some(text) = line.strip_prefix("$ ") {
                commands.push(Command {
                    line: index + 1,
                    text: text.to_owned(),
                    expected: Vec::new(),
                    is_long: language == "console long",
                });
            } else if let Some(command) = commands.last_mut() {
                command.expected.push(line.to_owned());
            }
        }
    }
    for command in &mut commands {
        while command.expected.last().is_some_and(|line| line.trim().is_empty()) {
            command.expected.pop();
        }
    }
    commands
}

/// The command with programs in the place of `cargo run`.
fn program(command: &str) -> String {
    let example = Regex::new(r"cargo run (--release )?--example (\w+)( --)?").expect("a pattern");
    let command = example.replace_all(command, "$2");
    command.replace("cargo run --release --", "quorate")
}

/// A text without what differs from run to run or between machines.
fn alike(text: &str) -> String {
    let text = common::shell::normalised(text);
    let threads = Regex::new(r"at the peak, \d+ threads?").expect("a pattern");
    threads.replace_all(&text, "at the peak, THREADS").into_owned()
}

/// Whether these are the lines, where an expected `...` stands for any number of them.
fn matches(expected: &[String], found: &[&str]) -> bool {
    match expected {
        [] => found.is_empty(),
        [first, rest @ ..] if first.trim() == "..." => {
            (0..=found.len()).any(|skipped| matches(rest, &found[skipped..]))
        }
        [first, rest @ ..] => {
            found.first().is_some_and(|line| line == first) && matches(rest, &found[1..])
        }
    }
}

#[test]
fn an_ellipsis_stands_for_any_number_of_lines() {
    let expected = ["a", "...", "d"].map(str::to_owned);
    assert!(matches(&expected, &["a", "d"]));
    assert!(matches(&expected, &["a", "b", "c", "d"]));
    assert!(!matches(&expected, &["a", "b", "c", "d", "e"]));
    assert!(!matches(&expected, &["b", "d"]));
    assert!(!matches(&expected[..1], &["a", "d"]));
}
