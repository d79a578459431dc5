//! The sync's own rows: chains, registries, cursors, the window of blocks.

use std::sync::Arc;

use alloy_primitives::{Address, B256};
use sqlx::PgConnection;

use super::super::registry::{Registries, Registry, RegistryKind};
use super::super::rpc::Header;
use crate::chain::apply::{number, time};

/// So many blocks below the cursor are remembered: no deeper fork is followed.
pub const WINDOW_BLOCKS: u64 = 256;

/// A chain as configured.
#[derive(Clone, Debug)]
pub struct Chain {
    /// Its id.
    pub id: u64,
    /// Its name.
    pub name: String,
    /// `active`, `paused` or `halted`.
    pub status: String,
    /// The first block to look at.
    pub start_block: u64,
    /// Blocks to wait where there is no tag.
    pub confirmations: u64,
    /// Whether endpoints know the tags `finalized` and `safe`.
    pub has_finalized_tag: bool,
    /// So many endpoints must have the last block of a range before it is applied.
    pub quorum: usize,
    /// Its contracts.
    pub registries: Arc<Registries>,
}

/// Where a chain's sync is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Cursor {
    /// The next block to apply.
    pub next: u64,
    /// The hash of the one before; `None` before the first range.
    pub hash: Option<B256>,
}

impl Cursor {
    /// Before the first range.
    #[must_use]
    pub fn start(chain: &Chain) -> Self {
        Self {
            next: chain.start_block,
            hash: None,
        }
    }

    /// After a block.
    #[must_use]
    pub fn after(block: &Header) -> Self {
        Self {
            next: block.number + 1,
            hash: Some(block.hash),
        }
    }

    /// The last block that was applied, as the table has it: −1 before block 0.
    fn block(self) -> i64 {
        number(self.next) - 1
    }
}

/// The chain's head and what of it is final.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Heights {
    /// The latest block.
    pub head: Header,
    /// The latest one that counts as final.
    pub final_block: Option<u64>,
    /// The latest one that is safe, where the chain says which.
    pub safe_block: Option<u64>,
}

/// The configured chains: all, or one.
///
/// # Errors
///
/// Fails as the database does.
pub async fn chains(
    connection: &mut PgConnection,
    only: Option<u64>,
) -> Result<Vec<Chain>, sqlx::Error> {
    let rows = sqlx::query!(
        "SELECT chain_id, name, status, start_block, confirmations, has_finalized_tag, rpc_quorum
         FROM chains WHERE $1::bigint IS NULL OR chain_id = $1 ORDER BY chain_id",
        only.map(number),
    )
    .fetch_all(&mut *connection)
    .await?;
    let mut chains = Vec::with_capacity(rows.len());
    for row in rows {
        chains.push(Chain {
            id: positive(row.chain_id),
            name: row.name,
            status: row.status,
            start_block: positive(row.start_block),
            confirmations: positive(row.confirmations.into()),
            has_finalized_tag: row.has_finalized_tag,
            quorum: usize::try_from(row.rpc_quorum).unwrap_or(1),
            registries: Arc::new(registries(&mut *connection, row.chain_id).await?),
        });
    }
    Ok(chains)
}

async fn registries(
    connection: &mut PgConnection,
    chain_id: i64,
) -> Result<Registries, sqlx::Error> {
    let rows = sqlx::query!(
        "SELECT address, kind, identity_registry FROM registries WHERE chain_id = $1",
        chain_id,
    )
    .fetch_all(&mut *connection)
    .await?;
    let known = rows.into_iter().filter_map(|row| {
        let address = Address::try_from(row.address.as_slice()).ok()?;
        let identity = Address::try_from(row.identity_registry.as_slice()).ok()?;
        Some((
            address,
            Registry {
                kind: RegistryKind::parse(&row.kind)?,
                identity,
            },
        ))
    });
    Ok(known.collect())
}

/// The chain's cursor; `None` before the first range was applied, though a failure may be remembered.
///
/// # Errors
///
/// Fails as the database does.
pub async fn cursor(
    connection: &mut PgConnection,
    chain: &Chain,
) -> Result<Option<Cursor>, sqlx::Error> {
    let row = sqlx::query!(
        "SELECT block_number, block_hash FROM sync_cursors
         WHERE chain_id = $1 AND (block_hash IS NOT NULL OR head_block IS NOT NULL)",
        number(chain.id),
    )
    .fetch_optional(&mut *connection)
    .await?;
    Ok(row.map(|row| Cursor {
        next: positive(row.block_number.saturating_add(1)),
        hash: row
            .block_hash
            .and_then(|hash| B256::try_from(hash.as_slice()).ok()),
    }))
}

