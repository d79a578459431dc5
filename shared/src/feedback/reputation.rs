//! The reputation of one agent: never one bare number. Values of different tags or scales are never averaged
//! together, and every figure says how many clients stand behind it.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use sqlx::types::Json;
use utoipa::ToSchema;
use uuid::Uuid;

use crate::address::Address;
use crate::agents::lookup::{self, Name};
use crate::agents::{AgentId, AgentRef, PaymentStats};
use crate::chains::AsOf;
use crate::db::Reader;
use crate::decimal;
use crate::http::Problem;

/// Fraction digits that an average has beyond those of its values.
const AVERAGE_EXTRA_DECIMALS: usize = 6;

/// What the clients of an agent say of it, by tag.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Reputation {
    /// Our own id of the agent.
    pub id: Uuid,
    /// The agent's full name; absent while it is prepared only.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, example = "eip155:1:0x8004A169FB4a3325136EB29fA0ceB6D2e539a432:22721")]
    pub agent_ref: Option<AgentRef>,
    /// Feedback on chain that is not revoked, of all tags.
    #[schema(example = 14)]
    pub count: i64,
    /// Feedback on chain that was revoked.
    #[schema(example = 1)]
    pub revoked: i64,
    /// Of `count`, feedback by clients who have paid the agent, as a linked payment proves.
    #[schema(example = 6)]
    pub paid: i64,
    /// Distinct clients behind `count`.
    #[schema(example = 9)]
    pub clients: i64,
    /// The client who gave most of it; absent where there is none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub largest_client: Option<LargestClient>,
    /// What it was paid.
    pub payments: PaymentStats,
    /// One summary for each `tag1`, `tag2` and scale, the most used first; at most 100.
    pub tags: Vec<TagSummary>,
    /// Summaries that there are.
    #[schema(example = 2)]
    pub tag_count: i64,
    /// What was handed in here and is not on chain; nothing of it is in the rest.
    pub off_chain: OffChainReputation,
    /// The block that this is true as of.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub as_of: Option<AsOf>,
}

/// Feedback that is not on chain, and not revoked.
#[derive(Debug, Default, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct OffChainReputation {
    /// How much, of all tags.
    #[schema(example = 2)]
    pub count: i64,
    /// Distinct clients behind it.
    #[schema(example = 2)]
    pub clients: i64,
    /// One summary for each `tag1`, `tag2` and scale, the most used first; at most 100.
    pub tags: Vec<TagSummary>,
}

/// The client who gave most of an agent's feedback: one who gave nearly all of it speaks for nobody else.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct LargestClient {
    /// Who.
    pub client: Address,
    /// How much.
    #[schema(example = 4)]
    pub count: i64,
    /// Its part of the whole, 0 to 100.
    #[schema(example = "28.571429")]
    pub percent: String,
}

/// The feedback of one tag and scale.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct TagSummary {
    /// What was measured; empty for feedback without a tag. Its first 2,048 characters.
    #[schema(example = "starred")]
    pub tag1: String,
    /// What was measured, closer. Its first 2,048 characters.
    #[schema(example = "")]
    pub tag2: String,
    /// The scale of the values.
    #[schema(example = 0)]
    pub value_decimals: i16,
    /// Feedback that is not revoked.
    #[schema(example = 12)]
    pub count: i64,
    /// Feedback that was revoked.
    #[schema(example = 1)]
    pub revoked: i64,
    /// The sum of the values that are not revoked, exactly.
    #[schema(example = "1050")]
    pub sum: String,
    /// `sum` divided by `count`, cut six digits after the last digit of the values; absent where `count` is 0.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(example = "87.5")]
    pub average: Option<String>,
}

#[derive(Deserialize)]
struct OffChainRow {
    count: i64,
    clients: i64,
    tags: Vec<TagRow>,
}

#[derive(Deserialize)]
struct TagRow {
    tag1: String,
    tag2: String,
    decimals: i16,
    count: i64,
    revoked: i64,
    sum: String,
    /// The average in units of 10^-(decimals + 6).
    mean: Option<String>,
}

struct Row {
    id: Uuid,
    chain_id: i64,
    identity_registry: Address,
    agent_id: Option<AgentId>,
    feedback_count: i64,
    revoked_count: i64,
    paid_count: i64,
    client_count: i64,
    client: Option<Address>,
    client_max_count: i64,
    client_percent: Option<String>,
    payment_count: i64,
    payment_succeeded: i64,
    payment_failed: i64,
    payment_refunded: i64,
    payment_success: Option<String>,
    tags: Json<Vec<TagRow>>,
    tag_count: i64,
    off_chain: Json<OffChainRow>,
    as_of_block: Option<i64>,
    as_of_time: Option<DateTime<Utc>>,
    final_block: Option<i64>,
}

