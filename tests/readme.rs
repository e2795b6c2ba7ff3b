//! The README does not lie: each of its commands prints what it shows.
//!
//! A block marked `console` is a session: a line that begins with `$ ` is a command for the shell,
//! and the lines behind it are what it prints, first on stdout, then on stderr. A line `...` stands
//! for any number of lines. All blocks share one directory, so that one can read the file that an
//! earlier one has saved. `cargo run` is replaced by the program that it would build and run.
//!
//! `UPDATE=1` writes what is printed now in the place of what is shown: all of it, or as many first
//! and last lines as are shown around a `...`.
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
    /// The index of its line.
    line: usize,
    text: String,
    expected: Vec<String>,
    is_long: bool,
}

#[test]
fn its_commands_print_what_it_shows() {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("README.md");
    let readme = std::fs::read_to_string(&file).expect("the README");
    let commands = commands(&readme);
    assert!(commands.iter().any(|command| command.is_long), "the default scope is shown");
    let directory = tempfile::tempdir().expect("a temporary directory");
    let with_long = std::env::var_os("QUORATE_LONG").is_some();

    let is_update = std::env::var_os("UPDATE").is_some();

    let mut wrong = Vec::new();
    let mut edits = Vec::new();
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
        let all = printed.stdout + &printed.stderr;
        let found = alike(&all);
        let found: Vec<&str> = found.trim_end().lines().collect();
        let expected: Vec<String> = command.expected.iter().map(|line| alike(line)).collect();
        if matches(&expected, &found) {
            continue;
        }
        if is_update {
            let shown = elided(&command.expected, &all.trim_end().lines().collect::<Vec<_>>());
            let begin = command.line + 1;
            edits.push((begin..begin + command.expected.len(), shown));
        } else {
            let (line, text) = (command.line + 1, &command.text);
            wrong.push(format!("README.md:{line}: `{text}` prints\n{}", found.join("\n")));
        }
    }
    if is_update {
        let mut lines: Vec<String> = readme.lines().map(str::to_owned).collect();
        for (range, shown) in edits.into_iter().rev() {
            lines.splice(range, shown);
        }
        std::fs::write(file, lines.join("\n") + "\n").expect("the README can be written");
    }
    assert!(wrong.is_empty(), "{}\n\nUPDATE=1 rewrites what is shown", wrong.join("\n\n"));
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
                    line: index,
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

/// What is printed now, with an ellipsis where there was one. What stood between two of them is
/// kept as it was.
fn elided(shown: &[String], printed: &[&str]) -> Vec<String> {
    let is_ellipsis = |line: &String| line.trim() == "...";
    let own = |lines: &[&str]| lines.iter().map(|line| (*line).to_owned()).collect::<Vec<_>>();
    let (Some(first), Some(last)) =
        (shown.iter().position(is_ellipsis), shown.iter().rposition(is_ellipsis))
    else {
        return own(printed);
    };
    let behind = shown.len() - last - 1;
    let head = own(&printed[..first.min(printed.len())]);
    let tail = own(&printed[printed.len().saturating_sub(behind)..]);
    [head, shown[first..=last].to_vec(), tail].concat()
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
