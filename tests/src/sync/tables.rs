//! The tables as text, to compare; and what they must say by the model's own reckoning.

use std::collections::BTreeMap;

use alloy::primitives::Address;
use sqlx::PgConnection;

use super::contracts::{Contracts, Rating};

/// Every table that follows from the chain, without what tells when or how it was written.
const TABLES: [(&str, &str); 18] = [
    (
        "sync_cursors",
        "SELECT chain_id, block_number, block_hash, block_time FROM sync_cursors",
    ),
    ("chain_events", "SELECT * FROM chain_events"),
    (
        "agent_identities",
        "SELECT id, chain_id, identity_registry, agent_id, origin FROM agent_identities",
    ),
    ("agents", "SELECT * FROM agents"),
    ("agent_owners", "SELECT * FROM agent_owners"),
    ("agent_wallets", "SELECT * FROM agent_wallets"),
    ("agent_approvals", "SELECT * FROM agent_approvals"),
    ("owner_operators", "SELECT * FROM owner_operators"),
    ("agent_services", "SELECT * FROM agent_services"),
    ("agent_metadata", "SELECT * FROM agent_metadata"),
    ("feedback", "SELECT * FROM feedback"),
    ("feedback_responses", "SELECT * FROM feedback_responses"),
    ("validations", "SELECT * FROM validations"),
    ("validation_responses", "SELECT * FROM validation_responses"),
    ("agent_stats", "SELECT * FROM agent_stats"),
    ("agent_tag_stats", "SELECT * FROM agent_tag_stats"),
    ("agent_client_stats", "SELECT * FROM agent_client_stats"),
    ("payments", "SELECT * FROM payments"),
];

/// All rows by table, in an order that does not depend on when they were written.
pub async fn dump(connection: &mut PgConnection) -> BTreeMap<&'static str, Vec<String>> {
    let mut tables = BTreeMap::new();
    for (name, query) in TABLES {
        let sql = format!("SELECT to_jsonb(t)::text FROM ({query}) t ORDER BY 1");
        let rows: Vec<String> = sqlx::query_scalar(sqlx::AssertSqlSafe(sql))
            .fetch_all(&mut *connection)
            .await
            .unwrap();
        tables.insert(name, rows);
    }
    tables
}

/// Fails with the first table that differs.
pub fn assert_same(
    left: &BTreeMap<&'static str, Vec<String>>,
    right: &BTreeMap<&'static str, Vec<String>>,
    about: &str,
) {
    for (name, rows) in left {
        let differ: Vec<&String> = rows
            .iter()
            .filter(|row| !right[name].contains(row))
            .chain(right[name].iter().filter(|row| !rows.contains(row)))
            .collect();
        assert!(differ.is_empty(), "{about}: {name} differs in {differ:#?}");
        assert_eq!(rows.len(), right[name].len(), "{about}: {name} differs");
    }
}

/// One agent as the tables have it.
#[derive(Debug, PartialEq, Eq, sqlx::FromRow)]
pub struct AgentRow {
    agent_id: String,
    status: String,
    owner: Option<Vec<u8>>,
    agent_wallet: Option<Vec<u8>>,
    approved: Option<Vec<u8>>,
    agent_uri: String,
    metadata: Vec<String>,
    owners_open: i64,
    wallets_open: i64,
    stats: Vec<i64>,
    starred_sum: String,
    untagged_sum: String,
    tags: Vec<String>,
    validations: Vec<String>,
}