/// Puts the chain's first cursor before a block. Where another run was faster, its cursor counts.
///
/// # Errors
///
/// Fails as the database does.
pub async fn begin(
    connection: &mut PgConnection,
    chain: &Chain,
    first: u64,
) -> Result<Cursor, sqlx::Error> {
    let start = Cursor {
        next: first,
        hash: None,
    };
    sqlx::query!(
        "WITH begun AS (
             INSERT INTO sync_cursors (chain_id, block_number) VALUES ($1, $2)
             ON CONFLICT (chain_id) DO UPDATE SET block_number = $2
                 WHERE sync_cursors.block_hash IS NULL AND sync_cursors.head_block IS NULL
             RETURNING chain_id)
         UPDATE chains SET start_block = $2 + 1
         WHERE chain_id IN (SELECT chain_id FROM begun)",
        number(chain.id),
        start.block(),
    )
    .execute(&mut *connection)
    .await?;
    Ok(cursor(connection, chain).await?.unwrap_or(start))
}

/// Moves the cursor, unless another run moved it meanwhile: then `false`.
///
/// # Errors
///
/// Fails as the database does.
pub async fn advance(
    connection: &mut PgConnection,
    chain_id: u64,
    before: Cursor,
    end: &Header,
    heights: Heights,
) -> Result<bool, sqlx::Error> {
    let done = sqlx::query!(
        "UPDATE sync_cursors
         SET block_number = $4, block_hash = $5, block_time = $6, head_block = $7, head_time = $8,
             final_block = greatest(final_block, $9), safe_block = greatest(safe_block, $10),
             last_error = NULL, last_error_at = NULL, updated_at = now()
         WHERE chain_id = $1 AND block_number = $2 AND block_hash IS NOT DISTINCT FROM $3",
        number(chain_id),
        before.block(),
        before.hash.map(|hash| hash.to_vec()),
        number(end.number),
        end.hash.to_vec(),
        time(end.time_s),
        number(heights.head.number),
        time(heights.head.time_s),
        heights.final_block.map(number),
        heights.safe_block.map(number),
    )
    .execute(connection)
    .await?;
    Ok(done.rows_affected() == 1)
}

/// Puts the cursor back to a fork, unless another run moved it meanwhile: then `false`.
///
/// # Errors
///
/// Fails as the database does.
pub async fn retreat(
    connection: &mut PgConnection,
    chain_id: u64,
    before: Cursor,
    fork: Cursor,
    depth: u64,
) -> Result<bool, sqlx::Error> {
    let done = sqlx::query!(
        "UPDATE sync_cursors
         SET block_number = $4, block_hash = $5,
             block_time = (SELECT block_time FROM chain_blocks
                           WHERE chain_id = $1 AND block_number = $4),
             reorg_count = reorg_count + 1, reorg_depth_max = greatest(reorg_depth_max, $6),
             updated_at = now()
         WHERE chain_id = $1 AND block_number = $2 AND block_hash IS NOT DISTINCT FROM $3",
        number(chain_id),
        before.block(),
        before.hash.map(|hash| hash.to_vec()),
        fork.block(),
        fork.hash.map(|hash| hash.to_vec()),
        i32::try_from(depth).unwrap_or(i32::MAX),
    )
    .execute(connection)
    .await?;
    Ok(done.rows_affected() == 1)
}

/// Only one run at a time writes a chain. The lock ends with the transaction: a session's lock
/// would not survive a pooling proxy. `false`: another run holds it.
///
/// # Errors
///
/// Fails as the database does.
pub async fn lock(connection: &mut PgConnection, chain_id: u64) -> Result<bool, sqlx::Error> {
    sqlx::query_scalar!(
        r#"SELECT pg_try_advisory_xact_lock(hashtextextended('sync-chain', $1)) AS "locked!""#,
        number(chain_id),
    )
    .fetch_one(connection)
    .await
}

