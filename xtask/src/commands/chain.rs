//! `cargo xtask rebuild`, `backfill` and `simulate`

use std::cell::RefCell;
use std::io::IsTerminal as _;
use std::path::PathBuf;
use std::process::{ExitCode, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, anyhow, bail};
use comfy_table::{CellAlignment, Table, presets};
use indicatif::{ProgressBar, ProgressStyle};
use serde_json::{Value, json};
use sqlx::{Connection as _, PgConnection};
use tokio::io::{AsyncBufReadExt as _, BufReader};
use tokio::process::Command;

use super::{UP, interrupted};
use crate::stack::{Stack, database, env, gateway, postgres};
use crate::steps::Steps;
use crate::{chains, cli, functions, paths, run, tools};

/// The program that has the library.
const TOOL: &str = "chain-tool";
/// The stack of the simulation.
const SIMULATION: &str = "simulation";
/// Where there is no bar, a line after so long.
const LINE_EVERY: Duration = Duration::from_secs(5);

/// Folds every event again and compares.
pub async fn rebuild(args: &cli::chain::Rebuild) -> Result<ExitCode> {
    let mut command = Command::new(build_tool(args.unoptimised).await?);
    command.arg("rebuild");
    set_database(&mut command, args.database_url.as_deref())?;
    let bar = Bar::new("events");
    let mut rebuilt = None;
    tell(command, |mut line| {
        if let (Some(events), Some(of)) = (line["events"].as_u64(), line["of"].as_u64()) {
            bar.set(events, of, "");
        } else {
            rebuilt = line.get_mut("rebuilt").map(Value::take);
        }
    })
    .await?;
    bar.end();
    let rebuilt = rebuilt.context("it ended without a result")?;
    let tables = rebuilt["tables"].as_array().context("no tables")?;
    out!("{}\n", compared(tables));
    let differing: Vec<&Value> = tables
        .iter()
        .filter(|table| table["surplus"] != 0 || table["missing"] != 0)
        .collect();
    for table in &differing {
        out!("{}: {}", words(&table["table"]), words(&table["example"]));
    }
    if differing.is_empty() {
        out!(
            "{} events give the tables that are there.",
            rebuilt["events"]
        );
        return Ok(ExitCode::SUCCESS);
    }
    out!("\nThe tables are not what the events say.");
    Ok(ExitCode::FAILURE)
}

fn compared(tables: &[Value]) -> Table {
    let mut shown = Table::new();
    shown.load_style(presets::UTF8_BORDERS_ONLY).set_header([
        "table",
        "rows",
        "not by the events",
        "missing",
    ]);
    for table in tables {
        let cells = ["table", "rows", "surplus", "missing"].map(|name| words(&table[name]));
        shown.add_row(cells);
    }
    for column in shown.column_iter_mut().skip(1) {
        column.set_cell_alignment(CellAlignment::Right);
    }
    shown
}

fn words(value: &Value) -> String {
    value
        .as_str()
        .map_or_else(|| value.to_string(), str::to_owned)
}

/// Adds a network.
pub async fn add(args: &cli::chain::AddChain) -> Result<()> {
    let chain = chains::network(&args.name, args.from_block)?;
    if args.event {
        out!("{}", json!({ "chains": [chain.row()] }));
        return Ok(());
    }
    let mut connection = PgConnection::connect(&database_url(args.database_url.as_deref())?)
        .await
        .context("connecting to the database")?;
    chains::add(&mut connection, &chain).await?;
    let registries: Vec<&str> = chain
        .registries
        .iter()
        .map(|registry| registry.address.as_str())
        .collect();
    out!(
        "{} ({}) is configured: {} from block {} on, or the first in which they have code. Name its \
         endpoints in CHAIN_RPC_URLS.",
        chain.name,
        chain.id,
        registries.join(", "),
        chain.first_block
    );
    Ok(())
}

