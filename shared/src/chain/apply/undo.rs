//! Taking feedback back that a reorg took off the chain, without touching what stays.
//!
//! An agent may have a million feedbacks. When all that it lost are a few of them, or their
//! revocations and responses, exactly these rows go, and its statistics are counted back by them.

use alloy_primitives::map::HashMap;
use alloy_primitives::{Address, U256};
use sqlx::PgConnection;
use uuid::Uuid;

use super::super::AgentKey;
use super::super::events::{Event, EventLog};
use super::super::fold::{Agent, Fold, Words};
use super::pages::Row;
use super::{Applied, bump_versions, number, stats};

/// An agent that lost nothing but feedback, and has other events that stay.
#[derive(Clone, Debug)]
pub(super) struct Light {
    pub(super) registry: Vec<u8>,
    /// Decimal.
    pub(super) agent: String,
    id: Uuid,
}

/// Feedback by the columns that its events name.
#[derive(Debug, Default)]
struct Keys {
    agents: Vec<Uuid>,
    registries: Vec<Vec<u8>>,
    clients: Vec<Vec<u8>>,
    indexes: Vec<String>,
}

impl Keys {
    fn push(&mut self, agent: Uuid, registry: Address, client: Address, index: u64) {
        self.agents.push(agent);
        self.registries.push(registry.to_vec());
        self.clients.push(client.to_vec());
        self.indexes.push(index.to_string());
    }
}

/// Takes back what such agents lost from a block on; says which they are. Their events stay in the
/// table, for the caller to delete.
pub(super) async fn feedback(
    connection: &mut PgConnection,
    chain_id: u64,
    from_block: u64,
) -> Result<Vec<Light>, sqlx::Error> {
    let light = find(connection, chain_id, from_block).await?;
    if light.is_empty() {
        return Ok(light);
    }
    let ids: Vec<Uuid> = light.iter().map(|one| one.id).collect();
    let mut fold = Fold::new(chain_id);
    for one in &light {
        fold.insert(Agent::loaded(one.key(), one.id));
    }
    let events = events(connection, chain_id, from_block, &light).await?;
    let (given, revoked) = keys(&fold, &events);
    responses(connection, chain_id, from_block, &ids).await?;
    restore(connection, from_block, &revoked, &mut fold).await?;
    take_back(connection, from_block, &given, &mut fold).await?;
    stats::agents(connection, &fold).await?;
    stats::tags(connection, &fold).await?;
    recount(connection, chain_id, from_block, &ids, [&given, &revoked]).await?;
    let applied = Applied {
        feedback_changed: true,
        ..Applied::default()
    };
    bump_versions(connection, chain_id, &applied).await?;
    Ok(light)
}

impl Light {
    fn key(&self) -> AgentKey {
        AgentKey {
            registry: Address::try_from(self.registry.as_slice()).unwrap_or_default(),
            agent_id: self.agent.parse().unwrap_or(U256::MAX),
        }
    }
}

async fn find(
    connection: &mut PgConnection,
    chain_id: u64,
    from_block: u64,
) -> Result<Vec<Light>, sqlx::Error> {
    sqlx::query_as!(
        Light,
        r#"SELECT i.identity_registry AS registry, i.agent_id::text AS "agent!", i.id
           FROM (SELECT identity_registry, agent_id FROM chain_events
                 WHERE chain_id = $1 AND block_number >= $2 AND agent_id IS NOT NULL
                 GROUP BY identity_registry, agent_id
                 HAVING bool_and(event IN ('NewFeedback', 'FeedbackRevoked', 'ResponseAppended'))
                ) lost
           JOIN agent_identities i ON i.chain_id = $1
                AND i.identity_registry = lost.identity_registry AND i.agent_id = lost.agent_id
           WHERE EXISTS (SELECT FROM chain_events e
                         WHERE e.chain_id = $1 AND e.identity_registry = lost.identity_registry
                           AND e.agent_id = lost.agent_id AND e.block_number < $2)"#,
        number(chain_id),
        number(from_block),
    )
    .fetch_all(connection)
    .await
}

