//! `cargo xtask psql`

use std::process::{Command, ExitCode};

use anyhow::{Context as _, Result};

use super::UP;
use crate::cli;
use crate::stack::{Stack, database};
use crate::tools::POSTGRES;

/// Runs psql in this terminal.
pub fn run(args: &cli::Psql) -> Result<ExitCode> {
    let stack = Stack::open(UP)?;
    let url = database::url(&stack).context("`cargo xtask up` starts the database")?;
    let psql = POSTGRES.path().join("psql");
    let status = Command::new(psql)
        .arg(url)
        .args(&args.args)
        .status()
        .context("starting psql")?;
    Ok(if status.success() {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}
