//! `cargo xtask up`

use std::process::ExitCode;

use anyhow::Result;

use crate::cli;
use crate::stack::{Stack, database, dynamodb, postgres, valkey};
use crate::steps::Steps;
use crate::tools;

pub async fn run(_args: &cli::Up) -> Result<ExitCode> {
    let mut stack = Stack::open("up")?;
    let _lock = stack.lock()?;
    let steps = Steps::new(6);
    let stack = &mut stack;
    steps
        .run("tools", async |step| {
            Ok((tools::ensure(tools::FOR_UP, step).await?, ()))
        })
        .await?;
    steps
        .run("PostgreSQL", async |_| {
            Ok((postgres::start(stack).await?, ()))
        })
        .await?;
    steps
        .run("Valkey", async |_| Ok((valkey::start(stack).await?, ())))
        .await?;
    steps
        .run("DynamoDB", async |_| {
            Ok((dynamodb::start(stack).await?, ()))
        })
        .await?;
    steps
        .run("rate-limit table", async |_| {
            Ok((dynamodb::create_table(stack).await?, ()))
        })
        .await?;
    steps
        .run("migrations", async |_| {
            database::create(stack).await?;
            Ok((database::migrate(stack).await?, ()))
        })
        .await?;
    Ok(ExitCode::SUCCESS)
}
