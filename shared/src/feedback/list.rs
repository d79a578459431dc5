//! The feedback of one agent, newest first.

use chrono::{DateTime, Utc};
use garde::Validate;
use serde::{Deserialize, Serialize};
use sqlx::types::Json;
use sqlx::{FromRow, Postgres, QueryBuilder};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

use crate::address::Address;
use crate::agents::AgentRef;
use crate::agents::lookup::{self, Name};
use crate::db::Reader;
use crate::decimal;
use crate::hex::Hex;
use crate::http::{Cursor, Page, Problem, Scan, of_the_page, shown};
use crate::limits::{PAGE_SIZE_DEFAULT, PAGE_SIZE_MAX};

/// Which feedback to list.
#[derive(Clone, Debug, Default, Serialize, Deserialize, Validate, IntoParams)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[garde(allow_unvalidated)]
pub struct FeedbackQuery {
    /// Only of this client.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[param(inline)]
    pub client: Option<Address>,
    /// Only with this `tag1`, exactly; empty for feedback without one.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[param(example = "starred")]
    pub tag1: Option<String>,
    /// Only with this `tag2`, exactly; empty for feedback without one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tag2: Option<String>,
    /// Also what its client revoked. By default it is left out.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub include_revoked: Option<bool>,
    /// Rows in a page; 20 by default.
    #[serde(skip_serializing_if = "of_the_page")]
    #[garde(inner(range(min = 1, max = PAGE_SIZE_MAX)))]
    #[param(minimum = 1, maximum = 100, example = 20)]
    pub limit: Option<u16>,
    /// `nextCursor` of the page before. It carries the filters; those beside it repeat them or are absent.
    #[serde(skip_serializing_if = "of_the_page")]
    #[param(value_type = Option<String>)]
    pub cursor: Option<Cursor>,
}

/// One client's word on an agent.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Feedback {
    /// Our own id: the same after every rebuild of the index.
    pub id: Uuid,
    /// Who gave it.
    pub client: Address,
    /// Its number among those of this client to this agent, from 1; absent for feedback that is not on chain.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(example = "1")]
    pub feedback_index: Option<String>,
    /// The value: an int128 in units of 10^-`valueDecimals`.
    #[schema(example = "9977")]
    pub value: String,
    /// The value's scale.
    #[schema(example = 2)]
    pub value_decimals: i16,
    /// Both together, as a decimal.
    #[schema(example = "99.77")]
    pub decimal_value: String,
    /// What was measured; empty where nothing is said.
    #[schema(example = "uptime")]
    pub tag1: String,
    /// What was measured, closer; empty where nothing is said.
    #[schema(example = "")]
    pub tag2: String,
    /// The endpoint that was used.
    #[schema(example = "https://agent.example/GetPrice")]
    pub endpoint: String,
    /// Where more is said.
    #[schema(example = "ipfs://bafkreie4x2")]
    pub feedback_uri: String,
    /// Keccak-256 of the file there; zero where the URI names the content itself.
    pub feedback_hash: Hex,
    /// Where it was given.
    pub source: FeedbackSource,
    /// Whether it comes with a payment to the agent that was verified.
    pub paid: bool,
    /// When it was given.
    pub created_at: DateTime<Utc>,
    /// Its block; absent for feedback that is not on chain.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(example = 24_340_200)]
    pub block: Option<i64>,
    /// Its transaction; absent for feedback that is not on chain.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub transaction_hash: Option<Hex>,
    /// When its client revoked it; absent where that did not happen.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub revoked_at: Option<DateTime<Utc>>,
    /// Responses to it, counted up to 1,000.
    #[schema(example = 1)]
    pub response_count: i64,
    /// The newest three of them.
    pub responses: Vec<Response>,
    /// Fields that were cut to 2,048 characters; absent where none was.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub truncated: Vec<&'static str>,
}

/// Where feedback was given.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema, sqlx::Type)]
#[serde(rename_all = "camelCase")]
#[sqlx(type_name = "text", rename_all = "lowercase")]
pub enum FeedbackSource {
    /// On chain, in a reputation registry.
    Chain,
    /// Here, signed by the client.
    Api,
}

/// A response to feedback: by the agent, or by anyone else.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Response {
    /// Who responded.
    pub responder: Address,
    /// Where the response is; its first 2,048 characters.
    #[schema(example = "ipfs://bafkreid7qo")]
    pub response_uri: String,
    /// Keccak-256 of the file there; zero where the URI names the content itself.
    pub response_hash: Hex,
    /// Its block.
    #[schema(example = 24_340_300)]
    pub block: i64,
    /// Its transaction.
    pub transaction_hash: Hex,
    /// When it was given.
    pub created_at: DateTime<Utc>,
}

#[derive(FromRow)]
struct Row {
    id: Uuid,
    client: Address,
    feedback_index: Option<String>,
    value: String,
    value_decimals: i16,
    tag1: String,
    tag2: String,
    endpoint: String,
    feedback_uri: String,
    feedback_hash: Hex,
    source: FeedbackSource,
    paid: bool,
    created_at: DateTime<Utc>,
    block_number: Option<i64>,
    transaction_hash: Option<Hex>,
    revoked_at: Option<DateTime<Utc>>,
    response_count: i64,
    responses: Json<Vec<Response>>,
}