/// What the tables say of each agent.
pub async fn agents(connection: &mut PgConnection) -> Vec<AgentRow> {
    sqlx::query_as(
        "SELECT a.agent_id::text, a.status, a.owner, a.agent_wallet, a.approved, a.agent_uri,
                ARRAY(SELECT key || '=' || encode(value, 'hex') FROM agent_metadata m
                      WHERE m.agent = a.id ORDER BY key COLLATE \"C\") AS metadata,
                (SELECT count(*) FROM agent_owners o
                 WHERE o.agent = a.id AND o.to_block IS NULL AND o.owner = a.owner) AS owners_open,
                (SELECT count(*) FROM agent_wallets w WHERE w.agent = a.id AND w.to_block IS NULL
                                                   AND w.wallet = a.agent_wallet) AS wallets_open,
                ARRAY[feedback_count, revoked_count, client_count, client_max_count,
                      response_count, starred_count, starred_positive, starred_negative,
                      untagged_count, untagged_positive, untagged_negative, validation_count,
                      answered_count, response_sum] AS stats,
                trim_scale(starred_sum)::text AS starred_sum,
                trim_scale(untagged_sum)::text AS untagged_sum,
                ARRAY(SELECT tag1 || '/' || tag2 || '/' || value_decimals || ': '
                          || feedback_count || ' ' || revoked_count || ' ' || value_sum
                      FROM agent_tag_stats t WHERE t.agent = a.id
                      ORDER BY tag1 COLLATE \"C\", tag2 COLLATE \"C\", value_decimals) AS tags,
                ARRAY(SELECT encode(request_hash, 'hex') || ' ' || coalesce(response, -1) || ' '
                          || response_count
                      FROM validations v WHERE v.agent = a.id ORDER BY request_hash) AS validations
         FROM agents a JOIN agent_stats s ON s.agent = a.id ORDER BY a.agent_id",
    )
    .fetch_all(connection)
    .await
    .unwrap()
}

/// What they must say, reckoned from the contracts' state without any event.
pub fn expected(state: &Contracts) -> Vec<AgentRow> {
    (0..state.agents.len())
        .map(|agent| expect(state, agent))
        .collect()
}

fn expect(state: &Contracts, agent: usize) -> AgentRow {
    let stored = &state.agents[agent];
    let some = |address: Address| (!address.is_zero()).then(|| address.to_vec());
    let ratings: Vec<(&Address, &Rating)> = state
        .ratings
        .range((agent, Address::ZERO)..)
        .take_while(|((of, _), _)| *of == agent)
        .flat_map(|((_, client), ratings)| ratings.iter().map(move |rating| (client, rating)))
        .collect();
    let live: Vec<(&Address, &Rating)> = ratings
        .iter()
        .copied()
        .filter(|(_, rating)| !rating.revoked)
        .collect();
    let mut by_client: BTreeMap<&Address, i64> = BTreeMap::new();
    for (client, _) in &live {
        *by_client.entry(client).or_default() += 1;
    }
    let starred = score(
        live.iter()
            .filter(|(_, r)| r.tag1 == "starred")
            .map(|(_, r)| *r),
    );
    let untagged = score(
        live.iter()
            .filter(|(_, r)| r.tag1.is_empty() && r.tag2.is_empty())
            .map(|(_, r)| *r),
    );
    let validations: Vec<_> = state
        .validations
        .iter()
        .filter(|(_, v)| v.agent == agent)
        .collect();
    let count = |n: usize| i64::try_from(n).unwrap();
    let responses: u64 = ratings.iter().map(|(_, rating)| rating.responses).sum();
    AgentRow {
        agent_id: agent.to_string(),
        status: if stored.suspended {
            "suspended".into()
        } else {
            "registered".into()
        },
        owner: some(stored.owner),
        agent_wallet: some(stored.wallet),
        approved: some(stored.approved),
        agent_uri: stored.uri.clone(),
        metadata: stored
            .metadata
            .iter()
            .map(|(key, value)| format!("{key}={}", alloy::primitives::hex::encode(value)))
            .collect(),
        owners_open: 1,
        wallets_open: i64::from(!stored.wallet.is_zero()),
        stats: vec![
            count(live.len()),
            count(ratings.len() - live.len()),
            count(by_client.len()),
            by_client.values().copied().max().unwrap_or(0),
            i64::try_from(responses).unwrap(),
            starred.1[0],
            starred.1[1],
            starred.1[2],
            untagged.1[0],
            untagged.1[1],
            untagged.1[2],
            count(validations.len()),
            count(
                validations
                    .iter()
                    .filter(|(_, v)| v.response.is_some())
                    .count(),
            ),
            validations
                .iter()
                .map(|(_, v)| i64::from(v.response.unwrap_or(0)))
                .sum(),
        ],
        starred_sum: starred.0,
        untagged_sum: untagged.0,
        tags: tags(&ratings),
        validations: validations
            .iter()
            .map(|(hash, v)| {
                let hash = alloy::primitives::hex::encode(hash);
                format!(
                    "{hash} {} {}",
                    v.response.map_or(-1, i32::from),
                    v.responses
                )
            })
            .collect(),
    }
}

/// The sum of what lies within 0–100, as a decimal without trailing zeros; count, good, bad.
fn score<'a>(ratings: impl Iterator<Item = &'a Rating>) -> (String, [i64; 3]) {
    const ONE: i128 = 1_000_000_000_000_000_000;
    let (mut sum, mut counts) = (0, [0; 3]);
    for rating in ratings {
        let unit = 10_i128.pow(u32::from(rating.decimals));
        if rating.value < 0 || rating.value > 100 * unit {
            continue;
        }
        sum += rating.value * (ONE / unit);
        counts[0] += 1;
        counts[1] += i64::from(rating.value >= 80 * unit);
        counts[2] += i64::from(rating.value < 50 * unit);
    }
    let text = format!("{}.{:018}", sum / ONE, sum % ONE);
    (
        text.trim_end_matches('0').trim_end_matches('.').to_owned(),
        counts,
    )
}

fn tags(ratings: &[(&Address, &Rating)]) -> Vec<String> {
    let mut sums: BTreeMap<(&str, &str, u8), (u64, u64, alloy::primitives::I256)> = BTreeMap::new();
    for (_, rating) in ratings {
        let key = (rating.tag1.as_str(), rating.tag2.as_str(), rating.decimals);
        let (live, revoked, sum) = sums.entry(key).or_default();
        if rating.revoked {
            *revoked += 1;
        } else {
            *live += 1;
            *sum += alloy::primitives::I256::try_from(rating.value).unwrap();
        }
    }
    sums.iter()
        .map(|((tag1, tag2, decimals), (live, revoked, sum))| {
            format!("{tag1}/{tag2}/{decimals}: {live} {revoked} {sum}")
        })
        .collect()
}
