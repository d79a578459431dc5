//! Search: agents by text and by what they are, in any of five orders, page by page.
//!
//! An order is one or two steps. A step reads one index in its order, and a page that ends in the first step goes on
//! in the second, within one statement: by score, first the agents that have one, then the others, newest first. So every
//! page is a range of an index after the last row shown (keyset pagination): nothing is skipped over, and a row that is
//! added meanwhile moves no other to another page. Relevance alone has no index: a bounded number of matches is ranked.

mod card;
mod percent;
mod query;
mod statement;
mod step;

pub use card::AgentCard;
pub use percent::Percent;
pub use query::{SearchQuery, Sort};

use chrono::{DateTime, Utc};

use crate::agents::AgentStatus;
use crate::agents::lookup::unsupported_chain;
use crate::cache::{self, Cache, Question};
use crate::db::Reader;
use crate::http::{CachedResult, Page, Problem, Ready, Reply, Scan};
use crate::limits::PAGE_SIZE_DEFAULT;
use card::Row;
use step::{Key, Step};

const OPERATION: &str = "search-agents";

/// Finds agents. Answers are kept for a minute, or until the index or the views move; those about prepared agents are
/// not kept, for whoever prepares one may look for it here.
///
/// # Errors
/// `VALIDATION_ERROR` for a cursor that is not of this list or filters that contradict it, `CHAIN_NOT_SUPPORTED` for
/// a chain that is not configured.
pub async fn search(
    stores: (&Reader, &Cache),
    asked: SearchQuery,
    now: DateTime<Utc>,
) -> CachedResult<Page<AgentCard>> {
    find(stores, asked, now, |question| question).await
}

/// The same for nobody: so that the next one who asks finds an answer.
///
/// # Errors
/// As [`search`].
pub(crate) async fn again(
    stores: (&Reader, &Cache),
    asked: SearchQuery,
    now: DateTime<Utc>,
) -> CachedResult<Page<AgentCard>> {
    find(stores, asked, now, Question::warming).await
}

async fn find(
    (reader, cache): (&Reader, &Cache),
    asked: SearchQuery,
    now: DateTime<Utc>,
    form: fn(Question) -> Question,
) -> CachedResult<Page<AgentCard>> {
    let size = asked.limit.unwrap_or(PAGE_SIZE_DEFAULT);
    let cursor = asked.cursor.clone();
    let scan: Scan<SearchQuery, Key> =
        Scan::resume(OPERATION, asked.normalised(), cursor.as_ref())?;
    scan.filter.check_sort()?;
    if scan.filter.status == Some(AgentStatus::Prepared) {
        return Ready::of(&page(reader, scan, size).await?).map(Reply::ok);
    }
    // However the order was asked for.
    let filter = SearchQuery {
        sort: Some(scan.filter.order()),
        ..scan.filter.clone()
    };
    let mut question = Question::of_search(&cache::SEARCH, &(&filter, &scan.after, size));
    // Most who search look at the first page.
    if scan.after.is_none() {
        question = question.counted_as(&(size, &filter));
    }
    let question = form(question);
    cache
        .answer(&question, now, || page(reader, scan, size))
        .await
}

async fn page(
    reader: &Reader,
    scan: Scan<SearchQuery, Key>,
    size: u16,
) -> Result<Page<AgentCard>, Problem> {
    let rows = rows(reader, &scan, size).await?;
    if rows.is_empty() && scan.after.is_none() {
        check_chain(reader, scan.filter.chain_id).await?;
    }
    let page = Page::from_rows(OPERATION, rows, size, |(key, _)| scan.after(key.clone()))?;
    Ok(page.map(|(_, card)| card))
}

/// Up to one row more than a page holds, with its key.
async fn rows(
    reader: &Reader,
    scan: &Scan<SearchQuery, Key>,
    size: u16,
) -> Result<Vec<(Key, AgentCard)>, Problem> {
    let wanted = usize::from(size) + 1;
    let steps = Step::from(&scan.filter, scan.after.as_ref());
    let (steps, fallback): (Vec<Step>, Vec<Step>) =
        steps.into_iter().partition(|step| !step.is_fallback());
    for steps in [steps, fallback]
        .into_iter()
        .filter(|steps| !steps.is_empty())
    {
        // Only the step in which the last page ended begins after a row.
        let after = |step: &Step| scan.after.as_ref().filter(|key| step.takes(key));
        let parts: Vec<_> = steps.iter().map(|step| (*step, after(step))).collect();
        let mut query = statement::of(&scan.filter, &parts, wanted);
        let rows: Vec<Row> = query.build_query_as().fetch_all(reader.pool()).await?;
        if !rows.is_empty() {
            let keyed = rows.into_iter().filter_map(|row| {
                let step = steps.get(usize::try_from(row.step).ok()?)?;
                Some((step.key(&row), row.into()))
            });
            return Ok(keyed.collect());
        }
    }
    Ok(Vec::new())
}

/// Nothing was found: because the chain holds nothing, or because we do not index it?
async fn check_chain(reader: &Reader, chain_id: Option<i64>) -> Result<(), Problem> {
    let Some(chain_id) = chain_id else {
        return Ok(());
    };
    let known = sqlx::query_scalar!(
        r#"SELECT EXISTS (SELECT FROM chains WHERE chain_id = $1) AS "known!""#,
        chain_id
    )
    .fetch_one(reader.pool())
    .await?;
    if known {
        Ok(())
    } else {
        Err(unsupported_chain(Some(chain_id)))
    }
}
