//! The chains and the state of their synchronisation.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use sqlx::types::Json;
use utoipa::ToSchema;

use crate::address::Address;
use crate::db::Reader;
use crate::http::Problem;

/// Every chain that is configured.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Chains {
    /// By chain id.
    pub items: Vec<Chain>,
}

/// A chain, what is indexed on it and how far.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Chain {
    /// EIP-155 chain id.
    #[schema(example = 1)]
    pub chain_id: i64,
    /// A short name.
    #[schema(example = "ethereum")]
    pub name: String,
    /// Whether it is being read.
    pub status: ChainStatus,
    /// The contracts that are indexed on it.
    pub registries: Vec<Registry>,
    /// How far it was read; absent before the first run.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sync: Option<SyncState>,
    /// When a payment to one of its agents counts, and what it can be made in.
    pub payments: PaymentTerms,
    /// What was found on it, counted when the views were last refreshed (at most about a minute ago).
    pub totals: Totals,
}

/// Whether a chain is being read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema, sqlx::Type)]
#[serde(rename_all = "camelCase")]
#[sqlx(type_name = "text", rename_all = "lowercase")]
pub enum ChainStatus {
    /// It is.
    Active,
    /// An operator stopped it.
    Paused,
    /// The synchronisation stopped itself; `lastError` says why.
    Halted,
}

/// A registry contract.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Registry {
    /// What it keeps.
    pub kind: RegistryKind,
    /// Where it is.
    pub address: Address,
    /// The identity registry whose agents it speaks of; an identity registry names itself.
    pub identity_registry: Address,
    /// Whether `{chainId}:{agentId}` means its agents.
    pub is_default: bool,
}

/// When a payment to an agent counts, and what it can be made in.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct PaymentTerms {
    /// Blocks that must follow the payment's own.
    #[schema(example = 64)]
    pub confirmations: i32,
    /// The tokens, by address, beside the native currency.
    pub tokens: Vec<PaymentToken>,
}

/// A token that agents can be paid with.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct PaymentToken {
    /// Its contract.
    pub address: Address,
    /// What it is called.
    #[schema(example = "USDC")]
    pub symbol: String,
    /// Fraction digits of one token.
    #[schema(example = 6)]
    pub decimals: i16,
}

/// What a registry keeps.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub enum RegistryKind {
    /// Agents.
    Identity,
    /// Feedback.
    Reputation,
    /// Validation requests and responses.
    Validation,
}

/// How far a chain was read.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct SyncState {
    /// The last block whose events are in every answer.
    #[schema(example = 24_359_788)]
    pub indexed_block: i64,
    /// That block's time.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub indexed_at: Option<DateTime<Utc>>,
    /// The chain's newest block when it was last asked.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(example = 24_359_790)]
    pub head_block: Option<i64>,
    /// The newest block that no reorganisation can replace.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(example = 24_359_700)]
    pub final_block: Option<i64>,
    /// The newest block that the chain itself calls safe: final, unless its validators are attacked.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(example = 24_359_740)]
    pub safe_block: Option<i64>,
    /// Blocks between the indexed one and the head.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(example = 2)]
    pub lag_blocks: Option<i64>,
    /// Seconds between the indexed block and the head, by the blocks' own clocks.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(example = 24)]
    pub lag_seconds: Option<i64>,
    /// Reorganisations that were followed.
    #[schema(example = 0)]
    pub reorgs: i64,
    /// Blocks that the deepest of them replaced.
    #[schema(example = 0)]
    pub reorg_depth_max: i32,
    /// Why the last run failed; absent when it did not.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub last_error: Option<String>,
    /// When it failed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub last_error_at: Option<DateTime<Utc>>,
    /// When the chain was last asked.
    pub checked_at: DateTime<Utc>,
}

/// What a chain holds.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Totals {
    /// Agents whose registration was seen.
    #[schema(example = 73)]
    pub agents: i64,
    /// Agents that were seen by another event only, because the registration lies before the first block read.
    #[schema(example = 16)]
    pub incomplete: i64,
    /// Feedback on chain that is not revoked.
    #[schema(example = 0)]
    pub feedback: i64,
    /// Feedback on chain that was revoked.
    #[schema(example = 0)]
    pub revoked: i64,
    /// Validation requests.
    #[schema(example = 0)]
    pub validations: i64,
}

