//! All that is known of one agent, in one statement.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use sqlx::types::Json;
use utoipa::ToSchema;
use uuid::Uuid;

use super::lookup::{self, Name};
use super::registration::{Document, Fault, State, UriKind};
use super::{AgentId, AgentRef, AgentStatus};
use crate::address::Address;
use crate::chain::apply::file::File;
use crate::chains::AsOf;
use crate::db::Reader;
use crate::hex::Hex;
use crate::http::Problem;

/// An agent as the chain has it.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Agent {
    /// Our own id: the same after every rebuild of the index.
    pub id: Uuid,
    /// The full name, `eip155:{chainId}:{registry}:{agentId}`; absent while the agent is prepared only.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, example = "eip155:1:0x8004A169FB4a3325136EB29fA0ceB6D2e539a432:22721")]
    pub agent_ref: Option<AgentRef>,
    /// EIP-155 chain id.
    #[schema(example = 1)]
    pub chain_id: i64,
    /// The registry that it belongs to.
    pub identity_registry: Address,
    /// The token id: a uint256 in decimal.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub agent_id: Option<AgentId>,
    /// Where it is between preparation and suspension.
    pub status: AgentStatus,
    /// Who holds the token; absent where it was never seen.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub owner: Option<Address>,
    /// Where it is paid (`agentWallet`); absent where none is set.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub agent_wallet: Option<Address>,
    /// Who may act for it by an ERC-721 approval.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub approved: Option<Address>,
    /// The `agentURI` on chain, whole.
    #[schema(example = "https://agent.example/registration.json")]
    pub agent_uri: String,
    /// What the URI is.
    pub uri_kind: UriKind,
    /// What its registration file says.
    pub registration: ProfileFile,
    /// Metadata on chain, by key: the first 100 entries.
    pub metadata: Vec<MetadataEntry>,
    /// Entries that there are.
    #[schema(example = 1)]
    pub metadata_count: i64,
    /// The block of its registration.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(example = 24_339_925)]
    pub registered_block: Option<i64>,
    /// That block's time.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub registered_at: Option<DateTime<Utc>>,
    /// The transaction of its registration.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub registered_tx: Option<Hex>,
    /// The block of the last event about it.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(example = 24_340_112)]
    pub updated_block: Option<i64>,
    /// That block's time.
    pub updated_at: DateTime<Utc>,
    /// The block that this is true as of.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub as_of: Option<AsOf>,
}

/// What an agent's registration file says of it. Every field is the file's own word.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = Registration)]
pub struct ProfileFile {
    /// What became of the file.
    pub state: State,
    /// What is wrong with it.
    pub faults: Vec<Fault>,
    /// The agent's name.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(example = "Weather oracle")]
    pub name: Option<String>,
    /// What it does, in words.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(example = "Forecasts for any place, paid by x402.")]
    pub description: Option<String>,
    /// A URI of its picture.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(example = "https://agent.example/picture.png")]
    pub image: Option<String>,
    /// Whether it says that it takes work; without a readable file it does not.
    pub active: bool,
    /// Whether it says that it can be paid by x402.
    pub x402_support: bool,
    /// The trust models that it names.
    #[schema(example = json!(["reputation"]))]
    pub supported_trust: Vec<String>,
    /// How it can be reached.
    pub services: Vec<ProfileService>,
}

/// One way to reach an agent (`services`, in older files `endpoints`).
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = Service)]
pub struct ProfileService {
    /// The protocol: `web`, `A2A`, `MCP`, `OASF`, `ENS`, `DID`, `email`, or any other.
    #[schema(example = "A2A")]
    pub name: String,
    /// Where.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(example = "https://agent.example/.well-known/agent-card.json")]
    pub endpoint: Option<String>,
    /// The protocol's version.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(example = "0.3.0")]
    pub version: Option<String>,
    /// OASF skills.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub skills: Vec<String>,
    /// OASF domains.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub domains: Vec<String>,
    /// Whether anything answered at its domain when that was last asked; absent where it was not.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reachable: Option<bool>,
    /// When its domain was last asked.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub checked_at: Option<DateTime<Utc>>,
    /// Whether its domain names this agent: in `/.well-known/agent-registration.json`, or by serving
    /// its registration file.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub domain_verified: Option<bool>,
}

