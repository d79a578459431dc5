//! The checks, one function each; what it returns in words stands in the table at the end.

use std::cell::Cell;
use std::fs;
use std::path::PathBuf;

use anyhow::{Result, anyhow, bail};
use tokio::process::Command;

use crate::commands::{openapi, sqlx_prepare};
use crate::contracts::gates;
use crate::stack::{Stack, database, dynamodb, pgbouncer, postgres, valkey};
use crate::steps::Step;
use crate::tools::{ANVIL, CARGO_DENY, CHROMIUM, PROMTOOL, VALKEY_WITH_TLS};
use crate::{dashboards, fingerprint, functions, infra, paths, run, tools};

fn cargo(args: &[&str]) -> Command {
    let mut command = Command::new("cargo");
    command
        .args(args)
        .current_dir(paths::root())
        .env("SQLX_OFFLINE", "true");
    command
}

fn log(name: &str) -> PathBuf {
    paths::local().join("logs").join(format!("{name}.log"))
}

/// rustfmt.
pub async fn formatting(step: &Step) -> Result<String> {
    run::logged(cargo(&["fmt", "--all", "--check"]), &log("fmt"), &|line| {
        step.note(line);
    })
    .await?;
    Ok(String::new())
}

/// clippy over everything, warnings being errors.
pub async fn clippy(step: &Step) -> Result<String> {
    let mut command = cargo(&["clippy", "--workspace", "--all-targets", "--locked"]);
    command.args(["--", "-D", "warnings"]);
    run::logged(command, &log("clippy"), &|line| step.note(line)).await?;
    Ok(String::new())
}

/// Licences, sources and bans always; advisories where their database can be had.
pub async fn deny(step: &Step) -> Result<String> {
    let check = |what: &[&str]| {
        let mut command = Command::new(CARGO_DENY.path());
        command
            .args(["--workspace", "--locked", "check", "--hide-inclusion-graph"])
            .args(what);
        command.current_dir(paths::root());
        command
    };
    let note = |line: &str| step.note(line);
    run::logged(check(&["bans", "licenses", "sources"]), &log("deny"), &note).await?;
    let advisories = log("advisories");
    if run::logged(check(&["advisories"]), &advisories, &note)
        .await
        .is_ok()
    {
        return Ok("bans, licences, sources, advisories".to_owned());
    }
    let said = fs::read_to_string(&advisories)?;
    if said.contains("advisory database") || said.contains("failed to fetch") {
        return Ok("bans, licences, sources; no database of advisories is in reach".to_owned());
    }
    Err(anyhow!("advisories:\n{said}"))
}

/// `.sqlx/` against the migrated database. Having sqlx look at every query compiles the workspace
/// once more, so it is done only after something that it reads has changed.
pub async fn queries(stack: &Stack, step: &Step) -> Result<String> {
    let mark = paths::local().join("tools/queries-checked");
    let now = state_of_queries()?;
    if fs::read_to_string(&mark).is_ok_and(|before| before == now) {
        return Ok("unchanged since they were last checked".to_owned());
    }
    sqlx_prepare::cargo_sqlx(&database::url(stack)?, true, &|line| step.note(line)).await?;
    fs::write(&mark, now)?;
    Ok("as .sqlx/ has them".to_owned())
}

fn state_of_queries() -> Result<String> {
    let folders = [".sqlx", "migrations", "shared", "functions"];
    fingerprint::of(folders.iter().map(|folder| paths::root().join(folder)))
}

/// Dashboards, alarms and rules against what the functions declare, and the rules by promtool.
pub async fn dashboards() -> Result<String> {
    openapi::check_dashboards(&functions::describe(&functions::folder(false)).await?)?;
    dashboards::check_rules().await?;
    Ok("as declared, and promtool has no finding".to_owned())
}

/// The gates of `contracts/` of which anything changed since they passed.
pub async fn contracts(step: &Step) -> Result<String> {
    let outcomes = gates::run(gates::Which::Changed, step).await?;
    let mut failed = Vec::new();
    for (gate, result, _) in &outcomes {
        if let Err(error) = result {
            failed.push(gate.name());
            step.print(&format!("{error:#}"));
        }
    }
    if !failed.is_empty() {
        bail!("{}: see .local/logs/contracts-*.log", failed.join(", "));
    }
    Ok(match outcomes.len() {
        0 => "unchanged since their gates passed".to_owned(),
        passed => format!("{passed} gates passed"),
    })
}

