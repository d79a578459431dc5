//! The rows of payments, and what is read to write them.

use alloy_primitives::B256;
use chrono::{DateTime, Utc};
use sqlx::types::Json;
use sqlx::{AssertSqlSafe, PgConnection};
use uuid::Uuid;

use super::Payment;
use super::evidence::{Place, Token, rejected};
use super::payment::{COLUMNS, Row};
use super::standing::Standing;
use super::transfer::Transfer;
use crate::address::Address;
use crate::agents::lookup::{self, Name, unsupported_chain};
use crate::agents::{AgentId, AgentRef, AgentStatus};
use crate::cache::Changed;
use crate::db::Reader;
use crate::http::Problem;

/// Fraction digits of a native currency.
const NATIVE_DECIMALS: i16 = 18;

/// The agent that is paid, and the terms of its chain.
#[derive(Clone, Debug)]
pub struct Payee {
    /// Our own id of it.
    pub agent: Uuid,
    /// Its chain.
    pub chain_id: i64,
    /// Its id there.
    pub agent_id: Option<AgentId>,
    /// Blocks after which a payment counts.
    pub confirmations: u64,
    /// What it can be paid with beside the native currency.
    pub tokens: Vec<Token>,
}

impl Payee {
    /// As what outdates what is kept of it.
    pub const fn changed(&self) -> Changed {
        Changed {
            id: self.agent,
            chain_id: self.chain_id,
            agent_id: self.agent_id,
        }
    }
}

/// Reads them.
///
/// # Errors
/// `AGENT_NOT_FOUND`, `CHAIN_NOT_SUPPORTED`, `AGENT_SUSPENDED`, or `PAYMENT_REJECTED` where the agent is on another chain
/// or on none.
pub async fn payee(reader: &Reader, agent: &AgentRef, chain_id: i64) -> Result<Payee, Problem> {
    let name = Name::from(agent);
    let row = sqlx::query!(
        r#"
        WITH named AS (
            SELECT id FROM agents WHERE id = $1
            UNION ALL
            SELECT id FROM agents WHERE chain_id = $2 AND agent_id = $4::text::numeric AND identity_registry = coalesce(
                $3, (SELECT address FROM registries WHERE chain_id = $2 AND kind = 'identity' AND is_default))
        )
        SELECT a.id, a.chain_id, a.agent_id::text AS "agent_id: AgentId", a.status AS "status: AgentStatus", c.confirmations AS "confirmations?",
               (SELECT coalesce(json_agg(json_build_object('address', '0x' || encode(t.address, 'hex'),
                                                           'symbol', t.symbol, 'decimals', t.decimals)), '[]')
                FROM payment_tokens t WHERE t.chain_id = $5) AS "tokens!: Json<Vec<Token>>"
        FROM named JOIN agents a ON a.id = named.id LEFT JOIN chains c ON c.chain_id = $5
        "#,
        name.id,
        name.chain_id,
        name.registry,
        name.agent_id,
        chain_id,
    )
    .fetch_optional(reader.pool())
    .await?;
    let Some(row) = row else {
        return Err(lookup::missing(reader.pool(), agent).await);
    };
    let Some(confirmations) = row.confirmations else {
        return Err(unsupported_chain(Some(chain_id)));
    };
    if row.chain_id != chain_id {
        return Err(rejected(format!(
            "The agent is on chain {}: who held it in a block of chain {chain_id} cannot be said.",
            row.chain_id
        )));
    }
    match row.status {
        AgentStatus::Prepared => Err(rejected("The agent is not registered on chain yet.")),
        AgentStatus::Suspended => Err(lookup::suspended()),
        AgentStatus::Registered | AgentStatus::Incomplete => Ok(Payee {
            agent: row.id,
            chain_id,
            agent_id: row.agent_id,
            confirmations: u64::try_from(confirmations).unwrap_or_default(),
            tokens: row.tokens.0,
        }),
    }
}

/// What the payments of one transaction have in common.
#[derive(Clone, Debug)]
pub struct Entry<'a> {
    /// Who is paid.
    pub payee: &'a Payee,
    /// The transaction.
    pub transaction: B256,
    /// Its block.
    pub place: Option<Place>,
    /// Where they stand.
    pub standing: &'a Standing,
    /// Who links them.
    pub linked_by: Address,
    /// When.
    pub linked_at: DateTime<Utc>,
}