/// A metadata entry on chain.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct MetadataEntry {
    /// Its key.
    #[schema(example = "version")]
    pub key: String,
    /// Its bytes; absent where there are more than 10,000 of them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub value: Option<Hex>,
    /// The same as text, where it is printable UTF-8.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(example = "1.4.2")]
    pub text: Option<String>,
    /// How many bytes there are.
    #[schema(example = 5)]
    pub bytes: i64,
    /// The block in which it was set.
    #[schema(example = 24_340_112)]
    pub block: i64,
}

struct Row {
    id: Uuid,
    chain_id: i64,
    identity_registry: Address,
    agent_id: Option<AgentId>,
    status: AgentStatus,
    owner: Option<Address>,
    agent_wallet: Option<Address>,
    approved: Option<Address>,
    agent_uri: String,
    uri_kind: UriKind,
    registration_state: State,
    registration_faults: Json<Vec<Fault>>,
    name: Option<String>,
    description: Option<String>,
    image: Option<String>,
    active: bool,
    x402_support: bool,
    supported_trust: Vec<String>,
    services: Json<Vec<ProfileService>>,
    metadata: Json<Vec<MetadataEntry>>,
    metadata_count: i64,
    registered_block: Option<i64>,
    registered_at: Option<DateTime<Utc>>,
    registered_tx: Option<Hex>,
    updated_block: Option<i64>,
    updated_at: DateTime<Utc>,
    as_of_block: Option<i64>,
    as_of_time: Option<DateTime<Utc>>,
    final_block: Option<i64>,
}

/// Reads one agent.
///
/// # Errors
/// `AGENT_NOT_FOUND`, or `CHAIN_NOT_SUPPORTED` where the name's chain is not configured.
pub async fn profile(reader: &Reader, agent: &AgentRef) -> Result<Agent, Problem> {
    match fetch(reader, Name::from(agent)).await? {
        Some(row) => Ok(row.into()),
        None => Err(lookup::missing(reader.pool(), agent).await),
    }
}

async fn fetch(reader: &Reader, name: Name) -> Result<Option<Row>, sqlx::Error> {
    sqlx::query_as!(
        Row,
        r#"
        WITH named AS (
            SELECT id FROM agents WHERE id = $1
            UNION ALL
            SELECT id FROM agents WHERE chain_id = $2 AND agent_id = $4::text::numeric AND identity_registry = coalesce(
                $3, (SELECT address FROM registries WHERE chain_id = $2 AND kind = 'identity' AND is_default))
        )
        SELECT a.id, a.chain_id, a.identity_registry AS "identity_registry: Address",
               a.agent_id::text AS "agent_id: AgentId", a.status AS "status: AgentStatus",
               a.owner AS "owner: Address", a.agent_wallet AS "agent_wallet: Address",
               a.approved AS "approved: Address", a.agent_uri,
               a.uri_kind AS "uri_kind: UriKind",
               a.registration_state AS "registration_state: State",
               a.registration_faults AS "registration_faults: Json<Vec<Fault>>",
               a.name, a.description, a.image, a.active, a.x402_support, a.supported_trust,
               (SELECT coalesce(json_agg(json_build_object(
                           'name', s.name, 'endpoint', s.endpoint, 'version', s.version,
                           'skills', s.skills, 'domains', s.domains,
                           'reachable', d.reachable, 'checkedAt', d.checked_at,
                           'domainVerified', CASE WHEN d.checked_at IS NOT NULL THEN
                               coalesce(d.registrations @> ARRAY['eip155:' || a.chain_id || ':0x'
                                   || encode(a.identity_registry, 'hex') || ':' || a.agent_id], false)
                               OR coalesce(d.domain = endpoint_domain(a.agent_uri)
                                   AND a.registration_state IN ('valid', 'faulty'), false) END
                       ) ORDER BY s.position), '[]')
                FROM agent_services s LEFT JOIN endpoint_domains d ON d.domain = endpoint_domain(s.endpoint)
                WHERE s.agent = a.id) AS "services!: Json<Vec<ProfileService>>",
               (SELECT coalesce(json_agg(json_build_object(
                           'key', m.key, 'bytes', length(m.value), 'block', m.block_number,
                           'value', CASE WHEN length(m.value) <= 10000 THEN '0x' || encode(m.value, 'hex') END
                       ) ORDER BY m.key, m.key_hash), '[]')
                FROM (SELECT * FROM agent_metadata WHERE agent = a.id ORDER BY key, key_hash LIMIT 100) m
               ) AS "metadata!: Json<Vec<MetadataEntry>>",
               (SELECT count(*) FROM agent_metadata WHERE agent = a.id) AS "metadata_count!",
               a.registered_block, a.registered_at, a.registered_tx AS "registered_tx: Hex",
               a.updated_block, a.updated_at,
               c.block_number AS "as_of_block?", c.block_time AS as_of_time, c.final_block
        FROM named JOIN agents a ON a.id = named.id
        LEFT JOIN sync_cursors c ON c.chain_id = a.chain_id
        "#,
        name.id,
        name.chain_id,
        name.registry,
        name.agent_id,
    )
    .fetch_optional(reader.pool())
    .await
}

