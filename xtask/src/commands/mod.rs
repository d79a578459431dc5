//! One file a command.

pub mod chain;
mod contracts;
mod down;
mod dump;
mod infra;
pub mod keys;
mod logs;
mod openapi;
mod outcome;
mod psql;
mod reset;
mod schedule;
mod sqlx_prepare;
mod status;
mod test;
pub mod up;

use std::process::ExitCode;

use anyhow::Result;

use crate::bench;
use crate::cli::{self, Cli, Command};
use crate::infra::deploy;
use crate::{demo, doctor, load, plans, seed};

/// The stack that `up` starts.
pub const UP: &str = "up";

/// Carries out the command line.
pub async fn run(cli: Cli) -> Result<ExitCode> {
    match cli.command {
        Command::Up(args) => up::run(&args).await?,
        Command::Down => down::run().await?,
        Command::Status => return status::run().await,
        Command::Logs(args) => logs::run(&args).await?,
        Command::Reset => reset::run().await?,
        Command::Test(args) => return test::run(&args).await,
        Command::OpenApi(args) => openapi::run(&args).await?,
        Command::Dashboards(args) => openapi::dashboards(&args).await?,
        Command::SqlxPrepare => sqlx_prepare::run().await?,
        Command::Doctor(args) => return doctor::run(&args).await,
        Command::Psql(args) => return psql::run(&args),
        Command::Bench(cli::Bench::Read(args)) => bench::read(&args).await?,
        Command::Bench(cli::Bench::Write(args)) => bench::write(&args).await?,
        Command::Seed(args) => seed::run(&args).await?,
        Command::Load(args) => return load::run(&args).await,
        Command::Plans => return plans::run().await,
        Command::Demo(args) => demo::run(&args).await?,
        Command::Keys(cli::Keys::SetTier(args)) => keys::set_tier(&args).await?,
        Command::Contracts(command) => return contracts::run(&command).await,
        Command::Infra(command) => return infra::run(&command).await,
        Command::Package(args) => infra::package(&args).await?,
        Command::Deploy(args) => return deploy::deploy(&args).await,
        Command::Destroy(args) => return deploy::destroy(&args).await,
        Command::Smoke(args) => return infra::smoke(&args).await,
        Command::Bench(cli::Bench::Sync(args)) => bench::sync(&args).await?,
        Command::Rebuild(args) => return chain::rebuild(&args).await,
        Command::AddChain(args) => chain::add(&args).await?,
        Command::Backfill(args) => return chain::backfill(&args).await,
        Command::Simulate(args) => return chain::simulate(&args).await,
        Command::Dump(args) => return dump::run(&args),
        Command::Schedule => schedule::run().await?,
    }
    Ok(ExitCode::SUCCESS)
}

/// Returns when the user or the system asks this program to end.
pub async fn interrupted() {
    use tokio::signal::unix::{SignalKind, signal};
    let (Ok(mut terminate), Ok(mut hang_up)) = (
        signal(SignalKind::terminate()),
        signal(SignalKind::hangup()),
    ) else {
        return std::future::pending().await;
    };
    tokio::select! {
        _ = tokio::signal::ctrl_c() => {}
        _ = terminate.recv() => {}
        _ = hang_up.recv() => {}
    }
}
