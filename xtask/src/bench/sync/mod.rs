//! `cargo xtask bench sync`

mod incremental;
mod made;

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, ensure};
use comfy_table::Table;
use serde_json::Value;
use tokio::process::Command;

use self::made::{FEW, MIXED, Made, REGISTRATIONS};
use super::cpu::{self, Spent};
use super::{on_a_new_stack, table};
use crate::chains::{self, Source};
use crate::commands::{chain, up};
use crate::lambda::Function;
use crate::stack::process::memory_kib;
use crate::stack::{Stack, database, env, postgres};
use crate::steps::Steps;
use crate::{cli, functions, paths, tools};

const SYNC: &str = "sync-chain";
const READ: &str = "list-feedback";
const TOOL: &str = "chain-tool";
/// More than any chain here takes.
const INVOCATION: Duration = Duration::from_mins(10);
/// What a function of the smallest sensible size has, in bytes.
const PEAK_BYTES_MAX: u64 = 256 * 1_024 * 1_024;
/// Blocks that the floor asks for at once: as many as the sync begins with.
const FLOOR_BLOCKS: u64 = 1_000;

/// Makes the chains, measures, and stops everything.
///
/// # Errors
///
/// When a part does not start, or the copy is not what the chain holds.
pub async fn run(args: &cli::chain::BenchSync) -> Result<()> {
    on_a_new_stack(&[("LOG_LEVEL", "warn")], async |stack| {
        measure(stack, args).await
    })
    .await
}

async fn measure(stack: &mut Stack, args: &cli::chain::BenchSync) -> Result<()> {
    let steps = Steps::new(9);
    steps
        .run("tools", async |step| {
            Ok((up::install(tools::FOR_UP, false, step).await?, ()))
        })
        .await?;
    up::start_stores(stack, &steps).await?;
    let folder = steps
        .run("build", async |step| {
            let names = [SYNC, READ, TOOL];
            let note = |line: &str| step.note(line);
            let folder = functions::build_only(&names, !args.unoptimised, &note).await?;
            Ok((names.join(", "), folder))
        })
        .await?;
    let mut results = table(&[
        "chain",
        "floor s",
        "sync s",
        "times the floor",
        "sync CPU s",
        "database CPU s",
        "chain CPU s",
        "events/s",
        "peak MB",
    ]);
    for made in [REGISTRATIONS, MIXED] {
        let row = steps
            .run(made.name, async |step| {
                make(stack, &made, &|line| step.note(line)).await?;
                let mut rounds = Vec::new();
                for _ in 0..args.rounds {
                    rounds.push(round(stack, &folder, &made).await?);
                }
                Ok((format!("{} rounds", rounds.len()), row(&made, rounds)))
            })
            .await?;
        results.add_row(row);
    }
    let latencies: Table = steps
        .run("a million feedbacks", async |step| {
            make(stack, &FEW, &|line| step.note(line)).await?;
            let measured = incremental::measure(stack, &folder, &|line| step.note(line)).await?;
            Ok((String::new(), measured))
        })
        .await?;
    out!("\n{results}\n\n{latencies}");
    Ok(())
}

/// Makes a chain, in place of the one before.
async fn make(stack: &mut Stack, made: &Made, note: &dyn Fn(&str)) -> Result<()> {
    let dump = stack.folder("dump")?.join("logs.json");
    made.write(&dump)?;
    // Each of them has the same id.
    stack.state.filled.clear();
    stack.state.chains = chains::start_all(stack, &[Source::Replay(dump)], note).await?;
    stack.state.save(&stack.dir)
}

/// What one round measured.
#[derive(Debug)]
struct Round {
    floor: Duration,
    sync: Duration,
    /// Processor time of the sync, the database and the chain.
    spent: [Duration; 3],
    peak_bytes: u64,
}

