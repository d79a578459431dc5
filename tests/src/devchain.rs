//! The project's own registries: deployed on a chain, used, synced, and read through the API beside what the contracts
//! themselves say.

use alloy::primitives::{Address, B256, U256};
use pretty_assertions::assert_eq;
use serde_json::{Value, json};
use shared::chain::abi::{
    AgentIdentityRegistry as Identity, AgentReputationRegistry as Reputation,
    AgentValidationRegistry as Validation,
};

use crate::harness::{Devchain, World, tables};

/// How many agents `script/lib/story.mjs` registers.
const AGENTS: u64 = 5;

async fn synced(chain: &Devchain) -> World {
    let world = chain.world().await;
    world.sync().await;
    world.run("refresh-views").await.unwrap();
    world
}

async fn part(world: &World, id: u64, part: &str) -> Value {
    let path = format!("/v1/agents/31337:{id}{part}");
    world.get(&path).await.expect(200)
}

async fn items(world: &World, id: u64, list: &str) -> Vec<Value> {
    part(world, id, list).await["items"]
        .as_array()
        .unwrap()
        .clone()
}

fn shown(address: Address) -> Value {
    if address.is_zero() {
        Value::Null
    } else {
        address.to_checksum(None).into()
    }
}

#[tokio::test]
async fn an_agent_is_in_the_api_what_it_is_in_the_identity_registry() {
    let chain = Devchain::start().await;
    let world = synced(&chain).await;
    let total = chain
        .read(chain.identity, Identity::totalAgentsCall {})
        .await;
    assert_eq!(total, U256::from(AGENTS));
    for id in 0..AGENTS {
        let agent = part(&world, id, "").await;
        let agent_id = U256::from(id);
        let owner = Identity::ownerOfCall { tokenId: agent_id };
        assert_eq!(
            agent["owner"],
            shown(chain.read(chain.identity, owner).await)
        );
        let wallet = Identity::getAgentWalletCall { agentId: agent_id };
        let wallet = chain.read(chain.identity, wallet).await;
        assert_eq!(agent["agentWallet"], shown(wallet), "agent {id}");
        let uri = Identity::tokenURICall { tokenId: agent_id };
        assert_eq!(agent["agentUri"], chain.read(chain.identity, uri).await);
        let suspended = Identity::isSuspendedCall { agentId: agent_id };
        let status = if chain.read(chain.identity, suspended).await {
            "suspended"
        } else {
            "registered"
        };
        assert_eq!(agent["status"], status, "agent {id}");
        let keys = Identity::getMetadataCountCall { agentId: agent_id };
        let keys = chain.read(chain.identity, keys).await;
        assert_eq!(U256::from(agent["metadataCount"].as_u64().unwrap()), keys);
        for entry in agent["metadata"].as_array().into_iter().flatten() {
            let value = Identity::getMetadataCall {
                agentId: agent_id,
                metadataKey: entry["key"].as_str().unwrap().to_owned(),
            };
            let value = chain.read(chain.identity, value).await;
            assert_eq!(entry["value"], json!(value), "agent {id}: {entry}");
        }
    }
    // What the story is about, lest nothing be compared with nothing.
    let beacon = part(&world, 0, "").await;
    assert_eq!(beacon["registration"]["name"], "Beacon");
    assert_eq!(beacon["metadataCount"], 2);
    assert_ne!(beacon["agentWallet"], beacon["owner"]);
    assert_eq!(part(&world, 2, "").await["agentWallet"], Value::Null);
    assert_eq!(part(&world, 3, "").await["status"], "suspended");
}

