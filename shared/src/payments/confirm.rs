//! `confirm-payments`: goes on with what is pending, until it counts or is withdrawn.
//!
//! Chains do not wait for each other. A run stamps the payments that it takes up, those first that were looked at
//! longest ago, and tries each once; what it decides is written only while the payment is still pending, so two runs at
//! once ask twice and count once.

use std::time::{Duration, Instant};

use alloy_primitives::B256;
use chrono::{DateTime, Utc};
use serde::Serialize;
use sqlx::types::Json;
use tokio::task::JoinSet;

use super::evidence::{Evidence, Token, look};
use super::settle::{Change, Waiting, settle};
use crate::agents::AgentId;
use crate::cache::Cache;
use crate::chain::rpc::{RpcUrls, TRANSACTIONS_MAX};
use crate::db::Writer;
use crate::http::Problem;

/// No batch is begun with less time left.
const BATCH_DURATION_MIN: Duration = Duration::from_secs(2);

/// What a run came to, one entry a chain with pending payments.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Report {
    /// By chain id.
    pub chains: Vec<ChainReport>,
}

/// One chain's part.
#[derive(Debug, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ChainReport {
    /// The chain.
    pub chain_id: i64,
    /// Payments that were looked at.
    pub checked: u64,
    /// Those that count as succeeded now.
    pub succeeded: u64,
    /// Those that count as failed now.
    pub failed: u64,
    /// Those that the chain does not hold after all.
    pub withdrawn: u64,
    /// Those that wait on.
    pub pending: u64,
    /// Those that could not be written; the next run tries again.
    pub postponed: u64,
    /// Why not all were looked at; absent where all were.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub error: Option<String>,
}

/// The terms of a chain.
#[derive(Clone, Debug)]
pub(super) struct Chain {
    pub id: i64,
    pub confirmations: u64,
    pub tokens: Vec<Token>,
}

/// Looks at every pending payment once, or at as many as there is time for.
///
/// # Errors
/// Fails where the database does not even tell the chains; what goes wrong with one of them is in the report.
pub async fn confirm(
    (writer, rpc, cache): (&Writer, &RpcUrls, &Cache),
    now: DateTime<Utc>,
    deadline: Instant,
) -> Result<Report, sqlx::Error> {
    let mut runs = JoinSet::new();
    for chain in chains(writer).await? {
        let (writer, rpc, cache) = (writer.clone(), rpc.clone(), cache.clone());
        runs.spawn(async move {
            let mut report = ChainReport {
                chain_id: chain.id,
                ..ChainReport::default()
            };
            let parts = (&writer, &rpc, &cache);
            if let Err(error) = confirm_chain(parts, &chain, (now, deadline), &mut report).await {
                tracing::error!(chain_id = chain.id, %error, "payments could not be confirmed");
                report.error = Some(error.detail().to_owned());
            }
            report
        });
    }
    let mut chains = runs.join_all().await;
    chains.sort_unstable_by_key(|chain| chain.chain_id);
    Ok(Report { chains })
}

async fn chains(writer: &Writer) -> Result<Vec<Chain>, sqlx::Error> {
    let rows = sqlx::query!(
        r#"SELECT c.chain_id, c.confirmations,
                  (SELECT coalesce(json_agg(json_build_object('address', '0x' || encode(t.address, 'hex'),
                                                              'symbol', t.symbol, 'decimals', t.decimals)), '[]')
                   FROM payment_tokens t WHERE t.chain_id = c.chain_id) AS "tokens!: Json<Vec<Token>>"
           FROM chains c
           WHERE EXISTS (SELECT FROM payments p WHERE p.chain_id = c.chain_id AND p.status = 'pending')"#
    )
    .fetch_all(writer.pool())
    .await?;
    let chains = rows.into_iter().map(|row| Chain {
        id: row.chain_id,
        confirmations: u64::try_from(row.confirmations).unwrap_or_default(),
        tokens: row.tokens.0,
    });
    Ok(chains.collect())
}

async fn confirm_chain(
    (writer, rpc, cache): (&Writer, &RpcUrls, &Cache),
    chain: &Chain,
    (now, deadline): (DateTime<Utc>, Instant),
    report: &mut ChainReport,
) -> Result<(), Problem> {
    let left = || deadline.saturating_duration_since(Instant::now());
    let late = || Problem::unavailable("rest of the run's time", "the run's time is over");
    loop {
        if left() < BATCH_DURATION_MIN {
            return Err(late());
        }
        let batch = take_up(writer, chain.id, now).await?;
        if batch.is_empty() {
            return Ok(());
        }
        let evidence = ask(rpc, chain.id, &batch, deadline).await?;
        for (payment, evidence) in batch.iter().zip(evidence) {
            if left().is_zero() {
                return Err(late());
            }
            report.checked += 1;
            let change = settle(writer, chain, payment, evidence.as_ref(), now).await;
            cache.forget_agents(vec![payment.changed(chain.id)]).await;
            *match change {
                Ok(Change::Succeeded) => &mut report.succeeded,
                Ok(Change::Failed) => &mut report.failed,
                Ok(Change::Withdrawn) => &mut report.withdrawn,
                Ok(Change::Pending) => &mut report.pending,
                Err(error) => {
                    tracing::warn!(payment = %payment.id, %error, "a payment could not be written");
                    &mut report.postponed
                }
            } += 1;
        }
    }
}

/// Stamps the payments that are looked at next, and reads them.
async fn take_up(
    writer: &Writer,
    chain_id: i64,
    now: DateTime<Utc>,
) -> Result<Vec<Waiting>, sqlx::Error> {
    sqlx::query_as!(
        Waiting,
        r#"UPDATE payments p SET checked_at = $2
           FROM (SELECT id FROM payments
                 WHERE chain_id = $1 AND status = 'pending' AND (checked_at IS NULL OR checked_at < $2)
                 ORDER BY checked_at NULLS FIRST, linked_at LIMIT $3 FOR UPDATE SKIP LOCKED) next
           WHERE p.id = next.id
           RETURNING p.id, p.agent, p.transaction_hash, p.linked_by,
                     (SELECT agent_id::text FROM agents a WHERE a.id = p.agent) AS "agent_id: AgentId""#,
        chain_id,
        now,
        i64::try_from(TRANSACTIONS_MAX).unwrap_or(i64::MAX),
    )
    .fetch_all(writer.pool())
    .await
}

/// What the chain says of each, within the time of the run.
async fn ask(
    rpc: &RpcUrls,
    chain_id: i64,
    batch: &[Waiting],
    deadline: Instant,
) -> Result<Vec<Option<Evidence>>, Problem> {
    let hashes: Vec<B256> = batch.iter().map(Waiting::transaction).collect();
    tokio::time::timeout_at(deadline.into(), look(rpc, chain_id, &hashes))
        .await
        .map_err(|late| Problem::unavailable("chain", late))?
}
