//! The rows of feedback that is handed in.

use std::time::Duration;

use chrono::{DateTime, Utc};
use sqlx::PgConnection;
use uuid::Uuid;

use super::canonical::Canonical;
use super::request::NewFeedback;
use crate::address::Address;
use crate::agents::lookup::{self, Name};
use crate::agents::{AgentId, AgentRef, AgentStatus};
use crate::cache::Changed;
use crate::db::Writer;
use crate::http::{Code, Problem};
use crate::limits::FEEDBACK_PAUSE_MIN;

/// The agent that is spoken of, which this client may speak of.
#[derive(Clone, Copy, Debug)]
pub(super) struct Subject {
    /// Our own id of it.
    pub(super) agent: Uuid,
    /// EIP-155 chain id.
    pub(super) chain_id: i64,
    pub(super) identity_registry: Address,
    /// The reputation registry that speaks of that one's agents.
    pub(super) reputation_registry: Address,
    pub(super) agent_id: AgentId,
}

impl Subject {
    /// As what outdates what is kept of it.
    pub(super) const fn changed(&self) -> Changed {
        Changed {
            id: self.agent,
            chain_id: self.chain_id,
            agent_id: Some(self.agent_id),
        }
    }
}

/// Reads it, and what the client is to it as of the block that is indexed.
///
/// # Errors
/// `AGENT_NOT_FOUND`, `CHAIN_NOT_SUPPORTED` (also where no reputation registry is indexed), `AGENT_SUSPENDED`, and
/// `UNAUTHORIZED_OPERATION` for the agent's own owner, wallet or operator.
pub(super) async fn subject(
    writer: &Writer,
    agent: &AgentRef,
    client: Address,
) -> Result<Subject, Problem> {
    let name = Name::from(agent);
    let row = sqlx::query!(
        r#"
        WITH named AS (
            SELECT id FROM agents WHERE id = $1
            UNION ALL
            SELECT id FROM agents WHERE chain_id = $2 AND agent_id = $4::text::numeric AND identity_registry = coalesce(
                $3, (SELECT address FROM registries WHERE chain_id = $2 AND kind = 'identity' AND is_default))
        )
        SELECT a.id, a.chain_id, a.identity_registry AS "identity_registry: Address",
               a.agent_id::text AS "agent_id: AgentId", a.status AS "status: AgentStatus",
               (SELECT address FROM registries r
                WHERE r.chain_id = a.chain_id AND r.kind = 'reputation' AND r.identity_registry = a.identity_registry
                ORDER BY is_default DESC, address LIMIT 1) AS "reputation_registry: Address",
               CASE WHEN $5 = a.owner THEN 'owner'
                    WHEN $5 = a.agent_wallet THEN 'wallet'
                    WHEN is_authorized_or_owner($5, a.id) THEN 'operator'
               END AS role
        FROM named JOIN agents a ON a.id = named.id
        "#,
        name.id,
        name.chain_id,
        name.registry,
        name.agent_id,
        client.as_bytes(),
    )
    .fetch_optional(writer.pool())
    .await?;
    let Some(row) = row else {
        return Err(lookup::missing(writer.pool(), agent).await);
    };
    let (Some(agent_id), false) = (row.agent_id, row.status == AgentStatus::Prepared) else {
        let detail = format!("Agent {agent} is not registered on chain yet.");
        return Err(Problem::new(Code::AgentNotFound, detail));
    };
    if row.status == AgentStatus::Suspended {
        return Err(lookup::suspended());
    }
    if let Some(role) = row.role {
        let detail =
            format!("{client} is the agent's {role}, and nobody rates an agent of their own.");
        return Err(Problem::new(Code::UnauthorizedOperation, detail));
    }
    let Some(reputation_registry) = row.reputation_registry else {
        let detail = "No reputation registry is indexed for the agent's identity registry.";
        return Err(Problem::new(Code::ChainNotSupported, detail));
    };
    Ok(Subject {
        agent: row.id,
        chain_id: row.chain_id,
        identity_registry: row.identity_registry,
        reputation_registry,
        agent_id,
    })
}

/// All that is written of it.
#[derive(Debug)]
pub(super) struct Row<'a> {
    pub(super) id: Uuid,
    pub(super) subject: &'a Subject,
    pub(super) client: Address,
    pub(super) said: &'a NewFeedback,
    pub(super) uri: &'a str,
    pub(super) file: &'a Canonical,
    pub(super) now: DateTime<Utc>,
}

