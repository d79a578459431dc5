//! What is counted of one agent. The counts are kept in the transactions that change them, so they are never stale.

use chrono::{DateTime, Utc};
use serde::Serialize;
use sqlx::types::Json;
use utoipa::ToSchema;
use uuid::Uuid;

use super::lookup::{self, Name};
use super::{AgentId, AgentRef, ScoreBasis, TrustLevel};
use crate::address::Address;
use crate::chains::AsOf;
use crate::db::Reader;
use crate::http::Problem;
use crate::payments::{TokenTotal, TotalRow};

/// What is counted of one agent. Averages and percentages are decimal strings of at most 6 fraction digits.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct AgentStats {
    /// Our own id.
    pub id: Uuid,
    /// The full name; absent while the agent is prepared only.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, example = "eip155:1:0x8004A169FB4a3325136EB29fA0ceB6D2e539a432:22721")]
    pub agent_ref: Option<AgentRef>,
    /// How far it can be trusted, by what was paid and said.
    pub trust_level: TrustLevel,
    /// The average of its ratings; absent where there are none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub score: Option<Score>,
    /// What was said of it.
    pub feedback: FeedbackStats,
    /// What was validated.
    pub validations: ValidationStats,
    /// What it was paid.
    pub payments: PaymentStats,
    /// What its succeeded payments came to, token by token, the most used first; at most 20.
    pub earned: Vec<TokenTotal>,
    /// The block that this is true as of.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub as_of: Option<AsOf>,
}

/// The average of an agent's ratings from 0 to 100.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Score {
    /// The average.
    #[schema(example = "87.5")]
    pub average: String,
    /// What it is the average of.
    pub basis: ScoreBasis,
    /// How many ratings it is made of.
    #[schema(example = 12)]
    pub count: i64,
    /// Those of 80 and more.
    #[schema(example = 10)]
    pub positive: i64,
    /// Those below 50.
    #[schema(example = 1)]
    pub negative: i64,
}

/// What was said of an agent.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct FeedbackStats {
    /// Feedback on chain that is not revoked.
    #[schema(example = 14)]
    pub on_chain: i64,
    /// Feedback that was handed in here, is not on chain, and not revoked. Nothing else counts it.
    #[schema(example = 0)]
    pub off_chain: i64,
    /// Of all these, feedback by clients who have paid the agent, as a linked payment proves.
    #[schema(example = 6)]
    pub paid: i64,
    /// Feedback on chain that its client revoked.
    #[schema(example = 1)]
    pub revoked: i64,
    /// Distinct clients.
    #[schema(example = 9)]
    pub clients: i64,
    /// Responses to feedback.
    #[schema(example = 2)]
    pub responses: i64,
    /// When the newest feedback was given.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub last_at: Option<DateTime<Utc>>,
}

/// What was validated of an agent.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct ValidationStats {
    /// Requests.
    #[schema(example = 3)]
    pub requested: i64,
    /// Requests with at least one response.
    #[schema(example = 2)]
    pub answered: i64,
    /// The average of the latest response to each, from 0 to 100; absent where there is none.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(example = "95")]
    pub average: Option<String>,
}

/// What an agent was paid.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct PaymentStats {
    /// Payments linked to it that count: neither pending nor withdrawn.
    #[schema(example = 11)]
    pub linked: i64,
    /// Those that succeeded.
    #[schema(example = 10)]
    pub succeeded: i64,
    /// Those whose transaction reverted.
    #[schema(example = 1)]
    pub failed: i64,
    /// Those that were paid back in full.
    #[schema(example = 0)]
    pub refunded: i64,
    /// 100 × succeeded / (succeeded + failed + refunded); absent where that is nothing.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(example = "90.909091")]
    pub success_percent: Option<String>,
}

struct Row {
    id: Uuid,
    chain_id: i64,
    identity_registry: Address,
    agent_id: Option<AgentId>,
    trust_level: TrustLevel,
    score_basis: Option<ScoreBasis>,
    score: Option<String>,
    score_count: i64,
    positive: i64,
    negative: i64,
    feedback_count: i64,
    off_chain_count: i64,
    paid_count: i64,
    revoked_count: i64,
    client_count: i64,
    response_count: i64,
    last_feedback_at: Option<DateTime<Utc>>,
    validation_count: i64,
    answered_count: i64,
    validation_average: Option<String>,
    payment_count: i64,
    payment_succeeded: i64,
    payment_failed: i64,
    payment_refunded: i64,
    payment_success: Option<String>,
    earned: Json<Vec<TotalRow>>,
    as_of_block: Option<i64>,
    as_of_time: Option<DateTime<Utc>>,
    final_block: Option<i64>,
}

/// Reads the stats of one agent.
///
/// # Errors
/// `AGENT_NOT_FOUND`, or `CHAIN_NOT_SUPPORTED` where the name's chain is not configured.
pub async fn stats(reader: &Reader, agent: &AgentRef) -> Result<AgentStats, Problem> {
    match fetch(reader, Name::from(agent)).await? {
        Some(row) => Ok(row.into()),
        None => Err(lookup::missing(reader.pool(), agent).await),
    }
}

