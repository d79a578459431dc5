//! `resolve-registrations`: fetches the registration files that agents only point to.

use std::error::Error;
use std::process::ExitCode;

use shared::cache::Cache;
use shared::db::Writer;
use shared::resolve::{OpenWeb, Report, resolve};
use shared::schedule::{self, Anything, Run, Schedule};

const SCHEDULE: Schedule = Schedule {
    name: env!("CARGO_PKG_NAME"),
    rate: "rate(1 minute)",
    summary: "Fetches the registration files that agents only point to",
};

fn main() -> ExitCode {
    schedule::run(&SCHEDULE, work)
}

async fn work(
    (writer, web, cache): (Writer, OpenWeb, Cache),
    run: Run<Anything>,
) -> Result<Report, Box<dyn Error + Send + Sync>> {
    let (fetcher, gateways) = (&web.fetcher, &web.ipfs_gateways);
    let stores = (writer.pool(), &cache);
    Ok(resolve(stores, fetcher, gateways, run.now, run.deadline).await?)
}