/// The last row shown.
type Key = (DateTime<Utc>, Uuid);

/// Lists the feedback of one agent, newest first.
///
/// # Errors
/// `AGENT_NOT_FOUND`, `CHAIN_NOT_SUPPORTED`, or `VALIDATION_ERROR` for a cursor that is not of this list.
pub async fn list(
    reader: &Reader,
    agent: &AgentRef,
    asked: FeedbackQuery,
) -> Result<Page<Feedback>, Problem> {
    // A cursor is sealed for its agent: on another's list it is refused.
    let operation = format!("list-feedback {agent}");
    let size = asked.limit.unwrap_or(PAGE_SIZE_DEFAULT);
    let cursor = asked.cursor.clone();
    let scan: Scan<FeedbackQuery, Key> = Scan::resume(&operation, asked, cursor.as_ref())?;
    let mut query = statement(agent, &scan, size);
    let rows: Vec<Row> = query.build_query_as().fetch_all(reader.pool()).await?;
    if rows.is_empty() {
        lookup::require(reader, agent).await?;
    }
    let rows = rows.into_iter().map(Feedback::from).collect();
    Page::from_rows(&operation, rows, size, |last: &Feedback| {
        scan.after((last.created_at, last.id))
    })
}

fn statement(
    agent: &AgentRef,
    scan: &Scan<FeedbackQuery, Key>,
    size: u16,
) -> QueryBuilder<Postgres> {
    let mut query = QueryBuilder::new(
        "SELECT f.id, f.client, f.feedback_index::text, f.value::text, f.value_decimals, \
         left(f.tag1, 2049) AS tag1, left(f.tag2, 2049) AS tag2, left(f.endpoint, 2049) AS endpoint, \
         left(f.feedback_uri, 2049) AS feedback_uri, f.feedback_hash, f.source, f.paid, f.created_at, \
         f.block_number, f.transaction_hash, f.revoked_at, \
         (SELECT count(*) FROM (SELECT FROM feedback_responses WHERE feedback = f.id LIMIT 1000) n) \
             AS response_count, \
         (SELECT coalesce(json_agg(json_build_object( \
              'responder', '0x' || encode(r.responder, 'hex'), 'responseUri', left(r.response_uri, 2048), \
              'responseHash', '0x' || encode(r.response_hash, 'hex'), 'block', r.block_number, \
              'transactionHash', '0x' || encode(r.transaction_hash, 'hex'), 'createdAt', r.created_at)), '[]') \
          FROM (SELECT * FROM feedback_responses WHERE feedback = f.id \
                ORDER BY block_number DESC, log_index DESC LIMIT 3) r) AS responses \
         FROM feedback f WHERE f.agent = ",
    );
    Name::from(agent).push(&mut query);
    let filter = &scan.filter;
    if !filter.include_revoked.unwrap_or_default() {
        query.push(" AND f.revoked_at IS NULL");
    }
    if let Some(client) = filter.client {
        query.push(" AND f.client = ").push_bind(client);
    }
    if let Some(tag) = &filter.tag1 {
        // The first comparison is the index's, the second is the question.
        query
            .push(" AND left(f.tag1, 64) = left(")
            .push_bind(tag.clone())
            .push(", 64) AND f.tag1 = ")
            .push_bind(tag.clone());
    }
    if let Some(tag) = &filter.tag2 {
        query.push(" AND f.tag2 = ").push_bind(tag.clone());
    }
    if let Some((created_at, id)) = scan.after {
        query
            .push(" AND (f.created_at, f.id) < (")
            .push_bind(created_at)
            .push(", ")
            .push_bind(id)
            .push(")");
    }
    query
        .push(" ORDER BY f.created_at DESC, f.id DESC LIMIT ")
        .push_bind(i64::from(size) + 1);
    query
}

impl From<Row> for Feedback {
    fn from(row: Row) -> Self {
        let mut truncated = Vec::new();
        let decimals = usize::try_from(row.value_decimals).unwrap_or_default();
        Self {
            id: row.id,
            client: row.client,
            feedback_index: row.feedback_index,
            decimal_value: decimal::scaled(&row.value, decimals),
            value: row.value,
            value_decimals: row.value_decimals,
            tag1: shown(row.tag1, "tag1", &mut truncated),
            tag2: shown(row.tag2, "tag2", &mut truncated),
            endpoint: shown(row.endpoint, "endpoint", &mut truncated),
            feedback_uri: shown(row.feedback_uri, "feedbackUri", &mut truncated),
            feedback_hash: row.feedback_hash,
            source: row.source,
            paid: row.paid,
            created_at: row.created_at,
            block: row.block_number,
            transaction_hash: row.transaction_hash,
            revoked_at: row.revoked_at,
            response_count: row.response_count,
            responses: row.responses.0,
            truncated,
        }
    }
}
