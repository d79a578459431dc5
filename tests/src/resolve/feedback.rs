//! The files that feedback points to: fetched once, and held against what the chain says of them.

use alloy::primitives::{B256, U256, keccak256};
use serde_json::{Value, json};
use shared::chain::abi::AgentReputationRegistry as Reputation;

use super::web::{PUBLIC, Site, ok};
use crate::harness::{Devchain, World};

const FILE: &[u8] = br#"{"agentId":0,"value":87,"valueDecimals":0}"#;

/// A chain on which a client rated agent 0, naming a file on a site and its hash.
async fn rated(site: &Site, hash: B256) -> (Devchain, World) {
    let chain = Devchain::start().await;
    let rating = Reputation::giveFeedbackCall {
        agentId: U256::ZERO,
        value: 87,
        valueDecimals: 0,
        tag1: "starred".to_owned(),
        tag2: String::new(),
        endpoint: String::new(),
        feedbackURI: site.url("/feedback.json"),
        feedbackHash: hash,
    };
    chain
        .send(chain.accounts[8], chain.reputation, rating)
        .await;
    let mut world = chain.world().await;
    world.set("RESOLVER_PORTS", site.port().to_string());
    world.set("RESOLVER_NETWORKS", format!("{PUBLIC}/32"));
    world.sync().await;
    (chain, world)
}

async fn resolve(world: &World) -> Value {
    world.run("resolve-registrations").await.unwrap()
}

/// The rating, as the list of its client's has it.
async fn rating(chain: &Devchain, world: &World) -> Value {
    let client = chain.accounts[8];
    let list = format!("/v1/agents/31337:0/feedback?client={client}&limit=1");
    world.get(&list).await.expect(200)["items"][0].clone()
}

#[tokio::test]
async fn a_file_is_verified_by_the_hash_of_its_feedback_and_served() {
    let site = Site::page(ok("", FILE)).await;
    let (chain, world) = rated(&site, keccak256(FILE)).await;
    let before = rating(&chain, &world).await;
    assert_eq!(before["file"], json!({ "state": "pending" }));
    let path = format!("/v1/feedback-files/{}", before["id"].as_str().unwrap());
    world.get(&path).await.expect(404);

    let report = resolve(&world).await;
    assert_eq!(
        (&report["fetched"], &report["agents"]),
        (&json!(1), &json!(0))
    );
    let file = &rating(&chain, &world).await["file"];
    assert_eq!(
        (&file["state"], &file["verified"]),
        (&json!("fetched"), &json!(true))
    );
    assert!(file["fetchedAt"].is_string(), "{file}");
    let served = world.get(&path).await.expect(200);
    assert_eq!(served, serde_json::from_slice::<Value>(FILE).unwrap());
}

#[tokio::test]
async fn another_file_than_the_hash_names_is_shown_as_such_and_not_served() {
    let site = Site::page(ok("", FILE)).await;
    let (chain, world) = rated(&site, keccak256(b"another")).await;
    resolve(&world).await;
    let rating = rating(&chain, &world).await;
    assert_eq!(rating["file"]["verified"], false, "{rating}");
    let path = format!("/v1/feedback-files/{}", rating["id"].as_str().unwrap());
    world.get(&path).await.expect(404);
}

#[tokio::test]
async fn a_file_that_came_is_not_asked_for_again_until_an_agent_points_to_it_too() {
    let site = Site::page(ok("", FILE)).await;
    let (_chain, world) = rated(&site, keccak256(FILE)).await;
    for fetched in [1, 0] {
        let report = resolve(&world).await;
        assert_eq!(report["fetched"], fetched, "{report}");
    }
    let uri = site.url("/feedback.json");
    // Agents of the chain point to others.
    let sql = "SELECT next_attempt_at = 'infinity' FROM remote_files WHERE uri = $1";
    let is_over: bool = sqlx::query_scalar(sql)
        .bind(&uri)
        .fetch_one(&mut world.connect().await)
        .await
        .unwrap();
    assert!(is_over);

    // As the sync leaves an agent whose URI changes.
    sqlx::query("UPDATE agents SET agent_uri = $1, uri_kind = 'http', registration_state = 'pending' WHERE agent_id = 1")
        .bind(uri)
        .execute(&mut world.connect().await)
        .await
        .unwrap();
    let report = resolve(&world).await;
    assert_eq!(
        (&report["agents"], &report["fetched"]),
        (&json!(2), &json!(1))
    );
    assert_eq!(site.connections(), 2);
}
