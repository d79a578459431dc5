//! The rows of a prepared agent.

use chrono::{DateTime, Utc};
use sqlx::{PgConnection, PgExecutor};
use uuid::Uuid;

use crate::address::Address;
use crate::chain::apply::file::File;
use crate::chain::apply::prepared::uri_hash;
use crate::http::{Code, Problem};

/// Where an agent is to be registered.
#[derive(Clone, Copy, Debug)]
pub(super) struct Place {
    /// EIP-155 chain id.
    pub(super) chain_id: i64,
    /// The chain's default identity registry.
    pub(super) registry: Address,
    /// The last block that is final, -1 if none is.
    pub(super) final_block: i64,
}

/// By what a wallet's file is known: a wallet prepares it once for a registry.
#[derive(Clone, Copy, Debug)]
pub(super) struct NaturalKey {
    pub(super) owner: Address,
    /// SHA-256 of the file.
    pub(super) file_hash: [u8; 32],
}

/// All that is written of a prepared agent.
#[derive(Debug)]
pub(super) struct Row<'a> {
    pub(super) id: Uuid,
    pub(super) place: Place,
    pub(super) key: NaturalKey,
    pub(super) uri: &'a str,
    pub(super) file: &'a File,
    pub(super) now: DateTime<Utc>,
}

/// Where agents of a chain are registered, unless the wallet has prepared the file there already.
///
/// # Errors
/// `CHAIN_NOT_SUPPORTED`, `AGENT_ALREADY_EXISTS`.
pub(super) async fn place(
    database: impl PgExecutor<'_>,
    chain_id: i64,
    key: NaturalKey,
) -> Result<Place, Problem> {
    let found = sqlx::query!(
        r#"SELECT r.address AS "registry: Address", coalesce(c.final_block, -1) AS "final_block!",
                  p.agent AS "prepared?"
           FROM registries r
           LEFT JOIN sync_cursors c ON c.chain_id = r.chain_id
           LEFT JOIN prepared_agents p ON p.chain_id = r.chain_id AND p.identity_registry = r.address
                AND p.owner = $2 AND p.file_hash = $3
           WHERE r.chain_id = $1 AND r.kind = 'identity' AND r.is_default"#,
        chain_id,
        key.owner.as_bytes(),
        &key.file_hash,
    )
    .fetch_optional(database)
    .await?;
    let Some(found) = found else {
        return Err(crate::agents::lookup::unsupported_chain(Some(chain_id)));
    };
    if let Some(agent) = found.prepared {
        return Err(prepared_already(agent));
    }
    Ok(Place {
        chain_id,
        registry: found.registry,
        final_block: found.final_block,
    })
}

fn prepared_already(agent: Uuid) -> Problem {
    let detail =
        format!("This wallet has prepared this file for this chain already, as agent {agent}.");
    Problem::new(Code::AgentAlreadyExists, detail)
}

/// Writes the agent, in one statement.
///
/// # Errors
/// `AGENT_ALREADY_EXISTS` where the wallet has prepared or registered it already.
pub(super) async fn insert(connection: &mut PgConnection, row: &Row<'_>) -> Result<(), Problem> {
    let Row { place, key, .. } = row;
    let inserted = sqlx::query!(
        "WITH prepared AS (
             INSERT INTO prepared_agents (agent, chain_id, identity_registry, owner, agent_uri, uri_hash,
                 registration_file, file_hash, final_block, created_at)
             SELECT $1, $2, $3, $4, $5, $6, $7, $8, $9, $10
             WHERE NOT EXISTS (
                 SELECT FROM agents WHERE chain_id = $2 AND identity_registry = $3 AND owner = $4 AND agent_uri = $5)
             ON CONFLICT (chain_id, identity_registry, owner, file_hash) DO NOTHING
             RETURNING agent),
         identity AS (
             INSERT INTO agent_identities (id, chain_id, identity_registry, origin, created_at)
             SELECT agent, $2, $3, 'prepared', $10 FROM prepared),
         row AS (
             INSERT INTO agents (id, chain_id, identity_registry, status, agent_uri, registration_file,
                 created_at, updated_at, uri_kind, registration_state, registration, registration_faults,
                 name, description, image, active, x402_support, supported_trust, service_names, skills,
                 domains, search_terms)
             SELECT agent, $2, $3, 'prepared', $5, $7, $10, $10, c.uri_kind, c.state,
                    c.registration::jsonb, c.faults::jsonb, c.name, c.description, c.image, c.active,
                    c.x402_support, c.supported_trust, c.service_names, c.skills, c.domains, c.search_terms
             FROM prepared, jsonb_to_record($11) AS c (uri_kind text, state text, registration text,
                 faults text, name text, description text, image text, active boolean,
                 x402_support boolean, supported_trust text[], service_names text[],
                 skills text[], domains text[], search_terms text)),
         services AS (
             INSERT INTO agent_services (agent, position, name, endpoint, version, skills, domains)
             SELECT agent, s.place - 1, s.name, s.endpoint, s.version, s.skills, s.domains
             FROM prepared, ROWS FROM (jsonb_to_recordset($11 -> 'services') AS (name text, endpoint text,
                 version text, skills text[], domains text[])) WITH ORDINALITY
                 AS s (name, endpoint, version, skills, domains, place))
         INSERT INTO agent_stats (agent) SELECT agent FROM prepared",
        row.id,
        place.chain_id,
        place.registry.as_bytes(),
        key.owner.as_bytes(),
        row.uri,
        &uri_hash(row.uri),
        row.file.bytes.as_deref().unwrap_or_default(),
        &key.file_hash,
        place.final_block,
        row.now,
        row.file.columns(),
    )
    .execute(&mut *connection)
    .await?;
    if inserted.rows_affected() == 1 {
        return Ok(());
    }
    // Somebody else was faster with the same, or the wallet registered it without us.
    self::place(connection, place.chain_id, *key).await?;
    let detail = "This wallet has registered this file on this chain already.";
    Err(Problem::new(Code::AgentAlreadyExists, detail))
}
