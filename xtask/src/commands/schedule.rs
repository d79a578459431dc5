//! `cargo xtask schedule`: invokes the scheduled functions of a running stack at their rates.

use std::time::{Duration, Instant};

use anyhow::{Context as _, Result};

use super::UP;
use crate::functions::{self, Declaration};
use crate::stack::{Stack, sync};

/// Goes on until it is stopped.
pub async fn run() -> Result<()> {
    let stack = Stack::open(UP)?;
    let folder = stack
        .state
        .functions
        .clone()
        .context("the stack serves no functions")?;
    let functions = functions::describe(&folder).await?;
    run_forever(&stack, &functions).await;
    Ok(())
}

/// Invokes each scheduled function at its rate; says so where one fails, once for each reason.
pub async fn run_forever(stack: &Stack, functions: &[Declaration]) {
    let mut scheduled: Vec<(&str, Duration, Instant, String)> = functions
        .iter()
        .filter_map(|function| Some((function, sync::rate(&function.schedule()?.rate).ok()?)))
        .map(|(function, rate)| {
            (
                function.name.as_str(),
                rate,
                Instant::now() + rate,
                String::new(),
            )
        })
        .collect();
    loop {
        let Some(next) = scheduled.iter_mut().min_by_key(|entry| entry.2) else {
            return std::future::pending().await;
        };
        let (name, rate, due, failure) = next;
        tokio::time::sleep_until((*due).into()).await;
        let result = sync::tick(stack, name).await;
        let now = result
            .err()
            .map(|error| format!("{error:#}"))
            .unwrap_or_default();
        if now != *failure {
            out!(
                "{}",
                if now.is_empty() {
                    format!("{name} works again")
                } else {
                    now.clone()
                }
            );
            *failure = now;
        }
        *due = Instant::now() + *rate;
    }
}
