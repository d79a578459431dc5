//! The stacks, deployed to an emulator of AWS with the real functions, used, and taken away.
//!
//! The emulator serves CloudFormation, Lambda, the HTTP API, schedules, secrets, logs, alarms and queues. The network and
//! the data stack are not deployed: a PostgreSQL, a Valkey, a DynamoDB emulator and a chain of this machine are in their
//! place, and the parameters that those stacks would have written name them.

mod aws;
mod emulator;
mod flow;
mod parameters;

use std::fs;
use std::path::PathBuf;

use anyhow::{Context as _, Result, anyhow, bail, ensure};
use serde_json::json;
use sqlx::{Connection as _, Executor as _, PgConnection};

use self::aws::Aws;
use super::architecture::Architecture;
use super::{Target, cdk, gates, local, log, package, packages, smoke};
use crate::chains::{self, Chain, Source};
use crate::commands::{interrupted, up};
use crate::demo::{self, Api, Lambda};
use crate::stack::{Stack, database, dynamodb, postgres, valkey};
use crate::steps::{Step, Steps};
use crate::{fingerprint, paths, run as programs, tools};

/// The stack of servers.
const NAME: &str = "e2e";
/// The environment that is deployed, changed as little as the emulator allows.
const ENVIRONMENT: &str = "dev";
/// What the names of its resources begin with.
const PREFIX: &str = "erc8004-dev-";
const STACKS: [&str; 4] = ["schema", "api", "schedules", "observability"];

/// What decides how it goes, beside what the gates of `infra/` look at.
const INPUTS: [&str; 5] = [
    "Cargo.lock",
    "functions",
    "migrations",
    "shared",
    "xtask/src",
];

/// Does it all, unless nothing changed since it went well here; says what it did.
///
/// # Errors
///
/// With the first thing that is not as it should be.
pub async fn run_if_changed() -> Result<String> {
    if fs::read_to_string(mark()).is_ok_and(|passed| inputs().is_ok_and(|now| passed == now)) {
        return Ok("unchanged since they were deployed here".to_owned());
    }
    run().await?;
    Ok("deployed, used and destroyed".to_owned())
}

fn inputs() -> Result<String> {
    let more = fingerprint::of(INPUTS.iter().map(|input| paths::root().join(input)))?;
    Ok(format!("{} {more}", gates::inputs()?))
}

fn mark() -> PathBuf {
    local().join("deployed")
}

/// Does it all, and leaves nothing behind.
///
/// # Errors
///
/// With the first thing that is not as it should be.
pub async fn run() -> Result<()> {
    let mut left_over = Stack::open(NAME)?;
    left_over.lock()?;
    // What a run that failed has left for whoever looks into it.
    left_over.stop_all().await;
    left_over.remove()?;
    let mut stack = Stack::open(NAME)?;
    let _lock = stack.lock()?;
    let before = inputs()?;
    let result = tokio::select! {
        result = all(&mut stack) => result,
        () = interrupted() => Err(anyhow!("interrupted")),
    };
    stack.stop_all().await;
    if result.is_ok() {
        stack.remove()?;
        fs::write(mark(), before)?;
    }
    result
}

async fn all(stack: &mut Stack) -> Result<()> {
    let steps = Steps::new(15);
    let zips = prepare(&steps).await?;
    let (aws, chain) = start(stack, &steps).await?;
    let mut target = Target {
        environment: ENVIRONMENT.to_owned(),
        change: Some(json!({
            "architecture": Architecture::native().as_str(),
            "endpoints": { "AWS_ENDPOINT_URL_DYNAMODB": dynamodb::url(stack)? },
        })),
        zips,
        output: local().join("cdk.out/e2e"),
        release: None,
    };
    steps
        .run("deploy", async |step| {
            Ok((deploy(&aws, &target, step).await?, ()))
        })
        .await?;
    let api = flow::api(&aws).await?;
    steps
        .run("chains", async |_| {
            let mut connection = database::connect(stack).await?;
            let words = chains::configure(&mut connection, std::slice::from_ref(&chain)).await?;
            Ok((words, ()))
        })
        .await?;
    steps
        .run("smoke", async |_| Ok((smoke(&api).await?, ())))
        .await?;
    steps
        .run("demo", async |_| {
            let lambda = Lambda {
                endpoint: aws.url(),
                prefix: PREFIX.to_owned(),
            };
            demo::at(Api::new(api.clone()), lambda, chain).await?;
            Ok(("all stages".to_owned(), ()))
        })
        .await?;
    steps
        .run("permissions", async |_| {
            Ok((flow::permissions(&aws).await?, ()))
        })
        .await?;
    steps
        .run("rotation", async |_| {
            Ok((flow::rotation(&aws, stack, &api).await?, ()))
        })
        .await?;
    steps
        .run("alarm", async |_| Ok((flow::alarm(&aws).await?, ())))
        .await?;
    target.release = Some("second".to_owned());
    steps
        .run("second version", async |step| {
            let before = flow::live_version(&aws).await?;
            deploy(&aws, &target, step).await?;
            let after = flow::live_version(&aws).await?;
            ensure!(after > before, "the live version is {after}, as before");
            smoke(&api).await?;
            Ok((format!("{before} to {after}"), ()))
        })
        .await?;
    // Last: its minute has passed meanwhile.
    steps
        .run("schedule and logs", async |_| {
            Ok((flow::schedules(&aws).await?, ()))
        })
        .await?;
    steps
        .run("destroy", async |step| {
            Ok((destroy(&aws, &target, step).await?, ()))
        })
        .await
}

