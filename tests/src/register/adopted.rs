//! A registration makes the agent that waited for it the one on chain.

use serde_json::json;

use super::Registrar;
use super::registrar::{REGISTRY, file, id, itself, post};
use crate::access::wallet::Wallet;
use crate::harness::node::Node;
use crate::harness::{Reply, World};

#[tokio::test]
async fn a_prepared_agent_keeps_its_id_when_its_wallet_registers_it() {
    let registrar = Registrar::new().await;
    let wallet = Wallet::number(1);
    let key = registrar.key(&wallet).await;
    let prepared = registrar.prepare(&key, "Ada").await;
    let uuid = id(&prepared);
    let waiting = registrar.agent(uuid).await;
    assert_eq!(itself(&waiting), itself(&prepared["agent"]));
    assert_eq!(
        (&waiting["status"], &waiting["registration"]["state"]),
        (&json!("prepared"), &json!("valid"))
    );
    assert!(waiting.get("agentId").is_none(), "{waiting}");

    let hash = registrar.send(&wallet, &prepared["transaction"]).await;
    registrar.world.sync().await;
    let agent = registrar.agent(uuid).await;
    let name = format!("eip155:{}:{REGISTRY}:0", Node::ID);
    assert_eq!(agent["agentRef"], json!(name));
    assert_eq!(registrar.agent(&format!("{}:0", Node::ID)).await, agent);
    assert_eq!(
        (&agent["status"], &agent["owner"], &agent["registeredTx"]),
        (&json!("registered"), &json!(wallet.address()), &json!(hash))
    );
    // What is hosted here need not be fetched.
    assert_eq!(agent["registration"], waiting["registration"]);
    assert_eq!(agent["agentUri"], waiting["agentUri"]);
    let stats = format!("/v1/agents/{uuid}/stats");
    registrar.world.get(&stats).await.expect(200);
}

#[tokio::test]
async fn the_chain_says_what_the_transaction_costs_and_without_it_there_is_a_bound() {
    let mut registrar = Registrar::new().await;
    let key = registrar.key(&Wallet::number(1)).await;
    let estimated = registrar.prepare(&key, "Ada").await["transaction"].clone();
    assert_eq!(estimated["gasBasis"], "estimate", "{estimated}");
    registrar.world.set_rpc(Node::ID, &["http://127.0.0.1:1"]);
    let bounded = registrar.world.start("register-agent").await;
    let body = json!({ "chainId": Node::ID, "registration": file("Bo") });
    let event = post(&key, None, &body);
    let reply = bounded.invoke(&event, World::RUN).await;
    let reply = Reply::from_lambda(&reply.unwrap()).expect(201);
    let bounded = &reply["transaction"];
    assert_eq!(bounded["gasBasis"], "bound", "{bounded}");
    assert!(bounded["gas"].as_u64() > estimated["gas"].as_u64());
}

#[tokio::test]
async fn a_copy_cat_gets_an_agent_of_its_own() {
    let registrar = Registrar::new().await;
    let (wallet, thief) = (Wallet::number(1), Wallet::number(2));
    let key = registrar.key(&wallet).await;
    registrar.key(&thief).await;
    let prepared = registrar.prepare(&key, "Ada").await;
    let uuid = id(&prepared);
    registrar.send(&thief, &prepared["transaction"]).await;
    registrar.world.sync().await;
    let copy = registrar.agent(&format!("{}:0", Node::ID)).await;
    assert_eq!(copy["owner"], thief.address());
    assert_ne!(copy["id"], uuid);
    assert_eq!(registrar.agent(uuid).await["status"], "prepared");

    registrar.send(&wallet, &prepared["transaction"]).await;
    // Sent twice, it is two agents: the first is the one that waited.
    registrar.send(&wallet, &prepared["transaction"]).await;
    registrar.world.sync().await;
    let ours = registrar.agent(&format!("{}:1", Node::ID)).await;
    assert_eq!(
        (&ours["id"], &ours["owner"]),
        (&json!(uuid), &json!(wallet.address()))
    );
    let again = registrar.agent(&format!("{}:2", Node::ID)).await;
    assert_ne!(again["id"], uuid);
    let after = registrar.agent(&format!("{}:0", Node::ID)).await;
    assert_eq!(itself(&after), itself(&copy));
}

#[tokio::test]
async fn a_prepared_agent_is_found_only_by_those_who_ask_for_such() {
    let registrar = Registrar::new().await;
    let wallet = Wallet::number(1);
    let key = registrar.key(&wallet).await;
    let prepared = registrar.prepare(&key, "Ada").await;
    let uuid = id(&prepared);
    for query in ["", "q=ada", "active=true", "sort=name", "service=mcp"] {
        assert!(registrar.found(query).await.is_empty(), "{query}");
    }
    assert_eq!(registrar.found("status=prepared").await, [uuid]);
    assert_eq!(registrar.found("status=prepared&q=ada").await, [uuid]);
    registrar.send(&wallet, &prepared["transaction"]).await;
    registrar.world.sync().await;
    for query in ["", "q=ada", "active=true", "sort=name", "service=mcp"] {
        assert_eq!(registrar.found(query).await, [uuid], "{query}");
    }
    assert!(registrar.found("status=prepared").await.is_empty());
}
