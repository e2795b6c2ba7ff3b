//! What ARCHITECTURE.md promises of the tree, as far as a program can see it: which crate may know
//! which, that a protocol is named in one place only, that libraries do not print, and that nothing
//! grows beyond what one can read.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;

/// Each crate with those that it may know, by the names of their folders; `src` is the command
/// line. A new crate finds its place here first.
const MAY_KNOW: [(&str, &[&str]); 6] = [
    ("src", &["explorer", "recorder", "models", "checker", "traces"]),
    ("explorer", &["models", "checker", "traces"]),
    ("models", &["checker", "traces"]),
    ("checker", &["traces"]),
    ("recorder", &["traces"]),
    ("traces", &[]),
];

/// Who may know stateright. The command line does so that the library re-exports it to users.
const KNOW_STATERIGHT: [&str; 3] = ["checker", "models", "src"];

/// The crates that return data and leave printing and exiting to the command line.
const SILENT: [&str; 3] = ["checker", "models", "traces"];

/// A source file has at most so many lines, tests apart.
const MOST_LINES_OF_A_FILE: usize = 600;

/// A function has at most so many lines, from its signature to its closing brace.
const MOST_LINES_OF_A_FUNCTION: usize = 80;

/// What was longer when the limits were set, with the limit that it has instead. These lists get
/// shorter.
const LONGER_FILES: [(&str, usize); 0] = [];
const LONGER_FUNCTIONS: [(&str, usize); 0] = [];

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

/// Fails with all that is wrong, and not only with what is found first.
fn assert_none(rule: &str, wrong: &[String]) {
    assert!(wrong.is_empty(), "{rule}:\n  {}\n", wrong.join("\n  "));
}

// ---- Crates ------------------------------------------------------------------------------------

/// The crates of the workspace, by the names of their folders, with the names of all that they
/// depend on, for tests too.
fn crates() -> BTreeMap<String, BTreeSet<String>> {
    let output = Command::new(env!("CARGO"))
        .args(["metadata", "--no-deps", "--offline", "--format-version", "1"])
        .current_dir(root())
        .output()
        .expect("cargo runs");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let metadata: Value = serde_json::from_slice(&output.stdout).expect("cargo writes JSON");
    let packages = metadata["packages"].as_array().expect("packages");
    packages.iter().map(|package| (folder(&package["name"]), dependencies(package))).collect()
}

/// The folder of a package of ours; any other name stays as it is.
fn folder(package: &Value) -> String {
    match package.as_str().expect("a name") {
        "quorate" => "src".to_owned(),
        name => name.strip_prefix("quorate-").unwrap_or(name).to_owned(),
    }
}

fn dependencies(package: &Value) -> BTreeSet<String> {
    let dependencies = package["dependencies"].as_array().expect("dependencies");
    dependencies.iter().map(|dependency| folder(&dependency["name"])).collect()
}

#[test]
fn crates_know_each_other_in_one_direction_only() {
    let places: BTreeMap<_, _> = MAY_KNOW.into_iter().collect();
    let mut wrong = Vec::new();
    for (name, dependencies) in crates() {
        let Some(allowed) = places.get(name.as_str()) else {
            wrong.push(format!("`{name}` has no place; give it one in tests/architecture.rs"));
            continue;
        };
        for known in dependencies.iter().filter(|known| places.contains_key(known.as_str())) {
            if !allowed.contains(&known.as_str()) {
                wrong.push(format!("`{name}` depends on `{known}`"));
            }
        }
    }
    assert_none("src → explorer, recorder, models → checker → traces; recorder → traces", &wrong);
}

#[test]
fn only_the_crates_around_the_models_know_stateright() {
    let crates = crates().into_iter();
    let knowing = crates.filter(|(_, dependencies)| dependencies.contains("stateright"));
    let wrong: Vec<_> =
        knowing.map(|(name, _)| name).filter(|name| !KNOW_STATERIGHT.contains(&&**name)).collect();
    assert_none("only checker, models and the command line depend on stateright", &wrong);
}

// ---- Sources -----------------------------------------------------------------------------------

/// A file of Rust: its path from the root, with `/`, and its text.
struct Source {
    path: String,
    text: String,
}

