//! `cargo xtask rebuild`, `backfill` and the floor of `bench sync`: what needs the library or the
//! compiler's best effort. Stores and endpoints are named by the functions' own variables. What is
//! done is told in lines of JSON, which `cargo xtask` makes readable.

#![allow(clippy::print_stdout, reason = "its output is what it is for")]

mod floor;

use std::error::Error;
use std::process::ExitCode;

use serde_json::{Value, json};
use shared::capability::Capability as _;
use shared::chain::apply::rebuild;
use shared::chain::rpc::RpcUrls;
use shared::chain::sync::{ChainReport, Outcome, backfill};
use sqlx::postgres::PgPoolOptions;
use sqlx::{Connection as _, PgConnection};

type Failure = Box<dyn Error + Send + Sync>;

#[tokio::main]
async fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let done = match arguments.as_slice() {
        ["rebuild"] => rebuild_all().await,
        ["backfill", chain, ranges] => fill(chain, ranges).await,
        ["floor", url, from, to, step] => floor::measure(url, [from, to, step]).await,
        _ => Err(
            "usage: chain-tool rebuild | backfill CHAIN_ID RANGES | floor URL FROM TO STEP".into(),
        ),
    };
    match done {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            say(&json!({ "error": error.to_string() }));
            ExitCode::FAILURE
        }
    }
}

fn say(line: &Value) {
    println!("{line}");
}

fn database_url() -> Result<String, Failure> {
    Ok(std::env::var("DATABASE_URL").map_err(|_| "DATABASE_URL is not set")?)
}

async fn rebuild_all() -> Result<bool, Failure> {
    let connection = PgConnection::connect(&database_url()?).await?;
    let tell = |folded, total| say(&json!({ "events": folded, "of": total }));
    let rebuilt = rebuild(connection, &tell).await?;
    say(&json!({ "rebuilt": rebuilt }));
    Ok(rebuilt.is_same())
}

async fn fill(chain: &str, ranges: &str) -> Result<bool, Failure> {
    let pool = PgPoolOptions::new()
        .max_connections(2)
        .connect(&database_url()?)
        .await?;
    let urls = RpcUrls::connect()?;
    let tell = |report: &ChainReport| say(&json!({ "progress": report }));
    let report = backfill(&pool, &urls, chain.parse()?, ranges.parse()?, &tell).await?;
    let report = report.ok_or("the database does not know this chain")?;
    say(&json!({ "report": report }));
    Ok(report.status == Outcome::Ok && report.caught_up)
}
