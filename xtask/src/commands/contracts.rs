//! `cargo xtask contracts`

use std::fs;
use std::process::ExitCode;

use anyhow::Result;

use super::outcome::Outcomes;
use crate::cli::contracts::{Contracts, Deploy, Gas, Test};
use crate::contracts::{self, forge, gates, script};
use crate::run;
use crate::steps::Steps;

/// Carries out one of the commands.
pub async fn run(command: &Contracts) -> Result<ExitCode> {
    match command {
        Contracts::Build => build().await,
        Contracts::Test(args) => test(args).await,
        Contracts::Coverage => coverage().await,
        Contracts::Deploy(args) => deploy(args).await,
        Contracts::Gas(args) => gas(args).await,
    }
}

async fn compile() -> Result<()> {
    let work = async |step: &crate::steps::Step| {
        Ok((contracts::artifacts(&|line| step.note(line)).await?, ()))
    };
    Steps::new(1).run("compile", work).await
}

async fn build() -> Result<ExitCode> {
    compile().await?;
    let mut args = vec!["build", "--sizes"];
    args.extend(contracts::DEPLOYED);
    run::attached(forge(&args)).await
}

async fn test(args: &Test) -> Result<ExitCode> {
    let steps = Steps::new(1);
    let results = steps
        .run("gates", async |step| {
            let results = gates::run(gates::Which::All { deep: args.deep }, step).await?;
            Ok((format!("{} run", results.len()), results))
        })
        .await?;
    out!(
        "\n{}",
        fs::read_to_string(gates::Gate::Gas.log()).unwrap_or_default()
    );
    let mut outcomes = Outcomes::default();
    for (gate, result, time) in results {
        outcomes.add(gate.name(), result, time);
    }
    out!("{outcomes}");
    Ok(outcomes.exit_code())
}

async fn coverage() -> Result<ExitCode> {
    contracts::install().await?;
    run::attached(script("coverage.mjs", &[])).await
}

async fn gas(args: &Gas) -> Result<ExitCode> {
    compile().await?;
    let args: &[&str] = if args.update { &["--update"] } else { &[] };
    run::attached(script("gas.mjs", args)).await
}

async fn deploy(args: &Deploy) -> Result<ExitCode> {
    compile().await?;
    let mut command = forge(&["script", "script/Deploy.s.sol", "--rpc-url", &args.rpc_url]);
    if !args.dry_run {
        command.arg("--broadcast");
    }
    // For a script forge compiles with other settings, which would have the next build begin anew.
    command
        .args(&args.forge)
        .env("FOUNDRY_OUT", "cache/script-out")
        .env("FOUNDRY_CACHE_PATH", "cache/script");
    let deployed = run::attached(command).await?;
    if deployed != ExitCode::SUCCESS || args.dry_run {
        return Ok(deployed);
    }
    run::attached(script("verification.mjs", &[])).await
}
