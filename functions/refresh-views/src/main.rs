//! Refreshes the materialized views whose data moved.

use std::error::Error;
use std::process::ExitCode;

use shared::db::Writer;
use shared::schedule::{self, Anything, Run, Schedule};
use shared::views::{self, Report};

const SCHEDULE: Schedule = Schedule {
    name: env!("CARGO_PKG_NAME"),
    rate: "rate(1 minute)",
    summary: "Refreshes the materialized views whose data moved",
};

fn main() -> ExitCode {
    schedule::run(&SCHEDULE, refresh)
}

async fn refresh(
    writer: Writer,
    run: Run<Anything>,
) -> Result<Report, Box<dyn Error + Send + Sync>> {
    let report = views::refresh(writer.pool(), run.deadline).await;
    match report.failure() {
        Some(failure) => Err(failure.into()),
        None => Ok(report),
    }
}
