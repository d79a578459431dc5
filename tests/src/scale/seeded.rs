//! What is seeded.

use std::collections::HashMap;

use serde_json::Value;
use sqlx::{AssertSqlSafe, FromRow, PgConnection};
use xtask::seed::world::CHAIN;

use super::{SEED, fill, seeded};
use crate::harness::World;

/// Tables and what of them is of the seeded chain.
const TABLES: [&str; 8] = [
    "agents",
    "agent_services",
    "feedback",
    "payments",
    "agent_stats",
    "agent_tag_stats",
    "agent_client_stats",
    "agent_token_stats",
];

/// Sums of all rows, those of the seeded chain and those of others apart.
async fn sums(connection: &mut PgConnection) -> Vec<(String, bool, i64, Option<String>)> {
    let mut all = Vec::new();
    for table in TABLES {
        let agent = if table == "agents" { "id" } else { "agent" };
        let sql = format!(
            "SELECT '{table}', i.chain_id = {CHAIN}, count(*), sum(hashtextextended(t::text, 0))::text
             FROM {table} t JOIN agent_identities i ON i.id = t.{agent} GROUP BY 2 ORDER BY 2"
        );
        let rows = sqlx::query_as(AssertSqlSafe(sql));
        all.extend(rows.fetch_all(&mut *connection).await.unwrap());
    }
    all
}

#[tokio::test]
async fn a_seed_decides_every_row_and_the_rows_of_others_stay() {
    let unseeded = World::indexed().await;
    let before = sums(&mut unseeded.connect().await).await;
    assert!(!before.is_empty());
    let world = seeded().await;
    let mut connection = world.connect().await;
    let first = sums(&mut connection).await;
    let others = |sums: &[(String, bool, i64, Option<String>)]| -> Vec<_> {
        sums.iter().filter(|sum| !sum.1).cloned().collect()
    };
    assert_eq!(others(&first), before);
    assert!(first.iter().filter(|sum| sum.1).all(|sum| sum.2 > 1_000));
    fill(&mut connection, SEED + 1).await;
    let second = sums(&mut connection).await;
    assert_eq!(others(&second), before);
    assert_ne!(second, first);
    fill(&mut connection, SEED).await;
    assert_eq!(sums(&mut connection).await, first);
}

#[derive(FromRow)]
struct Given {
    client: Vec<u8>,
    /// In hundredths: no seeded value is finer.
    hundredths: i64,
    tag1: String,
    tag2: String,
    is_on_chain: bool,
    is_revoked: bool,
}

#[tokio::test]
async fn the_statistics_of_seeded_agents_are_those_of_their_rows() {
    let world = seeded().await;
    let mut connection = world.connect().await;
    let agents: Vec<(sqlx::types::Uuid, String)> = sqlx::query_as(
        "SELECT a.id, a.agent_id::text FROM agents a JOIN agent_stats s ON s.agent = a.id
         WHERE a.chain_id = $1 ORDER BY s.feedback_count DESC, a.id LIMIT 3",
    )
    .bind(CHAIN)
    .fetch_all(&mut connection)
    .await
    .unwrap();
    for (id, number) in agents {
        let rows: Vec<Given> = sqlx::query_as(
            "SELECT client, (value * 100 / 10::numeric ^ value_decimals)::bigint AS hundredths, tag1, tag2,
                    feedback_index IS NOT NULL AS is_on_chain, revoked_at IS NOT NULL AS is_revoked
             FROM feedback WHERE agent = $1",
        )
        .bind(id)
        .fetch_all(&mut connection)
        .await
        .unwrap();
        assert!(rows.len() > 1_000, "{}", rows.len());
        let target = format!("/v1/agents/{CHAIN}:{number}/stats");
        let stats = world.get(&target).await.expect(200);
        compare(&rows, &stats);
    }
}

fn compare(rows: &[Given], stats: &Value) {
    let counted: Vec<&Given> = rows
        .iter()
        .filter(|row| row.is_on_chain && !row.is_revoked)
        .collect();
    let on_chain = rows.iter().filter(|row| row.is_on_chain);
    assert_eq!(stats["feedback"]["onChain"], counted.len());
    assert_eq!(
        stats["feedback"]["revoked"],
        on_chain.filter(|row| row.is_revoked).count()
    );
    let elsewhere = rows
        .iter()
        .filter(|row| !row.is_on_chain && !row.is_revoked);
    assert_eq!(stats["feedback"]["offChain"], elsewhere.count());
    let mut clients: HashMap<&[u8], usize> = HashMap::new();
    for row in &counted {
        *clients.entry(&row.client).or_default() += 1;
    }
    assert_eq!(stats["feedback"]["clients"], clients.len());
    let starred: Vec<i64> = counted
        .iter()
        .filter(|row| row.tag1 == "starred" && (0..=10_000).contains(&row.hundredths))
        .map(|row| row.hundredths)
        .collect();
    assert!(
        counted
            .iter()
            .any(|row| row.tag1.is_empty() && row.tag2.is_empty())
    );
    let score = &stats["score"];
    assert_eq!(score["basis"], "starred");
    assert_eq!(score["count"], starred.len());
    assert_eq!(
        score["positive"],
        starred.iter().filter(|value| **value >= 8_000).count()
    );
    assert_eq!(
        score["negative"],
        starred.iter().filter(|value| **value < 5_000).count()
    );
    let average = score["average"].as_str().unwrap();
    let (whole, fraction) = average.split_once('.').unwrap_or((average, ""));
    let millionths: i64 = format!("{whole}{fraction:0<6}").parse().unwrap();
    let count = i64::try_from(starred.len()).unwrap();
    let expected = starred.iter().sum::<i64>() * 10_000 / count;
    assert!(
        millionths.abs_diff(expected) <= 1,
        "{average} is not {expected} millionths"
    );
}
