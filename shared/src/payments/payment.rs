//! One payment, as it is shown.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use sqlx::{AssertSqlSafe, FromRow};
use utoipa::ToSchema;
use uuid::Uuid;

use crate::address::Address;
use crate::db::Reader;
use crate::decimal;
use crate::hex::Hex;
use crate::http::{Code, Problem};

/// A transfer that is linked to the agent that it paid.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Payment {
    /// Its id.
    pub id: Uuid,
    /// Our own id of the agent.
    pub agent: Uuid,
    /// Where it stands.
    pub status: PaymentStatus,
    /// Why it is pending or withdrawn; absent otherwise.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(example = "It counts from block 41663847 on, which is 64 blocks after its own.")]
    pub reason: Option<String>,
    /// Its chain.
    #[schema(example = 8453)]
    pub chain_id: i64,
    /// Its transaction.
    pub transaction_hash: Hex,
    /// The index of its log in the block; −1 for native value and for what was reverted, which leave no log. Absent
    /// while the transaction is in no block.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(example = 12)]
    pub log_index: Option<i32>,
    /// Who paid.
    pub payer: Address,
    /// Who was paid: the agent's wallet or owner at the time.
    pub payee: Address,
    /// The token's contract; absent for the chain's native currency.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub token: Option<Address>,
    /// What the token is called; absent for the chain's native currency.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(example = "USDC")]
    pub symbol: Option<String>,
    /// The amount in base units.
    #[schema(example = "2500000")]
    pub amount: String,
    /// Fraction digits of the token.
    #[schema(example = 6)]
    pub decimals: i16,
    /// Both together, as a decimal.
    #[schema(example = "2.5")]
    pub decimal_amount: String,
    /// Its block; absent while it has none.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(example = 41_663_783)]
    pub block: Option<i64>,
    /// The block's time.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub paid_at: Option<DateTime<Utc>>,
    /// The transfer that paid it back; absent where that did not happen.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub refund: Option<Refund>,
    /// The wallet that linked it.
    pub linked_by: Address,
    /// When it was linked.
    pub linked_at: DateTime<Utc>,
}

/// Where a payment stands: `pending` until it is deep enough in the chain, `succeeded`, `failed` (its transaction was
/// reverted), `refunded` (paid back in full), or `withdrawn` (the chain does not hold it after all).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema, sqlx::Type)]
#[serde(rename_all = "camelCase")]
#[sqlx(type_name = "text", rename_all = "lowercase")]
pub enum PaymentStatus {
    /// Not deep enough in the chain yet, or in no block.
    Pending,
    /// It counts.
    Succeeded,
    /// Its transaction was reverted; it counts against success.
    Failed,
    /// It was paid back in full; it counts against success.
    Refunded,
    /// The chain does not hold it after all; it does not count.
    Withdrawn,
}

/// The transfer that paid a payment back in full.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Refund {
    /// Its transaction.
    pub transaction_hash: Hex,
    /// The index of its log in the block; −1 for native value.
    #[schema(example = 3)]
    pub log_index: i32,
    /// Its block's time.
    pub refunded_at: DateTime<Utc>,
}

/// What a statement selects of `payments p` to read a [`Row`].
pub(super) const COLUMNS: &str = "p.id, p.agent, p.status, p.reason, p.chain_id, p.transaction_hash, p.log_index, \
     p.payer, p.payee, p.token, p.token_symbol, p.amount::text, p.token_decimals, p.block_number, p.paid_at, \
     p.refund_transaction, p.refund_log, p.refunded_at, p.linked_by, p.linked_at";

/// A row.
#[derive(FromRow)]
pub(super) struct Row {
    id: Uuid,
    agent: Uuid,
    status: PaymentStatus,
    reason: Option<String>,
    chain_id: i64,
    transaction_hash: Hex,
    log_index: Option<i32>,
    payer: Address,
    payee: Address,
    token: Option<Address>,
    token_symbol: Option<String>,
    amount: String,
    token_decimals: i16,
    block_number: Option<i64>,
    paid_at: Option<DateTime<Utc>>,
    refund_transaction: Option<Hex>,
    refund_log: Option<i32>,
    refunded_at: Option<DateTime<Utc>>,
    linked_by: Address,
    linked_at: DateTime<Utc>,
}

impl From<Row> for Payment {
    fn from(row: Row) -> Self {
        let refund = row.refund_transaction.zip(row.refund_log);
        let refund =
            refund
                .zip(row.refunded_at)
                .map(|((transaction_hash, log_index), refunded_at)| Refund {
                    transaction_hash,
                    log_index,
                    refunded_at,
                });
        let decimals = usize::try_from(row.token_decimals).unwrap_or_default();
        Self {
            id: row.id,
            agent: row.agent,
            status: row.status,
            reason: row.reason,
            chain_id: row.chain_id,
            transaction_hash: row.transaction_hash,
            log_index: row.log_index,
            payer: row.payer,
            payee: row.payee,
            token: row.token,
            symbol: row.token_symbol,
            decimal_amount: decimal::scaled(&row.amount, decimals),
            amount: row.amount,
            decimals: row.token_decimals,
            block: row.block_number,
            paid_at: row.paid_at,
            refund,
            linked_by: row.linked_by,
            linked_at: row.linked_at,
        }
    }
}

/// Finds one payment.
///
/// # Errors
/// `PAYMENT_NOT_FOUND`.
pub async fn find(reader: &Reader, id: Uuid) -> Result<Payment, Problem> {
    let sql = format!("SELECT {COLUMNS} FROM payments p WHERE p.id = $1");
    let found = sqlx::query_as(AssertSqlSafe(sql)).bind(id);
    let row: Option<Row> = found.fetch_optional(reader.pool()).await?;
    row.map(Payment::from).ok_or_else(|| not_found(id))
}

/// A payment that is not there.
pub(super) fn not_found(id: Uuid) -> Problem {
    Problem::new(
        Code::PaymentNotFound,
        format!("No payment has the id {id}."),
    )
}
