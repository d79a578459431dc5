//! Finds servers of a stack that its state file does not name: left by a run that was killed
//! between starting a server and writing it down, or whose `.local/` was deleted under it.

use std::fs;
use std::path::Path;
use std::process::Command;
use std::time::Duration;

use nix::sys::signal::Signal;

use super::process::Process;

/// Set in the environment of everything that a stack starts; holds the stack's folder.
const MARK: &str = "XTASK_STACK";

/// Marks a command as started for the stack in `dir`.
pub fn mark(mut command: Command, dir: &Path) -> Command {
    command.env(MARK, dir);
    command
}

/// Ends every process that is marked with `dir` and is not in `known`.
pub async fn end(dir: &Path, known: &[i32]) {
    let mark = format!("{MARK}={}", dir.display());
    let own = i32::try_from(std::process::id()).unwrap_or_default();
    for entry in fs::read_dir("/proc").into_iter().flatten().flatten() {
        let Some(pid) = entry
            .file_name()
            .to_str()
            .and_then(|name| name.parse::<i32>().ok())
        else {
            continue;
        };
        if pid == own || known.contains(&pid) {
            continue;
        }
        // Unreadable where the process is another user's, and then it is none of ours.
        let environ = fs::read(entry.path().join("environ")).unwrap_or_default();
        if environ
            .split(|byte| *byte == 0)
            .any(|variable| variable == mark.as_bytes())
            && let Some(process) = Process::of(pid)
        {
            process.stop(Signal::SIGINT, Duration::from_secs(5)).await;
        }
    }
}
