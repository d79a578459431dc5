//! The registration file itself, as the chain holds it.

use utoipa::openapi::schema::Type;
use utoipa::openapi::{ObjectBuilder, RefOr, Schema};

use super::AgentRef;
use super::lookup::{self, Name};
use super::registration::State;
use crate::db::Reader;
use crate::http::{Output, Problem, Reply};

/// The bytes of a registration file, or their absence.
#[derive(Debug)]
pub struct RegistrationFile {
    bytes: Vec<u8>,
    is_json: bool,
}

impl RegistrationFile {
    /// A file that is JSON.
    pub(super) const fn json(bytes: Vec<u8>) -> Self {
        Self {
            bytes,
            is_json: true,
        }
    }
}

impl Reply<RegistrationFile> {
    /// The bytes are a stranger's: a browser that opens them runs nothing.
    pub(super) fn sandboxed(self) -> Self {
        self.header("content-security-policy", "default-src 'none'; sandbox")
    }
}

impl Output for RegistrationFile {
    fn into_body(self) -> Result<(Vec<u8>, String), Problem> {
        let media_type = if self.is_json {
            "application/json"
        } else {
            "application/octet-stream"
        };
        Ok((self.bytes, media_type.to_owned()))
    }

    fn media_type() -> &'static str {
        "application/json"
    }

    fn schema(_: &mut Vec<(String, RefOr<Schema>)>) -> Option<RefOr<Schema>> {
        let schema = ObjectBuilder::new()
            .schema_type(Type::Object)
            .description(Some(
                "The file as it is, which ERC-8004 describes but nobody enforces. Bytes that are no JSON come as \
                 `application/octet-stream`.",
            ))
            .examples([serde_json::json!({
                "type": "https://eips.ethereum.org/EIPS/eip-8004#registration-v1",
                "name": "Weather oracle",
                "description": "Forecasts for any place, paid by x402.",
                "image": "https://agent.example/picture.png",
                "services": [{
                    "name": "A2A",
                    "endpoint": "https://agent.example/.well-known/agent-card.json",
                    "version": "0.3.0"
                }],
                "x402Support": true,
                "active": true,
                "registrations": [{
                    "agentId": 22721,
                    "agentRegistry": "eip155:1:0x8004A169FB4a3325136EB29fA0ceB6D2e539a432"
                }],
                "supportedTrust": ["reputation"]
            })]);
        Some(schema.into())
    }

    fn other_successes() -> &'static [(u16, &'static str)] {
        &[(
            204,
            "The agent exists and no file of it is held here. `Registration-State` says why: `none` (its URI is \
             empty), `pending` (the URI leads elsewhere and was not fetched yet), `unreadable` or `unsupported`.",
        )]
    }
}

/// Reads the file of one agent: its bytes, or 204 where none are held.
///
/// # Errors
/// `AGENT_NOT_FOUND`, or `CHAIN_NOT_SUPPORTED` where the name's chain is not configured.
pub async fn registration_file(
    reader: &Reader,
    agent: &AgentRef,
) -> Result<Reply<RegistrationFile>, Problem> {
    let name = Name::from(agent);
    let row = sqlx::query!(
        r#"
        WITH named AS (
            SELECT id FROM agents WHERE id = $1
            UNION ALL
            SELECT id FROM agents WHERE chain_id = $2 AND agent_id = $4::text::numeric AND identity_registry = coalesce(
                $3, (SELECT address FROM registries WHERE chain_id = $2 AND kind = 'identity' AND is_default))
        )
        SELECT a.registration_state AS "state: State", a.registration_file AS file,
               a.registration IS NOT NULL AS "is_json!"
        FROM named JOIN agents a ON a.id = named.id
        "#,
        name.id,
        name.chain_id,
        name.registry,
        name.agent_id,
    )
    .fetch_optional(reader.pool())
    .await?;
    let Some(row) = row else {
        return Err(lookup::missing(reader.pool(), agent).await);
    };
    let has_file = row.file.is_some();
    let file = RegistrationFile {
        bytes: row.file.unwrap_or_default(),
        is_json: row.is_json,
    };
    let reply = if has_file {
        Reply::ok(file).sandboxed()
    } else {
        Reply::no_content(file)
    };
    Ok(reply.header("registration-state", row.state.as_str()))
}
