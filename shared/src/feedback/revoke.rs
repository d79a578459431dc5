//! Revocation: at once for what is only here, by a transaction for what is on chain.

use chrono::{DateTime, Utc};
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use super::give::call;
use crate::address::Address;
use crate::agents::AgentId;
use crate::cache::{Cache, Changed};
use crate::chain::rpc::RpcUrls;
use crate::chain::transaction::UnsignedTransaction;
use crate::db::Writer;
use crate::http::{Code, Problem};

/// What became of a revocation.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Revocation {
    /// The feedback.
    pub id: Uuid,
    /// When it was revoked; absent while only a transaction can do that.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub revoked_at: Option<DateTime<Utc>>,
    /// For feedback on chain: `revokeFeedback` of the reputation registry, for its client to sign and send. It is revoked
    /// when the event is indexed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub transaction: Option<UnsignedTransaction>,
}

struct Row {
    agent: Uuid,
    client: Address,
    chain_id: i64,
    reputation_registry: Address,
    agent_id: Option<AgentId>,
    feedback_index: Option<String>,
    revoked_at: Option<DateTime<Utc>>,
}

impl Row {
    /// The agent, as what outdates what is kept of it.
    const fn changed(&self) -> Changed {
        Changed {
            id: self.agent,
            chain_id: self.chain_id,
            agent_id: self.agent_id,
        }
    }
}

/// Revokes what `client` said. Once more changes nothing.
///
/// # Errors
/// `FEEDBACK_NOT_FOUND`, and `UNAUTHORIZED_OPERATION` for another client's.
pub async fn revoke(
    (writer, rpc, cache): (&Writer, &RpcUrls, &Cache),
    feedback: Uuid,
    client: Address,
    now: DateTime<Utc>,
) -> Result<Revocation, Problem> {
    // A statement that waited for another, which revoked it or saw it come on chain, still sees what was before: the
    // second one sees what that has written.
    for _ in 0..2 {
        let Some(row) = revoke_here(writer, feedback, client, now).await? else {
            let detail = format!("No feedback {feedback} is indexed.");
            return Err(Problem::new(Code::FeedbackNotFound, detail));
        };
        if row.client != client {
            let detail = format!(
                "The feedback is {}'s, and the key is {client}'s.",
                row.client
            );
            return Err(Problem::new(Code::UnauthorizedOperation, detail));
        }
        let transaction = match (row.revoked_at, &row.feedback_index) {
            (None, None) => continue,
            (None, Some(index)) => Some(on_chain(rpc, &row, index).await?),
            (Some(_), _) => {
                cache.forget_agents(vec![row.changed()]).await;
                None
            }
        };
        return Ok(Revocation {
            id: feedback,
            revoked_at: row.revoked_at,
            transaction,
        });
    }
    Err(Problem::unavailable("feedback", "it changes all the time"))
}

/// One statement: the row, revoked where it is this client's and not on chain, and what is counted of its agent.
async fn revoke_here(
    writer: &Writer,
    feedback: Uuid,
    client: Address,
    now: DateTime<Utc>,
) -> Result<Option<Row>, sqlx::Error> {
    sqlx::query_as!(
        Row,
        r#"
        WITH revoked AS (
            UPDATE feedback SET revoked_at = $3
            WHERE id = $1 AND client = $2 AND feedback_index IS NULL AND revoked_at IS NULL
            RETURNING agent, revoked_at
        ), counted AS (
            UPDATE agent_stats s SET off_chain_count = s.off_chain_count - 1 FROM revoked WHERE s.agent = revoked.agent
        )
        SELECT f.agent, f.client AS "client: Address", f.chain_id, f.reputation_registry AS "reputation_registry: Address",
               a.agent_id::text AS "agent_id: AgentId", f.feedback_index::text AS feedback_index,
               coalesce(f.revoked_at, (SELECT revoked_at FROM revoked)) AS revoked_at
        FROM feedback f JOIN agents a ON a.id = f.agent WHERE f.id = $1
        "#,
        feedback,
        client.as_bytes(),
        now,
    )
    .fetch_optional(writer.pool())
    .await
}

async fn on_chain(rpc: &RpcUrls, row: &Row, index: &str) -> Result<UnsignedTransaction, Problem> {
    let agent_id = row
        .agent_id
        .ok_or_else(|| Problem::internal("feedback on chain, and an agent that is not"))?;
    let index = index.parse().map_err(Problem::internal)?;
    let (data, work) = call::revoke(agent_id.into(), index);
    let chain_id = u64::try_from(row.chain_id).unwrap_or_default();
    let ends = (row.client, row.reputation_registry);
    Ok(UnsignedTransaction::new(rpc, chain_id, ends, data, work).await)
}