impl Source {
    /// The lines with their numbers, without those that are comments.
    fn code(&self) -> impl Iterator<Item = (usize, &str)> {
        let lines = self.text.lines().enumerate().map(|(index, line)| (index + 1, line));
        lines.filter(|(_, line)| !line.trim_start().starts_with("//"))
    }

    /// Whether it is part of a test.
    fn is_test(&self) -> bool {
        let mut parts = self.path.split('/');
        parts.any(|part| part == "tests" || part == "tests.rs")
    }
}

/// The folder of a crate's sources.
fn sources_of(name: &str) -> PathBuf {
    if name == "src" { root().join("src") } else { root().join(name).join("src") }
}

/// Every file of Rust in a folder and below it; none if there is no such folder.
fn files(folder: &Path) -> Vec<Source> {
    let Ok(entries) = std::fs::read_dir(folder) else { return Vec::new() };
    let mut paths: Vec<_> = entries.map(|entry| entry.expect("an entry").path()).collect();
    paths.sort();
    let mut sources = Vec::new();
    for path in paths {
        if path.is_dir() {
            sources.extend(files(&path));
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            let relative = path.strip_prefix(root()).expect("it is below the root");
            let parts = relative.iter().map(|part| part.to_string_lossy().into_owned());
            let text = std::fs::read_to_string(&path).expect("sources are text");
            sources.push(Source { path: parts.collect::<Vec<_>>().join("/"), text });
        }
    }
    sources
}

/// Every file of Rust in the workspace.
fn all_files() -> Vec<Source> {
    let mut sources = Vec::new();
    for name in crates().into_keys() {
        sources.extend(files(&sources_of(&name)));
        let around = if name == "src" { root() } else { root().join(&name) };
        for folder in ["tests", "examples", "benches"] {
            sources.extend(files(&around.join(folder)));
        }
    }
    assert!(sources.len() > 20, "the sources are where this test looks for them");
    sources
}

/// Whether a text contains a name as a word of its own, in capitals or not.
fn names(text: &str, name: &str) -> bool {
    let (text, name) = (text.to_lowercase(), name.to_lowercase());
    let is_border = |c: Option<char>| c.is_none_or(|c| !c.is_alphanumeric());
    text.match_indices(&name).any(|(start, _)| {
        is_border(text[..start].chars().next_back())
            && is_border(text[start + name.len()..].chars().next())
    })
}

#[test]
fn a_protocol_is_named_by_itself_and_by_the_list_of_protocols_only() {
    let mut wrong = Vec::new();
    for source in crates().into_keys().flat_map(|name| files(&sources_of(&name))) {
        let is_list = source.path == "models/src/lib.rs";
        // The program, unlike the library, knows what it is measured by.
        let is_figure = source.path.starts_with("src/figures/");
        if source.path.starts_with("models/src/protocols/") || is_figure {
            continue;
        }
        for (index, line) in source.text.lines().enumerate() {
            let named = models::PROTOCOLS.iter().find(|protocol| names(line, protocol.name()));
            // The one line of the list.
            let is_entry = is_list && line.contains("protocols::");
            if let Some(protocol) = named.filter(|_| !is_entry) {
                wrong.push(format!("{}:{} names {}", source.path, index + 1, protocol.name()));
            }
        }
    }
    let rule = "only models/src/protocols, the list in models/src/lib.rs and src/figures name one";
    assert_none(rule, &wrong);
}

#[test]
fn libraries_neither_print_nor_exit() {
    let forbidden = ["println!", "print!", "eprintln!", "eprint!", "dbg!", "process::exit"];
    let mut wrong = Vec::new();
    for source in SILENT.into_iter().flat_map(|name| files(&sources_of(name))) {
        for (number, line) in source.code() {
            if let Some(found) = forbidden.iter().find(|word| line.contains(**word)) {
                wrong.push(format!("{}:{number}: {found}", source.path));
            }
        }
    }
    assert_none("only the command line prints and exits", &wrong);
}

#[test]
fn every_file_begins_with_what_it_is() {
    let sources = all_files().into_iter();
    let silent = sources.filter(|source| !source.text.trim_start().starts_with("//!"));
    let wrong: Vec<_> = silent.map(|source| source.path).collect();
    assert_none("a file begins with a `//!` that says what it is", &wrong);
}

