//! `sync-chain`: brings the copy of each chain up to its head, or as far as the time goes.

use std::process::ExitCode;

use serde::Deserialize;
use shared::cache::Cache;
use shared::chain::rpc::RpcUrls;
use shared::chain::sync::{Report, sync};
use shared::db::Writer;
use shared::schedule::{self, Run, Schedule};
use shared::telemetry::publish::{CloudWatch, publish};

const SCHEDULE: Schedule = Schedule {
    name: env!("CARGO_PKG_NAME"),
    rate: "rate(1 minute)",
    summary: "Follows the registries of every configured chain",
};

/// The event's detail: empty for all chains.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Detail {
    /// One chain only.
    chain_id: Option<u64>,
}

type Error = Box<dyn std::error::Error + Send + Sync>;

fn main() -> ExitCode {
    schedule::run(&SCHEDULE, work)
}

async fn work(
    (database, urls, cloudwatch, cache): (Writer, RpcUrls, CloudWatch, Cache),
    run: Run<Detail>,
) -> Result<Report, Error> {
    let only = run.event.detail.and_then(|detail| detail.chain_id);
    let report = sync((database.pool(), Some(&cache)), &urls, only, run.deadline).await?;
    report.count();
    let prefixes = ["erc8004_sync_", "erc8004_reorg_"];
    publish(&cloudwatch, database.pool(), &prefixes, &report.samples()).await;
    Ok(report)
}
