//! Runs the scheduled functions as their schedule would: through the gateway, with an event.

use std::fs;
use std::time::Duration;

use anyhow::{Context as _, Result, bail};

use super::{Stack, database, gateway};
use crate::chains::{self, Progress};
use crate::functions::Declaration;
use crate::paths;

/// The function that copies the chains.
const SYNC: &str = "sync-chain";
/// The function that refreshes what ranks over many agents.
const REFRESH: &str = "refresh-views";
/// A real network may be days behind: `up` waits this many runs, then leaves it to the schedule.
const RUNS_MAX: usize = 40;

/// Whether `functions` has the function `name`.
fn has(functions: &[Declaration], name: &str) -> bool {
    functions.iter().any(|function| function.name == name)
}

/// Syncs until every chain is caught up or no run gets any further; says how far that is.
///
/// # Errors
///
/// When the function fails or a chain reports an error.
pub async fn catch_up(
    stack: &Stack,
    functions: &[Declaration],
    note: &dyn Fn(&str),
) -> Result<String> {
    if !has(functions, SYNC) {
        return Ok(format!("skipped: there is no function {SYNC}"));
    }
    let mut before = Vec::new();
    for run in 1..=RUNS_MAX {
        tick(stack, SYNC).await?;
        let chains = progress(stack).await?;
        if let Some(chain) = chains.iter().find(|chain| chain.status == "halted") {
            bail!(
                "{} is halted: {}",
                chain.name,
                chain.error.as_deref().unwrap_or("no reason")
            );
        }
        if chains.iter().all(Progress::is_caught_up) {
            let runs = if run == 1 {
                "1 run".to_owned()
            } else {
                format!("{run} runs")
            };
            return Ok(format!("caught up in {runs}"));
        }
        let blocks: Vec<Option<i64>> = chains.iter().map(|chain| chain.block).collect();
        if blocks == before {
            let error = chains.iter().find_map(|chain| chain.error.as_deref());
            bail!(
                "the sync does not move: {}",
                error.unwrap_or("see cargo xtask logs gateway")
            );
        }
        before = blocks;
        note(&chains.iter().map(words).collect::<Vec<_>>().join("; "));
    }
    Ok("not caught up yet: the schedule goes on with it".to_owned())
}

fn words(chain: &Progress) -> String {
    let lag = chain
        .lag()
        .map_or_else(String::new, |lag| format!(", {lag} blocks to go"));
    format!(
        "{}: {} agents{lag}",
        chain.name,
        chain.agents + chain.incomplete
    )
}

/// Refreshes the views.
///
/// # Errors
///
/// When the function fails.
pub async fn refresh(stack: &Stack, functions: &[Declaration]) -> Result<String> {
    if !has(functions, REFRESH) {
        return Ok(format!("skipped: there is no function {REFRESH}"));
    }
    tick(stack, REFRESH).await?;
    Ok("fresh".to_owned())
}

/// Runs one scheduled function once.
///
/// # Errors
///
/// When its event is missing or the function fails.
pub async fn tick(stack: &Stack, function: &str) -> Result<()> {
    tick_at(&gateway::url(stack)?, function, function).await
}

/// Runs one scheduled function once, at an endpoint of Lambda's API and by its name there.
///
/// # Errors
///
/// When its event is missing or the function fails.
pub async fn tick_at(endpoint: &str, function: &str, name_there: &str) -> Result<()> {
    let file = paths::root()
        .join("events")
        .join(format!("{function}.tick.json"));
    let event = fs::read_to_string(&file).with_context(|| format!("reading {}", file.display()))?;
    gateway::invoke(endpoint, name_there, &event)
        .await
        .map(drop)
}

/// How far the chains are.
///
/// # Errors
///
/// When the database does not answer.
pub async fn progress(stack: &Stack) -> Result<Vec<Progress>> {
    use sqlx::Connection as _;
    let mut connection = database::connect(stack).await?;
    let progress = chains::progress(&mut connection).await?;
    connection.close().await?;
    Ok(progress)
}

/// The time between two runs that a schedule's `rate(…)` asks for.
///
/// # Errors
///
/// When it is not a rate.
pub fn rate(text: &str) -> Result<Duration> {
    let words = text
        .strip_prefix("rate(")
        .and_then(|rest| rest.strip_suffix(')'));
    let (count, unit) = words
        .and_then(|words| words.split_once(' '))
        .with_context(|| format!("`{text}` is not a rate"))?;
    let unit = match unit.trim_end_matches('s') {
        "minute" => 60,
        "hour" => 3_600,
        "day" => 86_400,
        _ => bail!("`{text}` is not a rate"),
    };
    Ok(Duration::from_secs(
        count.parse::<u64>().with_context(|| format!("`{text}`"))? * unit,
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rates_are_read_as_eventbridge_spells_them() {
        assert_eq!(rate("rate(1 minute)").unwrap(), Duration::from_mins(1));
        assert_eq!(rate("rate(5 minutes)").unwrap(), Duration::from_mins(5));
        assert!(rate("cron(0 12 * * ? *)").is_err());
        assert!(rate("rate(x minutes)").is_err());
    }
}
