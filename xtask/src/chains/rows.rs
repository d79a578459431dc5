//! Chains in the database: what `up` writes of them, and what it reads to show how far they are.

use anyhow::{Context as _, Result, ensure};
use serde_json::Value;
use sqlx::postgres::PgRow;
use sqlx::{Connection as _, FromRow, PgConnection, Row as _};

use super::Chain;

/// How far a chain is indexed.
#[derive(Clone, Debug)]
pub struct Progress {
    /// EIP-155 chain id.
    pub chain_id: i64,
    /// Its name.
    pub name: String,
    /// `active`, `paused` or `halted`.
    pub status: String,
    /// Where indexing began.
    pub start_block: i64,
    /// The last block that was applied.
    pub block: Option<i64>,
    /// The chain's last block when it was last asked.
    pub head: Option<i64>,
    /// What the sync could not do, if it came to that after its last success.
    pub error: Option<String>,
    /// Agents whose registration was seen.
    pub agents: i64,
    /// Agents known by other events alone.
    pub incomplete: i64,
    /// Feedback that was not revoked.
    pub feedback: i64,
    /// One of its agents, for examples.
    pub example: Option<String>,
}

// By hand: the derive would have sqlx's macros compiled before `cargo xtask` can begin.
impl FromRow<'_, PgRow> for Progress {
    fn from_row(row: &PgRow) -> sqlx::Result<Self> {
        Ok(Self {
            chain_id: row.try_get("chain_id")?,
            name: row.try_get("name")?,
            status: row.try_get("status")?,
            start_block: row.try_get("start_block")?,
            block: row.try_get("block")?,
            head: row.try_get("head")?,
            error: row.try_get("error")?,
            agents: row.try_get("agents")?,
            incomplete: row.try_get("incomplete")?,
            feedback: row.try_get("feedback")?,
            example: row.try_get("example")?,
        })
    }
}

impl Progress {
    /// Whether nothing is left to index.
    #[must_use]
    pub fn is_caught_up(&self) -> bool {
        self.head.is_some() && self.block >= self.head
    }

    /// How many blocks are left to index; `None` before the first run.
    #[must_use]
    pub fn lag(&self) -> Option<i64> {
        Some((self.head? - self.block?).max(0))
    }
}

/// Tells the database of `chains`, and has it sync no others: what else it holds stays and rests.
///
/// # Errors
///
/// When the database refuses.
pub async fn configure(connection: &mut PgConnection, chains: &[Chain]) -> Result<String> {
    let mut transaction = connection.begin().await?;
    let ids: Vec<i64> = chains.iter().map(id).collect::<Result<_>>()?;
    sqlx::query(
        "UPDATE chains SET status = 'paused' WHERE status = 'active' AND chain_id <> ALL($1)",
    )
    .bind(&ids)
    .execute(&mut *transaction)
    .await?;
    for chain in chains {
        add(&mut transaction, chain)
            .await
            .with_context(|| format!("chain {}", chain.id))?;
    }
    transaction.commit().await?;
    let names: Vec<String> = chains
        .iter()
        .map(|chain| {
            let kinds: Vec<&str> = chain
                .registries
                .iter()
                .map(|registry| registry.kind.as_str())
                .collect();
            let Chain {
                id,
                name,
                source,
                first_block,
                ..
            } = chain;
            format!(
                "{name} ({id}): {} from block {first_block}, {source}",
                kinds.join(", ")
            )
        })
        .collect();
    Ok(names.join("; "))
}

/// Tells the database of one more chain. One that it knows is left where it is.
///
/// # Errors
///
/// When the database refuses.
pub async fn add(connection: &mut PgConnection, chain: &Chain) -> Result<()> {
    ensure!(
        chain
            .registries
            .iter()
            .any(|registry| registry.kind == "identity"),
        "none of its contracts is an identity registry"
    );
    insert(connection, &chain.row()).await
}

/// The same, of a row as [`Chain::row`] makes them.
///
/// # Errors
///
/// When the database refuses.
pub async fn insert(connection: &mut PgConnection, row: &Value) -> Result<()> {
    sqlx::query(include_str!("../../../shared/src/schema/chain.sql"))
        .bind(row.to_string())
        .execute(connection)
        .await?;
    Ok(())
}

fn id(chain: &Chain) -> Result<i64> {
    i64::try_from(chain.id).context("the chain id is too large")
}

/// How far each active chain is.
///
/// # Errors
///
/// When the database cannot be read.
pub async fn progress(connection: &mut PgConnection) -> Result<Vec<Progress>> {
    let rows = sqlx::query_as(
        "SELECT c.chain_id, c.name, c.status, c.start_block,
                s.block_number AS block, s.head_block AS head, s.last_error AS error,
                a.agents, a.incomplete, a.example, f.feedback
         FROM chains c
         LEFT JOIN sync_cursors s USING (chain_id)
         CROSS JOIN LATERAL (
            SELECT count(*) FILTER (WHERE status IN ('registered', 'suspended')) AS agents,
                   count(*) FILTER (WHERE status = 'incomplete') AS incomplete,
                   min(agent_id) FILTER (WHERE status = 'registered')::text AS example
            FROM agents WHERE chain_id = c.chain_id) a
         CROSS JOIN LATERAL (
            SELECT count(*) AS feedback FROM feedback
            WHERE chain_id = c.chain_id AND revoked_block IS NULL) f
         WHERE c.status <> 'paused'
         ORDER BY c.chain_id",
    )
    .fetch_all(connection)
    .await?;
    ensure!(!rows.is_empty(), "no chain is configured");
    Ok(rows)
}
