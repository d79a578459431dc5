//! Refunds: transfers that pay a payment back in full.

use alloy_primitives::Address;
use sqlx::{AssertSqlSafe, PgConnection};
use uuid::Uuid;

use super::evidence::{Evidence, look_at, rejected};
use super::link::{Parts, already_linked};
use super::payment::{COLUMNS, Row, not_found};
use super::requests::{LinkRefund, hash};
use super::standing::{Ground, standing};
use super::transfer::Transfer;
use super::{Payment, PaymentStatus};
use crate::agents::AgentId;
use crate::cache::Changed;
use crate::db::{Isolation, Reader, ScopedFutureExt as _};
use crate::http::{Code, Json, Meta, Problem, Reply, WriteResult};
use crate::idempotency::Once;

/// A payment that may have been paid back.
struct Paid {
    agent: Uuid,
    chain_id: i64,
    agent_id: Option<AgentId>,
    status: PaymentStatus,
    block: u64,
    confirmations: u64,
    /// The transfer as it was; a refund is the same the other way.
    transfer: Transfer,
}

/// Notes that a payment was paid back in full, by its payer or payee.
///
/// # Errors
/// `PAYMENT_NOT_FOUND`, `UNAUTHORIZED_OPERATION`, `PAYMENT_REJECTED` for a transaction that does not pay it back, and
/// `PAYMENT_ALREADY_LINKED` for a transfer that pays another back.
pub async fn refund(
    (reader, writer, rpc, cache): Parts<'_>,
    payment: Uuid,
    body: &LinkRefund,
    meta: &Meta,
    once: &Once,
) -> WriteResult<Json<Payment>> {
    let caller: Address = meta.caller.holder()?.wallet.into();
    let paid = Paid::read(reader, payment).await?;
    let paid = &paid;
    if ![paid.transfer.payer, paid.transfer.payee].contains(&caller) {
        let detail = format!("Your wallet {caller} is neither payer nor payee of the payment.");
        return Err(Problem::new(Code::UnauthorizedOperation, detail));
    }
    if paid.status != PaymentStatus::Succeeded {
        return Err(rejected(
            "Only a payment that has succeeded can be paid back.",
        ));
    }
    let transaction = hash(&body.transaction_hash);
    let evidence = &look_at(rpc, paid.chain_id, transaction).await?;
    let back = paid.found_in(evidence, body.log_index)?;
    let back = &back;
    let transaction = transaction.as_slice();
    let commit = once.commit(writer, Isolation::ReadCommitted, |atomic| {
        async move {
            let connection = atomic.connection();
            paid.require_settled(connection, evidence).await?;
            let row = write(connection, payment, (transaction, back), evidence).await?;
            let row = row.ok_or_else(already_linked)?;
            Ok(Reply::json(Payment::from(row)))
        }
        .scope_boxed()
    });
    let committed = commit.await?;
    cache.forget_agents(vec![paid.changed()]).await;
    Ok(committed)
}

impl Paid {
    async fn read(reader: &Reader, id: Uuid) -> Result<Self, Problem> {
        let row = sqlx::query!(
            r#"SELECT p.agent, p.chain_id, a.agent_id::text AS "agent_id: AgentId", p.status AS "status: PaymentStatus", p.payer AS "payer!",
                      p.payee AS "payee!", p.token, p.amount::text AS "amount!", p.block_number, c.confirmations
               FROM payments p JOIN chains c ON c.chain_id = p.chain_id JOIN agents a ON a.id = p.agent WHERE p.id = $1"#,
            id,
        )
        .fetch_optional(reader.pool())
        .await?
        .ok_or_else(|| not_found(id))?;
        let positive = |number: i64| u64::try_from(number).unwrap_or_default();
        Ok(Self {
            agent: row.agent,
            chain_id: row.chain_id,
            agent_id: row.agent_id,
            status: row.status,
            block: row.block_number.map_or(u64::MAX, positive),
            confirmations: positive(row.confirmations.into()),
            transfer: Transfer::stored(
                None,
                row.token.as_deref(),
                (&row.payer, &row.payee),
                &row.amount,
            )?,
        })
    }

    /// The agent, as what outdates what is kept of it.
    const fn changed(&self) -> Changed {
        Changed {
            id: self.agent,
            chain_id: self.chain_id,
            agent_id: self.agent_id,
        }
    }

    /// The transfer that pays it back.
    fn found_in(&self, evidence: &Evidence, index: Option<i32>) -> Result<Transfer, Problem> {
        let wanted = Transfer {
            payer: self.transfer.payee,
            payee: self.transfer.payer,
            ..self.transfer
        };
        let fits = |t: &&Transfer| t.is_like(&wanted) && index.is_none_or(|i| i == t.index());
        let found = evidence.transfers.iter().find(fits).copied();
        found.ok_or_else(|| {
            rejected(format!(
                "The transaction does not move the same amount of the same token from {} back to {}.",
                wanted.payer, wanted.payee
            ))
        })
    }

    /// A refund counts as a payment does, and comes after it.
    async fn require_settled(
        &self,
        connection: &mut PgConnection,
        evidence: &Evidence,
    ) -> Result<(), Problem> {
        let block = evidence.place.map(|place| place.block.number);
        let ground = Ground::take(connection, self.agent, self.chain_id, block).await?;
        let standing = standing(evidence.place, evidence.head, self.confirmations, &ground);
        match standing.status {
            PaymentStatus::Succeeded if block < Some(self.block) => {
                Err(rejected("The transaction is older than the payment."))
            }
            PaymentStatus::Succeeded => Ok(()),
            PaymentStatus::Failed => Err(rejected("The transaction was reverted.")),
            _ => Err(rejected(standing.reason.unwrap_or_default())),
        }
    }
}

/// `None` where the payment is no longer one that has succeeded, or the transfer pays another back.
async fn write(
    connection: &mut PgConnection,
    payment: Uuid,
    (transaction, back): (&[u8], &Transfer),
    evidence: &Evidence,
) -> Result<Option<Row>, sqlx::Error> {
    let block = evidence.place.map(|place| place.block);
    let signed = |number| i64::try_from(number).unwrap_or(i64::MAX);
    let sql = format!(
        "UPDATE payments p SET status = 'refunded', refund_transaction = $2, refund_log = $3, refund_block = $4,
                refunded_at = to_timestamp($5)
         WHERE p.id = $1 AND p.status = 'succeeded' AND NOT EXISTS (
             SELECT FROM payments o WHERE o.chain_id = p.chain_id AND o.refund_transaction = $2 AND o.refund_log = $3)
         RETURNING {COLUMNS}"
    );
    sqlx::query_as(AssertSqlSafe(sql))
        .bind(payment)
        .bind(transaction)
        .bind(back.index())
        .bind(block.map(|block| signed(block.number)))
        .bind(block.map(|block| signed(block.time_s)))
        .fetch_optional(connection)
        .await
}
