//! Everything that is printed. Results go to stdout, everything else to stderr; both drop their
//! colours where nobody would see them.

pub(crate) mod bench;
pub(crate) mod counterexample;
pub(crate) mod human;
pub(crate) mod json;
pub(crate) mod list;
pub(crate) mod text;

use std::io::{self, Write};

use crate::args::Format;
use crate::error::{Failure, Kind};
use text::{ERROR, HINT};

/// Prints a result. Whoever reads it may stop reading (`| head`): that is no failure.
pub(crate) fn print(text: &str) -> Result<(), Failure> {
    let mut stdout = anstream::stdout().lock();
    let written = stdout.write_all(text.as_bytes()).and_then(|()| stdout.flush());
    match written {
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => {
            Err(Failure::new(Kind::File, format!("the result cannot be printed: {error}")))
        }
        _ => Ok(()),
    }
}

/// Says something beside the result.
pub(crate) fn note(text: &str) {
    to_stderr(&format!("{HINT}note:{HINT:#} {text}\n"));
}

/// Reports a failure for people, in any format.
pub(crate) fn diagnose(failure: &Failure) {
    let mut text = format!("{ERROR}error:{ERROR:#} {}\n", failure.message);
    for line in failure.hint.iter().flat_map(|hint| hint.lines()) {
        text += &format!("{HINT}hint:{HINT:#} {line}\n");
    }
    to_stderr(&text);
}

/// Reports a failure in place of a result.
pub(crate) fn failure(failure: &Failure, format: Format) {
    match format {
        Format::Human => diagnose(failure),
        Format::Json => {
            // When even the result's own channel is broken, there is still the other one.
            if print(&json::failure(failure)).is_err() {
                diagnose(failure);
            }
        }
    }
}

/// There is nowhere to report that stderr is gone.
fn to_stderr(text: &str) {
    let _ = anstream::stderr().lock().write_all(text.as_bytes());
}
