//! Golden counts: what every search finds, written down in a file that a person can read.
//!
//! A file has one line per scope and one per seeded bug, in the order of the registry. `UPDATE=1`
//! rewrites the lines of the searches that the running target performs.

use std::collections::BTreeMap;
use std::path::PathBuf;

use checker::search::PropertyVerdict;
use models::registry::{CheckReport, ScopeInfo};
use stateright::Expectation;

use super::{FAST, LARGE, Protocol, Selection, explored, steps};

/// What a line is about.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Key {
    kind: String,
    name: String,
}

impl Key {
    /// The exploration of a scope without a bug.
    pub fn scope(name: &str) -> Key {
        Key { kind: "scope".to_owned(), name: name.to_owned() }
    }

    /// The search for a bug.
    pub fn bug(name: &str) -> Key {
        Key { kind: "bug".to_owned(), name: name.to_owned() }
    }
}

/// The cells of a line behind its key.
type Cells = Vec<String>;

/// The golden counts of a protocol.
pub struct Golden {
    protocol: String,
    lines: BTreeMap<Key, Cells>,
}

const SCOPE: [&str; 7] =
    ["scope", "name", "distinct", "generated", "depth", "bounds", "first reached after steps"];
const BUG: [&str; 6] = ["bug", "name", "distinct", "steps", "scope", "violates"];

/// The column with the number of distinct states, in lines of either kind, behind the key.
const DISTINCT: usize = 0;

impl Golden {
    fn path(protocol: &str) -> PathBuf {
        let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/golden");
        folder.join(format!("{protocol}.txt"))
    }

    /// The counts of the protocol of that name; none if there is no file yet.
    pub fn read(protocol: &str) -> Golden {
        let text = std::fs::read_to_string(Self::path(protocol)).unwrap_or_default();
        let mut lines = BTreeMap::new();
        for line in text.lines().filter(|line| !line.starts_with('#') && !line.is_empty()) {
            let mut cells = line.split('|').map(|cell| cell.trim().to_owned());
            let (Some(kind), Some(name)) = (cells.next(), cells.next()) else {
                panic!("{protocol}: not a line of golden counts: {line}");
            };
            lines.insert(Key { kind, name }, cells.collect());
        }
        Golden { protocol: protocol.to_owned(), lines }
    }

    /// Which target performs this search: as the last count says. What was never counted is tried
    /// among the fast ones.
    pub fn selection(&self, key: Key) -> Selection {
        let distinct = self.lines.get(&key).and_then(|cells| cells.get(DISTINCT));
        match distinct.and_then(|cell| cell.replace(',', "").parse::<u64>().ok()) {
            Some(distinct) if distinct > FAST => Selection::Long,
            _ => Selection::Fast,
        }
    }

    fn write(&self, protocol: Protocol) {
        let scopes = protocol.scopes().into_iter().map(|scope| Key::scope(scope.name));
        let bugs = protocol.bugs().iter().map(|bug| Key::bug(bug.name));
        let text = [
            header(protocol.name()),
            self.table(&SCOPE, scopes.collect()),
            self.table(&BUG, bugs.collect()),
        ]
        .join("\n");
        let path = Self::path(&self.protocol);
        std::fs::write(&path, text).expect("the golden counts can be written");
    }

    /// The lines with these keys, as far as they are known, in columns.
    fn table(&self, header: &[&str], keys: Vec<Key>) -> String {
        let mut rows = vec![header.iter().map(|cell| (*cell).to_owned()).collect::<Vec<_>>()];
        rows[0][0].insert_str(0, "# ");
        for key in keys {
            let Some(cells) = self.lines.get(&key) else { continue };
            let key = [key.kind, key.name].into_iter();
            rows.push(key.chain(cells.iter().cloned()).collect());
        }
        let width = |column: usize| {
            rows.iter().map(|row| row.get(column).map_or(0, String::len)).max().unwrap_or(0)
        };
        let widths: Vec<usize> = (0..header.len()).map(width).collect();
        let line = |row: &Vec<String>| {
            let cells = row.iter().zip(&widths).map(|(cell, width)| {
                // Numbers to the right, so that their magnitudes can be compared at a glance.
                let is_number = cell.starts_with(|c: char| c.is_ascii_digit());
                match is_number && !cell.contains(' ') {
                    true => format!("{cell:>width$}"),
                    false => format!("{cell:<width$}"),
                }
            });
            cells.collect::<Vec<_>>().join(" | ").trim_end().to_owned() + "\n"
        };
        rows.iter().map(line).collect()
    }
}

fn header(protocol: &str) -> String {
    format!(
        "# What a check of `{protocol}` finds, scope by scope and seeded bug by seeded bug.\n\
         # A changed number means that the model, or an engine, means something else than before.\n\
         # If that is intended, rewrite the lines of up to {} distinct states, then the others:\n\
         #   UPDATE=1 cargo test -p quorate-models --test contract\n\
         #   UPDATE=1 cargo test --release -p quorate-models --features long --test long\n",
        grouped(FAST)
    )
}

