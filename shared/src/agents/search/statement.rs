//! The statement of a page. Only the conditions that are asked for are in it, each in the form that its index takes, and
//! every value is bound.

use sqlx::{Postgres, QueryBuilder};

use super::query::SearchQuery;
use super::step::{Key, Step};
use crate::agents::TrustLevel;
use crate::limits::RANKED_MAX;

type Query = QueryBuilder<Postgres>;

const COLUMNS: &str = "SELECT a.id, a.chain_id, a.identity_registry, a.agent_id::text AS agent_id, a.status, a.owner, \
    a.agent_wallet, left(a.name, 200) AS name, left(a.description, 300) AS description, \
    CASE WHEN length(a.image) <= 2048 THEN a.image END AS image, a.active, a.x402_support, \
    a.supported_trust[1:20] AS supported_trust, a.service_names[1:20] AS service_names, r.trust_level, \
    trim_scale(r.score)::text AS score, r.score_basis, r.feedback_count, r.client_count, \
    trim_scale(r.payment_success)::text AS payment_success, a.created_at, a.updated_at, a.name_key, ";

/// Services of an agent whose domain answered when it was last asked.
macro_rules! reaching {
    () => {
        "SELECT FROM agent_services s JOIN endpoint_domains d ON d.domain = endpoint_domain(s.endpoint) \
         WHERE s.agent = a.id AND d.reachable"
    };
}

/// Where the columns are from.
const FROM: &str = " FROM agents a LEFT JOIN mv_agent_reputation r ON r.agent = a.id WHERE true";

/// Reads up to `limit` rows of steps, one step after the other, each after a row of it where there is one. The parts of a
/// `UNION ALL` are read in their order, and none when the page is full.
pub(super) fn of(filter: &SearchQuery, steps: &[(Step, Option<&Key>)], limit: usize) -> Query {
    let limit = i64::try_from(limit).unwrap_or(i64::MAX);
    let is_several = steps.len() > 1;
    let mut query = QueryBuilder::new(if is_several { "(" } else { "" });
    for (place, (step, after)) in (0_i16..).zip(steps) {
        if place > 0 {
            query.push(") UNION ALL (");
        }
        if step.is_ranked() {
            push_ranked(&mut query, filter, *step, *after, limit);
        } else {
            query.push(COLUMNS).push("0::real AS rank, ");
            query.push_bind(place).push(" AS step").push(FROM);
            push_filters(&mut query, filter, *step);
            if let Some(key) = after {
                push_after(&mut query, key);
            }
            query.push(" ORDER BY ").push(order(*step));
            query.push(" LIMIT ").push_bind(limit);
        }
    }
    if is_several {
        query.push(") LIMIT ").push_bind(limit);
    }
    query
}

/// A step that sorts by relevance, which no index holds: so many matches are ranked, then the rows of the page are read.
fn push_ranked(
    query: &mut Query,
    filter: &SearchQuery,
    step: Step,
    after: Option<&Key>,
    limit: i64,
) {
    query.push("WITH found AS MATERIALIZED (SELECT a.id, ");
    push_rank(query, filter, step);
    query.push(" AS rank").push(FROM);
    push_filters(query, filter, step);
    query.push(" LIMIT ").push_bind(RANKED_MAX);
    query.push("), page AS MATERIALIZED (SELECT id, rank FROM found");
    if let Some(Key::Matched(rank, id) | Key::Similar(rank, id)) = after {
        query.push(" WHERE (rank, id) < (").push_bind(*rank);
        query.push(", ").push_bind(*id).push(")");
    }
    query
        .push(" ORDER BY rank DESC, id DESC LIMIT ")
        .push_bind(limit);
    query
        .push(") ")
        .push(COLUMNS)
        .push("page.rank, 0::smallint AS step");
    query.push(
        " FROM page JOIN agents a ON a.id = page.id LEFT JOIN mv_agent_reputation r ON r.agent = a.id \
         ORDER BY page.rank DESC, a.id DESC",
    );
}

const fn order(step: Step) -> &'static str {
    match step {
        Step::Matched | Step::Similar => "rank DESC, a.id DESC",
        Step::Scored => "r.score DESC NULLS LAST, r.agent DESC",
        Step::Counted => "r.feedback_count DESC, r.agent DESC",
        Step::Named => "a.name_key, a.id",
        Step::All | Step::Unscored | Step::Uncounted | Step::Unnamed => {
            "a.created_at DESC, a.id DESC"
        }
    }
}

/// What makes a row one of the step, and all that is asked of it.
fn push_filters(query: &mut Query, filter: &SearchQuery, step: Step) {
    push_step(query, filter, step);
    push_agent_filters(query, filter);
    push_standing_filters(query, filter);
}

