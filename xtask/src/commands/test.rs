//! `cargo xtask test`

mod checks;
mod main_job;

use std::process::ExitCode;

use anyhow::{Result, anyhow};

use super::outcome::{Outcomes, TESTS};
use super::{interrupted, openapi, up};
use crate::cli;
use crate::functions;
use crate::infra::e2e;
use crate::stack::{Stack, pgbouncer};
use crate::steps::Steps;
use crate::tools::{self, CHROMIUM, PGBOUNCER, Tool, VALKEY_WITH_TLS};

/// The stack of the tests.
const TEST: &str = "test";

/// What is tested once more with the functions behind the pooler: all that writes.
const POOLED: &[&str] = &[
    "access::",
    "feedback::",
    "payments::",
    "register::",
    "sync::",
];

/// Runs the checks and tests, and stops the stack whatever becomes of them.
pub async fn run(args: &cli::Test) -> Result<ExitCode> {
    let mut stack = Stack::open(TEST)?;
    let _lock = stack.lock()?;
    stack.stop_all().await;
    let mut outcomes = Outcomes::default();
    let finished = tokio::select! {
        result = all(&mut stack, args, &mut outcomes) => result,
        () = interrupted() => Err(anyhow!("interrupted")),
    };
    stack.stop_all().await;
    stack.remove()?;
    out!("\n{outcomes}");
    finished?;
    Ok(outcomes.exit_code())
}

/// From here on the functions under test reach the database through the pooler.
async fn start_pooler(stack: &mut Stack, steps: &Steps) -> Result<()> {
    steps
        .run("pgbouncer", async |_| {
            Ok((pgbouncer::start(stack).await?, ()))
        })
        .await
}

/// All steps in order. A check that fails is written down and the next one is begun; a step that
/// others need ends the run.
async fn all(stack: &mut Stack, args: &cli::Test, outcomes: &mut Outcomes) -> Result<()> {
    let only_tests = args.quick || !args.filters.is_empty();
    let steps = Steps::new(match (only_tests, args.pooler) {
        (false, _) => 19,
        (true, true) => 8,
        (true, false) => 7,
    });
    let more = match (only_tests, args.pooler) {
        (false, _) => tools::FOR_TEST,
        (true, true) => &[VALKEY_WITH_TLS, PGBOUNCER],
        (true, false) => &[VALKEY_WITH_TLS],
    };
    let mut tools: Vec<Tool> = tools::FOR_UP.iter().chain(more).copied().collect();
    if !only_tests && tools::chromium().is_none() {
        tools.push(CHROMIUM);
    }
    steps
        .run("tools", async |step| {
            Ok((up::install(&tools, true, step).await?, ()))
        })
        .await?;
    if !only_tests {
        outcomes
            .check(&steps, "formatting", checks::formatting)
            .await;
        outcomes.check(&steps, "clippy", checks::clippy).await;
        outcomes.check(&steps, "deny", checks::deny).await;
    }
    up::start_stores(stack, &steps).await?;
    if !only_tests {
        let stack = &*stack;
        outcomes
            .check(&steps, "queries", async |step| {
                checks::queries(stack, step).await
            })
            .await;
    }
    steps
        .run("build", async |step| Ok((checks::build(step).await?, ())))
        .await?;
    if !only_tests {
        outcomes
            .check(&steps, "OpenAPI", async |_| {
                openapi::check(&functions::describe(&functions::folder(false)).await?)
            })
            .await;
        outcomes
            .check(&steps, "dashboards", async |_| checks::dashboards().await)
            .await;
    }
    if args.pooler {
        start_pooler(stack, &steps).await?;
    }
    let tested = &*stack;
    outcomes
        .check(&steps, TESTS, async |step| {
            let filters: Vec<&str> = args.filters.iter().map(String::as_str).collect();
            checks::tests(tested, &filters, args.accept, step).await
        })
        .await;
    if !only_tests {
        start_pooler(stack, &steps).await?;
        let tested = &*stack;
        outcomes
            .check(&steps, "tests, pooled", async |step| {
                checks::tests(tested, POOLED, false, step).await
            })
            .await;
        outcomes
            .check(&steps, "up", async |_| main_job::run(stack).await)
            .await;
        outcomes.check(&steps, "contracts", checks::contracts).await;
        outcomes.check(&steps, "stacks", checks::stacks).await;
        outcomes
            .check(&steps, "deployment", async |_| e2e::run_if_changed().await)
            .await;
    }
    Ok(())
}
