//! Folding agents again from nothing, after a reorg took some of their events back.
//!
//! The derived rows of the touched agents go, and all events that remain of them are applied once
//! more, by the same way as new ones: the result is what a fresh sync gives, by construction. Only
//! agents that lost nothing but feedback take another way ([`super::undo`]): they may have a million.

use alloy_primitives::map::HashSet;
use sqlx::PgConnection;
use uuid::Uuid;

use super::pages::{Page, Pages, Row};
use super::undo::{self, Light};
use super::{apply_events, number, prepared};

/// What was handed in here goes on without its event, and what was answered to it goes. What its client revoked on chain
/// is not revoked any more.
const TAKE_OFF_CHAIN: &str = "
    WITH taken AS (
        UPDATE feedback SET feedback_index = NULL, block_number = NULL, log_index = NULL, transaction_hash = NULL,
               revoked_block = NULL, revoked_log = NULL, revoked_at = NULL
        WHERE agent = ANY($1) AND source = 'api' AND feedback_index IS NOT NULL
        RETURNING id, agent
    ), answers AS (
        DELETE FROM feedback_responses r USING taken WHERE r.feedback = taken.id
    )
    UPDATE agent_stats s SET off_chain_count = s.off_chain_count + t.count
    FROM (SELECT agent, count(*) AS count FROM taken GROUP BY agent) t WHERE s.agent = t.agent";

/// Whom the events that were taken back are about.
#[derive(Clone, Debug, Default)]
pub(super) struct Orphaned {
    registries: Vec<Vec<u8>>,
    /// Decimal.
    agents: Vec<String>,
    operators: Operators,
}

#[derive(Clone, Debug, Default)]
pub(super) struct Operators {
    registries: Vec<Vec<u8>>,
    owners: Vec<Vec<u8>>,
    holders: Vec<Vec<u8>>,
}

/// Deletes the events from a block on, derived rows included, and folds what remains again.
/// Gives the number of agents that were folded.
///
/// # Errors
///
/// Fails as the database does; the transaction must then be rolled back.
pub async fn refold(
    connection: &mut PgConnection,
    chain_id: u64,
    from_block: u64,
) -> Result<usize, sqlx::Error> {
    let light = undo::feedback(connection, chain_id, from_block).await?;
    let orphaned = delete_events(connection, chain_id, from_block, &light).await?;
    let ids = ids_of(connection, chain_id, &orphaned).await?;
    empty(connection, &ids).await?;
    delete_operators(connection, chain_id, &orphaned.operators).await?;
    let mut pages = Pages::default();
    while let Some(page) = pages.wanted() {
        let rows = rows(connection, chain_id, &orphaned, page).await?;
        apply_events(connection, chain_id, pages.take(rows)).await?;
    }
    operators(connection, chain_id, &orphaned.operators).await?;
    Ok(orphaned.agents.len() + light.len())
}

async fn delete_events(
    connection: &mut PgConnection,
    chain_id: u64,
    from_block: u64,
    light: &[Light],
) -> Result<Orphaned, sqlx::Error> {
    let light: HashSet<(&[u8], &str)> = light
        .iter()
        .map(|one| (one.registry.as_slice(), one.agent.as_str()))
        .collect();
    let rows = sqlx::query!(
        r#"WITH gone AS (
               DELETE FROM chain_events WHERE chain_id = $1 AND block_number >= $2
               RETURNING identity_registry, agent_id, event, topics)
           SELECT DISTINCT identity_registry AS "registry!", agent_id::text,
                  CASE WHEN event = 'ApprovalForAll' THEN topics[2] END AS owner,
                  CASE WHEN event = 'ApprovalForAll' THEN topics[3] END AS operator
           FROM gone"#,
        number(chain_id),
        number(from_block),
    )
    .fetch_all(connection)
    .await?;
    let mut orphaned = Orphaned::default();
    for row in rows {
        if let Some(agent) = row.agent_id {
            if light.contains(&(row.registry.as_slice(), agent.as_str())) {
                continue;
            }
            orphaned.registries.push(row.registry);
            orphaned.agents.push(agent);
        } else if let (Some(owner), Some(operator)) = (row.owner, row.operator) {
            orphaned.operators.registries.push(row.registry);
            orphaned.operators.owners.push(owner);
            orphaned.operators.holders.push(operator);
        }
    }
    Ok(orphaned)
}

async fn ids_of(
    connection: &mut PgConnection,
    chain_id: u64,
    orphaned: &Orphaned,
) -> Result<Vec<Uuid>, sqlx::Error> {
    sqlx::query_scalar!(
        "SELECT i.id FROM unnest($2::bytea[], $3::text[]::numeric[]) AS t (registry, agent_id)
         JOIN agent_identities i ON i.chain_id = $1 AND i.identity_registry = t.registry
                                AND i.agent_id = t.agent_id",
        number(chain_id),
        &orphaned.registries,
        &orphaned.agents,
    )
    .fetch_all(connection)
    .await
}

