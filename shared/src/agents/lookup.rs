//! From the name of an agent to its row.
//!
//! Every statement about one agent begins with the same `named` part, which takes any form of the name: by UUID, or
//! by chain, registry (the chain's default one where the name has none) and agentId. The branch that the name does
//! not use compares with NULL and costs nothing.

use garde::Validate;
use serde::Deserialize;
use sqlx::{PgPool, Postgres, QueryBuilder};
use utoipa::IntoParams;
use uuid::Uuid;

use super::AgentRef;
use crate::http::{Code, Problem};

/// The agent that a path names.
#[derive(Clone, Debug, Deserialize, Validate, IntoParams)]
pub struct AgentPath {
    /// The agent: `{chainId}:{agentId}` in the chain's default registry, `eip155:{chainId}:{registry}:{agentId}`
    /// in full, or its UUID.
    #[garde(skip)]
    #[param(inline, example = "1337:0")]
    pub agent: AgentRef,
}

/// A name as the parameters of the `named` part.
pub(crate) struct Name {
    pub id: Option<Uuid>,
    pub chain_id: Option<i64>,
    pub registry: Option<Vec<u8>>,
    /// Decimal; cast to numeric in the statement.
    pub agent_id: Option<String>,
}

impl From<&AgentRef> for Name {
    fn from(agent: &AgentRef) -> Self {
        let (id, chain_id, registry, agent_id) = match agent {
            AgentRef::Id(id) => (Some(*id), None, None, None),
            AgentRef::Default { chain_id, agent_id } => {
                (None, Some(*chain_id), None, Some(agent_id))
            }
            AgentRef::Full {
                chain_id,
                registry,
                agent_id,
            } => (
                None,
                Some(*chain_id),
                Some(registry.as_bytes().to_vec()),
                Some(agent_id),
            ),
        };
        Self {
            id,
            // Parsing bounds it to a bigint.
            chain_id: chain_id.and_then(|id| i64::try_from(id).ok()),
            registry,
            agent_id: agent_id.map(ToString::to_string),
        }
    }
}

impl Name {
    /// Adds the agent's id as a scalar: the `named` part of a statement that is put together.
    pub fn push(self, query: &mut QueryBuilder<Postgres>) {
        query
            .push("(SELECT id FROM agents WHERE id = ")
            .push_bind(self.id)
            .push(" UNION ALL SELECT id FROM agents WHERE chain_id = ")
            .push_bind(self.chain_id)
            .push(" AND agent_id = ")
            .push_bind(self.agent_id)
            .push("::text::numeric AND identity_registry = coalesce(")
            .push_bind(self.registry)
            .push(", (SELECT address FROM registries WHERE chain_id = ")
            .push_bind(self.chain_id)
            .push(" AND kind = 'identity' AND is_default)))");
    }
}

/// Why a statement about an agent found nothing; `Ok` when the agent is there after all.
///
/// # Errors
/// `CHAIN_NOT_SUPPORTED` where the name's chain is not configured, else `AGENT_NOT_FOUND`.
pub async fn require(pool: &PgPool, agent: &AgentRef) -> Result<(), Problem> {
    let name = Name::from(agent);
    let found = sqlx::query!(
        r#"
        WITH named AS (
            SELECT id FROM agents WHERE id = $1
            UNION ALL
            SELECT id FROM agents WHERE chain_id = $2 AND agent_id = $4::text::numeric AND identity_registry = coalesce(
                $3, (SELECT address FROM registries WHERE chain_id = $2 AND kind = 'identity' AND is_default))
        )
        SELECT EXISTS (SELECT FROM named) AS "agent!",
               $2 IS NULL OR EXISTS (SELECT FROM chains WHERE chain_id = $2) AS "chain!"
        "#,
        name.id,
        name.chain_id,
        name.registry,
        name.agent_id,
    )
    .fetch_one(pool)
    .await?;
    if found.agent {
        Ok(())
    } else if found.chain {
        let detail = format!("No agent {agent} is indexed.");
        Err(Problem::new(Code::AgentNotFound, detail))
    } else {
        Err(unsupported_chain(name.chain_id))
    }
}

/// The problem of a statement that found no agent.
pub(crate) async fn missing(pool: &PgPool, agent: &AgentRef) -> Problem {
    match require(pool, agent).await {
        Err(problem) => problem,
        // It was registered between the two statements: the caller's next try finds it.
        Ok(()) => Problem::unavailable("agent", "it appeared between two statements"),
    }
}

/// An agent that nothing may be written about now.
pub(crate) fn suspended() -> Problem {
    let detail = "The agent's registry has suspended it.";
    Problem::new(Code::AgentSuspended, detail)
}

/// A chain that is not configured here.
pub(crate) fn unsupported_chain(chain_id: Option<i64>) -> Problem {
    let chain_id = chain_id.unwrap_or_default();
    let detail = format!("Chain {chain_id} is not indexed here.");
    Problem::new(Code::ChainNotSupported, detail)
}
