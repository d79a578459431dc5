//! What `cargo xtask up` does, on the stack of the tests: the tests reach functions by the Lambda Runtime API, people by
//! way of `cargo lambda watch`.

use anyhow::{Result, ensure};

use super::super::{status, up};
use crate::cli;
use crate::stack::{Stack, gateway, sync};
use crate::steps::Steps;

/// Brings everything up and asks each endpoint what `up` tells people to ask.
pub async fn run(stack: &mut Stack) -> Result<String> {
    let steps = Steps::new(up::STEPS);
    let functions = up::bring_up(stack, &steps, &cli::Up::default(), &[]).await?;
    let url = gateway::url(stack)?;
    let chains = sync::progress(stack).await?;
    let (works, fails) = status::examples(&url, &functions, &chains).await;
    ensure!(fails.is_empty(), "no answer to\n{}", fails.join("\n"));
    ensure!(!works.is_empty(), "nothing could be asked");
    Ok(format!("{} endpoints answer", works.len()))
}