async fn events(
    connection: &mut PgConnection,
    chain_id: u64,
    from_block: u64,
    light: &[Light],
) -> Result<Vec<EventLog>, sqlx::Error> {
    let registries: Vec<Vec<u8>> = light.iter().map(|one| one.registry.clone()).collect();
    let agents: Vec<String> = light.iter().map(|one| one.agent.clone()).collect();
    let rows = sqlx::query_as!(
        Row,
        "SELECT e.block_number, e.log_index, e.block_hash, e.block_time, e.transaction_hash,
                e.transaction_index, e.address, e.identity_registry, e.topics, e.data
         FROM unnest($2::bytea[], $3::text[]::numeric[]) AS t (registry, agent_id)
         JOIN chain_events e ON e.chain_id = $1 AND e.identity_registry = t.registry
                            AND e.agent_id = t.agent_id
         WHERE e.block_number >= $4",
        number(chain_id),
        &registries,
        &agents,
        number(from_block),
    )
    .fetch_all(connection)
    .await?;
    Ok(rows.into_iter().filter_map(Row::event).collect())
}

/// What was given, and what was revoked.
fn keys(fold: &Fold, events: &[EventLog]) -> (Keys, Keys) {
    let (mut given, mut revoked) = (Keys::default(), Keys::default());
    for log in events {
        let Some(slot) = log.agent().and_then(|agent| fold.slot(agent)) else {
            continue;
        };
        let agent = fold.agents[slot].id;
        match &log.event {
            Event::NewFeedback(new) => given.push(agent, log.emitter, new.client, new.index),
            Event::FeedbackRevoked { client, index, .. } => {
                revoked.push(agent, log.emitter, *client, *index);
            }
            _ => {}
        }
    }
    (given, revoked)
}

async fn responses(
    connection: &mut PgConnection,
    chain_id: u64,
    from_block: u64,
    agents: &[Uuid],
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "WITH gone AS (
             DELETE FROM feedback_responses r USING feedback f
             WHERE r.chain_id = $1 AND r.block_number >= $2 AND f.id = r.feedback
               AND f.agent = ANY($3)
             RETURNING f.agent)
         UPDATE agent_stats s SET response_count = s.response_count - t.count
         FROM (SELECT agent, count(*) AS count FROM gone GROUP BY agent) t
         WHERE s.agent = t.agent",
        number(chain_id),
        number(from_block),
        agents,
    )
    .execute(connection)
    .await?;
    Ok(())
}

/// Revocations that were taken back, of feedback that stays.
async fn restore(
    connection: &mut PgConnection,
    from_block: u64,
    keys: &Keys,
    fold: &mut Fold,
) -> Result<(), sqlx::Error> {
    let rows = sqlx::query!(
        r#"UPDATE feedback f SET revoked_block = NULL, revoked_log = NULL, revoked_at = NULL
           FROM unnest($1::uuid[], $2::bytea[], $3::bytea[], $4::text[]::numeric[])
                    AS t (agent, registry, client, index)
           WHERE f.agent = t.agent AND f.reputation_registry = t.registry
             AND f.client = t.client AND f.feedback_index = t.index
             AND f.block_number < $5 AND f.revoked_block >= $5
           RETURNING f.agent, f.value::text AS "value!", f.value_decimals, f.tag1, f.tag2"#,
        &keys.agents,
        &keys.registries,
        &keys.clients,
        &keys.indexes,
        number(from_block),
    )
    .fetch_all(connection)
    .await?;
    let slots = slots(fold);
    for row in rows {
        let words = words(&row.value, row.value_decimals, row.tag1, row.tag2);
        if let Some(slot) = slots.get(&row.agent) {
            fold.agents[*slot].forget_revocation(&words);
        }
    }
    Ok(())
}

/// Feedback that was taken back. What was handed in here goes on without its event.
async fn take_back(
    connection: &mut PgConnection,
    from_block: u64,
    keys: &Keys,
    fold: &mut Fold,
) -> Result<(), sqlx::Error> {
    let rows = sqlx::query!(
        r#"SELECT f.id, f.agent, f.value::text AS "value!", f.value_decimals, f.tag1, f.tag2,
                  f.revoked_block IS NOT NULL AS "revoked!", f.source = 'api' AS "handed_in!"
           FROM unnest($1::uuid[], $2::bytea[], $3::bytea[], $4::text[]::numeric[])
                    AS t (agent, registry, client, index)
           JOIN feedback f ON f.agent = t.agent AND f.reputation_registry = t.registry
                          AND f.client = t.client AND f.feedback_index = t.index
           WHERE f.block_number >= $5 FOR UPDATE OF f"#,
        &keys.agents,
        &keys.registries,
        &keys.clients,
        &keys.indexes,
        number(from_block),
    )
    .fetch_all(&mut *connection)
    .await?;
    let slots = slots(fold);
    let (mut gone, mut kept) = (Vec::new(), Vec::new());
    for row in rows {
        let words = words(&row.value, row.value_decimals, row.tag1, row.tag2);
        let Some(slot) = slots.get(&row.agent) else {
            continue;
        };
        let agent = &mut fold.agents[*slot];
        agent.forget_feedback(&words, row.revoked);
        agent.stats.off_chain += i64::from(row.handed_in);
        if row.handed_in {
            kept.push(row.id);
        } else {
            gone.push(row.id);
        }
    }
    sqlx::query!("DELETE FROM feedback WHERE id = ANY($1)", &gone)
        .execute(&mut *connection)
        .await?;
    sqlx::query!(
        "UPDATE feedback SET feedback_index = NULL, block_number = NULL, log_index = NULL,
                transaction_hash = NULL, revoked_block = NULL, revoked_log = NULL, revoked_at = NULL
         WHERE id = ANY($1)",
        &kept,
    )
    .execute(connection)
    .await?;
    Ok(())
}

