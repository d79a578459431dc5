//! One file a command.

mod dump;
mod up;

use std::process::ExitCode;

use anyhow::Result;

use crate::cli::{Cli, Command};

/// Carries out the command line.
pub async fn run(cli: Cli) -> Result<ExitCode> {
    match cli.command {
        Command::Up(args) => up::run(&args).await,
        Command::Dump(args) => dump::run(&args),
        _ => anyhow::bail!("not there yet"),
    }
}
