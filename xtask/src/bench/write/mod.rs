//! `cargo xtask bench write`

mod counted;
pub mod writes;

use anyhow::{Context as _, Result};
use comfy_table::Table;
use serde_json::Value;

use self::counted::Counted;
use self::writes::{WRITES, Writer};
use super::load::{self, Request};
use super::{EMPTY, EMPTY_PATH, on_a_new_stack, table, yardsticks};
use crate::commands::up;
use crate::stack::{Stack, gateway};
use crate::steps::Steps;
use crate::{chains, cli};

const CONNECTIONS: [usize; 2] = [1, 8];
/// Starts the pool's instances, and has them know the keys.
const WARM_UP: usize = 40;
/// A benchmark is few callers, and would be denied; the limiter is asked as ever.
const QUOTAS: &str =
    "register=1000000000,feedback=1000000000,payment=1000000000,auth=1000000000,lookup=1000000000";

/// Starts a stack with the functions as they are built for the cloud, measures, and stops it.
///
/// # Errors
///
/// When a part does not start, or a function answers otherwise than it should.
pub async fn run(args: &cli::BenchWrite) -> Result<()> {
    let settings = [("RATE_LIMIT_QUOTAS", QUOTAS), ("LOG_LEVEL", "warn")];
    on_a_new_stack(&settings, async |stack| measure(stack, args).await).await
}

async fn measure(stack: &mut Stack, args: &cli::BenchWrite) -> Result<()> {
    let steps = Steps::new(up::STEPS);
    let how = cli::Up {
        release: !args.unoptimised,
        replay: Some(chains::own_dump()),
        ..cli::Up::default()
    };
    up::bring_up(stack, &steps, &how, &yardsticks()?).await?;
    let port = stack.port(gateway::NAME)?;
    let mut writer = Writer::new(stack, port).await?;
    out!("\n{}", latencies(port, &mut writer, args.writes).await?);
    let folder = stack.state.functions.clone().context("nothing is built")?;
    let mut trips = table(&["round trips of", "database", "cache", "buckets", "chain"]);
    for name in WRITES {
        let counted = Counted::start(stack, port, &folder.join(name)).await?;
        let [database, cache, buckets, chain] = counted.count(&mut writer, name).await?;
        let counts = [database, cache, buckets, chain].map(|count| count.to_string());
        trips.add_row([vec![name.to_owned()], counts.to_vec()].concat());
    }
    out!("\n{trips}");
    Ok(())
}

/// Everything at one connection and at several, the yardstick first.
async fn latencies(port: u16, writer: &mut Writer, count: usize) -> Result<Table> {
    let mut table = table(&[&load::HEADER[..], &["p50 of empty"]].concat());
    for connections in CONNECTIONS {
        let mut yardstick = None;
        for name in [EMPTY].into_iter().chain(WRITES) {
            load::send(port, requests(writer, name, WARM_UP).await?, connections).await?;
            let requests = requests(writer, name, count).await?;
            let measured = load::send(port, requests, connections).await?;
            let p50 = measured.latencies.percentile(50).as_secs_f64();
            let empty = *yardstick.get_or_insert(p50);
            table.add_row(measured.row(name, connections, &[p50 / empty]));
        }
    }
    Ok(table)
}

async fn requests(writer: &mut Writer, name: &str, count: usize) -> Result<Vec<Request>> {
    let mut requests = Vec::with_capacity(count);
    for _ in 0..count {
        requests.push(match name {
            EMPTY => Request::get(EMPTY_PATH),
            name => writer.next(name).await?,
        });
    }
    Ok(requests)
}

/// A request as API Gateway hands it to a function.
fn event(request: &Request) -> Value {
    let headers: Vec<(&str, &str)> = request
        .headers
        .iter()
        .map(|(name, value)| (*name, value.as_str()))
        .collect();
    let body = request.body.as_str();
    let body = (!body.is_empty()).then_some((body, false));
    crate::lambda::event::request(request.method, &request.path, &headers, body)
}
