//! Runs programs to their end, with their output in a log and its last line on screen.

use std::fs::File;
use std::io::Write as _;
use std::path::Path;
use std::process::{ExitCode, Output, Stdio};
use std::sync::{Arc, Mutex, PoisonError};

use anyhow::{Context as _, Result, bail};
use tokio::io::{AsyncBufReadExt as _, AsyncRead, BufReader};
use tokio::process::Command;

use crate::stack::process::tail;

/// Runs `command` to its end. What it prints goes to `log`, line by line also to `note`.
///
/// # Errors
///
/// When it cannot be started or fails; the error quotes the end of the log.
pub async fn logged(mut command: Command, log: &Path, note: &dyn Fn(&str)) -> Result<()> {
    if let Some(dir) = log.parent() {
        std::fs::create_dir_all(dir).with_context(|| format!("creating {}", dir.display()))?;
    }
    let file = File::create(log).with_context(|| format!("creating {}", log.display()))?;
    let file = Arc::new(Mutex::new(file));
    let program = command.as_std().get_program().display().to_string();
    let mut child = command
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .kill_on_drop(true)
        .spawn()
        .with_context(|| format!("starting {program}"))?;
    let out = child.stdout.take().context("no standard output")?;
    let err = child.stderr.take().context("no standard error")?;
    tokio::try_join!(copy(out, &file, note), copy(err, &file, note))?;
    let status = child.wait().await?;
    if !status.success() {
        bail!(
            "{program} failed ({status}); the end of {}:\n{}",
            log.display(),
            tail(log, 40)
        );
    }
    Ok(())
}

async fn copy(from: impl AsyncRead + Unpin, to: &Mutex<File>, note: &dyn Fn(&str)) -> Result<()> {
    let mut lines = BufReader::new(from).split(b'\n');
    while let Some(line) = lines.next_segment().await? {
        let line = String::from_utf8_lossy(&line);
        writeln!(to.lock().unwrap_or_else(PoisonError::into_inner), "{line}")?;
        note(line.trim());
    }
    Ok(())
}

/// Runs `command` to its end, in front of the user, and returns as what it ended.
///
/// # Errors
///
/// When it cannot be started.
pub async fn attached(mut command: Command) -> Result<ExitCode> {
    let program = command.as_std().get_program().display().to_string();
    let status = command
        .kill_on_drop(true)
        .status()
        .await
        .with_context(|| format!("starting {program}"))?;
    let code = status.code().and_then(|code| u8::try_from(code).ok());
    Ok(code.map_or(ExitCode::FAILURE, ExitCode::from))
}

/// Runs `command` to its end and returns what it printed.
///
/// # Errors
///
/// When it cannot be started or fails; the error quotes its standard error.
pub async fn captured(mut command: Command) -> Result<Output> {
    let program = command.as_std().get_program().display().to_string();
    let output = command
        .stdin(Stdio::null())
        .kill_on_drop(true)
        .output()
        .await
        .with_context(|| format!("starting {program}"))?;
    if !output.status.success() {
        let error = String::from_utf8_lossy(&output.stderr);
        bail!("{program} failed ({}): {}", output.status, error.trim());
    }
    Ok(output)
}