/// Whether the golden counts are to be rewritten.
pub fn is_updating() -> bool {
    std::env::var_os("UPDATE").is_some_and(|value| value == "1")
}

/// A number with its digits in groups of three.
fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::new();
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

fn scope_cells(scope: &ScopeInfo, found: &CheckReport) -> Cells {
    let bounds = scope.bounds.iter().map(|(name, value)| format!("{name}={value}"));
    let properties = found.report.properties.iter();
    let sometimes = properties
        .filter(|property| property.expectation == Expectation::Sometimes)
        .map(|property| (property.name, steps(found, property)));
    let reached = sometimes.map(|(name, steps)| match steps {
        Some(steps) => format!("{name}: {steps}"),
        None => format!("{name}: never"),
    });
    vec![
        grouped(found.report.distinct),
        grouped(found.report.generated),
        found.report.depth.to_string(),
        bounds.collect::<Vec<_>>().join(" "),
        reached.collect::<Vec<_>>().join(", "),
    ]
}

fn bug_cells(scope: &str, found: &CheckReport) -> Cells {
    let mut violated = found.report.properties.iter().filter_map(|property| {
        let is_violated = property.verdict == PropertyVerdict::Violated;
        Some((property.name, steps(found, property).filter(|_| is_violated)?))
    });
    let first = violated.next();
    vec![
        grouped(found.report.distinct),
        first.map_or("-".to_owned(), |(_, steps)| steps.to_string()),
        scope.to_owned(),
        first.into_iter().chain(violated).map(|(name, _)| name).collect::<Vec<_>>().join(", "),
    ]
}

/// Compares the counts of the searches selected with the golden ones, or rewrites those.
pub fn check(selection: Selection) {
    let mut differences = Vec::new();
    for &protocol in models::PROTOCOLS {
        let mut golden = Golden::read(protocol.name());
        let found = count(protocol, selection);
        if is_updating() {
            golden.lines.extend(found);
            golden.write(protocol);
            continue;
        }
        for (key, cells) in found {
            let expected = golden.lines.get(&key);
            if expected != Some(&cells) {
                let (name, expected) = (protocol.name(), expected.map(|cells| cells.join(" | ")));
                differences.push(format!(
                    "{name}: {} {}\n    golden: {}\n     found: {}",
                    key.kind,
                    key.name,
                    expected.as_deref().unwrap_or("(no line)"),
                    cells.join(" | ")
                ));
            }
        }
    }
    assert!(
        differences.is_empty(),
        "these counts are not the golden ones; tests/golden/*.txt say how to rewrite them:\n{}",
        differences.join("\n")
    );
}

/// The counts of a protocol's searches that are complete within the limit of the selection.
fn count(protocol: Protocol, selection: Selection) -> Vec<(Key, Cells)> {
    let golden = Golden::read(protocol.name());
    // To rewrite, a target tries everything: what was long may have become fast.
    let is_selected = |key: Key| is_updating() || golden.selection(key) == selection;
    let mut found = Vec::new();
    for scope in protocol.scopes() {
        let key = Key::scope(scope.name);
        if scope.name == LARGE || !is_selected(key.clone()) {
            continue;
        }
        let report = explored(protocol, scope.name, None, selection);
        if report.report.complete {
            found.push((key, scope_cells(&scope, &report)));
        }
    }
    for bug in protocol.bugs().iter().filter(|bug| is_selected(Key::bug(bug.name))) {
        let report = explored(protocol, bug.scope, Some(bug.name), selection);
        if report.report.cut.is_none() {
            found.push((Key::bug(bug.name), bug_cells(bug.scope, &report)));
        }
    }
    found
}

/// A file of a protocol that is no more, or a line of a scope or bug that is no more, misleads.
pub fn strays() -> Vec<String> {
    let mut strays = Vec::new();
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/golden");
    for entry in std::fs::read_dir(folder).expect("the folder of golden counts") {
        let path = entry.expect("an entry of that folder").path();
        let name = path.file_stem().and_then(|stem| stem.to_str()).unwrap_or_default().to_owned();
        let Some(protocol) = models::PROTOCOLS.iter().find(|protocol| protocol.name() == name)
        else {
            strays.push(format!("{name}: no such protocol"));
            continue;
        };
        let scopes = protocol.scopes().into_iter().map(|scope| Key::scope(scope.name));
        let bugs = protocol.bugs().iter().map(|bug| Key::bug(bug.name));
        let known: Vec<Key> = scopes.chain(bugs).collect();
        let lines = Golden::read(&name).lines.into_keys();
        let unknown = lines.filter(|key| !known.contains(key));
        strays.extend(unknown.map(|key| format!("{name}: no such {} {}", key.kind, key.name)));
    }
    strays
}