impl ProfileFile {
    /// Of a file that was just read.
    pub(super) fn of(file: &File, document: &Document) -> Self {
        let services = file.services.iter().map(|service| ProfileService {
            name: service.name.clone(),
            endpoint: service.endpoint.clone(),
            version: service.version.clone(),
            skills: service.skills.clone(),
            domains: service.domains.clone(),
            reachable: None,
            checked_at: None,
            domain_verified: None,
        });
        Self {
            state: document.state,
            faults: document.faults.clone(),
            name: file.name.clone(),
            description: file.description.clone(),
            image: file.image.clone(),
            active: file.active,
            x402_support: file.x402_support,
            supported_trust: file.supported_trust.clone(),
            services: services.collect(),
        }
    }
}

impl From<Row> for Agent {
    fn from(row: Row) -> Self {
        Self {
            id: row.id,
            agent_ref: AgentRef::full(row.chain_id, row.identity_registry, row.agent_id),
            chain_id: row.chain_id,
            identity_registry: row.identity_registry,
            agent_id: row.agent_id,
            status: row.status,
            owner: row.owner,
            agent_wallet: row.agent_wallet,
            approved: row.approved,
            agent_uri: row.agent_uri,
            uri_kind: row.uri_kind,
            registration: ProfileFile {
                state: row.registration_state,
                faults: row.registration_faults.0,
                name: row.name,
                description: row.description,
                image: row.image,
                active: row.active,
                x402_support: row.x402_support,
                supported_trust: row.supported_trust,
                services: row.services.0,
            },
            metadata: row
                .metadata
                .0
                .into_iter()
                .map(MetadataEntry::read)
                .collect(),
            metadata_count: row.metadata_count,
            registered_block: row.registered_block,
            registered_at: row.registered_at,
            registered_tx: row.registered_tx,
            updated_block: row.updated_block,
            updated_at: row.updated_at,
            as_of: AsOf::from_cursor(row.as_of_block, row.as_of_time, row.final_block),
        }
    }
}

impl MetadataEntry {
    /// Adds the text where the bytes are one that can be shown.
    fn read(mut self) -> Self {
        let bytes = self.value.as_ref().map(|hex| hex.0.as_slice());
        self.text = bytes
            .and_then(|bytes| std::str::from_utf8(bytes).ok())
            .filter(|text| !text.is_empty() && !text.chars().any(char::is_control))
            .map(str::to_owned);
        self
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn metadata_is_shown_as_text_only_where_it_is_text() {
        let text = |bytes: &[u8]| {
            MetadataEntry {
                key: "key".to_owned(),
                value: Some(Hex(bytes.to_vec())),
                text: None,
                bytes: 0,
                block: 0,
            }
            .read()
            .text
        };
        assert_eq!(
            text("1.4.2 \u{e9}".as_bytes()).as_deref(),
            Some("1.4.2 \u{e9}")
        );
        for bytes in [&b""[..], b"\x00\x01", b"\xff\xfe", b"line\nline"] {
            assert_eq!(text(bytes), None);
        }
    }
}
