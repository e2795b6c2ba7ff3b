//! A shell in which the programs under test can be called by name, and what they print without
//! what differs from run to run.

use std::path::Path;
use std::process::Command;

use regex::Regex;

/// What a command has printed, normalised.
pub struct Printed {
    pub stdout: String,
    pub stderr: String,
    pub status: std::process::ExitStatus,
}

/// Runs a command in a directory, where `quorate` and the example programs are on the path.
pub fn shell(command: &str, directory: &Path) -> Printed {
    let programs = super::quorate().parent().expect("a directory").to_owned();
    let examples = super::example("own_registry").parent().expect("a directory").to_owned();
    let path = std::env::var_os("PATH").unwrap_or_default();
    let path = [programs, examples].into_iter().chain(std::env::split_paths(&path));
    let output = Command::new("sh")
        .args(["-c", command])
        .current_dir(directory)
        .env("PATH", std::env::join_paths(path).expect("a path"))
        .env("COLUMNS", "100")
        .output()
        .expect("a shell");
    Printed {
        stdout: normalised(&String::from_utf8_lossy(&output.stdout)),
        stderr: normalised(&String::from_utf8_lossy(&output.stderr)),
        status: output.status,
    }
}

/// The text without what differs from run to run.
pub fn normalised(text: &str) -> String {
    let patterns = [
        (
            r"\b\d+(\.\d+)? s, [\d,]+ states/s, [\d.]+ [KMG]iB at the peak",
            "TIME, RATE, MEMORY at the peak",
        ),
        (
            r#""(seconds|total_seconds|states_per_second|peak_memory_bytes)": [\d.e-]+"#,
            r#""$1": 0"#,
        ),
        (r"\b\d+\.\d+e-\d+\b", "TINY"),
        (r"(?m) +$", ""),
        (r"\bquorate \d+\.\d+\.\d+", "quorate VERSION"),
    ];
    patterns.iter().fold(text.to_owned(), |text, (pattern, replacement)| {
        Regex::new(pattern).expect("a pattern").replace_all(&text, *replacement).into_owned()
    })
}
