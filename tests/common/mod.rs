//! Where the programs under test are, and how they are run.

// Each test file uses a part of this.
#![allow(dead_code)]

pub mod shell;

use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::sync::Once;

/// The `quorate` command.
pub fn quorate() -> PathBuf {
    PathBuf::from(env!("CARGO_BIN_EXE_quorate"))
}

/// An example program. `cargo test` builds the examples before it runs anything; when a single
/// test file was asked for it does not, and then they are built here.
pub fn example(name: &str) -> PathBuf {
    static BUILD: Once = Once::new();
    let directory = quorate().with_file_name("examples");
    let program = directory.join(name).with_extension(std::env::consts::EXE_EXTENSION);
    BUILD.call_once(|| {
        let written = |path: &Path| path.metadata().and_then(|data| data.modified()).ok();
        if written(&program) < written(&quorate()) {
            let optimised = directory.parent().is_some_and(|path| path.ends_with("release"));
            let profile = if optimised { "release" } else { "test" };
            let built = Command::new(env!("CARGO"))
                .args(["build", "--package", "quorate", "--examples", "--profile", profile])
                .current_dir(env!("CARGO_MANIFEST_DIR"))
                .status();
            assert!(built.is_ok_and(|status| status.success()), "the examples cannot be built");
        }
    });
    program
}

/// Runs a program in a directory, without a terminal.
pub fn run(program: &Path, arguments: &[&str], directory: &Path) -> Output {
    let mut command = Command::new(program);
    command.args(arguments).current_dir(directory).env("COLUMNS", "100");
    command.output().unwrap_or_else(|error| panic!("{}: {error}", program.display()))
}

/// Runs a program and returns its exit code and its stdout as JSON.
pub fn json(program: &Path, arguments: &[&str]) -> (i32, serde_json::Value) {
    let directory = tempfile::tempdir().expect("a temporary directory");
    let output = run(program, arguments, directory.path());
    let text = String::from_utf8_lossy(&output.stdout);
    let value = serde_json::from_str(&text)
        .unwrap_or_else(|error| panic!("{arguments:?}: {error} in {text:?}, {output:?}"));
    (output.status.code().expect("an exit code"), value)
}