/// Remembers where the head is when there is nothing to apply.
///
/// # Errors
///
/// Fails as the database does.
pub async fn heights(
    connection: &mut PgConnection,
    chain_id: u64,
    heights: Heights,
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "UPDATE sync_cursors
         SET head_block = $2, head_time = $3, final_block = greatest(final_block, $4),
             safe_block = greatest(safe_block, $5),
             last_error = NULL, last_error_at = NULL, updated_at = now()
         WHERE chain_id = $1",
        number(chain_id),
        number(heights.head.number),
        time(heights.head.time_s),
        heights.final_block.map(number),
        heights.safe_block.map(number),
    )
    .execute(&mut *connection)
    .await?;
    Ok(())
}

/// Remembers why a run failed; the cursor stays.
///
/// # Errors
///
/// Fails as the database does.
pub async fn failed(
    connection: &mut PgConnection,
    chain_id: u64,
    error: &str,
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "INSERT INTO sync_cursors (chain_id, block_number, last_error, last_error_at)
         SELECT chain_id, start_block - 1, $2, now() FROM chains WHERE chain_id = $1
         ON CONFLICT (chain_id) DO UPDATE SET last_error = $2, last_error_at = now()",
        number(chain_id),
        error,
    )
    .execute(&mut *connection)
    .await?;
    Ok(())
}

/// Stops the chain until an operator sets it active again.
///
/// # Errors
///
/// Fails as the database does.
pub async fn halt(connection: &mut PgConnection, chain_id: u64) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "UPDATE chains SET status = 'halted' WHERE chain_id = $1",
        number(chain_id)
    )
    .execute(&mut *connection)
    .await?;
    Ok(())
}

/// Adds blocks to the window and forgets those that fell out of it.
///
/// # Errors
///
/// Fails as the database does.
pub async fn remember<'a>(
    connection: &mut PgConnection,
    chain_id: u64,
    blocks: impl Iterator<Item = &'a Header>,
    end: u64,
) -> Result<(), sqlx::Error> {
    let oldest = end.saturating_sub(WINDOW_BLOCKS);
    let blocks: Vec<&Header> = blocks.filter(|block| block.number >= oldest).collect();
    let numbers: Vec<i64> = blocks.iter().map(|block| number(block.number)).collect();
    let hashes: Vec<Vec<u8>> = blocks.iter().map(|block| block.hash.to_vec()).collect();
    let parents: Vec<Vec<u8>> = blocks
        .iter()
        .map(|block| block.parent_hash.to_vec())
        .collect();
    let times: Vec<_> = blocks.iter().map(|block| time(block.time_s)).collect();
    sqlx::query!(
        "INSERT INTO chain_blocks (chain_id, block_number, block_hash, parent_hash, block_time)
         SELECT $1, * FROM unnest($2::bigint[], $3::bytea[], $4::bytea[], $5::timestamptz[])",
        number(chain_id),
        &numbers,
        &hashes,
        &parents,
        &times,
    )
    .execute(&mut *connection)
    .await?;
    sqlx::query!(
        "DELETE FROM chain_blocks WHERE chain_id = $1 AND block_number < $2",
        number(chain_id),
        number(oldest),
    )
    .execute(connection)
    .await?;
    Ok(())
}

/// Takes blocks out of the window, from one on.
///
/// # Errors
///
/// Fails as the database does.
pub async fn forget(
    connection: &mut PgConnection,
    chain_id: u64,
    from_block: u64,
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "DELETE FROM chain_blocks WHERE chain_id = $1 AND block_number >= $2",
        number(chain_id),
        number(from_block),
    )
    .execute(connection)
    .await?;
    Ok(())
}

/// The window, the latest block first.
///
/// # Errors
///
/// Fails as the database does.
pub async fn window(
    connection: &mut PgConnection,
    chain_id: u64,
) -> Result<Vec<(u64, B256)>, sqlx::Error> {
    let rows = sqlx::query!(
        "SELECT block_number, block_hash FROM chain_blocks WHERE chain_id = $1
         ORDER BY block_number DESC",
        number(chain_id),
    )
    .fetch_all(&mut *connection)
    .await?;
    let blocks = rows.into_iter().filter_map(|row| {
        Some((
            positive(row.block_number),
            B256::try_from(row.block_hash.as_slice()).ok()?,
        ))
    });
    Ok(blocks.collect())
}

fn positive(number: i64) -> u64 {
    u64::try_from(number).unwrap_or(0)
}