/// Links those that are not linked yet, and returns them in the order of their logs.
///
/// # Errors
/// Fails as the database does.
pub async fn insert(
    connection: &mut PgConnection,
    entry: &Entry<'_>,
    transfers: &[Transfer],
) -> Result<Vec<Payment>, sqlx::Error> {
    let sql = format!(
        "INSERT INTO payments AS p (chain_id, transaction_hash, agent, status, reason, block_number, block_hash, \
             paid_at, linked_by, linked_at, log_index, payer, payee, token, token_symbol, token_decimals, amount) \
         SELECT $1, $2, $3, $4, $5, $6, $7, $8, $9, $10, t.*
         FROM unnest($11::integer[], $12::bytea[], $13::bytea[], $14::bytea[], $15::text[], $16::smallint[],
                     $17::text[]::numeric[]) AS t
         WHERE NOT EXISTS (SELECT FROM payments w WHERE w.chain_id = $1 AND w.transaction_hash = $2 AND w.agent = $3
                           AND w.status = 'pending' AND w.block_hash IS NULL)
         ON CONFLICT DO NOTHING RETURNING {COLUMNS}"
    );
    let Columns { block, hash, time } = Columns::of(entry.place);
    let tokens = &entry.payee.tokens;
    let (symbols, decimals): (Vec<Option<String>>, Vec<i16>) =
        transfers.iter().map(|t| unit(tokens, t)).unzip();
    let index = |t: &Transfer| entry.place.map(|_| t.index());
    let token = |t: &Transfer| t.token.map(|token| token.to_vec());
    let rows: Vec<Row> = sqlx::query_as(AssertSqlSafe(sql))
        .bind(entry.payee.chain_id)
        .bind(entry.transaction.as_slice())
        .bind(entry.payee.agent)
        .bind(entry.standing.status)
        .bind(&entry.standing.reason)
        .bind(block)
        .bind(hash)
        .bind(time)
        .bind(entry.linked_by)
        .bind(entry.linked_at)
        .bind(transfers.iter().map(index).collect::<Vec<_>>())
        .bind(
            transfers
                .iter()
                .map(|t| t.payer.to_vec())
                .collect::<Vec<_>>(),
        )
        .bind(
            transfers
                .iter()
                .map(|t| t.payee.to_vec())
                .collect::<Vec<_>>(),
        )
        .bind(transfers.iter().map(token).collect::<Vec<_>>())
        .bind(symbols)
        .bind(decimals)
        .bind(
            transfers
                .iter()
                .map(|t| t.amount.to_string())
                .collect::<Vec<_>>(),
        )
        .fetch_all(connection)
        .await?;
    let mut payments: Vec<Payment> = rows.into_iter().map(Payment::from).collect();
    payments.sort_by_key(|payment| payment.log_index);
    Ok(payments)
}

/// Gives a pending payment its transfer and standing.
///
/// # Errors
/// Fails as the database does; with a violation of uniqueness where the transfer is linked otherwise.
pub async fn update(
    connection: &mut PgConnection,
    id: Uuid,
    entry: &Entry<'_>,
    transfer: &Transfer,
) -> Result<(), sqlx::Error> {
    let Columns { block, hash, time } = Columns::of(entry.place);
    let (symbol, decimals) = unit(&entry.payee.tokens, transfer);
    sqlx::query!(
        "UPDATE payments SET status = $2, reason = $3, block_number = $4, block_hash = $5, paid_at = $6,
                log_index = $7, payer = $8, payee = $9, token = $10, token_symbol = $11, token_decimals = $12,
                amount = $13::text::numeric, checked_at = $14, missing_since = NULL
         WHERE id = $1",
        id,
        entry.standing.status as _,
        entry.standing.reason,
        block,
        hash,
        time,
        transfer.index(),
        transfer.payer.as_slice(),
        transfer.payee.as_slice(),
        transfer.token.map(|token| token.to_vec()),
        symbol,
        decimals,
        transfer.amount.to_string(),
        entry.linked_at,
    )
    .execute(connection)
    .await
    .map(drop)
}

/// A block, as the table has it.
struct Columns {
    block: Option<i64>,
    hash: Option<Vec<u8>>,
    time: Option<DateTime<Utc>>,
}

impl Columns {
    fn of(place: Option<Place>) -> Self {
        let block = place.map(|place| place.block);
        let signed = |number| i64::try_from(number).unwrap_or(i64::MAX);
        Self {
            block: block.map(|block| signed(block.number)),
            hash: block.map(|block| block.hash.to_vec()),
            time: block.and_then(|block| DateTime::from_timestamp(signed(block.time_s), 0)),
        }
    }
}

/// What the units of a transfer are called, and their fraction digits.
fn unit(tokens: &[Token], transfer: &Transfer) -> (Option<String>, i16) {
    let known = tokens
        .iter()
        .find(|token| Some(token.address) == transfer.token);
    known.map_or((None, NATIVE_DECIMALS), |token| {
        (Some(token.symbol.clone()), token.decimals)
    })
}

/// Whether a client has paid an agent by a transaction: linked, confirmed, and neither failed nor paid back.
///
/// # Errors
/// Fails as the database does.
pub async fn is_paid(
    connection: &mut PgConnection,
    (client, agent): (Address, Uuid),
    (chain_id, transaction): (i64, &[u8]),
) -> Result<bool, sqlx::Error> {
    sqlx::query_scalar!(
        r#"SELECT is_paid($1, $2, $3, $4) AS "is_paid!""#,
        client.as_bytes(),
        agent,
        chain_id,
        transaction,
    )
    .fetch_one(connection)
    .await
}
