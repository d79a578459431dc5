//! Moving each chain's cursor to its head: range by range forward, and back where it forked.
//!
//! A range's logs, all rows that follow from them and the cursor commit in one transaction, so a
//! run may be killed at any point and run again. Two runs at once are harmless: the second finds
//! the chain locked, or the cursor elsewhere than it thought, and ends. Chains are independent.

mod ahead;
mod check;
mod error;
mod fetch;
mod first;
mod outdated;
mod reorg;
mod report;
mod run;
mod session;
mod store;
mod window;

use std::sync::Arc;
use std::time::{Duration, Instant};

use sqlx::PgPool;
use tokio::task::JoinSet;

pub use self::error::SyncError;
pub use self::report::{ChainReport, Outcome, Reorg, Report};
pub use self::store::Chain;

use self::run::{Progress, Run};
use self::session::Session;
use super::rpc::RpcUrls;
use crate::cache::Cache;
use crate::telemetry::parts::{carried, current};

/// Ranges that a run fetches at once, or holds for being applied. With the bound on a reply this
/// is what bounds the memory of a function.
const RANGES: usize = 3;
/// The longest time that the timer takes without overflow, and more than any history needs.
const FOR_EVER: Duration = Duration::from_hours(24 * 365);

/// Syncs all configured chains, or one, until their heads or the deadline.
///
/// What goes wrong with a chain is in its part of the report. What the cache keeps of agents that changed is outdated
/// after each commit.
///
/// # Errors
///
/// Fails where the database does not even tell the chains.
pub async fn sync(
    (pool, cache): (&PgPool, Option<&Cache>),
    urls: &RpcUrls,
    only: Option<u64>,
    deadline: Instant,
) -> Result<Report, sqlx::Error> {
    let mut session = Session::open(pool).await?;
    let chains = store::chains(&mut session, only).await;
    let mut runs = JoinSet::new();
    for chain in session.done(chains)? {
        let (pool, cache, urls) = (pool.clone(), cache.cloned(), urls.clone());
        let run = async move {
            let stores = (&pool, cache.as_ref());
            sync_chain(stores, &urls, &chain, deadline, RANGES, &|_| {}).await
        };
        runs.spawn(carried(current(), run));
    }
    let mut chains = runs.join_all().await;
    chains.sort_unstable_by_key(|chain| chain.chain_id);
    Ok(Report { chains })
}

/// Brings one chain to its head, however long that takes, with `ranges` fetched at once. Who watches
/// is told after every range.
///
/// # Errors
///
/// Fails where the database does not even tell the chain; `None` where it is not configured.
pub async fn backfill(
    pool: &PgPool,
    urls: &RpcUrls,
    chain_id: u64,
    ranges: usize,
    progress: Progress<'_>,
) -> Result<Option<ChainReport>, sqlx::Error> {
    let mut session = Session::open(pool).await?;
    let chains = store::chains(&mut session, Some(chain_id)).await;
    let Some(chain) = session.done(chains)?.pop() else {
        return Ok(None);
    };
    let deadline = Instant::now() + FOR_EVER;
    Ok(Some(
        sync_chain((pool, None), urls, &chain, deadline, ranges, progress).await,
    ))
}

async fn sync_chain(
    (pool, cache): (&PgPool, Option<&Cache>),
    urls: &RpcUrls,
    chain: &Chain,
    deadline: Instant,
    ranges: usize,
    progress: Progress<'_>,
) -> ChainReport {
    let began = Instant::now();
    let mut report = ChainReport {
        chain_id: chain.id,
        name: chain.name.clone(),
        ..ChainReport::default()
    };
    let rpc = urls
        .chain(chain.id)
        .filter(|_| !chain.registries.is_empty());
    match (chain.status.as_str(), rpc) {
        ("paused", _) => report.status = Outcome::Paused,
        ("halted", _) => report.status = Outcome::Halted,
        (_, None) => report.status = Outcome::Unconfigured,
        (_, Some(rpc)) => {
            let run = Run {
                pool,
                cache,
                rpc: Arc::new(rpc),
                chain,
                deadline,
                ranges,
                progress,
            };
            let result = tokio::time::timeout_at(deadline.into(), run.run(&mut report)).await;
            match result {
                Ok(Ok(())) => {}
                Ok(Err(error)) => fail(pool, chain, &mut report, &error).await,
                // Whatever was under way rolls back; what was committed stays.
                Err(_) if report.ranges == 0 && report.reorgs.is_empty() => {
                    fail(pool, chain, &mut report, &SyncError::OutOfTime).await;
                }
                Err(_) => tracing::info!(chain_id = chain.id, "out of time within a range"),
            }
        }
    }
    report.duration_ms = u64::try_from(began.elapsed().as_millis()).unwrap_or(u64::MAX);
    report
}

async fn fail(pool: &PgPool, chain: &Chain, report: &mut ChainReport, error: &SyncError) {
    let text = error.to_string();
    tracing::error!(chain_id = chain.id, error = %text, "a chain's sync failed");
    report.status = Outcome::Failed;
    let halt = matches!(error, SyncError::Deep { .. });
    if halt {
        report.status = Outcome::Halted;
    }
    if let Err(error) = record(pool, chain.id, &text, halt).await {
        tracing::error!(chain_id = chain.id, %error, "the failure could not be recorded");
    }
    report.error = Some(text);
}

async fn record(pool: &PgPool, chain_id: u64, text: &str, halt: bool) -> Result<(), sqlx::Error> {
    let mut session = Session::open(pool).await?;
    store::failed(&mut session, chain_id, text).await?;
    if halt {
        store::halt(&mut session, chain_id).await?;
    }
    session.done(Ok(()))
}
