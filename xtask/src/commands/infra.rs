//! `cargo xtask package`, `deploy`, `destroy`, `smoke` and `infra`

use std::process::ExitCode;

use anyhow::Result;

use super::outcome::Outcomes;
use crate::cli::infra::{Infra, Package, Smoke, Test};
use crate::infra::architecture::{self, Architecture};
use crate::infra::{e2e, gates, package, smoke};
use crate::steps::{Steps, seconds};
use crate::tools::{self, CARGO_LAMBDA};
use crate::{functions, paths};

/// Carries out one of the commands on the stacks.
pub async fn run(command: &Infra) -> Result<ExitCode> {
    match command {
        Infra::Test(args) => test(args).await,
        Infra::E2e => {
            e2e::run().await?;
            Ok(ExitCode::SUCCESS)
        }
    }
}

async fn test(args: &Test) -> Result<ExitCode> {
    let results = Steps::new(1)
        .run("gates", async |step| {
            let results = gates::run(args.accept, step).await?;
            Ok((format!("{} run", results.len()), results))
        })
        .await?;
    Ok(told(results))
}

/// Builds, packs and measures.
pub async fn package(args: &Package) -> Result<()> {
    let architecture = if args.fast {
        Architecture::native()
    } else {
        architecture::of(&args.environment).await?
    };
    let steps = Steps::new(2);
    let programs = steps
        .run("build", async |step| {
            if !architecture.is_native() {
                tools::ensure(&[CARGO_LAMBDA], step).await?;
            }
            let note = |line: &str| step.note(line);
            let programs = package::build(architecture, args.fast, &note).await?;
            let count = functions::names()?.len();
            Ok((
                format!("{count} functions for {}", architecture.as_str()),
                programs,
            ))
        })
        .await?;
    let packed = steps
        .run("pack", async |_| {
            let packed = package::pack(&programs, architecture, args.fast)?;
            let folder = package::folder(architecture, args.fast);
            Ok((paths::shown(&folder), packed))
        })
        .await?;
    out!("\n{}", sizes(&packed));
    Ok(())
}

fn sizes(packed: &[package::Packed]) -> comfy_table::Table {
    let mut table = comfy_table::Table::new();
    table
        .load_style(comfy_table::presets::UTF8_BORDERS_ONLY)
        .set_header(["function", "zip, KiB", "program, KiB"]);
    for one in packed {
        let kib = |bytes: usize| bytes.div_ceil(1024).to_string();
        table.add_row([one.name.clone(), kib(one.zip_bytes), kib(one.program_bytes)]);
    }
    table
}

/// Asks a deployment.
pub async fn smoke(args: &Smoke) -> Result<ExitCode> {
    let url = args.url.clone();
    let outcomes = tokio::task::spawn_blocking(move || smoke::run(&url)).await?;
    for (name, result, time) in &outcomes {
        let word = if result.is_ok() { "ok" } else { "FAILED" };
        out!("{name:<16} {word} ({})", seconds(*time));
    }
    Ok(told(outcomes))
}

fn told(results: Vec<(&'static str, Result<String>, std::time::Duration)>) -> ExitCode {
    let mut outcomes = Outcomes::default();
    for (name, result, time) in results {
        outcomes.add(name, result, time);
    }
    out!("\n{outcomes}");
    outcomes.exit_code()
}