/// Writes it, where the client's turn has come, and says whether it counts as paid: two round trips. Of several at once
/// the row of the client's turn lets one pass.
///
/// # Errors
/// `FEEDBACK_TOO_SOON`, and `VALIDATION_ERROR` for a signature that was handed in before.
pub(super) async fn insert(connection: &mut PgConnection, row: &Row<'_>) -> Result<bool, Problem> {
    let Row {
        id,
        subject,
        client,
        said,
        uri,
        file,
        now,
    } = row;
    // First, because whoever links a payment changes this row, too: its payment is then seen, or sees this feedback. A
    // problem undoes it.
    sqlx::query!(
        "INSERT INTO agent_stats AS s (agent, off_chain_count) VALUES ($1, 1)
         ON CONFLICT (agent) DO UPDATE SET off_chain_count = s.off_chain_count + 1",
        subject.agent,
    )
    .execute(&mut *connection)
    .await?;
    let (signature, proof) = (said.signature.as_ref(), said.proof_of_payment.as_ref());
    let done = sqlx::query!(
        r#"
        WITH turn AS (
            INSERT INTO feedback_turns AS t (agent, client, given_at) VALUES ($2, $6, $15)
            ON CONFLICT (agent, client) DO UPDATE SET given_at = excluded.given_at WHERE t.given_at <= $16
            RETURNING agent
        ), given AS (
            INSERT INTO feedback (id, agent, chain_id, identity_registry, reputation_registry, client, value,
                value_decimals, tag1, tag2, endpoint, feedback_uri, feedback_hash, source, feedback_file, created_at,
                signature, issued_at, expires_at, proof_chain_id, proof_transaction, paid)
            SELECT $1, agent, $3, $4, $5, $6, $7::text::numeric, $8, $9, $10, $11, $12, $13, 'api', $14, $15,
                   $17, $18, $19, $20, $21, is_paid($6, $2, $20, $21)
            FROM turn ON CONFLICT DO NOTHING RETURNING paid
        )
        SELECT EXISTS (SELECT FROM turn) AS "in_turn!", (SELECT paid FROM given) AS paid,
               (SELECT given_at FROM feedback_turns WHERE agent = $2 AND client = $6) AS last
        "#,
        id,
        subject.agent,
        subject.chain_id,
        subject.identity_registry.as_bytes(),
        subject.reputation_registry.as_bytes(),
        client.as_bytes(),
        said.value.to_string(),
        i16::from(said.value_decimals),
        said.tag1,
        said.tag2,
        said.endpoint,
        uri,
        file.hash.as_slice(),
        file.bytes,
        now,
        *now - FEEDBACK_PAUSE_MIN,
        signature.map(|signature| signature.signature.to_vec()),
        signature.map(|signature| signature.issued_at),
        signature.map(|signature| signature.expires_at),
        proof.map(|proof| proof.chain_id.get()),
        proof.map(|proof| proof.tx_hash.as_bytes()),
    )
    .fetch_one(connection)
    .await?;
    match (done.paid, done.in_turn) {
        (Some(paid), _) => Ok(paid),
        (None, true) => Err(Problem::at("/body/signature", "was handed in before")),
        (None, false) => Err(too_soon(done.last, *now)),
    }
}

/// One that was given at the same moment is not seen: the whole pause is still to come.
fn too_soon(last: Option<DateTime<Utc>>, now: DateTime<Utc>) -> Problem {
    let wait = last
        .and_then(|last| (last + FEEDBACK_PAUSE_MIN - now).to_std().ok())
        .unwrap_or(FEEDBACK_PAUSE_MIN)
        .clamp(Duration::from_secs(1), FEEDBACK_PAUSE_MIN);
    let detail = format!(
        "This client has given this agent feedback within the last {} s.",
        FEEDBACK_PAUSE_MIN.as_secs()
    );
    Problem::new(Code::FeedbackTooSoon, detail).retry_after(wait)
}

#[cfg(test)]
impl Subject {
    /// The agent with the largest id, on Ethereum.
    pub(super) fn for_testing() -> Self {
        let address = |text: &str| text.parse().unwrap();
        Self {
            agent: Uuid::nil(),
            chain_id: 1,
            identity_registry: address("0x8004A169FB4a3325136EB29fA0ceB6D2e539a432"),
            reputation_registry: address("0x8004BAa17C55a88189AE136b182e5fdA19dE9b63"),
            agent_id: alloy_primitives::U256::MAX.to_string().parse().unwrap(),
        }
    }
}
