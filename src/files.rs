//! Counterexamples on disk: written whole or not at all, and read with an eye for what is wrong.

use std::fs::{self, File};
use std::io::{Read, Write};
use std::path::Path;

use models::registry::{SCHEMA, SavedCounterexample};
use serde::Deserialize;
use serde_json::Value;
use serde_json::value::RawValue;

use crate::error::{Failure, Kind};

/// A larger file is no counterexample of ours.
const LARGEST: u64 = 64 << 20;

/// Makes sure, before a long search, that a file can be written there.
pub(crate) fn probe(path: &Path) -> Result<(), Failure> {
    if path.is_dir() {
        return Err(unwritable(path, "it is a directory"));
    }
    if path == Path::new("-") {
        return Err(unwritable(
            path,
            "only a file is written whole; standard output is the report's",
        ));
    }
    if fs::metadata(path).is_ok_and(|meta| meta.permissions().readonly()) {
        return Err(unwritable(path, "it is read-only"));
    }
    temporary(path).map(drop)
}

/// Writes a counterexample. A file of that name is replaced in one step, so that nobody ever reads
/// half a file.
pub(crate) fn write(path: &Path, saved: &SavedCounterexample) -> Result<(), Failure> {
    let text = serde_json::to_vec_pretty(saved).map_err(|error| unwritable(path, error))?;
    let mut file = temporary(path)?;
    let written = file.write_all(&text).and_then(|()| file.write_all(b"\n"));
    written.and_then(|()| file.as_file().sync_all()).map_err(|error| unwritable(path, error))?;
    file.persist(path).map_err(|error| unwritable(path, error.error))?;
    Ok(())
}

/// A new file beside `path`, with the permissions that a plainly created file would have.
fn temporary(path: &Path) -> Result<tempfile::NamedTempFile, Failure> {
    let directory = match path.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent,
        _ => Path::new("."),
    };
    let mut builder = tempfile::Builder::new();
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        builder.permissions(fs::Permissions::from_mode(0o666));
    }
    builder.prefix(".quorate-").tempfile_in(directory).map_err(|error| {
        // The name of the temporary file is of no interest.
        let reason = error.to_string();
        unwritable(path, reason.split(" at path ").next().unwrap_or_default())
    })
}

fn unwritable(path: &Path, reason: impl std::fmt::Display) -> Failure {
    Failure::new(Kind::File, format!("{}: cannot be written: {reason}", path.display()))
        .hint("name another file with --save, in a directory that exists")
}

/// Reads a counterexample, or the one in a whole report of `check --format json`.
pub(crate) fn read(path: &Path) -> Result<SavedCounterexample, Failure> {
    let text = text(path).map_err(|failure| failure.in_file(path))?;
    parse(&text).map_err(|failure| failure.in_file(path))
}

fn text(path: &Path) -> Result<String, Failure> {
    let unreadable = |error: std::io::Error| {
        Failure::new(Kind::File, format!("cannot be read: {error}"))
            .hint("expected a file that `check --save` wrote")
    };
    let metadata = fs::metadata(path).map_err(unreadable)?;
    // Reading from a pipe that nobody writes to would wait for ever.
    if !metadata.is_file() && !metadata.is_dir() {
        return Err(Failure::new(Kind::File, "is not a regular file")
            .hint("expected a file that `check --save` wrote"));
    }
    let file = File::open(path).map_err(unreadable)?;
    let mut bytes = Vec::new();
    file.take(LARGEST + 1).read_to_end(&mut bytes).map_err(unreadable)?;
    if bytes.len() as u64 > LARGEST {
        let message = format!("is larger than {} MiB", LARGEST >> 20);
        return Err(Failure::new(Kind::File, message)
            .hint("no counterexample is; expected a file that `check --save` wrote"));
    }
    String::from_utf8(bytes).map_err(|error| {
        let place = error.utf8_error().valid_up_to();
        Failure::new(Kind::File, format!("is not text: byte {place} is not UTF-8"))
    })
}

/// What tells the versions and the two forms apart.
#[derive(Deserialize)]
struct Outline<'a> {
    schema: Option<Value>,
    #[serde(borrow, default, deserialize_with = "present")]
    counterexample: Option<&'a RawValue>,
    verdict: Option<String>,
}

/// Also a `null` is present.
fn present<'de, D>(deserializer: D) -> Result<Option<&'de RawValue>, D::Error>
where
    D: serde::Deserializer<'de>,
{
    <&RawValue>::deserialize(deserializer).map(Some)
}

fn parse(text: &str) -> Result<SavedCounterexample, Failure> {
    if text.trim_start().starts_with('[') {
        return Err(Failure::new(Kind::File, "is not a counterexample: it is a list")
            .hint("expected a file that `check --save` wrote"));
    }
    let outline: Outline<'_> = serde_json::from_str(text).map_err(|error| broken(&error))?;
    match outline.schema {
        Some(version) if version == SCHEMA => {}
        Some(version) => {
            let message = format!("has schema {version}, and this program reads schema {SCHEMA}");
            return Err(Failure::new(Kind::File, message)
                .hint("replay it with the version that wrote it, or check again with this one"));
        }
        None => {
            return Err(Failure::new(Kind::File, "has no `schema`, so it is no counterexample")
                .hint("expected a file that `check --save` wrote"));
        }
    }
    match outline.counterexample {
        None => serde_json::from_str(text).map_err(|error| broken(&error)),
        Some(inner) if inner.get() == "null" => {
            let verdict = outline.verdict.unwrap_or_else(|| "unknown".to_owned());
            Err(Failure::new(
                Kind::File,
                format!("is a report without a counterexample; its verdict is `{verdict}`"),
            ))
        }
        // Read again from the whole text, so that lines and columns are those of the file.
        Some(_) => serde_json::from_str(text)
            .map(|report: Report| report.counterexample)
            .map_err(|error| broken(&error)),
    }
}

/// As much of a report of `check` as matters here.
#[derive(Deserialize)]
struct Report {
    counterexample: SavedCounterexample,
}

fn broken(error: &serde_json::Error) -> Failure {
    use serde_json::error::Category;
    let what = match error.classify() {
        Category::Eof => "ends too early",
        Category::Syntax => "is not JSON",
        Category::Data | Category::Io => "is not a counterexample",
    };
    Failure::new(Kind::File, format!("{what}: {error}"))
        .hint("expected a file that `check --save` wrote, unchanged")
}
