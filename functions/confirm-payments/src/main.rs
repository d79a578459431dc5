//! `confirm-payments`: goes on with pending payments until they count or are withdrawn.

use std::error::Error;
use std::process::ExitCode;

use shared::cache::Cache;
use shared::chain::rpc::RpcUrls;
use shared::db::Writer;
use shared::payments::{self, Report};
use shared::schedule::{self, Anything, Run, Schedule};

const SCHEDULE: Schedule = Schedule {
    name: env!("CARGO_PKG_NAME"),
    rate: "rate(1 minute)",
    summary: "Confirms pending payments, and withdraws those that their chain no longer holds",
};

fn main() -> ExitCode {
    schedule::run(&SCHEDULE, confirm)
}

async fn confirm(
    (writer, rpc, cache): (Writer, RpcUrls, Cache),
    run: Run<Anything>,
) -> Result<Report, Box<dyn Error + Send + Sync>> {
    let parts = (&writer, &rpc, &cache);
    Ok(payments::confirm(parts, run.now, run.deadline).await?)
}
