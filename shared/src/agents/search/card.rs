//! One agent in a list.

use chrono::{DateTime, Utc};
use serde::Serialize;
use sqlx::FromRow;
use utoipa::ToSchema;
use uuid::Uuid;

use crate::address::Address;
use crate::agents::{AgentId, AgentRef, AgentStatus, ScoreBasis, TrustLevel};

/// An agent in short. Standing (`trustLevel` to `paymentSuccessPercent`) is as of the last refresh of the views, at
/// most about a minute ago; the agent's stats have it of the present moment.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct AgentCard {
    /// Our own id: the same after every rebuild of the index.
    pub id: Uuid,
    /// The full name; absent while the agent is prepared only.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, example = "eip155:1:0x8004A169FB4a3325136EB29fA0ceB6D2e539a432:22721")]
    pub agent_ref: Option<AgentRef>,
    /// EIP-155 chain id.
    #[schema(example = 1)]
    pub chain_id: i64,
    /// The token id: a uint256 in decimal.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub agent_id: Option<AgentId>,
    /// Where it is between preparation and suspension.
    pub status: AgentStatus,
    /// Who holds the token.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub owner: Option<Address>,
    /// Where it is paid.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub agent_wallet: Option<Address>,
    /// Its name; the first 200 characters.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(example = "Weather oracle")]
    pub name: Option<String>,
    /// What it does; the first 300 characters.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(example = "Forecasts for any place, paid by x402.")]
    pub description: Option<String>,
    /// A URI of its picture; absent where it is longer than 2,048 characters.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(example = "https://agent.example/picture.png")]
    pub image: Option<String>,
    /// Whether it says that it takes work.
    pub active: bool,
    /// Whether it says that it can be paid by x402.
    pub x402_support: bool,
    /// The trust models that it names; the first 20.
    #[schema(example = json!(["reputation"]))]
    pub supported_trust: Vec<String>,
    /// The names of its services in lower case; the first 20.
    #[schema(example = json!(["a2a", "mcp"]))]
    pub services: Vec<String>,
    /// How far it can be trusted.
    pub trust_level: TrustLevel,
    /// Its score, 0 to 100; absent where there is none.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(example = "87.5")]
    pub score: Option<String>,
    /// What the score is the average of.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub score_basis: Option<ScoreBasis>,
    /// Feedback on chain that is not revoked.
    #[schema(example = 14)]
    pub feedback_count: i64,
    /// Distinct clients behind it.
    #[schema(example = 9)]
    pub client_count: i64,
    /// Payments that succeeded, in percent of those that ended; absent where there are none.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(example = "90.909091")]
    pub payment_success_percent: Option<String>,
    /// When it was first seen on chain.
    pub created_at: DateTime<Utc>,
    /// When it last changed.
    pub updated_at: DateTime<Utc>,
}

#[derive(FromRow)]
pub(super) struct Row {
    pub id: Uuid,
    chain_id: i64,
    identity_registry: Address,
    agent_id: Option<AgentId>,
    status: AgentStatus,
    owner: Option<Address>,
    agent_wallet: Option<Address>,
    name: Option<String>,
    description: Option<String>,
    image: Option<String>,
    active: bool,
    x402_support: bool,
    supported_trust: Vec<String>,
    service_names: Vec<String>,
    trust_level: Option<TrustLevel>,
    pub score: Option<String>,
    score_basis: Option<ScoreBasis>,
    pub feedback_count: Option<i64>,
    client_count: Option<i64>,
    payment_success: Option<String>,
    pub created_at: DateTime<Utc>,
    updated_at: DateTime<Utc>,
    pub name_key: Option<String>,
    /// How well the text matches; 0 where none was asked for.
    pub rank: f32,
    /// Which of the statement's steps it is of.
    pub step: i16,
}

impl From<Row> for AgentCard {
    fn from(row: Row) -> Self {
        Self {
            id: row.id,
            agent_ref: AgentRef::full(row.chain_id, row.identity_registry, row.agent_id),
            chain_id: row.chain_id,
            agent_id: row.agent_id,
            status: row.status,
            owner: row.owner,
            agent_wallet: row.agent_wallet,
            name: row.name,
            description: row.description,
            image: row.image,
            active: row.active,
            x402_support: row.x402_support,
            supported_trust: row.supported_trust,
            services: row.service_names,
            // The views have not seen it yet, so nobody has rated or paid it for longer than a minute.
            trust_level: row.trust_level.unwrap_or(TrustLevel::New),
            score: row.score,
            score_basis: row.score_basis,
            feedback_count: row.feedback_count.unwrap_or_default(),
            client_count: row.client_count.unwrap_or_default(),
            payment_success_percent: row.payment_success,
            created_at: row.created_at,
            updated_at: row.updated_at,
        }
    }
}
