//! Feedback across all agents, newest first.

use garde::Validate;
use serde::{Deserialize, Serialize};
use sqlx::{FromRow, QueryBuilder};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

use super::list::{FeedbackQuery, Key, push_page};
use super::row::{COLUMNS, Feedback, Row};
use crate::address::Address;
use crate::agents::{AgentId, AgentRef};
use crate::db::Reader;
use crate::http::{Cursor, Page, Problem, Scan, of_the_page};
use crate::limits::{PAGE_SIZE_DEFAULT, PAGE_SIZE_MAX};

/// Names the list in its cursors.
const OPERATION: &str = "list-all-feedback";

/// Which feedback to list.
#[derive(Clone, Debug, Default, Serialize, Deserialize, Validate, IntoParams)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[garde(allow_unvalidated)]
pub struct AllFeedbackQuery {
    /// Only to agents of this chain.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[garde(inner(range(min = 1)))]
    #[param(minimum = 1, example = 8453)]
    pub chain_id: Option<i64>,
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

/// One client's word on one of all agents.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct AgentFeedback {
    /// Our own id of the agent.
    pub agent: Uuid,
    /// The agent's full name; absent while it is on no chain.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, example = "eip155:1:0x8004A169FB4a3325136EB29fA0ceB6D2e539a432:22721")]
    pub agent_ref: Option<AgentRef>,
    /// What was said.
    #[serde(flatten)]
    pub feedback: Feedback,
}

#[derive(FromRow)]
struct NamedRow {
    agent: Uuid,
    chain_id: i64,
    identity_registry: Address,
    agent_id: Option<AgentId>,
    #[sqlx(flatten)]
    row: Row,
}

/// Lists the feedback to all agents, newest first.
///
/// # Errors
/// `VALIDATION_ERROR` for a cursor that is not of this list.
pub async fn list_all(
    reader: &Reader,
    asked: AllFeedbackQuery,
) -> Result<Page<AgentFeedback>, Problem> {
    let size = asked.limit.unwrap_or(PAGE_SIZE_DEFAULT);
    let cursor = asked.cursor.clone();
    let scan: Scan<AllFeedbackQuery, Key> = Scan::resume(OPERATION, asked, cursor.as_ref())?;
    let mut query = QueryBuilder::new(format!(
        "SELECT {COLUMNS}, f.agent, f.chain_id, f.identity_registry, a.agent_id::text AS agent_id \
         FROM feedback f JOIN agents a ON a.id = f.agent WHERE true"
    ));
    if let Some(chain_id) = scan.filter.chain_id {
        query.push(" AND f.chain_id = ").push_bind(chain_id);
    }
    scan.filter.of_any_agent().push(&mut query);
    push_page(&mut query, scan.after, size);
    let rows: Vec<NamedRow> = query.build_query_as().fetch_all(reader.pool()).await?;
    let rows = rows.into_iter().map(AgentFeedback::from).collect();
    Page::from_rows(OPERATION, rows, size, |last: &AgentFeedback| {
        scan.after((last.feedback.created_at, last.feedback.id))
    })
}

impl AllFeedbackQuery {
    /// The filters that the list of one agent has, too.
    fn of_any_agent(&self) -> FeedbackQuery {
        FeedbackQuery {
            client: self.client,
            tag1: self.tag1.clone(),
            tag2: self.tag2.clone(),
            on_chain: self.on_chain,
            include_revoked: self.include_revoked,
            limit: None,
            cursor: None,
        }
    }
}

impl From<NamedRow> for AgentFeedback {
    fn from(row: NamedRow) -> Self {
        Self {
            agent: row.agent,
            agent_ref: AgentRef::full(row.chain_id, row.identity_registry, row.agent_id),
            feedback: row.row.into(),
        }
    }
}
