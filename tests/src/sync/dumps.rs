//! The built function against anvil, with the project's own dump and with Ethereum mainnet's.

use std::collections::BTreeMap;

use pretty_assertions::assert_eq;
use serde_json::{Value, json};
use sqlx::PgConnection;

use crate::harness::{Chain, World, settings};

#[tokio::test]
async fn the_own_dump_is_indexed_to_its_head() {
    let chain = Chain::own().await;
    let world = World::unsynced(chain).await;
    let report = world.sync().await;
    let chain_report = &report["chains"][0];
    assert_eq!(chain_report["status"], "ok", "{report:#}");
    assert_eq!(chain_report["caughtUp"], true);
    assert_eq!(chain_report["toBlock"], chain.last_block());
    let events: u64 =
        chain_report["events"].as_object().unwrap().values().map(|n| n.as_u64().unwrap()).sum();
    // 249 logs, less the MetadataUpdate that nobody asks for.
    assert_eq!(events, count(&mut world.connect().await, "chain_events").await);
    assert_eq!(chain_report["events"].get("malformed"), None, "{report:#}");
    let again = world.sync().await;
    assert_eq!(again["chains"][0]["events"], json!({}), "{again:#}");
    assert_eq!(again["chains"][0]["caughtUp"], true);
}

#[tokio::test]
async fn mainnet_has_73_agents_and_16_incomplete_ones() {
    let Some(dump) = settings::mainnet_logs() else { return };
    let chain = Chain::replay(&dump).await;
    let world = World::unsynced(&chain).await;
    let report = world.sync().await;
    assert_eq!(report["chains"][0]["status"], "ok", "{report:#}");
    assert_eq!(
        report["chains"][0]["events"],
        json!({"Registered": 73, "URIUpdated": 33}),
        "{report:#}"
    );
    let raw: Value = serde_json::from_slice(&std::fs::read(&dump).unwrap()).unwrap();
    let expected = by_hand(&raw);
    let rows: Vec<(String, String, Option<String>, Option<String>, String)> = sqlx::query_as(
        "SELECT agent_id::text, status, encode(owner, 'hex'), encode(agent_wallet, 'hex'),
                agent_uri
         FROM agents WHERE chain_id = 1",
    )
    .fetch_all(&mut world.connect().await)
    .await
    .unwrap();
    let said: BTreeMap<String, (String, Option<String>, Option<String>, String)> = rows
        .into_iter()
        .map(|(id, status, owner, wallet, uri)| (id, (status, owner, wallet, uri)))
        .collect();
    let of = |word: &str| said.values().filter(|(status, ..)| status == word).count();
    assert_eq!((of("registered"), of("incomplete")), (73, 16));
    assert_eq!(said, expected);
}

/// Status, owner, wallet and URI of each agent from the raw logs: hex digits cut by hand.
fn by_hand(raw: &Value) -> BTreeMap<String, (String, Option<String>, Option<String>, String)> {
    let mut agents = BTreeMap::new();
    for log in raw["logs"].as_array().unwrap() {
        let topic = |place: usize| log["topics"][place].as_str().unwrap();
        let id = u64::from_str_radix(&topic(1)[50..], 16).unwrap().to_string();
        let data = &log["data"].as_str().unwrap()[2..];
        let length = usize::from_str_radix(&data[64..128], 16).unwrap();
        let bytes: Vec<u8> = (0..length)
            .map(|i| u8::from_str_radix(&data[128 + 2 * i..130 + 2 * i], 16).unwrap())
            .collect();
        let uri = String::from_utf8(bytes).unwrap();
        let agent = agents
            .entry(id)
            .or_insert_with(|| ("incomplete".to_owned(), None, None, String::new()));
        if topic(0).starts_with("0xca52e62c") {
            let owner = Some(topic(2)[26..].to_owned());
            *agent = ("registered".to_owned(), owner.clone(), owner, uri);
        } else {
            agent.3 = uri;
        }
    }
    agents
}

async fn count(connection: &mut PgConnection, table: &str) -> u64 {
    let sql = sqlx::AssertSqlSafe(format!("SELECT count(*) FROM {table}"));
    let count: i64 = sqlx::query_scalar(sql).fetch_one(connection).await.unwrap();
    u64::try_from(count).unwrap()
}
