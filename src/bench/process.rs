//! One run in a process of its own, so that its peak of memory is its own.

use std::io::Read;
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{RecvTimeoutError, channel};
use std::time::Duration;

use serde_json::Value;

use super::figures::Run;
use crate::suite::Contestant;

/// Why a run has no figures.
pub(super) enum Missing {
    /// Somebody pressed Ctrl-C.
    Interrupted,
    /// The engine did not come to an end with this model.
    Failed(String),
}

/// How often it is looked at whether Ctrl-C was pressed.
const LOOK_EVERY: Duration = Duration::from_millis(50);

/// One run; the memory of the states is what it holds more than a run of a single state.
pub(super) fn run(
    subject: &[String],
    contestant: Contestant,
    interrupted: &AtomicBool,
) -> Result<Run, Missing> {
    let baseline = report(subject, contestant, &["--max-states", "1"], interrupted)?;
    let report = report(subject, contestant, &[], interrupted)?;
    if report["limit_reached"] == checker::search::Cut::Interrupt.name() {
        return Err(Missing::Interrupted);
    }
    if report["complete"] != true {
        let verdict = &report["verdict"];
        return Err(Missing::Failed(format!("the search was not complete: {verdict}")));
    }
    let number = |report: &Value, field: &str| {
        let number = report[field].as_f64();
        number.ok_or_else(|| Missing::Failed(format!("its report has no `{field}`")))
    };
    let memory = "peak_memory_bytes";
    let held = number(&report, memory)? - number(&baseline, memory)?;
    Ok(Run {
        distinct: number(&report, "distinct_states")? as u64,
        seconds: number(&report, "seconds")?,
        bytes: held.max(0.0),
    })
}

/// What this program prints when it is run with these arguments.
fn report(
    subject: &[String],
    contestant: Contestant,
    more: &[&str],
    interrupted: &AtomicBool,
) -> Result<Value, Missing> {
    let failed = |error: std::io::Error| Missing::Failed(error.to_string());
    let program = std::env::current_exe().map_err(failed)?;
    let mut command = Command::new(program);
    command.args(subject).args(["--engine", contestant.engine.name()]);
    command.args(["--threads", &contestant.threads.to_string(), "--format", "json"]).args(more);
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::null());
    let mut child = command.spawn().map_err(failed)?;

    let text = printed(&mut child, interrupted);
    let status = child.wait().map_err(failed)?;
    if interrupted.load(Ordering::Relaxed) {
        return Err(Missing::Interrupted);
    }
    let report: Value = serde_json::from_slice(&text)
        .map_err(|_| Missing::Failed(format!("it ended with {status} and without a report")))?;
    match report["error"]["message"].as_str() {
        Some(message) => Err(Missing::Failed(message.to_owned())),
        None => Ok(report),
    }
}

/// All that a process prints; Ctrl-C ends it.
fn printed(child: &mut Child, interrupted: &AtomicBool) -> Vec<u8> {
    let Some(mut stdout) = child.stdout.take() else { return Vec::new() };
    let (sender, receiver) = channel();
    let reader = move || {
        let mut text = Vec::new();
        // Half a report is none, and is found out by whoever reads it.
        let _ = stdout.read_to_end(&mut text);
        let _ = sender.send(text);
    };
    std::thread::spawn(reader);
    loop {
        match receiver.recv_timeout(LOOK_EVERY) {
            Ok(text) => return text,
            Err(RecvTimeoutError::Disconnected) => return Vec::new(),
            Err(RecvTimeoutError::Timeout) if interrupted.load(Ordering::Relaxed) => {
                // From a terminal it has been told, too; it may have ended in between.
                let _ = child.kill();
                return Vec::new();
            }
            Err(RecvTimeoutError::Timeout) => {}
        }
    }
}
