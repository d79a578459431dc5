//! Finds servers of a stack that its state file does not name: left by a run that was killed
//! between starting a server and writing it down, or whose `.local/` was deleted under it.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;
use std::process::Command;
use std::time::Duration;

use nix::sys::signal::Signal;

use super::process::{Process, descendants};

/// Set in the environment of everything that a stack starts; holds a folder of the stack.
const MARK: &str = "XTASK_STACK";

/// Marks a command as started for the stack in `dir`, or for its part in a folder below that.
pub fn mark(mut command: Command, dir: &Path) -> Command {
    command.env(MARK, dir);
    command
}

/// Ends every process that is marked as of the stack in `dir` and is neither in `known` nor started
/// by one of those.
pub async fn end(dir: &Path, known: &[i32]) {
    let mut spared: BTreeSet<i32> = known.iter().copied().collect();
    spared.extend(
        known
            .iter()
            .flat_map(|pid| descendants(*pid))
            .map(|(pid, _)| pid),
    );
    spared.insert(i32::try_from(std::process::id()).unwrap_or_default());
    for entry in fs::read_dir("/proc").into_iter().flatten().flatten() {
        let pid = entry
            .file_name()
            .to_str()
            .and_then(|name| name.parse().ok());
        let Some(pid) = pid.filter(|pid| !spared.contains(pid)) else {
            continue;
        };
        // Unreadable where the process is another user's, and then it is none of ours.
        let environment = fs::read(entry.path().join("environ")).unwrap_or_default();
        if is_marked(&environment, dir)
            && let Some(process) = Process::of(pid)
        {
            process.stop(Signal::SIGINT, Duration::from_secs(5)).await;
        }
    }
}

fn is_marked(environment: &[u8], dir: &Path) -> bool {
    let marks = environment.split(|byte| *byte == 0).filter_map(|variable| {
        str::from_utf8(variable)
            .ok()?
            .strip_prefix(MARK)?
            .strip_prefix('=')
    });
    marks
        .into_iter()
        .any(|folder| Path::new(folder).starts_with(dir))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mark_names_the_stack_or_a_folder_below_it() {
        let environment = b"HOME=/root\0XTASK_STACK=/work/.local/up/chain\0";
        assert!(is_marked(environment, Path::new("/work/.local/up")));
        assert!(!is_marked(environment, Path::new("/work/.local/up2")));
        assert!(!is_marked(
            b"XTASK_STACKS=/work/.local/up\0",
            Path::new("/work/.local/up")
        ));
    }
}
