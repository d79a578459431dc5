//! `cargo xtask up`

use std::process::Command;

use anyhow::{Result, anyhow};

use super::{UP, interrupted, schedule, status};
use crate::chains::Source;
use crate::functions::{self, Declaration};
use crate::stack::process::Process;
use crate::stack::{Stack, database, dynamodb, gateway, postgres, sync, valkey};
use crate::steps::{Step, Steps};
use crate::tools::Tool;
use crate::{chains, cli, contracts, tools};

/// How many steps [`bring_up`] has.
pub const STEPS: usize = 10;
/// The part that invokes scheduled functions while no terminal does.
pub const SCHEDULE: &str = "schedule";

/// Starts the stack and stays with it, or leaves it in the background.
pub async fn run(args: &cli::Up) -> Result<()> {
    let mut stack = Stack::open(UP)?;
    if let Some(other) = stack.state.supervisor() {
        out!(
            "The stack runs in another terminal (process {}).\n",
            other.pid
        );
        return status::print(&stack).await;
    }
    let lock = stack.lock()?;
    // A stack that runs in the background stays there.
    let background = args.detach || stack.running(SCHEDULE).is_some();
    let steps = Steps::new(STEPS);
    let up = tokio::select! {
        result = bring_up(&mut stack, &steps, args, &[]) => result,
        () = interrupted() => Err(anyhow!("interrupted")),
    };
    let functions = match up {
        Ok(functions) => functions,
        Err(error) => {
            eprintln!("Stopping what was started ...");
            stack.stop_started_here().await;
            return Err(error);
        }
    };
    if background {
        detach(&mut stack).await?;
    } else {
        stack.state.supervisor = Some(Process::current("up")?);
        stack.state.save(&stack.dir)?;
    }
    drop(lock);
    out!("\nUp in {}.\n", steps.elapsed());
    let shown = status::print(&stack).await;
    if background {
        out!("\nIt runs in the background; `cargo xtask down` stops it.");
        return shown;
    }
    out!("\nCtrl-C stops everything.");
    tokio::select! {
        () = schedule::run_forever(&stack, &functions) => {}
        () = interrupted() => {}
    }
    out!("\nStopping ...");
    stack.state.supervisor = None;
    stack.stop_all().await;
    stack.state.save(&stack.dir)?;
    shown
}

/// Brings everything up; `more` names what is served beside the functions.
pub async fn bring_up(
    stack: &mut Stack,
    steps: &Steps,
    args: &cli::Up,
    more: &[Declaration],
) -> Result<Vec<Declaration>> {
    let sources = chains::sources(args)?;
    stack.clean_up().await;
    steps
        .run("tools", async |step| {
            let contracts = sources
                .iter()
                .any(|source| matches!(source, Source::Devchain));
            Ok((install(tools::FOR_UP, contracts, step).await?, ()))
        })
        .await?;
    start_stores(stack, steps).await?;
    steps
        .run("chains", async |step| {
            stack.state.chains =
                chains::start_all(stack, &sources, &|line| step.note(line)).await?;
            stack.state.save(&stack.dir)?;
            let mut connection = database::connect(stack).await?;
            Ok((
                chains::configure(&mut connection, &stack.state.chains).await?,
                (),
            ))
        })
        .await?;
    let functions = steps
        .run("build", async |step| {
            let folder = functions::build(args.release, &|line| step.note(line)).await?;
            let mut functions = functions::describe(&folder).await?;
            functions.extend_from_slice(more);
            stack.state.functions = Some(folder);
            Ok((format!("{} functions", functions.len()), functions))
        })
        .await?;
    steps
        .run("functions", async |_| {
            Ok((gateway::start(stack, &functions).await?, ()))
        })
        .await?;
    steps
        .run("sync", async |step| {
            Ok((
                sync::catch_up(stack, &functions, &|line| step.note(line)).await?,
                (),
            ))
        })
        .await?;
    steps
        .run("views", async |_| {
            Ok((sync::refresh(stack, &functions).await?, ()))
        })
        .await?;
    Ok(functions)
}

/// Installs what is missing, and compiles the contracts meanwhile.
pub async fn install(tools: &[Tool], contracts: bool, step: &Step) -> Result<String> {
    if !contracts {
        return tools::ensure(tools, step).await;
    }
    let note = |line: &str| step.note(line);
    let (tools, contracts) =
        tokio::try_join!(tools::ensure(tools, step), contracts::artifacts(&note))?;
    Ok(format!("{tools}; {contracts}"))
}

/// The steps that `test` begins with, too.
pub async fn start_stores(stack: &mut Stack, steps: &Steps) -> Result<()> {
    steps
        .run("PostgreSQL", async |_| {
            Ok((postgres::start(stack).await?, ()))
        })
        .await?;
    steps
        .run("Valkey", async |_| Ok((valkey::start(stack).await?, ())))
        .await?;
    steps
        .run("DynamoDB", async |_| {
            let started = dynamodb::start(stack).await?;
            Ok((
                format!("{started}, {}", dynamodb::create_table(stack).await?),
                (),
            ))
        })
        .await?;
    steps
        .run("migrations", async |_| {
            database::create(stack).await?;
            Ok((database::migrate(stack).await?, ()))
        })
        .await
}

/// Leaves the stack to a process of its own, which goes on with the schedule.
async fn detach(stack: &mut Stack) -> Result<()> {
    stack.stop(SCHEDULE).await;
    // This very program, though the build may have put a newer one in its place.
    let mut command = Command::new("/proc/self/exe");
    command.arg(SCHEDULE);
    stack.spawn(SCHEDULE, 0, command).map(drop)
}