/// Floor and sync, one right after the other, on an empty database.
async fn round(stack: &Stack, folder: &Path, made: &Made) -> Result<Round> {
    empty_database(stack).await?;
    let floor = floor(stack, folder, made).await?;
    let function = Function::start(&folder.join(SYNC), &env::functions(stack, 0)?).await?;
    function.start_up().await?;
    let before = Spent::so_far(stack);
    let began = Instant::now();
    let report = function.invoke(&tick()?, INVOCATION).await?;
    let sync = began.elapsed();
    let report = &report["chains"][0];
    let events: u64 = report["events"]
        .as_object()
        .into_iter()
        .flatten()
        .filter_map(|(_, count)| count.as_u64())
        .sum();
    ensure!(
        report["caughtUp"] == true && events == made.logs(),
        "the sync reported {report}"
    );
    let own = function.pid().map(cpu::of_process).unwrap_or_default();
    let mut parts = Spent::default();
    parts.add(&before, &Spent::so_far(stack));
    let peak_bytes = peak_bytes(function.pid())?;
    ensure!(
        peak_bytes < PEAK_BYTES_MAX,
        "the sync had {peak_bytes} bytes of memory"
    );
    Ok(Round {
        floor,
        sync,
        spent: [own, parts.by(postgres::NAME), parts.by(chains::PARTS[0])],
        peak_bytes,
    })
}

async fn empty_database(stack: &Stack) -> Result<()> {
    database::remove(stack).await?;
    database::create(stack).await?;
    database::migrate(stack).await?;
    let mut connection = database::connect(stack).await?;
    chains::configure(&mut connection, &stack.state.chains).await?;
    Ok(())
}

async fn floor(stack: &Stack, folder: &Path, made: &Made) -> Result<Duration> {
    let chain = stack.state.chains.first().context("there is no chain")?;
    let (from, to) = (Made::first_block(), made.last_block());
    let mut command = Command::new(folder.join(TOOL));
    command
        .args(["floor", &chain.rpc_url])
        .args([from, to, FLOOR_BLOCKS].map(|number| number.to_string()))
        .env("DATABASE_URL", database::url(stack)?);
    let mut measured = Value::Null;
    chain::tell(command, |line| measured = line).await?;
    ensure!(measured["logs"] == made.logs(), "the floor had {measured}");
    let micros = ["fetchMicros", "copyMicros"].map(|name| measured[name].as_u64().unwrap_or(0));
    Ok(Duration::from_micros(micros.iter().sum()))
}

fn tick() -> Result<Value> {
    let file: PathBuf = paths::root()
        .join("events")
        .join(format!("{SYNC}.tick.json"));
    let text = std::fs::read(&file).with_context(|| format!("reading {}", file.display()))?;
    Ok(serde_json::from_slice(&text)?)
}

/// The most memory that a process has had.
fn peak_bytes(pid: Option<u32>) -> Result<u64> {
    let pid = pid.context("the function has ended")?;
    let kib = memory_kib(pid, "VmHWM").context("no VmHWM")?;
    Ok(kib * 1_024)
}

#[allow(
    clippy::cast_precision_loss,
    reason = "counts of events are far below 2^52"
)]
fn row(made: &Made, mut rounds: Vec<Round>) -> [String; 9] {
    let peak = rounds
        .iter()
        .map(|round| round.peak_bytes)
        .max()
        .unwrap_or(0);
    let mut median = |of: fn(&Round) -> Duration| {
        rounds.sort_by_key(of);
        of(&rounds[rounds.len() / 2]).as_secs_f64()
    };
    let floor = median(|round| round.floor);
    let sync = median(|round| round.sync);
    let spent = [
        median(|round| round.spent[0]),
        median(|round| round.spent[1]),
        median(|round| round.spent[2]),
    ]
    .map(|seconds| format!("{seconds:.2}"));
    let [own, database, chain] = spent;
    [
        made.name.to_owned(),
        format!("{floor:.2}"),
        format!("{sync:.2}"),
        format!("{:.2}", sync / floor),
        own,
        database,
        chain,
        format!("{:.0}", made.logs() as f64 / sync),
        format!("{}", peak >> 20),
    ]
}
