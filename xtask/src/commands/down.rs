//! `cargo xtask down`

use std::time::Duration;

use anyhow::Result;
use nix::sys::signal::Signal;

use super::UP;
use crate::stack::Stack;

/// The foreground `up` needs this long at most to stop what it started.
const PATIENCE: Duration = Duration::from_mins(1);

/// Stops whatever runs of the stack.
pub async fn run() -> Result<()> {
    let stack = stop().await?;
    out!(
        "Stopped. The data stays in {}.",
        crate::paths::shown(&stack.dir)
    );
    Ok(())
}

/// Stops whatever runs of the stack, and returns it.
pub async fn stop() -> Result<Stack> {
    let stack = Stack::open(UP)?;
    if let Some(supervisor) = stack.state.supervisor().cloned() {
        out!(
            "Asking the `up` in another terminal to stop (process {}) ...",
            supervisor.pid
        );
        supervisor.stop(Signal::SIGINT, PATIENCE).await;
    }
    let mut stack = Stack::open(UP)?;
    let lock = stack.lock()?;
    stack.stop_all().await;
    stack.state.supervisor = None;
    stack.state.save(&stack.dir)?;
    drop(lock);
    Ok(stack)
}
