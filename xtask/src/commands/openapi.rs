//! `cargo xtask openapi` and `cargo xtask dashboards`: what is made from what the functions declare.

use anyhow::Result;

use crate::cli;
use crate::dashboards;
use crate::functions::{self, Declaration};
use crate::generated::{self, File};
use crate::infra::manifest;
use crate::openapi::{self, document, reference};
use crate::steps::Steps;
use crate::tools::{self, PROMTOOL};

/// Writes the API's document and reference, or says what is stale.
pub async fn run(args: &cli::Generate) -> Result<()> {
    carry_out(&Steps::new(2), args, files, "openapi").await
}

/// The same for dashboards, alarms and rules, which promtool checks, too.
pub async fn dashboards(args: &cli::Generate) -> Result<()> {
    let steps = Steps::new(4);
    steps
        .run("tools", async |step| {
            Ok((tools::ensure(&[PROMTOOL], step).await?, ()))
        })
        .await?;
    carry_out(&steps, args, dashboards::generated, "dashboards").await?;
    steps
        .run("promtool", async |_| {
            dashboards::check_rules().await?;
            Ok(("no finding".to_owned(), ()))
        })
        .await
}

async fn carry_out(
    steps: &Steps,
    args: &cli::Generate,
    files: fn(&[Declaration]) -> Result<Vec<File>>,
    command: &str,
) -> Result<()> {
    let functions = steps
        .run("build", async |step| {
            let folder = functions::build(false, &|line| step.note(line)).await?;
            let functions = functions::describe(&folder).await?;
            Ok((format!("{} functions", functions.len()), functions))
        })
        .await?;
    let name = if args.check { "compare" } else { "write" };
    steps
        .run(name, async |_| {
            let files = files(&functions)?;
            let words = if args.check {
                generated::check(files, command)?
            } else {
                generated::write(files)?
            };
            Ok((words, ()))
        })
        .await
}

/// The generated files and what they should hold.
fn files(functions: &[Declaration]) -> Result<Vec<File>> {
    let document = document(functions)?;
    Ok(vec![
        (openapi::file(), document.text()?),
        (manifest::file(), manifest::text(functions)?),
        (openapi::reference_file(), reference(&document)),
    ])
}

/// Fails where a committed file is not what the functions declare.
pub fn check(functions: &[Declaration]) -> Result<String> {
    generated::check(files(functions)?, "openapi")
}

/// The same for dashboards, alarms and rules.
pub fn check_dashboards(functions: &[Declaration]) -> Result<String> {
    generated::check(dashboards::generated(functions)?, "dashboards")
}
