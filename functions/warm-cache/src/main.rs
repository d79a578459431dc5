//! Asks again what callers ask most.

use std::error::Error;
use std::process::ExitCode;

use shared::cache::Cache;
use shared::db::Reader;
use shared::schedule::{self, Anything, Run, Schedule};
use shared::warm::{self, Report};

const SCHEDULE: Schedule = Schedule {
    name: env!("CARGO_PKG_NAME"),
    rate: "rate(1 minute)",
    summary: "Keeps the answers that are asked for most",
};

fn main() -> ExitCode {
    schedule::run(&SCHEDULE, warm)
}

async fn warm(
    stores: (Reader, Cache),
    run: Run<Anything>,
) -> Result<Report, Box<dyn Error + Send + Sync>> {
    Ok(warm::run(&stores, run.now, run.deadline).await?)
}