/// What makes a row one of the step.
fn push_step(query: &mut Query, filter: &SearchQuery, step: Step) {
    if let Some(q) = &filter.q {
        if step == Step::Similar {
            query
                .push(" AND ")
                .push_bind(q.clone())
                .push(" <% a.name_key");
        } else {
            query.push(" AND a.search <> '' AND a.search @@ ");
            push_words(query, q);
        }
    }
    query.push(match step {
        Step::Matched | Step::Similar | Step::All => "",
        Step::Scored => " AND r.score IS NOT NULL",
        Step::Counted => " AND r.feedback_count > 0",
        Step::Named => " AND a.name_key IS NOT NULL",
        Step::Unscored => " AND r.score IS NULL",
        Step::Uncounted => " AND (r.agent IS NULL OR r.feedback_count = 0)",
        Step::Unnamed => " AND a.name_key IS NULL",
    });
}

/// Names and terms are indexed as they are, descriptions by their English stems: a word may match either.
fn push_words(query: &mut Query, q: &str) {
    query
        .push("(websearch_to_tsquery('simple', ")
        .push_bind(q.to_owned())
        .push(") || websearch_to_tsquery('english', ")
        .push_bind(q.to_owned())
        .push("))");
}

fn push_rank(query: &mut Query, filter: &SearchQuery, step: Step) {
    match (step, &filter.q) {
        (Step::Matched, Some(q)) => {
            query.push("ts_rank(a.search, ");
            push_words(query, q);
            query.push(")");
        }
        (Step::Similar, Some(q)) => {
            query
                .push("word_similarity(")
                .push_bind(q.clone())
                .push(", a.name_key)");
        }
        _ => {
            query.push("0::real");
        }
    }
}

fn push_agent_filters(query: &mut Query, filter: &SearchQuery) {
    if let Some(chain_id) = filter.chain_id {
        query.push(" AND a.chain_id = ").push_bind(chain_id);
    }
    if let Some(owner) = filter.owner {
        query.push(" AND a.owner = ").push_bind(owner);
    }
    if let Some(wallet) = filter.wallet {
        query.push(" AND a.agent_wallet = ").push_bind(wallet);
    }
    // Written out, not bound: a partial index is chosen by what the statement says.
    query.push(match filter.active {
        Some(true) => " AND a.active",
        Some(false) => " AND NOT a.active",
        None => "",
    });
    query.push(match filter.reachable {
        Some(true) => concat!(" AND EXISTS (", reaching!(), ")"),
        Some(false) => concat!(" AND NOT EXISTS (", reaching!(), ")"),
        None => "",
    });
    query.push(match filter.x402 {
        Some(true) => " AND a.x402_support",
        Some(false) => " AND NOT a.x402_support",
        None => "",
    });
    match filter.status {
        Some(status) => query.push(" AND a.status = ").push_bind(status),
        None => query.push(" AND a.status <> 'prepared'"),
    };
    // Their indexes hold the agents that have any; the planner takes one only where the statement says so too.
    for (condition, values) in [
        (
            " AND a.service_names <> '{}' AND a.service_names @> ",
            &filter.service,
        ),
        (" AND a.skills <> '{}' AND a.skills @> ", &filter.skill),
        (" AND a.domains <> '{}' AND a.domains @> ", &filter.domain),
        (
            " AND a.supported_trust <> '{}' AND filter_terms(a.supported_trust) @> ",
            &filter.trust,
        ),
    ] {
        if !values.is_empty() {
            query.push(condition).push_bind(values.clone());
        }
    }
}

fn push_standing_filters(query: &mut Query, filter: &SearchQuery) {
    if !filter.trust_level.is_empty() {
        let levels: Vec<&str> = filter.trust_level.iter().map(|l| l.as_str()).collect();
        query
            .push(" AND (r.trust_level = ANY(")
            .push_bind(levels)
            .push(")");
        // An agent that the view has not seen yet is new.
        query.push(if filter.trust_level.contains(&TrustLevel::New) {
            " OR r.agent IS NULL)"
        } else {
            ")"
        });
    }
    for (column, least) in [
        ("r.score", &filter.min_score),
        ("r.payment_success", &filter.min_payment_success),
    ] {
        if let Some(least) = least {
            query
                .push(" AND ")
                .push(column)
                .push(" >= ")
                .push_bind(least.as_str().to_owned())
                .push("::text::numeric");
        }
    }
}

/// The rows that follow one, in the order of its step. Those by relevance are told apart when they are ranked.
fn push_after(query: &mut Query, key: &Key) {
    let id = match key {
        Key::Matched(..) | Key::Similar(..) => return,
        Key::Scored(score, id) => {
            query.push(" AND (r.score, r.agent) < (");
            query.push_bind(score.clone()).push("::text::numeric");
            id
        }
        Key::Counted(count, id) => {
            query.push(" AND (r.feedback_count, r.agent) < (");
            query.push_bind(*count);
            id
        }
        Key::Named(name, id) => {
            query.push(" AND (a.name_key, a.id) > (");
            query.push_bind(name.clone());
            id
        }
        Key::Newest(created_at, id) => {
            query.push(" AND (a.created_at, a.id) < (");
            query.push_bind(*created_at);
            id
        }
    };
    query.push(", ").push_bind(*id).push(")");
}
