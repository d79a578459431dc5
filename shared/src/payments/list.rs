//! The payments of one agent, the last linked first.

use chrono::{DateTime, Utc};
use garde::Validate;
use serde::{Deserialize, Serialize};
use sqlx::{Postgres, QueryBuilder};
use utoipa::IntoParams;
use uuid::Uuid;

use super::payment::{COLUMNS, Row};
use super::{Payment, PaymentStatus, TokenFilter};
use crate::address::Address;
use crate::agents::AgentRef;
use crate::agents::lookup::{self, Name};
use crate::db::Reader;
use crate::http::{Cursor, Page, Problem, Scan, of_the_page};
use crate::limits::{PAGE_SIZE_DEFAULT, PAGE_SIZE_MAX};

/// Which payments to list.
#[derive(Clone, Debug, Default, Serialize, Deserialize, Validate, IntoParams)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[garde(allow_unvalidated)]
pub struct PaymentQuery {
    /// Only those that stand so.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[param(inline)]
    pub status: Option<PaymentStatus>,
    /// Only in this token; `native` for the chain's native currency.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[param(inline)]
    pub token: Option<TokenFilter>,
    /// Only of this payer.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[param(inline)]
    pub payer: Option<Address>,
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
type Key = (DateTime<Utc>, Uuid);

/// Lists the payments of one agent, the last linked first.
///
/// # Errors
/// `AGENT_NOT_FOUND`, `CHAIN_NOT_SUPPORTED`, or `VALIDATION_ERROR` for a cursor that is not of this list.
pub async fn list(
    reader: &Reader,
    agent: &AgentRef,
    asked: PaymentQuery,
) -> Result<Page<Payment>, Problem> {
    // A cursor is sealed for its agent: on another's list it is refused.
    let operation = format!("list-payments {agent}");
    let size = asked.limit.unwrap_or(PAGE_SIZE_DEFAULT);
    let cursor = asked.cursor.clone();
    let scan: Scan<PaymentQuery, Key> = Scan::resume(&operation, asked, cursor.as_ref())?;
    let mut query = statement(agent, &scan, size);
    let rows: Vec<Row> = query.build_query_as().fetch_all(reader.pool()).await?;
    if rows.is_empty() {
        lookup::require(reader.pool(), agent).await?;
    }
    let rows = rows.into_iter().map(Payment::from).collect();
    Page::from_rows(&operation, rows, size, |last: &Payment| {
        scan.after((last.linked_at, last.id))
    })
}

fn statement(
    agent: &AgentRef,
    scan: &Scan<PaymentQuery, Key>,
    size: u16,
) -> QueryBuilder<Postgres> {
    let mut query = QueryBuilder::new(format!("SELECT {COLUMNS} FROM payments p WHERE p.agent = "));
    Name::from(agent).push(&mut query);
    let filter = &scan.filter;
    if let Some(status) = filter.status {
        query.push(" AND p.status = ").push_bind(status);
    }
    match filter.token {
        Some(TokenFilter::Native) => query.push(" AND p.token IS NULL"),
        Some(TokenFilter::Token(token)) => query.push(" AND p.token = ").push_bind(token),
        None => &mut query,
    };
    if let Some(payer) = filter.payer {
        query.push(" AND p.payer = ").push_bind(payer);
    }
    if let Some((linked_at, id)) = scan.after {
        query
            .push(" AND (p.linked_at, p.id) < (")
            .push_bind(linked_at)
            .push(", ")
            .push_bind(id)
            .push(")");
    }
    query
        .push(" ORDER BY p.linked_at DESC, p.id DESC LIMIT ")
        .push_bind(i64::from(size) + 1);
    query
}