/// Reads the reputation of one agent.
///
/// # Errors
/// `AGENT_NOT_FOUND`, or `CHAIN_NOT_SUPPORTED` where the name's chain is not configured.
pub async fn reputation(reader: &Reader, agent: &AgentRef) -> Result<Reputation, Problem> {
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
               a.agent_id::text AS "agent_id: AgentId",
               coalesce(s.feedback_count, 0) AS "feedback_count!", coalesce(s.revoked_count, 0) AS "revoked_count!",
               (SELECT count(*) FROM feedback
                WHERE agent = a.id AND paid AND feedback_index IS NOT NULL AND revoked_at IS NULL) AS "paid_count!",
               coalesce(s.client_count, 0) AS "client_count!", coalesce(s.client_max_count, 0) AS "client_max_count!",
               (SELECT client FROM agent_client_stats WHERE agent = a.id AND feedback_count > 0
                ORDER BY feedback_count DESC, client LIMIT 1) AS "client: Address",
               trim_scale(round(s.client_max_count * 100.0 / nullif(s.feedback_count, 0), 6))::text AS client_percent,
               coalesce(s.payment_count, 0) AS "payment_count!",
               coalesce(s.payment_succeeded, 0) AS "payment_succeeded!",
               coalesce(s.payment_failed, 0) AS "payment_failed!",
               coalesce(s.payment_refunded, 0) AS "payment_refunded!",
               trim_scale(round(s.payment_succeeded * 100.0 / nullif(s.payment_count, 0), 6))::text AS payment_success,
               -- The mean is a division of whole numbers, so that no digit is lost whatever the size of the sum.
               (SELECT coalesce(json_agg(json_build_object(
                           'tag1', left(t.tag1, 2048), 'tag2', left(t.tag2, 2048), 'decimals', t.value_decimals,
                           'count', t.feedback_count, 'revoked', t.revoked_count, 'sum', t.value_sum::text,
                           'mean', div(t.value_sum * 1000000, nullif(t.feedback_count, 0))::text
                       ) ORDER BY t.feedback_count DESC, t.tag_hash, t.value_decimals), '[]')
                FROM (SELECT * FROM agent_tag_stats WHERE agent = a.id
                      ORDER BY feedback_count DESC, tag_hash, value_decimals LIMIT 100) t
               ) AS "tags!: Json<Vec<TagRow>>",
               (SELECT count(*) FROM agent_tag_stats WHERE agent = a.id) AS "tag_count!",
               (SELECT json_build_object('count', coalesce(sum(t.count), 0), 'clients', (
                           SELECT count(DISTINCT client) FROM feedback
                           WHERE agent = a.id AND feedback_index IS NULL AND revoked_at IS NULL),
                       'tags', coalesce(json_agg(json_build_object(
                           'tag1', t.tag1, 'tag2', t.tag2, 'decimals', t.value_decimals, 'count', t.count, 'revoked', 0,
                           'sum', t.sum::text, 'mean', div(t.sum * 1000000, t.count)::text
                       ) ORDER BY t.count DESC, t.tag1, t.tag2, t.value_decimals) FILTER (WHERE t.place <= 100), '[]'))
                FROM (SELECT tag1, tag2, value_decimals, count(*) AS count, sum(value) AS sum,
                             row_number() OVER (ORDER BY count(*) DESC, tag1, tag2, value_decimals) AS place
                      FROM feedback WHERE agent = a.id AND feedback_index IS NULL AND revoked_at IS NULL
                      GROUP BY tag1, tag2, value_decimals) t
               ) AS "off_chain!: Json<OffChainRow>",
               c.block_number AS "as_of_block?", c.block_time AS as_of_time, c.final_block
        FROM named JOIN agents a ON a.id = named.id
        LEFT JOIN agent_stats s ON s.agent = a.id
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

impl From<Row> for Reputation {
    fn from(row: Row) -> Self {
        let largest_client =
            row.client
                .zip(row.client_percent)
                .map(|(client, percent)| LargestClient {
                    client,
                    count: row.client_max_count,
                    percent,
                });
        Self {
            id: row.id,
            agent_ref: AgentRef::full(row.chain_id, row.identity_registry, row.agent_id),
            count: row.feedback_count,
            revoked: row.revoked_count,
            paid: row.paid_count,
            clients: row.client_count,
            largest_client,
            payments: PaymentStats {
                linked: row.payment_count,
                succeeded: row.payment_succeeded,
                failed: row.payment_failed,
                refunded: row.payment_refunded,
                success_percent: row.payment_success,
            },
            tags: row.tags.0.into_iter().map(TagSummary::from).collect(),
            tag_count: row.tag_count,
            off_chain: row.off_chain.0.into(),
            as_of: AsOf::from_cursor(row.as_of_block, row.as_of_time, row.final_block),
        }
    }
}

impl From<OffChainRow> for OffChainReputation {
    fn from(row: OffChainRow) -> Self {
        Self {
            count: row.count,
            clients: row.clients,
            tags: row.tags.into_iter().map(TagSummary::from).collect(),
        }
    }
}

impl From<TagRow> for TagSummary {
    fn from(row: TagRow) -> Self {
        let decimals = usize::try_from(row.decimals).unwrap_or_default();
        Self {
            sum: decimal::scaled(&row.sum, decimals),
            average: row
                .mean
                .map(|mean| decimal::scaled(&mean, decimals + AVERAGE_EXTRA_DECIMALS)),
            tag1: row.tag1,
            tag2: row.tag2,
            value_decimals: row.decimals,
            count: row.count,
            revoked: row.revoked,
        }
    }
}