/// Everything that is installed, built and packed.
async fn prepare(steps: &Steps) -> Result<PathBuf> {
    steps
        .run("tools", async |step| {
            let note = |line: &str| step.note(line);
            let installed = up::install(tools::FOR_UP, true, step).await?;
            packages(&note).await?;
            emulator::install(&note).await?;
            Ok((installed, ()))
        })
        .await?;
    let architecture = Architecture::native();
    steps
        .run("package", async |step| {
            let programs = package::build(architecture, true, &|line| step.note(line)).await?;
            let packed = package::pack(&programs, architecture, true)?;
            Ok((format!("{} functions", packed.len()), ()))
        })
        .await?;
    Ok(package::folder(architecture, true))
}

/// The stores, the chain, the emulator, and what the network and data stacks would have left in it.
async fn start(stack: &mut Stack, steps: &Steps) -> Result<(Aws, Chain)> {
    steps
        .run("stores", async |_| {
            let words = [
                postgres::start(stack).await?,
                valkey::start(stack).await?,
                dynamodb::start(stack).await?,
                dynamodb::create_table(stack).await?,
            ];
            database::create(stack).await?;
            // On Aurora the owner of the database may make roles.
            let mut admin = PgConnection::connect(&postgres::admin_url(stack)?).await?;
            admin.execute("ALTER ROLE erc8004 CREATEROLE").await?;
            admin.close().await?;
            Ok((words.join(", "), ()))
        })
        .await?;
    let chain = steps
        .run("chain", async |step| {
            let started =
                chains::start_all(stack, &[Source::Devchain], &|line| step.note(line)).await?;
            stack.state.chains.clone_from(&started);
            let [chain] = started
                .try_into()
                .map_err(|_| anyhow!("one chain was to be started"))?;
            let chain: Chain = chain;
            Ok((chain.source.clone(), chain))
        })
        .await?;
    let aws = steps
        .run("emulator", async |_| {
            let aws = emulator::start(stack).await?;
            parameters::write(&aws, stack).await?;
            Ok((aws.url(), aws))
        })
        .await?;
    Ok((aws, chain))
}

/// Bootstraps, which is done once an account, and deploys.
async fn deploy(aws: &Aws, target: &Target, step: &Step) -> Result<String> {
    let note = |line: &str| step.note(line);
    let mut bootstrap = cdk("bootstrap", target);
    bootstrap.arg(format!("aws://{}/{}", aws::ACCOUNT, aws::REGION));
    aws.tell(&mut bootstrap);
    programs::logged(bootstrap, &log("e2e-bootstrap"), &note).await?;
    let mut deploy = cdk("deploy", target);
    deploy.args(["--require-approval", "never", "--exclusively"]);
    deploy.args(STACKS.map(|stack| format!("{PREFIX}{stack}")));
    aws.tell(&mut deploy);
    programs::logged(deploy, &log("e2e-deploy"), &note).await?;
    Ok(STACKS.join(", "))
}

async fn destroy(aws: &Aws, target: &Target, step: &Step) -> Result<String> {
    let mut destroy = cdk("destroy", target);
    destroy.args(["--force", "--exclusively"]);
    destroy.args(STACKS.map(|stack| format!("{PREFIX}{stack}")));
    aws.tell(&mut destroy);
    programs::logged(destroy, &log("e2e-destroy"), &|line| step.note(line)).await?;
    let left = flow::resources(aws).await?;
    ensure!(left.is_empty(), "still there: {}", left.join(", "));
    Ok("nothing is left".to_owned())
}

async fn smoke(api: &str) -> Result<String> {
    let url = api.to_owned();
    let outcomes = tokio::task::spawn_blocking(move || smoke::run(&url)).await?;
    let count = outcomes.len();
    for (name, result, _) in outcomes {
        result.with_context(|| format!("smoke test: {name}"))?;
    }
    if count == 0 {
        bail!("nothing was asked");
    }
    Ok(format!("{count} checks"))
}
