//! What a terminal shows meanwhile: how far a search is, how fast, how large; or which of several
//! steps is being taken.

use std::io::IsTerminal;
use std::sync::mpsc::{RecvTimeoutError, channel};
use std::time::{Duration, Instant};

use checker::{Limits, Watch};
use indicatif::{ProgressBar, ProgressStyle};

use crate::memory;
use crate::output::text::{bytes, rounded};

const REFRESH: Duration = Duration::from_millis(100);

/// Runs the search; meanwhile shows its counters on stderr, if that is a terminal.
pub(crate) fn shown<T>(watch: &Watch, limits: &Limits, search: impl FnOnce() -> T) -> T {
    if !std::io::stderr().is_terminal() {
        return search();
    }
    std::thread::scope(|scope| {
        let (done, finished) = channel::<()>();
        scope.spawn(move || {
            let bar = bar(limits);
            let began = Instant::now();
            while finished.recv_timeout(REFRESH) == Err(RecvTimeoutError::Timeout) {
                update(&bar, watch, limits, began.elapsed());
            }
            bar.finish_and_clear();
        });
        let outcome = search();
        drop(done);
        outcome
    })
}

/// A bar where the end is known, else a spinner.
fn bar(limits: &Limits) -> ProgressBar {
    let (bar, template) = match end(limits) {
        Some(end) => (ProgressBar::new(end), "{bar:6.cyan} {percent}% {msg}"),
        None => (ProgressBar::new_spinner(), "{spinner:.cyan} {msg}"),
    };
    match ProgressStyle::with_template(template) {
        Ok(style) => bar.with_style(style),
        Err(_) => bar,
    }
}

/// What counts as the whole: states if they are limited, else milliseconds.
fn end(limits: &Limits) -> Option<u64> {
    limits.states.or_else(|| limits.time.map(|time| time.as_millis() as u64))
}

fn update(bar: &ProgressBar, watch: &Watch, limits: &Limits, elapsed: Duration) {
    let progress = watch.progress();
    if end(limits).is_some() {
        let position =
            if limits.states.is_some() { progress.distinct } else { elapsed.as_millis() as u64 };
        bar.set_position(position);
    } else {
        bar.tick();
    }
    let rate = progress.distinct as f64 / elapsed.as_secs_f64().max(0.001);
    let table = match progress.table_bytes {
        0 => String::new(),
        size => format!(", table {:.0}% of {}", progress.table_load * 100.0, bytes(size)),
    };
    // Each of the two lines fits into 80 columns, bar included.
    bar.set_message(format!(
        "{} distinct states, {} generated, {}/s\n  depth {}, frontier {}{table}, {} in use",
        rounded(progress.distinct),
        rounded(progress.generated),
        rounded(rate as u64),
        progress.depth,
        rounded(progress.frontier),
        bytes(memory::resident()),
    ));
}

/// A number of steps, of which the one being taken is shown on stderr, if that is a terminal.
pub(crate) struct Steps(ProgressBar);

impl Steps {
    pub(crate) fn new(count: u64) -> Steps {
        let bar = ProgressBar::new(count);
        bar.enable_steady_tick(REFRESH);
        Steps(match ProgressStyle::with_template("{bar:6.cyan} {pos}/{len} {elapsed} {wide_msg}") {
            Ok(style) => bar.with_style(style),
            Err(_) => bar,
        })
    }

    /// The next step begins.
    pub(crate) fn next(&self, what: &str) {
        self.0.inc(1);
        self.0.set_message(what.to_owned());
    }

    pub(crate) fn finish(&self) {
        self.0.finish_and_clear();
    }
}