/// The gates of `infra/`, unless nothing changed since they passed.
pub async fn stacks(step: &Step) -> Result<String> {
    if infra::gates::have_passed()? {
        return Ok("unchanged since their gates passed".to_owned());
    }
    let mut failed = Vec::new();
    for (gate, result, _) in infra::gates::run(false, step).await? {
        if let Err(error) = result {
            failed.push(gate);
            step.print(&format!("{error:#}"));
        }
    }
    if !failed.is_empty() {
        bail!("{}: see .local/logs/infra-*.log", failed.join(", "));
    }
    Ok("gates passed".to_owned())
}

/// Functions and tests at once: the same dependencies with the same features for both.
pub async fn build(step: &Step) -> Result<String> {
    let command = cargo(&["build", "--workspace", "--all-targets", "--locked"]);
    run::logged(command, &log("build"), &|line| step.note(line)).await?;
    Ok(format!(
        "{} functions and the tests",
        functions::names()?.len()
    ))
}

/// The unit and integration tests, or those that a filter names. All of the runner's output is
/// shown. Functions go through the pooler where one runs.
pub async fn tests(stack: &Stack, filters: &[&str], accept: bool, step: &Step) -> Result<String> {
    let mut command = cargo(&["test", "--workspace", "--no-fail-fast", "--locked"]);
    if !filters.is_empty() {
        // Documentation examples have no names to filter by.
        command.args(["--all-targets", "--"]).args(filters);
    }
    if stack.running(pgbouncer::NAME).is_some() {
        command.env("TEST_POOLER_URL", pgbouncer::url(stack)?);
        // All of them were told without it.
        command.env("SIMULATE_HISTORIES", "10");
    }
    command
        .env("TEST_DATABASE_URL", postgres::admin_url(stack)?)
        .env("TEST_DATABASE_LOG", stack.log(postgres::NAME))
        .env("TEST_CACHE_URL", valkey::url(stack)?)
        .env("TEST_DYNAMODB_URL", dynamodb::url(stack)?)
        .env("TEST_ANVIL", ANVIL.path())
        .env("TEST_VALKEY_WITH_TLS", VALKEY_WITH_TLS.path())
        .env("TEST_FUNCTIONS_DIR", functions::folder(false));
    let chromium = tools::chromium().unwrap_or_else(|| CHROMIUM.path());
    for (variable, path) in [
        ("TEST_PROMTOOL", PROMTOOL.path()),
        ("TEST_CHROMIUM", chromium),
    ] {
        // A run of some tests only does not bring them; their tests are skipped then.
        if path.exists() {
            command.env(variable, path);
        }
    }
    if accept {
        command.env("UPDATE_SNAPSHOTS", "1");
    }
    let sums = Cell::new([0_u64; 3]);
    let ran = run::logged(command, &log("test"), &|line| {
        step.print(line);
        sums.set(added(sums.get(), line));
    })
    .await;
    let [passed, failed, ignored] = sums.get();
    let words = format!("{passed} passed, {failed} failed, {ignored} skipped");
    if ran.is_err() || failed > 0 {
        bail!("{words}");
    }
    if passed == 0 {
        bail!("no test ran");
    }
    Ok(words)
}

/// `test result: ok. 12 passed; 0 failed; 1 ignored; ...` added to what other binaries said.
fn added(sums: [u64; 3], line: &str) -> [u64; 3] {
    let Some(result) = line.strip_prefix("test result: ") else {
        return sums;
    };
    let count = |what: &str| -> u64 {
        let words: Vec<&str> = result
            .split([' ', ';'])
            .filter(|word| !word.is_empty())
            .collect();
        let found = words.windows(2).find(|pair| pair[1] == what);
        found.and_then(|pair| pair[0].parse().ok()).unwrap_or(0)
    };
    [
        sums[0] + count("passed"),
        sums[1] + count("failed"),
        sums[2] + count("ignored"),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_sums_of_several_test_binaries_are_added() {
        let first = added(
            [0; 3],
            "test result: ok. 12 passed; 0 failed; 1 ignored; 0 measured; 0 filtered out",
        );
        let both = added(
            first,
            "test result: FAILED. 3 passed; 2 failed; 0 ignored; 0 measured; 0 filtered out",
        );
        assert_eq!(both, [15, 2, 1]);
        assert_eq!(added(both, "running 3 tests"), both);
    }
}
