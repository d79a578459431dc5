//! Feedback that its client brings on chain, by our own registry: one row with its event, for as long as the chain holds
//! that.

use alloy::primitives::hex;
use pretty_assertions::assert_eq;
use serde_json::{Map, Value, json};

use super::starred;
use crate::access::wallet::{challenge, hand_in, post_with_key, with_key};
use crate::harness::{Devchain, World};

const CHAIN: u64 = 31_337;
const AGENT: &str = "/v1/agents/31337:0";

/// A chain with agents, indexed, and a client with a key.
struct Market {
    chain: Devchain,
    world: World,
    key: String,
}

impl Market {
    async fn open() -> Self {
        let chain = Devchain::start().await;
        let world = chain.world().await;
        world.sync().await;
        let client = chain.accounts[9].to_checksum(None);
        let challenge = challenge(&world, &client, CHAIN).await;
        let message = challenge["message"].as_str().unwrap();
        // The node holds the account's key.
        let signature = chain
            .call(
                "personal_sign",
                json!([hex::encode_prefixed(message), client]),
            )
            .await;
        let made = hand_in(&world, message, signature.as_str().unwrap())
            .await
            .expect(201);
        let key = made["key"].as_str().unwrap().to_owned();
        Self { chain, world, key }
    }

    async fn give(&self, body: &Value) -> Value {
        let target = format!("{AGENT}/feedback");
        post_with_key(&self.world, &target, &self.key, body)
            .await
            .expect(201)
    }

    async fn revoke(&self, given: &Value) -> Value {
        let target = format!("/v1/feedback/{}", given["feedback"]["id"].as_str().unwrap());
        with_key(&self.world, "DELETE", &target, &self.key)
            .await
            .expect(200)
    }

    /// Sends a transaction as the API hands it out, in a block of its own, and indexes that.
    async fn send(&self, transaction: &Value) {
        let members =
            ["from", "to", "data"].map(|name| (name.to_owned(), transaction[name].clone()));
        let mut sent: Map<String, Value> = members.into_iter().collect();
        sent.insert(
            "gas".to_owned(),
            format!("{:#x}", transaction["gas"].as_u64().unwrap()).into(),
        );
        let sent = self.chain.call("eth_sendTransactionSync", json!([sent]));
        let receipt = sent.await;
        assert_eq!(receipt["status"], "0x1", "{receipt}");
        self.world.sync().await;
    }

    /// The client's own rows, and what is counted of all: off chain, on chain, revoked.
    async fn state(&self) -> (Vec<Value>, [i64; 3]) {
        let client = self.chain.accounts[9];
        let list = format!("{AGENT}/feedback?includeRevoked=true&client={client}");
        let listed = self.world.get(&list).await.expect(200);
        let stats = self.world.get(&format!("{AGENT}/stats")).await.expect(200);
        let counts = ["offChain", "onChain", "revoked"];
        let counts = counts.map(|name| stats["feedback"][name].as_i64().unwrap());
        (listed["items"].as_array().unwrap().clone(), counts)
    }
}

#[tokio::test]
async fn what_its_client_sends_is_one_row_until_a_reorg_takes_it_off_the_chain() {
    let market = Market::open().await;
    let (none, [_, on_chain, revoked]) = market.state().await;
    assert!(none.is_empty());
    let given = market.give(&starred(87)).await;
    let transaction = &given["transaction"];
    assert_eq!(transaction["gasBasis"], "estimate");
    let before = market.state().await;
    assert_eq!(
        before,
        (vec![given["feedback"].clone()], [1, on_chain, revoked])
    );
    for _ in 0..2 {
        market.send(transaction).await;
        let (rows, counts) = market.state().await;
        assert_eq!(
            (rows.len(), counts),
            (1, [0, on_chain + 1, revoked]),
            "{rows:#?}"
        );
        assert_eq!(rows[0]["id"], given["feedback"]["id"]);
        assert_eq!(
            (&rows[0]["source"], &rows[0]["feedbackIndex"]),
            (&json!("api"), &json!("1"))
        );
        assert!(rows[0]["transactionHash"].is_string(), "{}", rows[0]);
        market.chain.call("anvil_rollback", json!([1])).await;
        market.chain.call("evm_mine", json!([])).await;
        market.world.sync().await;
        assert_eq!(market.state().await, before);
    }
}

#[tokio::test]
async fn what_is_on_chain_is_revoked_there() {
    let market = Market::open().await;
    let (_, [_, on_chain, revoked]) = market.state().await;
    let given = market.give(&starred(87)).await;
    market.send(&given["transaction"]).await;
    let told = market.revoke(&given).await;
    assert_eq!(told["revokedAt"], Value::Null, "{told}");
    market.send(&told["transaction"]).await;
    let (rows, counts) = market.state().await;
    assert_eq!((rows.len(), counts), (1, [0, on_chain, revoked + 1]));
    assert!(rows[0]["revokedAt"].is_string(), "{}", rows[0]);
    let told = market.revoke(&given).await;
    assert_eq!(told["revokedAt"], rows[0]["revokedAt"]);
    assert_eq!(told["transaction"], Value::Null);
}

#[tokio::test]
async fn what_was_taken_back_here_or_says_something_else_stays_apart() {
    let market = Market::open().await;
    let (_, [_, on_chain, revoked]) = market.state().await;
    let given = market.give(&starred(87)).await;
    let data = given["transaction"]["data"].as_str().unwrap();
    // The same hash with another value: 87 is 0x57, 88 is 0x58.
    let mut other = given["transaction"].clone();
    let place = 10 + 2 * 64 - 2;
    assert_eq!(&data[place..place + 2], "57");
    other["data"] = format!("{}58{}", &data[..place], &data[place + 2..]).into();
    market.send(&other).await;
    let (rows, counts) = market.state().await;
    assert_eq!(
        (rows.len(), counts),
        (2, [1, on_chain + 1, revoked]),
        "{rows:#?}"
    );
    assert!(market.revoke(&given).await["revokedAt"].is_string());
    // The registry has a pause of its own.
    market.chain.call("evm_increaseTime", json!([60])).await;
    market.send(&given["transaction"]).await;
    let (rows, counts) = market.state().await;
    assert_eq!(
        (rows.len(), counts),
        (3, [0, on_chain + 2, revoked]),
        "{rows:#?}"
    );
}
