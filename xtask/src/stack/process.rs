//! A server that this program started, known by more than its pid.
//!
//! Pids are reused, and a state file outlives the processes that it names. A [`Process`] therefore
//! also keeps the kernel's start time of the process, and nothing is signalled unless both agree.

use std::fs::{self, File};
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, bail};
use nix::sys::signal::{Signal, kill, killpg};
use nix::sys::wait::{WaitPidFlag, waitpid};
use nix::unistd::Pid;
use serde::{Deserialize, Serialize};

const POLL: Duration = Duration::from_millis(40);

/// A running (or formerly running) process of the stack.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Process {
    /// What the process is called in `status` and `logs`.
    pub name: String,
    /// Its process id, which is also its process group.
    pub pid: i32,
    /// Clock ticks between boot and the process's start, as the kernel tells.
    started: u64,
    /// Where its standard output and error go.
    pub log: PathBuf,
}

impl Process {
    /// Starts `command` in a process group of its own, so that Ctrl-C in the terminal reaches only
    /// this program, which then stops the others in order. Output is appended to `log`.
    ///
    /// # Errors
    ///
    /// When the log cannot be opened or the program cannot be started.
    pub fn spawn(name: &str, mut command: Command, log: &Path) -> Result<Self> {
        if let Some(dir) = log.parent() {
            fs::create_dir_all(dir).with_context(|| format!("creating {}", dir.display()))?;
        }
        let out = File::options()
            .create(true)
            .append(true)
            .open(log)
            .with_context(|| format!("opening {}", log.display()))?;
        let child = command
            .stdin(Stdio::null())
            .stdout(out.try_clone()?)
            .stderr(out)
            .process_group(0)
            .spawn()
            .with_context(|| format!("starting {name} ({})", command.get_program().display()))?;
        let pid = i32::try_from(child.id())?;
        let started = start_time(pid).with_context(|| format!("{name} ended at once"))?;
        Ok(Self {
            name: name.to_owned(),
            pid,
            started,
            log: log.to_owned(),
        })
    }

    /// This program itself, as others find it in the state file.
    ///
    /// # Errors
    ///
    /// When `/proc` is not mounted.
    pub fn current(name: &str) -> Result<Self> {
        let pid = Pid::this().as_raw();
        let started = start_time(pid).context("reading /proc/self/stat")?;
        Ok(Self {
            name: name.to_owned(),
            pid,
            started,
            log: PathBuf::new(),
        })
    }

    /// The process that has `pid` now, for one that another run has left.
    #[must_use]
    pub fn of(pid: i32) -> Option<Self> {
        let started = start_time(pid)?;
        Some(Self {
            name: String::new(),
            pid,
            started,
            log: PathBuf::new(),
        })
    }

    /// Whether the very process that was started is still running.
    #[must_use]
    pub fn is_alive(&self) -> bool {
        // Reaps it when it is our own dead child; says ECHILD, harmlessly, when it is not ours.
        let _ = waitpid(Pid::from_raw(self.pid), Some(WaitPidFlag::WNOHANG));
        start_time(self.pid) == Some(self.started)
    }

    /// Sends `signal` if the process is still the one that was started.
    pub fn signal(&self, signal: Signal) {
        if self.is_alive() {
            let _ = kill(Pid::from_raw(self.pid), signal);
        }
    }

    /// Asks the process to end with `signal`, waits for `grace`, then kills whatever is left of it
    /// and of the processes that it had started.
    pub async fn stop(&self, signal: Signal, grace: Duration) {
        if !self.is_alive() {
            return;
        }
        let children = descendants(self.pid);
        self.signal(signal);
        let deadline = Instant::now() + grace;
        while self.is_alive() && Instant::now() < deadline {
            tokio::time::sleep(POLL).await;
        }
        if self.is_alive() {
            let _ = killpg(Pid::from_raw(self.pid), Signal::SIGKILL);
        }
        let remains = |&(pid, started): &(i32, u64)| start_time(pid) == Some(started);
        for child in children.iter().filter(|child| remains(child)) {
            let _ = kill(Pid::from_raw(child.0), Signal::SIGKILL);
        }
        while (self.is_alive() || children.iter().any(remains)) && Instant::now() < deadline + grace
        {
            tokio::time::sleep(POLL).await;
        }
    }

