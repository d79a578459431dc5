//! `cargo xtask bench read`

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::time::Duration;

use anyhow::{Context as _, Result};
use comfy_table::Table;
use serde_json::Value;

use super::cpu::Spent;
use super::latency::milliseconds;
use super::load::{self, Measured};
use super::{BARE, BARE_PATH, EMPTY, EMPTY_PATH, on_a_new_stack, start_up, table, yardsticks};
use crate::commands::up;
use crate::functions::Declaration;
use crate::stack::{Stack, env, gateway, sync};
use crate::steps::Steps;
use crate::{chains, cli, lambda};

/// What is measured beside it, with the queries that it is asked with.
const MEASURED: [(&str, &str); 3] = [
    ("get-agent", ""),
    ("get-agent-stats", ""),
    ("search-agents", "?active=true&limit=20"),
];
const CONNECTIONS: [usize; 2] = [1, 16];
/// Everything takes turns this many times, so that what else the machine does hits all alike.
const ROUNDS: u32 = 3;
/// Starts the pool's instances and fills what is filled at the first request.
const WARM_UP: Duration = Duration::from_secs(2);
/// A benchmark is one caller, and would be denied; the limiter is asked as ever.
const QUOTAS: &str = "lookup=1000000000,search=1000000000";

/// Starts a stack with the functions as they are built for the cloud, measures, and stops it.
///
/// # Errors
///
/// When a part does not start, or a function answers otherwise than it should.
pub async fn run(args: &cli::BenchRead) -> Result<()> {
    let settings = [("RATE_LIMIT_QUOTAS", QUOTAS), ("LOG_LEVEL", "warn")];
    on_a_new_stack(&settings, async |stack| measure(stack, args).await).await
}

async fn measure(stack: &mut Stack, args: &cli::BenchRead) -> Result<()> {
    let steps = Steps::new(up::STEPS);
    let how = cli::Up {
        release: true,
        replay: Some(chains::own_dump()),
        ..cli::Up::default()
    };
    let functions = up::bring_up(stack, &steps, &how, &yardsticks()?).await?;
    let agent = an_agent(stack).await?;
    let port = stack.port(gateway::NAME)?;
    let targets = targets(&functions, &agent)?;
    let mut rates = table(&[&load::HEADER[..], &["of empty", "of bare"]].concat());
    let mut spent = Vec::new();
    for connections in CONNECTIONS {
        let measured = throughput(stack, &targets, connections, args).await?;
        for ((name, _), run) in targets.iter().zip(&measured) {
            let of = |floor: usize| run.measured.rate() / measured[floor].measured.rate();
            rates.add_row(run.measured.row(name, connections, &[of(0), of(1)]));
        }
        spent = measured;
    }
    out!("\n{rates}");
    out!("\nProcessor time of a request at the most connections, ms:");
    out!("{}", spent_table(&targets, &spent));
    let folder = stack.state.functions.clone().context("nothing is built")?;
    let settings = env::functions(stack, port)?;
    out!(
        "\n{}",
        starts(&folder, &functions, &settings, &agent, args).await?
    );
    Ok(())
}

async fn an_agent(stack: &Stack) -> Result<String> {
    let chains = sync::progress(stack).await?;
    let agent = chains
        .iter()
        .find_map(|chain| Some(format!("{}:{}", chain.chain_id, chain.example.as_ref()?)));
    agent.context("the dump has no agent")
}

/// Names and what to ask for: the yardstick, the floor, and what is measured.
fn targets(functions: &[Declaration], agent: &str) -> Result<Vec<(&'static str, String)>> {
    let mut targets = vec![(EMPTY, EMPTY_PATH.to_owned()), (BARE, BARE_PATH.to_owned())];
    for (name, query) in MEASURED {
        let function = functions.iter().find(|function| function.name == name);
        let endpoint = function.and_then(Declaration::endpoint);
        let path = &endpoint
            .with_context(|| format!("there is no {name}"))?
            .path;
        targets.push((name, path.replace("{agent}", agent) + query));
    }
    Ok(targets)
}

/// What was measured of one function, and who worked for it.
#[derive(Clone, Debug, Default)]
struct Run {
    measured: Measured,
    spent: Spent,
}

/// All functions in turns, several times.
async fn throughput(
    stack: &Stack,
    targets: &[(&str, String)],
    connections: usize,
    args: &cli::BenchRead,
) -> Result<Vec<Run>> {
    let port = stack.port(gateway::NAME)?;
    let each = Duration::from_secs(args.seconds) / ROUNDS;
    let mut runs = vec![Run::default(); targets.len()];
    for round in 0..=ROUNDS {
        for ((_, path), run) in targets.iter().zip(&mut runs) {
            let time = if round == 0 { WARM_UP } else { each };
            let before = Spent::so_far(stack);
            let measured = load::run(port, path, connections, time).await?;
            if round > 0 {
                run.measured.extend(measured);
                run.spent.add(&before, &Spent::so_far(stack));
            }
        }
    }
    Ok(runs)
}

/// Who spends how much on a request of each function.
fn spent_table(targets: &[(&str, String)], runs: &[Run]) -> Table {
    let each: Vec<BTreeMap<&str, Duration>> = runs
        .iter()
        .map(|run| run.spent.a_request(run.measured.latencies.count()))
        .map(|spent| spent.into_iter().collect())
        .collect();
    let who: BTreeSet<&str> = each.iter().flat_map(BTreeMap::keys).copied().collect();
    let header: Vec<&str> = ["function"].into_iter().chain(who.clone()).collect();
    let mut table = table(&header);
    for ((name, _), spent) in targets.iter().zip(&each) {
        let times = who.iter().map(|who| {
            let time = spent.get(who).copied();
            time.map_or_else(String::new, milliseconds)
        });
        table.add_row([(*name).to_owned()].into_iter().chain(times));
    }
    table
}

async fn starts(
    folder: &Path,
    functions: &[Declaration],
    settings: &lambda::Settings,
    agent: &str,
    args: &cli::BenchRead,
) -> Result<Table> {
    let mut table = table(&[
        "function",
        "start-up ms (p50)",
        "worst",
        "first request ms (p50)",
        "second (p50)",
    ]);
    for function in functions {
        let event = event(function, agent);
        let binary = folder.join(&function.name);
        let measured = start_up::measure(&binary, settings, &event, args.starts).await?;
        table.add_row([
            function.name.clone(),
            milliseconds(measured.ready.percentile(50)),
            milliseconds(measured.ready.percentile(100)),
            milliseconds(measured.first.percentile(50)),
            milliseconds(measured.second.percentile(50)),
        ]);
    }
    Ok(table)
}

/// What a function is asked at its start.
fn event(function: &Declaration, agent: &str) -> Value {
    match function.endpoint() {
        Some(endpoint) => {
            let path = endpoint.path.replace("{agent}", agent);
            lambda::event::request(&endpoint.method, &path, &[], None)
        }
        None => lambda::event::scheduled(),
    }
}
