//! Refreshes the materialized views whose data moved.

use std::error::Error;
use std::process::ExitCode;

use shared::cache::Cache;
use shared::db::Writer;
use shared::health::history;
use shared::schedule::{self, Anything, Run, Schedule};
use shared::telemetry::publish::{CloudWatch, publish};
use shared::views::{self, Report};

const SCHEDULE: Schedule = Schedule {
    name: env!("CARGO_PKG_NAME"),
    rate: "rate(1 minute)",
    summary: "Refreshes the materialized views whose data moved",
};

/// What this function publishes; `sync-chain` publishes the rest.
const GAUGES: &[&str] = &[
    "erc8004_active_agents_total",
    "erc8004_database_",
    "erc8004_payments_pending",
    "erc8004_view_age_seconds",
];

fn main() -> ExitCode {
    schedule::run(&SCHEDULE, refresh)
}

async fn refresh(
    (writer, cloudwatch, cache): (Writer, CloudWatch, Cache),
    run: Run<Anything>,
) -> Result<Report, Box<dyn Error + Send + Sync>> {
    // Before the work, which takes its time: a reading belongs to its minute.
    history::keep(&cache, run.now).await;
    let report = views::refresh(writer.pool(), run.deadline).await;
    if report.has_refreshed() {
        cache.forget_searches().await;
    }
    publish(&cloudwatch, writer.pool(), GAUGES, &[]).await;
    match report.failure() {
        Some(failure) => Err(failure.into()),
        None => Ok(report),
    }
}
