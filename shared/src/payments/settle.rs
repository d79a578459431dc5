//! One pending payment, held against what the chain says now.

use alloy_primitives::B256;
use chrono::{DateTime, TimeDelta, Utc};
use sqlx::PgConnection;
use uuid::Uuid;

use super::PaymentStatus;
use super::book::{self, Entry, Payee};
use super::confirm::Chain;
use super::evidence::{Evidence, Place, Terms};
use super::standing::{Ground, Standing, standing};
use super::transfer::Transfer;
use crate::address::Address;
use crate::agents::AgentId;
use crate::cache::Changed;
use crate::db::{Atomic, Isolation, ScopedFutureExt as _, Writer, atomically};
use crate::http::Problem;
use crate::limits::PAYMENT_MISSING_MAX;

/// A payment that a run has taken up.
#[derive(Debug)]
pub struct Waiting {
    /// Its id.
    pub id: Uuid,
    /// The agent that it is to have paid.
    pub agent: Uuid,
    /// That agent's id on its chain.
    pub agent_id: Option<AgentId>,
    /// Its transaction.
    pub transaction_hash: Vec<u8>,
    /// Who linked it.
    pub linked_by: Vec<u8>,
}

/// What became of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Change {
    /// It counts.
    Succeeded,
    /// It counts as failed.
    Failed,
    /// It does not count.
    Withdrawn,
    /// It waits on, or another run has decided.
    Pending,
}

impl Waiting {
    /// The agent, as what outdates what is kept of it.
    pub const fn changed(&self, chain_id: i64) -> Changed {
        Changed {
            id: self.agent,
            chain_id,
            agent_id: self.agent_id,
        }
    }

    /// Its transaction's hash.
    pub fn transaction(&self) -> B256 {
        B256::try_from(self.transaction_hash.as_slice()).unwrap_or_default()
    }
}

/// Decides, and writes that down while the payment is still pending.
///
/// # Errors
/// Those of the database; a violation of uniqueness where a reorg has given its log index to another that was not moved
/// yet: the next run comes further.
pub async fn settle(
    writer: &Writer,
    chain: &Chain,
    payment: &Waiting,
    evidence: Option<&Evidence>,
    now: DateTime<Utc>,
) -> Result<Change, Problem> {
    let Some(evidence) = evidence else {
        return Ok(missing(writer, payment.id, now).await?);
    };
    let Some(place) = evidence.place else {
        return Ok(unplaced(writer, payment.id).await?);
    };
    atomically(writer, Isolation::ReadCommitted, |atomic| {
        place_in_block(atomic, chain, payment, (evidence, place), now).scope_boxed()
    })
    .await
}

/// The chain does not know the transaction: for a while that says little, then enough.
async fn missing(writer: &Writer, id: Uuid, now: DateTime<Utc>) -> Result<Change, sqlx::Error> {
    let patience = TimeDelta::from_std(PAYMENT_MISSING_MAX).unwrap_or_default();
    let status = sqlx::query_scalar!(
        "UPDATE payments SET missing_since = coalesce(missing_since, $2), block_number = NULL, block_hash = NULL,
                paid_at = NULL, status = CASE WHEN missing_since <= $3 THEN 'withdrawn' ELSE status END,
                reason = CASE WHEN missing_since <= $3 THEN 'The chain no longer knows its transaction.'
                              ELSE 'The chain does not know its transaction for the moment.' END
         WHERE id = $1 AND status = 'pending' RETURNING status",
        id,
        now,
        now - patience,
    )
    .fetch_optional(writer.pool())
    .await?;
    Ok(if status.as_deref() == Some("withdrawn") {
        Change::Withdrawn
    } else {
        Change::Pending
    })
}

/// The transaction waits for a block, or waits for one again.
async fn unplaced(writer: &Writer, id: Uuid) -> Result<Change, sqlx::Error> {
    sqlx::query!(
        "UPDATE payments SET block_number = NULL, block_hash = NULL, paid_at = NULL, missing_since = NULL,
                reason = 'Its transaction is in no block yet.'
         WHERE id = $1 AND status = 'pending'",
        id,
    )
    .execute(writer.pool())
    .await?;
    Ok(Change::Pending)
}

