//! The feedback of one agent, newest first.

use chrono::{DateTime, Utc};
use garde::Validate;
use serde::{Deserialize, Serialize};
use sqlx::{Postgres, QueryBuilder};
use utoipa::IntoParams;
use uuid::Uuid;

use super::row::{COLUMNS, Feedback, Row};
use crate::address::Address;
use crate::agents::AgentRef;
use crate::agents::lookup::{self, Name};
use crate::db::Reader;
use crate::http::{Cursor, Page, Problem, Scan, of_the_page};
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
    /// Only what is on chain (`true`), or only what was handed in here and is not (`false`).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub on_chain: Option<bool>,
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

/// The last row shown.
pub(super) type Key = (DateTime<Utc>, Uuid);

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
        lookup::require(reader.pool(), agent).await?;
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
    let mut query = QueryBuilder::new(format!("SELECT {COLUMNS} FROM feedback f WHERE f.agent = "));
    Name::from(agent).push(&mut query);
    scan.filter.push(&mut query);
    push_page(&mut query, scan.after, size);
    query
}

impl FeedbackQuery {
    /// Adds the filters.
    pub(super) fn push(&self, query: &mut QueryBuilder<Postgres>) {
        if !self.include_revoked.unwrap_or_default() {
            query.push(" AND f.revoked_at IS NULL");
        }
        match self.on_chain {
            Some(true) => drop(query.push(" AND f.feedback_index IS NOT NULL")),
            Some(false) => drop(query.push(" AND f.feedback_index IS NULL")),
            None => {}
        }
        if let Some(client) = self.client {
            query.push(" AND f.client = ").push_bind(client);
        }
        if let Some(tag) = &self.tag1 {
            // The first comparison is the index's, the second is the question.
            query
                .push(" AND left(f.tag1, 64) = left(")
                .push_bind(tag.clone())
                .push(", 64) AND f.tag1 = ")
                .push_bind(tag.clone());
        }
        if let Some(tag) = &self.tag2 {
            query.push(" AND f.tag2 = ").push_bind(tag.clone());
        }
    }
}

/// Adds the order and the bounds of a page: one row more than it shows, which says whether there is a next one.
pub(super) fn push_page(query: &mut QueryBuilder<Postgres>, after: Option<Key>, size: u16) {
    if let Some((created_at, id)) = after {
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
}