/// What cannot be counted back by differences: clients, the largest of them, the latest feedback.
async fn recount(
    connection: &mut PgConnection,
    chain_id: u64,
    from_block: u64,
    agents: &[Uuid],
    touched: [&Keys; 2],
) -> Result<(), sqlx::Error> {
    let owners: Vec<Uuid> = touched
        .iter()
        .flat_map(|keys| keys.agents.clone())
        .collect();
    let clients: Vec<Vec<u8>> = touched
        .iter()
        .flat_map(|keys| keys.clients.clone())
        .collect();
    sqlx::query!(
        "WITH touched AS (
             SELECT DISTINCT * FROM unnest($1::uuid[], $2::bytea[]) AS t (agent, client)),
         counted AS (
             SELECT t.agent, t.client, max(f.feedback_index) AS last_index,
                    count(f.feedback_index) FILTER (WHERE f.revoked_block IS NULL) AS live
             FROM touched t LEFT JOIN feedback f
                  ON f.agent = t.agent AND f.client = t.client AND f.feedback_index IS NOT NULL
             GROUP BY t.agent, t.client),
         gone AS (
             DELETE FROM agent_client_stats c USING counted n
             WHERE c.agent = n.agent AND c.client = n.client AND n.last_index IS NULL)
         UPDATE agent_client_stats c SET feedback_count = n.live, last_index = n.last_index
         FROM counted n
         WHERE c.agent = n.agent AND c.client = n.client AND n.last_index IS NOT NULL",
        &owners,
        &clients,
    )
    .execute(&mut *connection)
    .await?;
    sqlx::query!(
        "DELETE FROM agent_tag_stats
         WHERE agent = ANY($1) AND feedback_count = 0 AND revoked_count = 0",
        agents,
    )
    .execute(&mut *connection)
    .await?;
    sqlx::query!(
        // Who was never rated has sums without a scale, as a new row has them.
        "UPDATE agent_stats s SET
             starred_sum = CASE WHEN s.feedback_count + s.revoked_count + s.validation_count = 0
                                THEN 0 ELSE s.starred_sum END,
             untagged_sum = CASE WHEN s.feedback_count + s.revoked_count + s.validation_count = 0
                                 THEN 0 ELSE s.untagged_sum END,
             client_count = (SELECT count(*) FROM agent_client_stats c
                             WHERE c.agent = s.agent AND c.feedback_count > 0),
             client_max_count = coalesce(
                 (SELECT c.feedback_count FROM agent_client_stats c
                  WHERE c.agent = s.agent ORDER BY c.feedback_count DESC LIMIT 1), 0),
             last_feedback_at =
                 (SELECT e.block_time FROM agent_identities i
                  JOIN chain_events e ON e.chain_id = i.chain_id
                       AND e.identity_registry = i.identity_registry AND e.agent_id = i.agent_id
                  WHERE i.id = s.agent AND i.chain_id = $2 AND e.block_number < $3
                    AND e.event = 'NewFeedback'
                  ORDER BY e.block_number DESC, e.log_index DESC LIMIT 1)
         WHERE s.agent = ANY($1)",
        agents,
        number(chain_id),
        number(from_block),
    )
    .execute(connection)
    .await?;
    Ok(())
}

fn slots(fold: &Fold) -> HashMap<Uuid, usize> {
    let agents = fold.agents.iter().enumerate();
    agents.map(|(slot, agent)| (agent.id, slot)).collect()
}

fn words(value: &str, decimals: i16, tag1: String, tag2: String) -> Words {
    Words {
        value: value.parse().unwrap_or_default(),
        decimals: u8::try_from(decimals).unwrap_or(u8::MAX),
        tag1,
        tag2,
    }
}
