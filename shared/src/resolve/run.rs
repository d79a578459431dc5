//! One run: what is due is fetched, many at once, until the time is up.

use std::time::{Duration, Instant};

use chrono::{DateTime, Utc};
use futures_util::StreamExt as _;
use futures_util::stream;
use reqwest::Url;
use serde::Serialize;
use sqlx::PgPool;

use super::fetch::{FetchError, Fetched, Fetcher};
use super::files::{self, Due, Settled};
use super::source::{self, Found};
use crate::cache::{Cache, Changed};
use crate::chain::apply::{apply_file, give_up_file};
use crate::telemetry::{self, list};

/// Fetched at once. Each may hold 256 KiB.
const AT_ONCE: usize = 16;
/// Nothing is begun that could not end: all gateways of a file, and writing it down.
const TIME_MIN: Duration = Duration::from_secs(25);
/// Failures that a report names.
const NAMED_MAX: usize = 20;
const URI_CHARS_MAX: usize = 120;

/// What a run did.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Report {
    /// Files that agents pointed to and nobody had asked for.
    pub discovered: u64,
    /// Files that came.
    pub fetched: usize,
    /// Files that are what they were.
    pub unchanged: usize,
    /// Files that did not come and are asked for again.
    pub failed: usize,
    /// Files that did not come and are not asked for again.
    pub given_up: usize,
    /// Agents that have another file now.
    pub agents: usize,
    /// Some of the failures.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub failures: Vec<Failure>,
    /// Whether there was more to do than time.
    pub more: bool,
}

/// A file that did not come.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Failure {
    /// Its URI; a long one without its end.
    pub uri: String,
    /// Why.
    pub reason: String,
}

/// Fetches what is due, until nothing is or the time is up. Several runs at once share the work.
///
/// # Errors
/// When the database does not answer. What was written down until then stays; the rest is due again within minutes.
pub async fn resolve(
    (pool, cache): (&PgPool, &Cache),
    fetcher: &Fetcher,
    gateways: &[Url],
    now: DateTime<Utc>,
    deadline: Instant,
) -> Result<Report, sqlx::Error> {
    let mut report = Report {
        discovered: files::discover(pool, now).await?,
        ..Report::default()
    };
    report.agents += catch_up((pool, cache), now).await?;
    while deadline.saturating_duration_since(Instant::now()) > TIME_MIN {
        let due = files::claim(pool, now, AT_ONCE).await?;
        if due.is_empty() {
            return Ok(report);
        }
        let mut outcomes = stream::iter(due)
            .map(|due| async {
                let outcome = source::fetch(fetcher, gateways, &due.uri, &due.known).await;
                (due, outcome)
            })
            .buffer_unordered(AT_ONCE);
        while let Some((due, outcome)) = outcomes.next().await {
            let (settled, agents) = write_down((pool, cache), &due, &outcome, now).await?;
            report.count(&due, settled, &outcome);
            report.agents += agents;
        }
    }
    report.more = true;
    Ok(report)
}

/// The file and the agents that point to it, in one transaction.
async fn write_down(
    (pool, cache): (&PgPool, &Cache),
    due: &Due,
    outcome: &Result<Found, FetchError>,
    now: DateTime<Utc>,
) -> Result<(Settled, usize), sqlx::Error> {
    let mut transaction = pool.begin().await?;
    let settled = files::settle(&mut transaction, due, outcome, now).await?;
    let agents = match (outcome, settled) {
        (Ok(found), _) => match &found.fetched {
            Fetched::File { content, .. } => {
                apply_file(&mut transaction, &due.uri, content).await?
            }
            Fetched::Unchanged => Vec::new(),
        },
        (Err(_), Settled::Over) => give_up_file(&mut transaction, &due.uri).await?,
        (Err(_), _) => Vec::new(),
    };
    transaction.commit().await?;
    Ok((settled, forget(cache, agents).await))
}

/// Outdates what is kept of agents that have another file; says how many they are.
async fn forget(cache: &Cache, agents: Vec<Changed>) -> usize {
    let count = agents.len();
    if count > 0 {
        cache.forget_agents(agents).await;
        cache.forget_searches().await;
    }
    count
}

/// Agents that point to a file that was settled before they came, or came again after a reorg.
async fn catch_up(
    (pool, cache): (&PgPool, &Cache),
    now: DateTime<Utc>,
) -> Result<usize, sqlx::Error> {
    let mut agents = 0;
    for settled in files::settled_for_pending(pool).await? {
        let mut transaction = pool.begin().await?;
        let changed = match settled.content {
            Some(content) => apply_file(&mut transaction, &settled.uri, &content).await?,
            None => give_up_file(&mut transaction, &settled.uri).await?,
        };
        files::keep_fresh(&mut transaction, &settled.uri, now).await?;
        transaction.commit().await?;
        agents += forget(cache, changed).await;
    }
    Ok(agents)
}

impl Report {
    fn count(&mut self, due: &Due, settled: Settled, outcome: &Result<Found, FetchError>) {
        let (number, result) = match settled {
            Settled::Fetched => (&mut self.fetched, "fetched"),
            Settled::Unchanged => (&mut self.unchanged, "unchanged"),
            Settled::Waiting => (&mut self.failed, "failed"),
            Settled::Over => (&mut self.given_up, "given_up"),
        };
        *number += 1;
        telemetry::count(&list::RESOLVER_RESULTS, &[result], 1);
        if let Err(error) = outcome
            && self.failures.len() < NAMED_MAX
        {
            self.failures.push(Failure {
                uri: due.uri.chars().take(URI_CHARS_MAX).collect(),
                reason: error.to_string(),
            });
        }
    }
}