/// Deletes what follows from the events of these agents. Agents of which others have rows (payments,
/// feedback handed in here, a prepared registration) stay, emptied; the others go, and come back if
/// any event of them remains.
pub(super) async fn empty(connection: &mut PgConnection, ids: &[Uuid]) -> Result<(), sqlx::Error> {
    for statement in [
        "DELETE FROM validations WHERE agent = ANY($1)",
        "DELETE FROM feedback WHERE agent = ANY($1) AND source = 'chain'",
        TAKE_OFF_CHAIN,
        "DELETE FROM agent_tag_stats WHERE agent = ANY($1)",
        "DELETE FROM agent_client_stats WHERE agent = ANY($1)",
        "DELETE FROM agent_owners WHERE agent = ANY($1)",
        "DELETE FROM agent_wallets WHERE agent = ANY($1)",
        "DELETE FROM agent_approvals WHERE agent = ANY($1)",
        "DELETE FROM agent_services WHERE agent = ANY($1)",
        "DELETE FROM agent_metadata WHERE agent = ANY($1)",
        "DELETE FROM agents a WHERE a.id = ANY($1)
           AND NOT EXISTS (SELECT FROM payments p WHERE p.agent = a.id)
           AND NOT EXISTS (SELECT FROM feedback f WHERE f.agent = a.id)
           AND NOT EXISTS (SELECT FROM agent_identities i
                           WHERE i.id = a.id AND i.origin = 'prepared')",
        "DELETE FROM agent_stats s WHERE s.agent = ANY($1)
           AND NOT EXISTS (SELECT FROM agents a WHERE a.id = s.agent)",
        "DELETE FROM agent_identities i WHERE i.id = ANY($1) AND i.origin = 'chain'
           AND NOT EXISTS (SELECT FROM agents a WHERE a.id = i.id)",
        "UPDATE agent_stats SET feedback_count = 0, revoked_count = 0, client_count = 0,
                client_max_count = 0, response_count = 0, starred_count = 0, starred_sum = 0,
                starred_positive = 0, starred_negative = 0, untagged_count = 0, untagged_sum = 0,
                untagged_positive = 0, untagged_negative = 0, last_feedback_at = NULL,
                validation_count = 0, answered_count = 0, response_sum = 0
         WHERE agent = ANY($1)",
    ] {
        sqlx::query(statement)
            .bind(ids)
            .execute(&mut *connection)
            .await?;
    }
    prepared::unbind(connection, ids).await
}

async fn delete_operators(
    connection: &mut PgConnection,
    chain_id: u64,
    keys: &Operators,
) -> Result<(), sqlx::Error> {
    let Operators {
        registries,
        owners,
        holders,
    } = keys;
    // Topics are padded to 32 bytes, columns are not.
    sqlx::query!(
        "DELETE FROM owner_operators o
         USING unnest($2::bytea[], $3::bytea[], $4::bytea[]) AS t (registry, owner, operator)
         WHERE o.chain_id = $1 AND o.identity_registry = t.registry
           AND o.owner = substr(t.owner, 13) AND o.operator = substr(t.operator, 13)",
        number(chain_id),
        registries,
        owners,
        holders,
    )
    .execute(connection)
    .await?;
    Ok(())
}

async fn rows(
    connection: &mut PgConnection,
    chain_id: u64,
    orphaned: &Orphaned,
    page: Page,
) -> Result<Vec<Row>, sqlx::Error> {
    sqlx::query_as!(
        Row,
        "SELECT e.block_number, e.log_index, e.block_hash, e.block_time, e.transaction_hash,
                e.transaction_index, e.address, e.identity_registry, e.topics, e.data
         FROM unnest($2::bytea[], $3::text[]::numeric[]) AS t (registry, agent_id)
         JOIN chain_events e ON e.chain_id = $1 AND e.identity_registry = t.registry
                            AND e.agent_id = t.agent_id
         WHERE (e.block_number, e.log_index) > ($4, $5)
         ORDER BY e.block_number, e.log_index LIMIT $6",
        number(chain_id),
        &orphaned.registries,
        &orphaned.agents,
        page.block,
        page.log,
        page.size,
    )
    .fetch_all(connection)
    .await
}

async fn operators(
    connection: &mut PgConnection,
    chain_id: u64,
    keys: &Operators,
) -> Result<(), sqlx::Error> {
    let rows = sqlx::query_as!(
        Row,
        "SELECT e.block_number, e.log_index, e.block_hash, e.block_time, e.transaction_hash,
                e.transaction_index, e.address, e.identity_registry, e.topics, e.data
         FROM chain_events e
         JOIN unnest($2::bytea[], $3::bytea[], $4::bytea[]) AS t (registry, owner, operator)
              ON e.identity_registry = t.registry AND e.topics[2] = t.owner
             AND e.topics[3] = t.operator
         WHERE e.chain_id = $1 AND e.agent_id IS NULL AND e.event = 'ApprovalForAll'
         ORDER BY e.block_number, e.log_index",
        number(chain_id),
        &keys.registries,
        &keys.owners,
        &keys.holders,
    )
    .fetch_all(&mut *connection)
    .await?;
    let events = rows.into_iter().filter_map(Row::event).collect();
    apply_events(connection, chain_id, events).await?;
    Ok(())
}
