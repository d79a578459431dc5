//! The validations of one agent, newest first.

use chrono::{DateTime, Utc};
use garde::Validate;
use serde::{Deserialize, Serialize};
use sqlx::{FromRow, Postgres, QueryBuilder};
use utoipa::{IntoParams, ToSchema};

use crate::address::Address;
use crate::agents::AgentRef;
use crate::agents::lookup::{self, Name};
use crate::db::Reader;
use crate::hex::Hex;
use crate::http::{Cursor, Page, Problem, Scan, of_the_page, shown};
use crate::limits::{PAGE_SIZE_DEFAULT, PAGE_SIZE_MAX};

/// Which validations to list.
#[derive(Clone, Debug, Default, Serialize, Deserialize, Validate, IntoParams)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[garde(allow_unvalidated)]
pub struct ValidationQuery {
    /// Only of this validator.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[param(inline)]
    pub validator: Option<Address>,
    /// Only those whose latest response has this tag, exactly; empty for responses without one.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[param(example = "hard-finality")]
    pub tag: Option<String>,
    /// `true`: only those with a response; `false`: only those without.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub answered: Option<bool>,
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

/// A request to a validator, and its latest response.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Validation {
    /// Keccak-256 of the request: its id in the validation registry.
    pub request_hash: Hex,
    /// The registry that it was made in.
    pub validation_registry: Address,
    /// Who was asked.
    pub validator: Address,
    /// Where what is to be validated can be read.
    #[schema(example = "ipfs://bafkreih3vc")]
    pub request_uri: String,
    /// The request's block.
    #[schema(example = 24_340_400)]
    pub block: i64,
    /// The request's transaction.
    pub transaction_hash: Hex,
    /// When it was asked.
    pub requested_at: DateTime<Utc>,
    /// The latest response; absent until the validator answers.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub response: Option<ValidationResponse>,
    /// Responses that there were: a validator may answer again.
    #[schema(example = 1)]
    pub response_count: i32,
    /// Fields that were cut to 2,048 characters; absent where none was.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub truncated: Vec<&'static str>,
}

/// A validator's answer.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct ValidationResponse {
    /// From 0, failed, to 100, passed.
    #[schema(example = 100)]
    pub response: i16,
    /// Where the evidence can be read; empty where none is named.
    #[schema(example = "ipfs://bafkreib2re")]
    pub response_uri: String,
    /// Keccak-256 of the evidence; zero where the URI names the content itself.
    pub response_hash: Hex,
    /// The validator's own category; empty where there is none.
    #[schema(example = "hard-finality")]
    pub tag: String,
    /// Its block.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(example = 24_340_410)]
    pub block: Option<i64>,
    /// When it was given.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub responded_at: Option<DateTime<Utc>>,
}

#[derive(FromRow)]
struct Row {
    request_hash: Hex,
    validation_registry: Address,
    validator: Address,
    request_uri: String,
    requested_block: i64,
    requested_tx: Hex,
    requested_at: DateTime<Utc>,
    response: Option<i16>,
    response_uri: Option<String>,
    response_hash: Option<Hex>,
    tag: Option<String>,
    responded_block: Option<i64>,
    responded_at: Option<DateTime<Utc>>,
    response_count: i32,
}

/// The last row shown.
type Key = (DateTime<Utc>, Hex, Address);

/// Lists the validations of one agent, newest request first.
///
/// # Errors
/// `AGENT_NOT_FOUND`, `CHAIN_NOT_SUPPORTED`, or `VALIDATION_ERROR` for a cursor that is not of this list.
pub async fn list(
    reader: &Reader,
    agent: &AgentRef,
    asked: ValidationQuery,
) -> Result<Page<Validation>, Problem> {
    // A cursor is sealed for its agent: on another's list it is refused.
    let operation = format!("list-validations {agent}");
    let size = asked.limit.unwrap_or(PAGE_SIZE_DEFAULT);
    let cursor = asked.cursor.clone();
    let scan: Scan<ValidationQuery, Key> = Scan::resume(&operation, asked, cursor.as_ref())?;
    let mut query = statement(agent, &scan, size);
    let rows: Vec<Row> = query.build_query_as().fetch_all(reader.pool()).await?;
    if rows.is_empty() {
        lookup::require(reader.pool(), agent).await?;
    }
    let rows = rows.into_iter().map(Validation::from).collect();
    Page::from_rows(&operation, rows, size, |last: &Validation| {
        let key = (
            last.requested_at,
            last.request_hash.clone(),
            last.validation_registry,
        );
        scan.after(key)
    })
}

fn statement(
    agent: &AgentRef,
    scan: &Scan<ValidationQuery, Key>,
    size: u16,
) -> QueryBuilder<Postgres> {
    let mut query = QueryBuilder::new(
        "SELECT v.request_hash, v.validation_registry, v.validator, left(v.request_uri, 2049) AS request_uri, \
         v.requested_block, v.requested_tx, v.requested_at, v.response, \
         left(v.response_uri, 2049) AS response_uri, v.response_hash, left(v.tag, 2049) AS tag, \
         v.responded_block, v.responded_at, v.response_count FROM validations v WHERE v.agent = ",
    );
    Name::from(agent).push(&mut query);
    let filter = &scan.filter;
    if let Some(validator) = filter.validator {
        query.push(" AND v.validator = ").push_bind(validator);
    }
    if let Some(tag) = &filter.tag {
        query.push(" AND v.tag = ").push_bind(tag.clone());
    }
    match filter.answered {
        Some(true) => query.push(" AND v.response IS NOT NULL"),
        Some(false) => query.push(" AND v.response IS NULL"),
        None => &mut query,
    };
    if let Some((requested_at, hash, registry)) = &scan.after {
        query
            .push(" AND (v.requested_at, v.request_hash, v.validation_registry) < (")
            .push_bind(*requested_at)
            .push(", ")
            .push_bind(hash.clone())
            .push(", ")
            .push_bind(*registry)
            .push(")");
    }
    query
        .push(
            " ORDER BY v.requested_at DESC, v.request_hash DESC, v.validation_registry DESC LIMIT ",
        )
        .push_bind(i64::from(size) + 1);
    query
}

impl From<Row> for Validation {
    fn from(row: Row) -> Self {
        let mut truncated = Vec::new();
        let request_uri = shown(row.request_uri, "requestUri", &mut truncated);
        let mut text =
            |text: Option<String>, field| shown(text.unwrap_or_default(), field, &mut truncated);
        let response_uri = text(row.response_uri, "response.responseUri");
        let tag = text(row.tag, "response.tag");
        let response = row.response.map(|response| ValidationResponse {
            response,
            response_uri,
            response_hash: row.response_hash.unwrap_or(Hex(vec![0; 32])),
            tag,
            block: row.responded_block,
            responded_at: row.responded_at,
        });
        Self {
            request_hash: row.request_hash,
            validation_registry: row.validation_registry,
            validator: row.validator,
            request_uri,
            block: row.requested_block,
            transaction_hash: row.requested_tx,
            requested_at: row.requested_at,
            response,
            response_count: row.response_count,
            truncated,
        }
    }
}
