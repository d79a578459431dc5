//! Following the chain back to where it forked.

use alloy_primitives::B256;
use sqlx::{Connection as _, PgPool};

use super::super::apply;
use super::super::rpc::{Header, Rpc};
use super::error::SyncError;
use super::outdated;
use super::report::Reorg;
use super::session::Session;
use super::store::{self, Chain, Cursor};
use crate::cache::Cache;
use crate::payments;

/// Blocks that are held against the chain in one batch; most forks are shallow.
const STEP: usize = 16;

/// The cursor after the last remembered block that the chain still has.
pub async fn fork(
    pool: &PgPool,
    rpc: &Rpc,
    chain: &Chain,
    cursor: Cursor,
    head: &Header,
) -> Result<Cursor, SyncError> {
    let mut session = Session::open(pool).await?;
    let window = store::window(&mut session, chain.id).await;
    let window = session.done(window)?;
    let on_both: Vec<(u64, B256)> = window
        .iter()
        .copied()
        .filter(|(number, _)| *number <= head.number)
        .collect();
    for blocks in on_both.chunks(STEP) {
        let numbers: Vec<u64> = blocks.iter().map(|(number, _)| *number).collect();
        let headers = rpc
            .ask(|endpoint| {
                let numbers = &numbers;
                async move { endpoint.headers(numbers).await }
            })
            .await?;
        let same = blocks
            .iter()
            .zip(headers)
            .find(|((_, hash), header)| *hash == header.hash);
        if let Some((_, header)) = same {
            return Ok(Cursor::after(&header));
        }
    }
    match window.last() {
        // Nothing was indexed below: the chain may have forked before we began.
        Some((oldest, _)) if *oldest > chain.start_block => Err(SyncError::Deep {
            depth: cursor.next - oldest,
        }),
        _ => Ok(Cursor::start(chain)),
    }
}

/// Takes back what was applied past a fork, in one transaction with the cursor. `None`: another
/// run is at work.
pub async fn rollback(
    (pool, cache): (&PgPool, Option<&Cache>),
    chain: &Chain,
    cursor: Cursor,
    fork: Cursor,
) -> Result<Option<Reorg>, SyncError> {
    let depth = cursor.next.saturating_sub(fork.next);
    let mut session = Session::open(pool).await?;
    let mut transaction = session.begin().await?;
    if !store::lock(&mut transaction, chain.id).await?
        || !store::retreat(&mut transaction, chain.id, cursor, fork, depth).await?
    {
        transaction.rollback().await?;
        return Ok(session.done(None));
    }
    let changed = outdated::by_reorg(&mut transaction, chain.id, fork.next).await?;
    let agents = apply::refold(&mut transaction, chain.id, fork.next).await?;
    let payments = payments::take_back(&mut transaction, chain.id, fork.next).await?;
    store::forget(&mut transaction, chain.id, fork.next).await?;
    transaction.commit().await?;
    outdated::forget(cache, &changed).await;
    tracing::warn!(
        chain_id = chain.id,
        depth,
        agents,
        payments,
        fork_block = fork.next.saturating_sub(1),
        "reorg"
    );
    Ok(session.done(Some(Reorg {
        fork_block: fork.next.saturating_sub(1),
        depth,
        agents,
    })))
}
