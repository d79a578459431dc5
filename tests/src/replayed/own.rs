//! The project's own dump: what `tests/dumps/README.md` says of each agent is what the API says.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::{against_raw_logs, raw_logs};
use crate::harness::{Chain, World, settings};

const DUMP: &str = "tests/dumps/agents.json";

async fn agent(world: &World, id: u64) -> Value {
    let chain = Chain::own().await.id();
    world
        .get(&format!("/v1/agents/{chain}:{id}"))
        .await
        .expect(200)
}

async fn part(world: &World, id: u64, part: &str) -> Value {
    let chain = Chain::own().await.id();
    world
        .get(&format!("/v1/agents/{chain}:{id}/{part}"))
        .await
        .expect(200)
}

#[tokio::test]
async fn every_agent_is_what_its_raw_logs_say() {
    let world = World::indexed().await;
    let chain = Chain::own().await;
    let dump = settings::root().join(DUMP);
    let compared = against_raw_logs::compare_all(&world, chain.id(), &dump).await;
    assert_eq!((compared.registered, compared.incomplete), (30, 2));
}

#[tokio::test]
async fn every_kind_of_uri_and_file_is_named_as_what_it_is() {
    let world = World::indexed().await;
    for (id, kind, state) in [
        (0, "data", "valid"),
        (1, "data", "valid"),
        (2, "data", "valid"),
        (3, "data", "valid"),
        (4, "json", "valid"),
        (5, "https", "pending"),
        (6, "http", "pending"),
        (7, "ipfs", "pending"),
        (8, "other", "unsupported"),
        (9, "data", "valid"),
        (10, "data", "valid"),
        (11, "empty", "none"),
        (12, "empty", "none"),
        (13, "garbage", "unreadable"),
        (14, "data", "faulty"),
        (15, "data", "faulty"),
        (16, "data", "faulty"),
        (17, "data", "faulty"),
        (18, "data", "unreadable"),
        (19, "data", "unreadable"),
        (20, "data", "unreadable"),
        (25, "data", "valid"),
        (28, "data", "valid"),
        (30, "https", "pending"),
    ] {
        let agent = agent(&world, id).await;
        let found = (&agent["uriKind"], &agent["registration"]["state"]);
        assert_eq!(found, (&json!(kind), &json!(state)), "agent {id}: {agent}");
    }
}

#[tokio::test]
async fn a_faulty_file_is_kept_whole_with_a_list_of_its_faults() {
    let world = World::indexed().await;
    let errors = async |id: u64| {
        let agent = agent(&world, id).await;
        let faults = agent["registration"]["faults"].as_array().unwrap();
        let errors = faults.iter().filter(|fault| fault["severity"] == "error");
        assert!(
            faults.iter().all(|fault| fault["pointer"].is_string()),
            "agent {id}: {faults:?}"
        );
        errors.count()
    };
    for id in 14..=17 {
        assert!(errors(id).await > 0, "agent {id} has no faults");
    }
    // Agent 1 has the old spelling, which is worth a warning.
    for id in [0, 1, 2, 3, 4, 9, 10] {
        assert_eq!(errors(id).await, 0, "agent {id}");
    }
}

#[tokio::test]
async fn agent_0_is_an_agent_like_any_other() {
    let world = World::indexed().await;
    let agent = agent(&world, 0).await;
    assert_eq!(
        (&agent["agentId"], &agent["registration"]["name"]),
        (&json!("0"), &json!("Atlas"))
    );
    let services = agent["registration"]["services"].as_array().unwrap();
    let names: BTreeSet<&str> = services.iter().filter_map(|s| s["name"].as_str()).collect();
    assert_eq!(names.len(), 8, "{services:?}");
    assert_eq!(part(&world, 0, "reputation").await["clients"], 5);
    let stats = part(&world, 0, "stats").await;
    assert_eq!(stats["validations"]["requested"], 2, "{stats}");
}

#[tokio::test]
async fn one_clients_share_of_the_ratings_is_shown() {
    let world = World::indexed().await;
    let reputation = part(&world, 1, "reputation").await;
    assert_eq!(
        (&reputation["count"], &reputation["clients"]),
        (&json!(7), &json!(2))
    );
    assert_eq!(reputation["largestClient"]["count"], 6);
    assert_eq!(reputation["largestClient"]["percent"], "85.714286");
}

#[tokio::test]
async fn feedback_is_counted_as_the_logs_count_it() {
    let world = World::indexed().await;
    for (id, raw) in raw_logs::agents(&settings::root().join(DUMP)) {
        let (given, revoked) = raw.feedback;
        let stats = part(&world, id, "stats").await;
        let counted = &stats["feedback"];
        assert_eq!(counted["onChain"], given - revoked, "agent {id}: {stats}");
        assert_eq!(counted["revoked"], revoked, "agent {id}: {stats}");
        let reputation = part(&world, id, "reputation").await;
        assert_eq!(
            reputation["count"],
            given - revoked,
            "agent {id}: {reputation}"
        );
        let all = part(&world, id, "feedback?includeRevoked=true&limit=50").await;
        let listed = all["items"].as_array().unwrap().len();
        assert_eq!(listed as u64, given, "agent {id}");
    }
}

#[tokio::test]
async fn the_wallet_is_the_one_that_holds_after_the_last_transfer() {
    let world = World::indexed().await;
    // 21: cleared by the second transfer; 22: transferred inside the mint's callback; 23: unset.
    for id in [21, 22, 23] {
        let agent = agent(&world, id).await;
        assert!(agent.get("agentWallet").is_none(), "agent {id}: {agent}");
    }
    let atlas = agent(&world, 0).await;
    assert!(atlas["agentWallet"].is_string(), "{atlas}");
}

#[tokio::test]
async fn values_of_any_size_keep_every_digit() {
    let world = World::indexed().await;
    let feedback = part(&world, 22, "feedback?limit=50").await;
    let items = feedback["items"].as_array().unwrap();
    let values: BTreeSet<&str> = items
        .iter()
        .filter_map(|item| item["value"].as_str())
        .collect();
    let huge = format!("1{}", "0".repeat(38));
    assert!(
        values.contains(&*huge) && values.contains(&*format!("-{huge}")),
        "{values:?}"
    );
}

#[tokio::test]
async fn text_that_is_no_text_is_shown_without_harm() {
    let world = World::indexed().await;
    // Invalid UTF-8 and NUL in URI, metadata, tags and endpoints.
    let agent = agent(&world, 29).await;
    assert_eq!(agent["status"], "registered");
    for list in ["feedback", "validations"] {
        let list = part(&world, 29, list).await;
        assert!(!list["items"].as_array().unwrap().is_empty(), "{list}");
    }
}
