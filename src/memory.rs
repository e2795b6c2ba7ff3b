//! How much memory this process holds, and has held at most.

/// The resident memory now, in bytes; 0 where the system does not tell.
pub(crate) fn resident() -> u64 {
    memory_stats::memory_stats().map_or(0, |stats| stats.physical_mem as u64)
}

/// The largest resident memory so far, in bytes. Where the system keeps no peak, what is resident
/// now.
pub(crate) fn peak() -> u64 {
    recorded_peak().unwrap_or_else(resident)
}

/// The kernel's own line on it. `getrusage` would also count what the process was before it became
/// this program, which for a child is the size of its parent.
#[cfg(target_os = "linux")]
fn recorded_peak() -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    let kibibytes: u64 = line.trim().strip_suffix("kB")?.trim().parse().ok()?;
    Some(kibibytes * 1024)
}

#[cfg(all(unix, not(target_os = "linux")))]
fn recorded_peak() -> Option<u64> {
    use nix::sys::resource::{UsageWho, getrusage};
    let peak = u64::try_from(getrusage(UsageWho::RUSAGE_SELF).ok()?.max_rss()).ok()?;
    // macOS counts bytes, the other systems kibibytes.
    Some(if cfg!(target_vendor = "apple") { peak } else { peak * 1024 })
}

#[cfg(not(unix))]
fn recorded_peak() -> Option<u64> {
    None
}

#[cfg(test)]
mod tests {
    #[test]
    fn a_process_that_runs_has_memory() {
        assert!(super::peak() > 100_000);
    }
}