#[test]
fn files_can_be_read_in_one_sitting() {
    let sources = all_files().into_iter().filter(|source| !source.is_test());
    let lengths: Vec<_> =
        sources.map(|source| (source.text.lines().count(), source.path)).collect();
    let wrong = too_long(&lengths, MOST_LINES_OF_A_FILE, &LONGER_FILES);
    assert_none(&format!("a file has at most {MOST_LINES_OF_A_FILE} lines"), &wrong);
}

#[test]
fn functions_fit_on_a_screen() {
    let mut lengths = Vec::new();
    for source in all_files() {
        let functions = functions(&source).into_iter();
        lengths.extend(functions.map(|f| (f.lines, format!("{}: fn {}", source.path, f.name))));
    }
    let wrong = too_long(&lengths, MOST_LINES_OF_A_FUNCTION, &LONGER_FUNCTIONS);
    assert_none(&format!("a function has at most {MOST_LINES_OF_A_FUNCTION} lines"), &wrong);
}

/// What has more lines than it may, and the exceptions that are none any more.
fn too_long(lengths: &[(usize, String)], most: usize, exceptions: &[(&str, usize)]) -> Vec<String> {
    let exception = |name: &str| exceptions.iter().find(|(excepted, _)| *excepted == name);
    let mut wrong = Vec::new();
    for (lines, name) in lengths {
        if *lines > exception(name).map_or(most, |(_, more)| *more) {
            wrong.push(format!("{name} has {lines} lines"));
        }
    }
    for (name, _) in exceptions {
        if !lengths.iter().any(|(lines, known)| known == name && *lines > most) {
            wrong.push(format!("{name} is short enough now; strike it off the list"));
        }
    }
    wrong
}

/// A function with a body.
struct Function {
    name: String,
    lines: usize,
}

/// The functions of a formatted file: each ends with the first closing brace that is indented as
/// its signature is, or has no body.
fn functions(source: &Source) -> Vec<Function> {
    let lines: Vec<&str> = source.text.lines().collect();
    let mut functions = Vec::new();
    for (index, line) in lines.iter().enumerate() {
        let Some(name) = declared(line) else { continue };
        let indent = &line[..line.len() - line.trim_start().len()];
        let is_end = |line: &&str| {
            let inner = line.strip_prefix(indent).unwrap_or(" ");
            let is_outer = !inner.starts_with(' ');
            is_outer && (inner.starts_with('}') || line.ends_with([';', '}']))
        };
        let last = lines[index..].iter().position(is_end);
        functions.push(Function { name, lines: last.map_or(0, |position| position + 1) });
    }
    functions
}

/// The name of the function that a line declares, if it does.
fn declared(line: &str) -> Option<String> {
    let modifiers = ["const", "async", "unsafe", "extern"];
    let is_modifier = |word: &&str| word.starts_with("pub") || modifiers.contains(word);
    let mut words = line.split_whitespace().skip_while(is_modifier);
    let rest = words.next().filter(|word| *word == "fn").and_then(|_| words.next())?;
    Some(rest.split(['(', '<']).next().unwrap_or(rest).to_owned())
}

#[test]
fn a_function_is_as_long_as_from_its_signature_to_its_brace() {
    let text = "fn a() {\n    if b {\n    }\n}\n\npub(crate) fn one<T>() -> u8 { 1 }\n\
                trait T {\n    fn declared(\n        x: u8,\n    ) -> u8;\n    fn last()\n    \
                where\n        T: U,\n    {\n    }\n}\n";
    let source = Source { path: String::new(), text: text.to_owned() };
    let lengths: Vec<_> = functions(&source).into_iter().map(|f| (f.name, f.lines)).collect();
    let expected = [("a", 4), ("one", 1), ("declared", 3), ("last", 5)];
    assert_eq!(lengths, expected.map(|(name, lines)| (name.to_owned(), lines)));
}

#[test]
fn a_name_is_a_word() {
    assert!(
        names("of Raft, and", "raft") && names("raft-like", "raft") && names("x::raft", "raft")
    );
    assert!(!names("a craft", "raft") && !names("rafters", "raft"));
}
