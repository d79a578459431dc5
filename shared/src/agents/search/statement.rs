//! The statement of one step. Only the conditions that are asked for are in it, each in the form that its index
//! takes, and every value is bound.

use sqlx::{Postgres, QueryBuilder};

use super::query::SearchQuery;
use super::step::{Key, Step};
use crate::agents::TrustLevel;

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

/// Reads up to `limit` rows of a step, after a row of it.
pub(super) fn of(filter: &SearchQuery, step: Step, after: Option<&Key>, limit: usize) -> Query {
    let mut query = QueryBuilder::new(COLUMNS);
    push_rank(&mut query, filter, step);
    query.push(
        " AS rank FROM agents a LEFT JOIN mv_agent_reputation r ON r.agent = a.id WHERE true",
    );
    push_step(&mut query, filter, step);
    push_agent_filters(&mut query, filter);
    push_standing_filters(&mut query, filter);
    if let Some(key) = after {
        push_after(&mut query, filter, step, key);
    }
    query.push(match step {
        Step::Matched | Step::Similar => " ORDER BY rank DESC, a.id DESC",
        Step::Scored => " ORDER BY r.score DESC NULLS LAST, r.agent DESC",
        Step::Counted => " ORDER BY r.feedback_count DESC, r.agent DESC",
        Step::Named => " ORDER BY a.name_key, a.id",
        Step::All | Step::Unscored | Step::Uncounted | Step::Unnamed => {
            " ORDER BY a.created_at DESC, a.id DESC"
        }
    });
    query
        .push(" LIMIT ")
        .push_bind(i64::try_from(limit).unwrap_or(i64::MAX));
    query
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

/// The rows that follow one, in the order of the step.
fn push_after(query: &mut Query, filter: &SearchQuery, step: Step, key: &Key) {
    query.push(" AND (");
    match key {
        Key::Matched(rank, id) | Key::Similar(rank, id) => {
            push_rank(query, filter, step);
            query
                .push(", a.id) < (")
                .push_bind(*rank)
                .push(", ")
                .push_bind(*id);
        }
        Key::Scored(score, id) => {
            query
                .push("r.score, r.agent) < (")
                .push_bind(score.clone())
                .push("::text::numeric, ")
                .push_bind(*id);
        }
        Key::Counted(count, id) => {
            query
                .push("r.feedback_count, r.agent) < (")
                .push_bind(*count)
                .push(", ")
                .push_bind(*id);
        }
        Key::Named(name, id) => {
            query
                .push("a.name_key, a.id) > (")
                .push_bind(name.clone())
                .push(", ")
                .push_bind(*id);
        }
        Key::Newest(created_at, id) => {
            query
                .push("a.created_at, a.id) < (")
                .push_bind(*created_at)
                .push(", ")
                .push_bind(*id);
        }
    }
    query.push(")");
}
