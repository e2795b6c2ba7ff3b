//! Ctrl-C: the first one ends the search and keeps its report, the second ends the program.

use std::process::exit;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use checker::Watch;

use crate::error::{Failure, Kind};

/// What a shell expects of a program that Ctrl-C has ended.
const INTERRUPTED: i32 = 130;

/// A watch that the first Ctrl-C interrupts. To be called once in a process.
pub(crate) fn watch() -> Result<Arc<Watch>, Failure> {
    let watch = Arc::new(Watch::new());
    let interrupted = Arc::clone(&watch);
    let again = AtomicBool::new(false);
    let handler = move || {
        if again.swap(true, Ordering::Relaxed) {
            exit(INTERRUPTED);
        }
        interrupted.interrupt();
    };
    ctrlc::set_handler(handler).map_err(|error| {
        Failure::new(Kind::Internal, format!("Ctrl-C cannot be handled: {error}"))
    })?;
    Ok(watch)
}