struct Row {
    chain_id: i64,
    name: String,
    status: ChainStatus,
    registries: Json<Vec<Registry>>,
    confirmations: i32,
    tokens: Json<Vec<PaymentToken>>,
    indexed_block: Option<i64>,
    indexed_at: Option<DateTime<Utc>>,
    head_block: Option<i64>,
    head_time: Option<DateTime<Utc>>,
    final_block: Option<i64>,
    safe_block: Option<i64>,
    reorg_count: Option<i64>,
    reorg_depth_max: Option<i32>,
    last_error: Option<String>,
    last_error_at: Option<DateTime<Utc>>,
    updated_at: Option<DateTime<Utc>>,
    agents: i64,
    incomplete: i64,
    feedback: i64,
    revoked: i64,
    validations: i64,
}

/// Lists every chain.
///
/// # Errors
/// `DEPENDENCY_UNAVAILABLE` when the database is out of reach.
pub async fn list(reader: &Reader) -> Result<Chains, Problem> {
    let rows = sqlx::query_as!(
        Row,
        r#"
        SELECT c.chain_id, c.name, c.status AS "status: ChainStatus",
               (SELECT coalesce(json_agg(json_build_object(
                           'kind', r.kind,
                           'address', '0x' || encode(r.address, 'hex'),
                           'identityRegistry', '0x' || encode(r.identity_registry, 'hex'),
                           'isDefault', r.is_default
                       ) ORDER BY r.kind, r.address), '[]')
                FROM registries r WHERE r.chain_id = c.chain_id) AS "registries!: Json<Vec<Registry>>",
               c.confirmations,
               (SELECT coalesce(json_agg(json_build_object('address', '0x' || encode(t.address, 'hex'),
                                                           'symbol', t.symbol, 'decimals', t.decimals)
                                         ORDER BY t.address), '[]')
                FROM payment_tokens t WHERE t.chain_id = c.chain_id) AS "tokens!: Json<Vec<PaymentToken>>",
               s.block_number AS "indexed_block?", s.block_time AS indexed_at,
               s.head_block, s.head_time, s.final_block, s.safe_block,
               s.reorg_count AS "reorg_count?", s.reorg_depth_max AS "reorg_depth_max?",
               s.last_error, s.last_error_at, s.updated_at AS "updated_at?",
               coalesce(t.agents, 0) AS "agents!", coalesce(t.incomplete, 0) AS "incomplete!",
               coalesce(t.feedback, 0) AS "feedback!", coalesce(t.revoked, 0) AS "revoked!",
               coalesce(t.validations, 0) AS "validations!"
        FROM chains c
        LEFT JOIN sync_cursors s ON s.chain_id = c.chain_id
        LEFT JOIN mv_chain_totals t ON t.chain_id = c.chain_id
        ORDER BY c.chain_id
        "#
    )
    .fetch_all(reader.pool())
    .await?;
    Ok(Chains {
        items: rows.into_iter().map(Chain::from).collect(),
    })
}

impl From<Row> for Chain {
    fn from(row: Row) -> Self {
        Self {
            chain_id: row.chain_id,
            totals: Totals {
                agents: row.agents,
                incomplete: row.incomplete,
                feedback: row.feedback,
                revoked: row.revoked,
                validations: row.validations,
            },
            sync: row.sync(),
            registries: row.registries.0,
            payments: PaymentTerms {
                confirmations: row.confirmations,
                tokens: row.tokens.0,
            },
            status: row.status,
            name: row.name,
        }
    }
}

impl Row {
    fn sync(&self) -> Option<SyncState> {
        let indexed_block = self.indexed_block?;
        let lag = self.head_time.zip(self.indexed_at);
        Some(SyncState {
            indexed_block,
            indexed_at: self.indexed_at,
            head_block: self.head_block,
            final_block: self.final_block,
            safe_block: self.safe_block,
            lag_blocks: self.head_block.map(|head| (head - indexed_block).max(0)),
            lag_seconds: lag.map(|(head, indexed)| (head - indexed).num_seconds().max(0)),
            reorgs: self.reorg_count.unwrap_or_default(),
            reorg_depth_max: self.reorg_depth_max.unwrap_or_default(),
            last_error: self.last_error.clone(),
            last_error_at: self.last_error_at,
            checked_at: self.updated_at?,
        })
    }
}
