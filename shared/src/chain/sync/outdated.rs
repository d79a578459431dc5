//! What a commit outdates in the cache.

use sqlx::PgConnection;

use crate::agents::AgentId;
use crate::cache::{Cache, Changed};
use crate::chain::apply::number;

/// The agents that a reorg touches, read before what is past the fork is taken back: those with events there, and those
/// with payments.
pub async fn by_reorg(
    connection: &mut PgConnection,
    chain_id: u64,
    from_block: u64,
) -> Result<Vec<Changed>, sqlx::Error> {
    sqlx::query_as!(
        Changed,
        r#"SELECT i.id AS "id!", i.chain_id AS "chain_id!", i.agent_id::text AS "agent_id: AgentId"
           FROM (SELECT DISTINCT identity_registry, agent_id FROM chain_events
                 WHERE chain_id = $1 AND block_number >= $2 AND agent_id IS NOT NULL) e
           JOIN agent_identities i ON i.chain_id = $1 AND i.identity_registry = e.identity_registry
                                  AND i.agent_id = e.agent_id
           UNION
           SELECT a.id, a.chain_id, a.agent_id::text FROM agents a
           WHERE a.id IN (SELECT agent FROM payments WHERE chain_id = $1
                          AND (block_number >= $2 OR refund_block >= $2))"#,
        number(chain_id),
        number(from_block),
    )
    .fetch_all(connection)
    .await
}

/// Outdates them, and the searches. Goes on when the run ends meanwhile: the change is committed.
pub async fn forget(cache: Option<&Cache>, changed: &[Changed]) {
    let Some(cache) = cache.filter(|_| !changed.is_empty()) else {
        return;
    };
    let (cache, changed) = (cache.clone(), changed.to_vec());
    let work = tokio::spawn(async move {
        cache.forget_agents(changed).await;
        cache.forget_searches().await;
    });
    if let Err(error) = work.await {
        tracing::error!(%error, "what changed was not outdated in the cache");
    }
}