/// Copies a chain to its head.
pub async fn backfill(args: &cli::chain::Backfill) -> Result<ExitCode> {
    let mut command = Command::new(build_tool(args.unoptimised).await?);
    command.args([
        "backfill",
        &args.chain.to_string(),
        &args.ranges.to_string(),
    ]);
    set_database(&mut command, args.database_url.as_deref())?;
    if std::env::var_os("CHAIN_RPC_URLS").is_none() {
        let stack = Stack::open(UP)?;
        let settings = env::functions(&stack, stack.port(gateway::NAME).unwrap_or_default())
            .context("set CHAIN_RPC_URLS, or start `cargo xtask up`")?;
        command.env("CHAIN_RPC_URLS", &settings["CHAIN_RPC_URLS"]);
    }
    let bar = Bar::new("blocks");
    let mut report = None;
    tell(command, |mut line| {
        let progress = &line["progress"];
        let number = |name: &str| progress[name].as_u64();
        let (first, block, head) = (number("fromBlock"), number("toBlock"), number("headBlock"));
        if let (Some(first), Some(block), Some(head)) = (first, block, head) {
            let events = progress["events"].as_object().into_iter().flatten();
            let events: u64 = events.filter_map(|(_, count)| count.as_u64()).sum();
            bar.set(
                block + 1 - first,
                head + 1 - first,
                &format!("block {block}, {events} events"),
            );
        } else {
            report = line.get_mut("report").map(Value::take);
        }
    })
    .await?;
    bar.end();
    let report = report.context("it ended without a report")?;
    out!("{report:#}");
    let arrived = report["caughtUp"] == true;
    Ok(if arrived {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}

/// Builds the program; the workspace is named so that dependencies are compiled once for all.
async fn build_tool(unoptimised: bool) -> Result<PathBuf> {
    functions::build_only(&[TOOL], !unoptimised, &|line| {
        if std::io::stderr().is_terminal() {
            eprint!("\r\x1b[K{}", line.chars().take(78).collect::<String>());
        }
    })
    .await?;
    if std::io::stderr().is_terminal() {
        eprint!("\r\x1b[K");
    }
    Ok(functions::folder(!unoptimised).join(TOOL))
}

fn set_database(command: &mut Command, url: Option<&str>) -> Result<()> {
    command.env("DATABASE_URL", database_url(url)?);
    Ok(())
}

fn database_url(url: Option<&str>) -> Result<String> {
    match url {
        Some(url) => Ok(url.to_owned()),
        None => database::url(&Stack::open(UP)?)
            .context("`cargo xtask up` starts the database; --database-url names another"),
    }
}

/// Runs the program, and has each line of JSON that it prints read.
pub async fn tell(mut command: Command, mut read: impl FnMut(Value)) -> Result<()> {
    let mut child = command
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .kill_on_drop(true)
        .spawn()
        .context("starting the chain tool")?;
    let out = child.stdout.take().context("no standard output")?;
    let mut lines = BufReader::new(out).lines();
    let reading = async {
        while let Some(line) = lines.next_line().await? {
            let Ok(line) = serde_json::from_str::<Value>(&line) else {
                continue;
            };
            if let Some(error) = line["error"].as_str() {
                bail!("{error}");
            }
            read(line);
        }
        Ok(())
    };
    tokio::select! {
        result = reading => result?,
        () = interrupted() => bail!("interrupted; what was committed stays"),
    }
    child.wait().await?;
    Ok(())
}

/// A bar with rate and time left on a terminal, now and then a line elsewhere.
struct Bar {
    shown: Option<ProgressBar>,
    what: &'static str,
    began: Instant,
    told: RefCell<Instant>,
}

impl Bar {
    fn new(what: &'static str) -> Self {
        let style = format!(
            "{{elapsed}} {{wide_bar}} {{human_pos}}/{{human_len}} {what} {{per_sec}} {{eta}} left {{msg}}"
        );
        let shown = std::io::stderr().is_terminal().then(|| ProgressBar::new(0));
        if let (Some(bar), Ok(style)) = (&shown, ProgressStyle::with_template(&style)) {
            bar.set_style(style);
        }
        Self {
            shown,
            what,
            began: Instant::now(),
            told: RefCell::new(Instant::now()),
        }
    }

    fn set(&self, done: u64, of: u64, message: &str) {
        if let Some(bar) = &self.shown {
            bar.set_length(of);
            bar.set_position(done);
            bar.set_message(message.to_owned());
            return;
        }
        if done < of && self.told.borrow().elapsed() < LINE_EVERY {
            return;
        }
        self.told.replace(Instant::now());
        let seconds = self.began.elapsed().as_secs().max(1);
        let left = of.saturating_sub(done) * seconds / done.max(1);
        let Self { what, .. } = self;
        out!(
            "{done} of {of} {what}, {} a second, {left} s left {message}",
            done / seconds
        );
    }

    fn end(&self) {
        if let Some(bar) = &self.shown {
            bar.finish_and_clear();
        }
    }
}

/// Runs simulated histories: the tests' own simulator, on a PostgreSQL of its own.
pub async fn simulate(args: &cli::chain::Simulate) -> Result<ExitCode> {
    let mut stack = Stack::open(SIMULATION)?;
    let _lock = stack.lock()?;
    stack.stop_all().await;
    let finished = tokio::select! {
        result = tell_histories(&mut stack, args) => result,
        () = interrupted() => Err(anyhow!("interrupted")),
    };
    stack.stop_all().await;
    stack.remove()?;
    finished
}

async fn tell_histories(stack: &mut Stack, args: &cli::chain::Simulate) -> Result<ExitCode> {
    let steps = Steps::new(2);
    steps
        .run("tools", async |step| {
            Ok((tools::ensure(&[tools::POSTGRES], step).await?, ()))
        })
        .await?;
    steps
        .run("PostgreSQL", async |_| {
            Ok((postgres::start(stack).await?, ()))
        })
        .await?;
    let mut command = Command::new("cargo");
    command
        .args(["test", "--workspace", "--locked", "--quiet", "--lib", "--"])
        .args(["--nocapture", "simulated_histories"])
        .current_dir(paths::root())
        .env("SQLX_OFFLINE", "true")
        .env("TEST_DATABASE_URL", postgres::admin_url(stack)?);
    let one = args.seed.map(|_| 1);
    if let Some(seed) = args.seed {
        command.env("SIMULATE_SEED", seed.to_string());
    }
    if let Some(count) = args.histories.or(one) {
        command.env("SIMULATE_HISTORIES", count.to_string());
    }
    run::attached(command).await
}
