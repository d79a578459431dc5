//! The project's own registry mints what was prepared, for the gas that was said.

use serde_json::{Value, json};

use super::registrar::{file, id, number, post, signed};
use crate::access::wallet::{Wallet, sign_in};
use crate::harness::node::Node;
use crate::harness::{Devchain, Reply, World};

/// Bodies of every shape, the last as large as one transaction may carry.
fn bodies() -> Vec<Value> {
    let mut large = file("Large");
    large["description"] = json!("x".repeat(14_000));
    let metadata = json!([
        { "key": "version", "text": "1.4.2" },
        { "key": "proof", "value": format!("0x{}", "ab".repeat(1_000)) },
    ]);
    vec![
        json!({ "chainId": Node::ID, "registration": file("Hosted") }),
        json!({ "chainId": Node::ID, "registration": file("Described"), "metadata": metadata }),
        json!({ "chainId": Node::ID, "registration": large, "onchainFile": true, "metadata": metadata }),
    ]
}

async fn prepare(world: &World, key: &str, body: &Value) -> Value {
    let function = world.start("register-agent").await;
    let reply = function.invoke(&post(key, None, body), World::RUN).await;
    Reply::from_lambda(&reply.unwrap()).expect(201)
}

#[tokio::test]
async fn our_registry_mints_what_was_prepared_within_the_estimate_and_the_bound() {
    let chain = Devchain::start().await;
    let mut world = chain.world().await;
    world.sync().await;
    let honest = world.setting("CHAIN_RPC_URLS").to_owned();
    let (wallet, other) = (Wallet::number(1), Wallet::number(2));
    let funds = json!([wallet.address(), "0xde0b6b3a7640000"]);
    chain.call("anvil_setBalance", funds).await;
    let mut keys = Vec::new();
    for wallet in [&wallet, &other] {
        let made = sign_in(&world, wallet, Node::ID).await;
        keys.push(made["key"].as_str().unwrap().to_owned());
    }
    for (nonce, body) in (0..).zip(bodies()) {
        world.set("CHAIN_RPC_URLS", honest.clone());
        let prepared = prepare(&world, &keys[0], &body).await;
        let transaction = &prepared["transaction"];
        assert_eq!(transaction["gasBasis"], "estimate");
        let raw = signed(&wallet, nonce, transaction);
        let receipt = chain.call("eth_sendRawTransactionSync", json!([raw])).await;
        assert_eq!(receipt["status"], "0x1", "{receipt}");
        // The same by a wallet for which nobody can estimate.
        world.set_rpc(Node::ID, &["http://127.0.0.1:1"]);
        let bounded = prepare(&world, &keys[1], &body).await["transaction"].clone();
        assert_eq!(bounded["gasBasis"], "bound");
        let (used, bound) = (
            number(&receipt["gasUsed"]),
            bounded["gas"].as_u64().unwrap(),
        );
        assert!(
            used < bound && bound < 6 * used,
            "{used} of {bound}: {body}"
        );

        world.set("CHAIN_RPC_URLS", honest.clone());
        world.sync().await;
        let agent = world
            .get(&format!("/v1/agents/{}", id(&prepared)))
            .await
            .expect(200);
        assert_eq!(agent["status"], "registered", "{agent}");
        let entries = agent["metadata"].as_array().unwrap().len();
        assert_eq!(
            entries,
            body["metadata"].as_array().map_or(0, Vec::len),
            "{agent}"
        );
        assert_eq!(agent["registration"], prepared["agent"]["registration"]);
    }
}
