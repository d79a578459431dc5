//! `verify-domains`: asks the domains of agents' services whether they answer, and for which agents.

use std::error::Error;
use std::process::ExitCode;

use shared::db::Writer;
use shared::resolve::{DomainReport, OpenWeb, verify_domains};
use shared::schedule::{self, Anything, Run, Schedule};

const SCHEDULE: Schedule = Schedule {
    name: env!("CARGO_PKG_NAME"),
    rate: "rate(5 minutes)",
    summary: "Asks the domains of agents' services whether they answer, and for which agents",
};

fn main() -> ExitCode {
    schedule::run(&SCHEDULE, work)
}

async fn work(
    (writer, web): (Writer, OpenWeb),
    run: Run<Anything>,
) -> Result<DomainReport, Box<dyn Error + Send + Sync>> {
    let (pool, fetcher) = (writer.pool(), &web.fetcher);
    Ok(verify_domains(pool, fetcher, "https", run.now, run.deadline).await?)
}