    /// Waits until `probe` succeeds.
    ///
    /// # Errors
    ///
    /// When the process ends first or `limit` passes; the error quotes the end of its log.
    pub async fn ready<F>(&self, limit: Duration, probe: F) -> Result<()>
    where
        F: AsyncFn() -> Result<()>,
    {
        let deadline = Instant::now() + limit;
        loop {
            let Err(error) = probe().await else {
                return Ok(());
            };
            if !self.is_alive() {
                bail!(
                    "{} ended while starting:\n{}",
                    self.name,
                    tail(&self.log, 20)
                );
            }
            if Instant::now() > deadline {
                let log = tail(&self.log, 20);
                return Err(error.context(format!(
                    "{} was not ready within {} s:\n{log}",
                    self.name,
                    limit.as_secs()
                )));
            }
            tokio::time::sleep(POLL).await;
        }
    }
}

/// The last `lines` lines of a log, for error messages; empty when there is none.
#[must_use]
pub fn tail(log: &Path, lines: usize) -> String {
    let text = fs::read(log).unwrap_or_default();
    let text = String::from_utf8_lossy(&text);
    let all: Vec<&str> = text.lines().collect();
    all[all.len().saturating_sub(lines)..].join("\n")
}

/// The start time of a process that is running, in clock ticks since boot.
fn start_time(pid: i32) -> Option<u64> {
    let stat = stat(pid)?;
    (stat.state != 'Z').then_some(stat.started)
}

struct Stat {
    state: char,
    parent: i32,
    started: u64,
}

fn stat(pid: i32) -> Option<Stat> {
    let text = fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
    // The second field, the program's name, may hold spaces and parentheses: read after the last.
    let fields: Vec<&str> = text.rsplit_once(')')?.1.split_whitespace().collect();
    Some(Stat {
        state: fields.first()?.chars().next()?,
        parent: fields.get(1)?.parse().ok()?,
        started: fields.get(19)?.parse().ok()?,
    })
}

/// An amount that the kernel tells of a process's memory (`VmRSS`, `VmHWM`; proc(5)), in KiB.
pub fn memory_kib(pid: impl std::fmt::Display, name: &str) -> Option<u64> {
    let status = fs::read_to_string(format!("/proc/{pid}/status")).ok()?;
    let amount = status
        .lines()
        .find_map(|line| line.strip_prefix(name)?.strip_prefix(':'))?;
    amount.trim().strip_suffix(" kB")?.parse().ok()
}

/// Every process below `root`, with its start time. Some servers (`cargo lambda watch`) put their
/// children into process groups of their own, where killing ours would not reach them.
pub fn descendants(root: i32) -> Vec<(i32, u64)> {
    let Ok(entries) = fs::read_dir("/proc") else {
        return Vec::new();
    };
    let all: Vec<(i32, Stat)> = entries
        .flatten()
        .filter_map(|entry| entry.file_name().to_str()?.parse().ok())
        .filter_map(|pid| Some((pid, stat(pid)?)))
        .collect();
    let mut found = vec![(root, 0)];
    let mut next = 0;
    while let Some(&(parent, _)) = found.get(next) {
        next += 1;
        found.extend(
            all.iter()
                .filter(|(_, s)| s.parent == parent)
                .map(|(pid, s)| (*pid, s.started)),
        );
    }
    found.split_off(1)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sleeper(dir: &Path) -> Process {
        let mut command = Command::new("sh");
        command.args(["-c", "sleep 60 & echo up; wait"]);
        Process::spawn("sleeper", command, &dir.join("log")).unwrap()
    }

    #[tokio::test]
    async fn stop_ends_the_process_and_its_children() {
        let dir = std::env::temp_dir().join(format!("xtask-process-{}", std::process::id()));
        let process = sleeper(&dir);
        process
            .ready(Duration::from_secs(5), async || {
                anyhow::ensure!(tail(&process.log, 1) == "up", "not yet");
                Ok(())
            })
            .await
            .unwrap();
        let children = descendants(process.pid);
        assert_eq!(children.len(), 1);
        process.stop(Signal::SIGTERM, Duration::from_secs(5)).await;
        assert!(!process.is_alive());
        assert_eq!(start_time(children[0].0), None);
        fs::remove_dir_all(dir).unwrap();
    }

    #[test]
    fn a_pid_that_was_reused_is_not_ours() {
        let mut process = Process::current("me").unwrap();
        assert!(process.is_alive());
        process.started += 1;
        assert!(!process.is_alive());
    }
}