/// The score, the payment success and the trust level are those of `mv_agent_reputation`, of the present moment.
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
               agent_trust_level(s.feedback_count, s.payment_count, d.payment_success, d.score)
                   AS "trust_level!: TrustLevel",
               d.score_basis AS "score_basis: ScoreBasis",
               trim_scale(round(d.score, 6))::text AS score,
               CASE WHEN d.starred THEN s.starred_count ELSE s.untagged_count END AS "score_count!",
               CASE WHEN d.starred THEN s.starred_positive ELSE s.untagged_positive END AS "positive!",
               CASE WHEN d.starred THEN s.starred_negative ELSE s.untagged_negative END AS "negative!",
               s.feedback_count AS "feedback_count!", s.off_chain_count AS "off_chain_count!",
               (SELECT count(*) FROM feedback WHERE agent = a.id AND paid AND revoked_at IS NULL) AS "paid_count!",
               s.revoked_count AS "revoked_count!", s.client_count AS "client_count!",
               s.response_count AS "response_count!", s.last_feedback_at,
               s.validation_count AS "validation_count!", s.answered_count AS "answered_count!",
               trim_scale(round(s.response_sum::numeric / nullif(s.answered_count, 0), 6))::text AS validation_average,
               s.payment_count AS "payment_count!", s.payment_succeeded AS "payment_succeeded!",
               s.payment_failed AS "payment_failed!", s.payment_refunded AS "payment_refunded!",
               trim_scale(round(d.payment_success, 6))::text AS payment_success,
               (SELECT coalesce(json_agg(json_build_object(
                           'token', '0x' || encode(nullif(t.token, ''), 'hex'), 'symbol', t.symbol,
                           'payments', t.payment_count, 'amount', t.amount::text, 'decimals', t.decimals
                       ) ORDER BY t.payment_count DESC, t.token), '[]')
                FROM (SELECT * FROM agent_token_stats WHERE agent = a.id AND payment_count > 0
                      ORDER BY payment_count DESC, token LIMIT 20) t) AS "earned!: Json<Vec<TotalRow>>",
               c.block_number AS "as_of_block?", c.block_time AS as_of_time, c.final_block
        FROM named JOIN agents a ON a.id = named.id
        CROSS JOIN LATERAL (
            -- An agent of which nothing was counted yet has no row.
            SELECT coalesce(feedback_count, 0) AS feedback_count, coalesce(revoked_count, 0) AS revoked_count,
                   coalesce(off_chain_count, 0) AS off_chain_count, coalesce(client_count, 0) AS client_count,
                   coalesce(response_count, 0) AS response_count, coalesce(starred_count, 0) AS starred_count,
                   coalesce(starred_sum, 0) AS starred_sum, coalesce(starred_positive, 0) AS starred_positive,
                   coalesce(starred_negative, 0) AS starred_negative,
                   coalesce(untagged_count, 0) AS untagged_count, coalesce(untagged_sum, 0) AS untagged_sum,
                   coalesce(untagged_positive, 0) AS untagged_positive,
                   coalesce(untagged_negative, 0) AS untagged_negative,
                   coalesce(validation_count, 0) AS validation_count,
                   coalesce(answered_count, 0) AS answered_count, coalesce(response_sum, 0) AS response_sum,
                   coalesce(payment_count, 0) AS payment_count,
                   coalesce(payment_succeeded, 0) AS payment_succeeded,
                   coalesce(payment_failed, 0) AS payment_failed,
                   coalesce(payment_refunded, 0) AS payment_refunded, last_feedback_at
            FROM (SELECT) one LEFT JOIN agent_stats ON agent = a.id
        ) s
        CROSS JOIN LATERAL (
            SELECT s.starred_count > 0 AS starred,
                   CASE WHEN s.starred_count > 0 THEN 'starred' WHEN s.untagged_count > 0 THEN 'untagged' END
                       AS score_basis,
                   CASE WHEN s.starred_count > 0 THEN s.starred_sum / s.starred_count
                        WHEN s.untagged_count > 0 THEN s.untagged_sum / s.untagged_count END AS score,
                   s.payment_succeeded * 100.0
                       / nullif(s.payment_succeeded + s.payment_failed + s.payment_refunded, 0) AS payment_success
        ) d
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

impl From<Row> for AgentStats {
    fn from(row: Row) -> Self {
        let score = row
            .score
            .zip(row.score_basis)
            .map(|(average, basis)| Score {
                average,
                basis,
                count: row.score_count,
                positive: row.positive,
                negative: row.negative,
            });
        Self {
            id: row.id,
            agent_ref: AgentRef::full(row.chain_id, row.identity_registry, row.agent_id),
            trust_level: row.trust_level,
            score,
            feedback: FeedbackStats {
                on_chain: row.feedback_count,
                off_chain: row.off_chain_count,
                paid: row.paid_count,
                revoked: row.revoked_count,
                clients: row.client_count,
                responses: row.response_count,
                last_at: row.last_feedback_at,
            },
            validations: ValidationStats {
                requested: row.validation_count,
                answered: row.answered_count,
                average: row.validation_average,
            },
            payments: PaymentStats {
                linked: row.payment_count,
                succeeded: row.payment_succeeded,
                failed: row.payment_failed,
                refunded: row.payment_refunded,
                success_percent: row.payment_success,
            },
            earned: row.earned.0.into_iter().map(TokenTotal::from).collect(),
            as_of: AsOf::from_cursor(row.as_of_block, row.as_of_time, row.final_block),
        }
    }
}