#[tokio::test]
async fn feedback_is_in_the_api_what_it_is_in_the_reputation_registry() {
    let chain = Devchain::start().await;
    let world = synced(&chain).await;
    let mut compared = (0, 0, 0);
    for id in 0..AGENTS {
        let agent_id = U256::from(id);
        let clients = Reputation::getClientsCall { agentId: agent_id };
        let clients = chain.read(chain.reputation, clients).await;
        let listed = items(&world, id, "/feedback?includeRevoked=true&limit=50").await;
        let mut given = 0;
        for client in clients {
            let last = Reputation::getLastIndexCall {
                agentId: agent_id,
                clientAddress: client,
            };
            given += chain.read(chain.reputation, last).await;
        }
        assert_eq!(listed.len() as u64, given, "agent {id}");
        for item in listed {
            let client: Address = item["client"].as_str().unwrap().parse().unwrap();
            let index = item["feedbackIndex"].as_str().unwrap().parse().unwrap();
            let stored = Reputation::readFeedbackCall {
                agentId: agent_id,
                clientAddress: client,
                feedbackIndex: index,
            };
            let stored = chain.read(chain.reputation, stored).await;
            let said = (&item["value"], &item["valueDecimals"]);
            let (value, decimals) = (stored.value.to_string(), stored.valueDecimals);
            assert_eq!(said, (&json!(value), &json!(decimals)));
            let said = (&item["tag1"], &item["tag2"]);
            assert_eq!(said, (&json!(stored.tag1), &json!(stored.tag2)));
            assert_eq!(item["revokedAt"].is_string(), stored.isRevoked, "{item}");
            let responses = Reputation::getResponseCountCall {
                agentId: agent_id,
                clientAddress: client,
                feedbackIndex: index,
                responders: Vec::new(),
            };
            let responses = chain.read(chain.reputation, responses).await;
            assert_eq!(item["responseCount"], responses, "{item}");
            compared.0 += 1;
            compared.1 += u64::from(stored.isRevoked);
            compared.2 += responses;
        }
    }
    assert_eq!(compared, (5, 1, 1), "feedback, of it revoked, responses");
}

#[tokio::test]
async fn a_validation_is_in_the_api_what_it_is_in_the_validation_registry() {
    let chain = Devchain::start().await;
    let world = synced(&chain).await;
    let mut answers = Vec::new();
    for id in 0..AGENTS {
        let hashes = Validation::getAgentValidationsCall {
            agentId: U256::from(id),
        };
        let hashes = chain.read(chain.validation, hashes).await;
        let listed = items(&world, id, "/validations").await;
        assert_eq!(listed.len(), hashes.len(), "agent {id}");
        for item in listed {
            let hash: B256 = item["requestHash"].as_str().unwrap().parse().unwrap();
            assert!(hashes.contains(&hash), "agent {id}: {item}");
            let stored = Validation::getValidationStatusCall { requestHash: hash };
            let stored = chain.read(chain.validation, stored).await;
            assert_eq!(item["validator"], shown(stored.validatorAddress));
            // The contract has 0 for no answer, too.
            let answer = &item["response"]["response"];
            assert_eq!(answer.as_u64().unwrap_or(0), u64::from(stored.response));
            answers.push(answer.as_u64());
        }
    }
    answers.sort_unstable();
    assert_eq!(answers, [None, Some(85), Some(100)]);
}

#[tokio::test]
async fn agents_are_found_by_whether_they_are_suspended() {
    let chain = Devchain::start().await;
    let world = synced(&chain).await;
    for (status, names) in [
        ("suspended", &["Mirage"][..]),
        ("registered", &["Beacon", "Ferry", "Harbor"]),
    ] {
        let found = world
            .get(&format!("/v1/agents?chainId=31337&status={status}"))
            .await
            .expect(200);
        let found = found["items"].as_array().unwrap();
        let mut found: Vec<&str> = found.iter().filter_map(|a| a["name"].as_str()).collect();
        found.sort_unstable();
        assert_eq!(found, names, "{status}");
    }
    let chains = world.get("/v1/chains").await.expect(200);
    assert_eq!(chains["items"][0]["totals"]["agents"], AGENTS, "{chains}");
}

#[tokio::test]
async fn a_suspension_that_the_chain_takes_back_never_was() {
    let chain = Devchain::start().await;
    let world = synced(&chain).await;
    let before = tables::all(&mut world.connect().await).await;
    let admin = chain.accounts[0];
    let suspend = Identity::suspendAgentCall {
        agentId: U256::ZERO,
    };
    let restore = Identity::restoreAgentCall {
        agentId: U256::from(3),
    };
    chain.send(admin, chain.identity, suspend).await;
    chain.send(admin, chain.identity, restore).await;
    world.sync().await;
    assert_eq!(part(&world, 0, "").await["status"], "suspended");
    assert_eq!(part(&world, 3, "").await["status"], "registered");

    chain.call("anvil_rollback", json!([2])).await;
    chain.call("evm_mine", json!([])).await;
    chain.call("evm_mine", json!([])).await;
    let report = world.sync().await;
    assert_eq!(report["chains"][0]["reorgs"][0]["depth"], 2, "{report}");
    assert_eq!(part(&world, 0, "").await["status"], "registered");
    assert_eq!(part(&world, 3, "").await["status"], "suspended");
    let after = tables::all(&mut world.connect().await).await;
    for table in ["agents", "agent_stats", "chain_events", "feedback"] {
        assert_eq!(before[table], after[table], "{table}");
    }
}
