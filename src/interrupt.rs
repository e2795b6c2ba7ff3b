//! Ctrl-C: the first one ends the work and keeps its report, the second ends the program.

use std::process::exit;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use checker::Watch;

use crate::error::{Failure, Kind};

/// What a shell expects of a program that Ctrl-C has ended.
const INTERRUPTED: i32 = 130;

/// A watch that the first Ctrl-C interrupts.
pub(crate) fn watch() -> Result<Arc<Watch>, Failure> {
    let watch = Arc::new(Watch::new());
    let interrupted = Arc::clone(&watch);
    on_first(move || interrupted.interrupt())?;
    Ok(watch)
}

/// A flag that the first Ctrl-C raises, for what is not a search.
pub(crate) fn flag() -> Result<Arc<AtomicBool>, Failure> {
    let flag = Arc::new(AtomicBool::new(false));
    let raised = Arc::clone(&flag);
    on_first(move || raised.store(true, Ordering::Relaxed))?;
    Ok(flag)
}

/// What the first Ctrl-C does. To be called once in a process.
fn on_first(first: impl Fn() + Send + 'static) -> Result<(), Failure> {
    let again = AtomicBool::new(false);
    let handler = move || {
        if again.swap(true, Ordering::Relaxed) {
            exit(INTERRUPTED);
        }
        first();
    };
    ctrlc::set_handler(handler)
        .map_err(|error| Failure::new(Kind::Internal, format!("Ctrl-C cannot be handled: {error}")))
}