/// The transaction is in a block.
async fn place_in_block(
    atomic: &mut Atomic,
    chain: &Chain,
    payment: &Waiting,
    (evidence, place): (&Evidence, Place),
    now: DateTime<Utc>,
) -> Result<Change, Problem> {
    let connection = atomic.connection();
    let block = place.block.number;
    let ground = Ground::take(connection, payment.agent, chain.id, Some(block)).await?;
    let Some(before) = Before::lock(connection, payment.id).await? else {
        return Ok(Change::Pending);
    };
    let linked_by = Address::from_slice(&payment.linked_by)
        .ok_or_else(|| Problem::internal("a wallet's length"))?;
    let terms = Terms {
        tokens: &chain.tokens,
        holders: &ground.holders,
        caller: linked_by.into(),
        index: None,
    };
    let found = match evidence.payments(&terms) {
        Ok(found) => found,
        // Who held the agent then is not known for sure.
        Err(_) if !ground.has_indexed(block) => {
            note(connection, payment.id, "Its block is not indexed yet.").await?;
            return Ok(Change::Pending);
        }
        Err(problem) => return withdraw(connection, payment.id, problem.detail()).await,
    };
    let payee = Payee {
        agent: payment.agent,
        chain_id: chain.id,
        agent_id: payment.agent_id,
        confirmations: chain.confirmations,
        tokens: chain.tokens.clone(),
    };
    let standing = standing(Some(place), evidence.head, chain.confirmations, &ground);
    let entry = Entry {
        payee: &payee,
        transaction: payment.transaction(),
        place: Some(place),
        standing: &standing,
        linked_by,
        linked_at: now,
    };
    let free = before.free(connection, &entry, found).await?;
    let Some((first, others)) = free.split_first() else {
        let reason =
            "Its block no longer holds this transfer, or the transfer is linked otherwise.";
        return withdraw(connection, payment.id, reason).await;
    };
    book::update(connection, payment.id, &entry, first).await?;
    if before.transfer.is_none() {
        book::insert(connection, &entry, others).await?;
    }
    Ok(change(&standing))
}

fn change(standing: &Standing) -> Change {
    match standing.status {
        PaymentStatus::Succeeded => Change::Succeeded,
        PaymentStatus::Failed => Change::Failed,
        _ => Change::Pending,
    }
}

async fn note(connection: &mut PgConnection, id: Uuid, reason: &str) -> Result<(), sqlx::Error> {
    sqlx::query!("UPDATE payments SET reason = $2 WHERE id = $1", id, reason)
        .execute(connection)
        .await
        .map(drop)
}

async fn withdraw(
    connection: &mut PgConnection,
    id: Uuid,
    reason: &str,
) -> Result<Change, Problem> {
    sqlx::query!(
        "UPDATE payments SET status = 'withdrawn', reason = $2 WHERE id = $1",
        id,
        reason,
    )
    .execute(connection)
    .await?;
    Ok(Change::Withdrawn)
}

/// A payment's row, locked.
struct Before {
    id: Uuid,
    /// The block that it was in.
    block_hash: Option<Vec<u8>>,
    /// The transfer that it is, once it was in a block.
    transfer: Option<Transfer>,
}

impl Before {
    /// `None` where it is no longer pending.
    async fn lock(connection: &mut PgConnection, id: Uuid) -> Result<Option<Self>, Problem> {
        let row = sqlx::query!(
            r#"SELECT log_index, payer AS "payer!", payee AS "payee!", token, amount::text AS "amount!", block_hash
               FROM payments WHERE id = $1 AND status = 'pending' FOR UPDATE"#,
            id,
        )
        .fetch_optional(connection)
        .await?;
        let Some(row) = row else { return Ok(None) };
        let transfer = Transfer::stored(
            row.log_index,
            row.token.as_deref(),
            (&row.payer, &row.payee),
            &row.amount,
        )?;
        Ok(Some(Self {
            id,
            block_hash: row.block_hash,
            transfer: row.log_index.map(|_| transfer),
        }))
    }

    /// The transfers that this payment can be: in the block that it was in, itself; in another, what moves the same;
    /// and never one that is linked there already.
    async fn free(
        &self,
        connection: &mut PgConnection,
        entry: &Entry<'_>,
        mut found: Vec<Transfer>,
    ) -> Result<Vec<Transfer>, sqlx::Error> {
        let block = entry.place.map(|place| place.block.hash.to_vec());
        if let Some(transfer) = &self.transfer {
            let stays = self.block_hash == block;
            found.retain(|t| {
                if stays {
                    t == transfer
                } else {
                    t.is_like(transfer)
                }
            });
        }
        // What waits under the index that it had in another block must not be in the way.
        sqlx::query!(
            "UPDATE payments SET block_number = NULL, block_hash = NULL, paid_at = NULL
             WHERE chain_id = $1 AND transaction_hash = $2 AND id <> $3 AND status = 'pending'
               AND block_hash <> $4",
            entry.payee.chain_id,
            entry.transaction.as_slice(),
            self.id,
            block,
        )
        .execute(&mut *connection)
        .await?;
        let taken = sqlx::query_scalar!(
            r#"SELECT log_index AS "index!" FROM payments
               WHERE chain_id = $1 AND transaction_hash = $2 AND id <> $3 AND status <> 'withdrawn'
                 AND block_hash = $4"#,
            entry.payee.chain_id,
            entry.transaction.as_slice(),
            self.id,
            block,
        )
        .fetch_all(connection)
        .await?;
        found.retain(|t| !taken.contains(&t.index()));
        Ok(found)
    }
}
