//! What is linked, and what is counted of it.

use alloy_primitives::U256;
use serde_json::{Value, json};

use super::Market;
use super::market::{AGENT, PAYMENTS};
use super::token::{self, USDC};
use crate::harness::Node;
use crate::harness::rpc_proxy::RpcProxy;

#[tokio::test]
async fn a_payment_has_what_the_chain_says_and_counts_at_once() {
    let market = Market::open(0).await;
    let hash = market.pay(2_500_000).await;
    market.world.sync().await;
    let payments = market.linked(&hash).await;
    let [payment] = payments.as_slice() else {
        panic!("{payments:?}")
    };
    for (member, expected) in [
        ("status", json!("succeeded")),
        ("chainId", json!(Node::ID)),
        ("transactionHash", json!(hash)),
        ("logIndex", json!(0)),
        ("payer", json!(Market::payer().address())),
        ("payee", json!(Market::owner().address())),
        ("token", json!(USDC.to_checksum(None))),
        ("symbol", json!("USDC")),
        ("amount", json!("2500000")),
        ("decimals", json!(6)),
        ("decimalAmount", json!("2.5")),
        ("linkedBy", json!(Market::payer().address())),
    ] {
        assert_eq!(payment[member], expected, "{member} of {payment}");
    }
    let block = market
        .node
        .call("eth_getBlockByNumber", json!(["latest", false]))
        .await;
    assert_eq!(
        format!("{:#x}", payment["block"].as_u64().unwrap()),
        block["number"]
    );
    assert_eq!(market.counts().await, [1, 1, 0, 0]);
    let earned = market.stats().await["earned"].clone();
    let expected = json!([{
        "token": USDC.to_checksum(None), "symbol": "USDC", "payments": 1,
        "amount": "2500000", "decimals": 6, "decimalAmount": "2.5",
    }]);
    assert_eq!(earned, expected);
    assert_eq!(market.payment(payment).await, *payment);
}

#[tokio::test]
async fn native_value_is_a_payment_too() {
    let market = Market::open(0).await;
    let owner = Market::address(&Market::owner());
    let hash = market
        .send(&Market::payer(), owner, 1_500_000_000_000_000_000, &[])
        .await;
    market.world.sync().await;
    let payments = market.linked(&hash).await;
    assert_eq!(payments.len(), 1);
    assert_eq!(payments[0]["logIndex"], -1);
    assert_eq!(payments[0]["decimalAmount"], "1.5");
    assert_eq!(payments[0].get("token"), None);
    let list = |filter: &str| format!("{PAYMENTS}?token={filter}");
    let native = market.world.get(&list("native")).await.expect(200);
    assert_eq!(native["items"], json!(payments));
    let other = market.world.get(&list(&USDC.to_string())).await.expect(200);
    assert_eq!(other["items"], json!([]));
}

#[tokio::test]
async fn two_transfers_in_one_transaction_are_two_payments() {
    let market = Market::open(0).await;
    let twice = token::transferTwiceCall {
        to: Market::address(&Market::owner()),
        first: U256::from(1),
        second: U256::from(2),
    };
    let calldata = token::call(&twice);
    let both = market.send(&Market::payer(), USDC, 0, &calldata).await;
    let one_by_one = market.send(&Market::payer(), USDC, 0, &calldata).await;
    market.world.sync().await;
    let payments = market.linked(&both).await;
    let amounts: Vec<&Value> = payments.iter().map(|p| &p["amount"]).collect();
    assert_eq!(amounts, ["1", "2"]);
    let key = market.key(&Market::payer()).await;
    let body = json!({ "chainId": Node::ID, "transactionHash": one_by_one, "logIndex": 1 });
    let second = market.post(&key, PAYMENTS, &body).await.expect(201);
    assert_eq!(second["items"][0]["amount"], "2");
    // The rest of the transaction, and then nothing.
    let first = market.link(&key, &one_by_one).await.expect(201);
    assert_eq!(first["items"].as_array().unwrap().len(), 1);
    assert_eq!(first["items"][0]["amount"], "1");
    let problem = market.link(&key, &one_by_one).await.expect(409);
    assert_eq!(problem["code"], "PAYMENT_ALREADY_LINKED");
    assert_eq!(market.counts().await, [4, 4, 0, 0]);
    assert_eq!(market.stats().await["earned"][0]["amount"], "6");
}

#[tokio::test]
async fn a_reverted_transfer_is_linked_as_failed_and_counts_against_success() {
    let market = Market::open(0).await;
    let paid = market.pay(1).await;
    let too_much = market.pay(u64::MAX).await;
    market.world.sync().await;
    market.linked(&paid).await;
    let failed = market.linked(&too_much).await;
    assert_eq!(failed[0]["status"], "failed");
    assert_eq!(failed[0]["amount"], u64::MAX.to_string());
    assert_eq!(failed[0]["logIndex"], -1);
    assert_eq!(market.counts().await, [2, 1, 1, 0]);
    let stats = market.stats().await;
    assert_eq!(stats["payments"]["successPercent"], "50");
    assert_eq!(stats["earned"][0]["amount"], "1");
}

#[tokio::test]
async fn an_x402_settlement_is_a_payment_of_the_one_who_signed_it() {
    let market = Market::open(0).await;
    let (payer, facilitator) = (Market::payer(), Market::stranger());
    let owner = Market::address(&Market::owner());
    let settlement = token::settlement(&payer, owner, 10_000, 1);
    let settled = market.send(&facilitator, USDC, 0, &settlement).await;
    // The same authorization once more is reverted, and is a failed payment of the same payer.
    let again = market.send(&facilitator, USDC, 0, &settlement).await;
    market.world.sync().await;
    let key = market.key(&facilitator).await;
    let problem = market.link(&key, &settled).await.expect(403);
    assert_eq!(problem["code"], "UNAUTHORIZED_OPERATION");
    let key = market.key(&Market::owner()).await;
    for (hash, status) in [(settled, "succeeded"), (again, "failed")] {
        let linked = market.link(&key, &hash).await.expect(201);
        let payment = &linked["items"][0];
        assert_eq!(payment["payer"], payer.address(), "{payment}");
        assert_eq!(payment["status"], status, "{payment}");
        assert_eq!(payment["linkedBy"], Market::owner().address());
    }
}

#[tokio::test]
async fn of_twenty_who_link_a_payment_at_once_one_does() {
    let market = Market::open(0).await;
    let hash = market.pay(7).await;
    market.world.sync().await;
    let keys = [
        market.key(&Market::payer()).await,
        market.key(&Market::owner()).await,
    ];
    let (mut linked, mut refused) = (0, 0);
    for reply in market.link_at_once(&keys, &hash, 20).await {
        match reply.status {
            201 => linked += 1,
            409 => {
                assert_eq!(reply.json()["code"], "PAYMENT_ALREADY_LINKED");
                refused += 1;
            }
            _ => panic!("{}", reply.text()),
        }
    }
    assert_eq!((linked, refused), (1, 19));
    assert_eq!(market.counts().await, [1, 1, 0, 0]);
}

#[tokio::test]
async fn an_idempotency_key_gives_the_same_reply_again_and_links_nothing_twice() {
    let market = Market::open(0).await;
    let hash = market.pay(7).await;
    market.world.sync().await;
    let authorization = format!("Bearer {}", market.key(&Market::payer()).await);
    let headers = [
        ("authorization", authorization.as_str()),
        ("content-type", "application/json"),
        ("idempotency-key", "one-payment"),
    ];
    let body = json!({ "chainId": Node::ID, "transactionHash": hash }).to_string();
    let event = crate::harness::request("POST", PAYMENTS, &headers, Some(body.as_bytes()));
    let first = market.world.send(&event).await;
    let again = market.world.send(&event).await;
    assert_eq!((first.status, again.status), (201, 201));
    assert_eq!(first.body, again.body);
    assert_eq!(again.header("idempotency-replayed"), "true");
    let body = json!({ "chainId": Node::ID, "transactionHash": hash, "logIndex": 0 }).to_string();
    let other = crate::harness::request("POST", PAYMENTS, &headers, Some(body.as_bytes()));
    let problem = market.world.send(&other).await.expect(422);
    assert_eq!(problem["code"], "IDEMPOTENCY_KEY_REUSED");
    assert_eq!(market.counts().await, [1, 1, 0, 0]);
}

#[tokio::test]
async fn a_list_goes_from_the_last_linked_to_the_first_page_by_page() {
    let market = Market::open(0).await;
    let mut hashes = Vec::new();
    for value in 1..=3 {
        hashes.push(market.pay(value).await);
    }
    market.world.sync().await;
    for hash in &hashes {
        market.linked(hash).await;
    }
    let mut amounts = Vec::new();
    let mut target = format!("{PAYMENTS}?limit=2&status=succeeded");
    loop {
        let page = market.world.get(&target).await.expect(200);
        let items = page["items"].as_array().unwrap().clone();
        amounts.extend(items.into_iter().map(|item| item["amount"].clone()));
        let Some(cursor) = page["nextCursor"].as_str() else {
            break;
        };
        target = format!("{PAYMENTS}?limit=2&cursor={cursor}");
    }
    assert_eq!(amounts, ["3", "2", "1"]);
    let failed = market.world.get(&format!("{PAYMENTS}?status=failed")).await;
    assert_eq!(failed.expect(200)["items"], json!([]));
    let payer = format!("{PAYMENTS}?payer={}", Market::stranger().address());
    let none = market.world.get(&payer).await;
    assert_eq!(none.expect(200)["items"], json!([]));
}

#[tokio::test]
async fn whoever_owned_the_agent_in_the_block_was_paid() {
    let mut market = Market::open(0).await;
    let before = market.pay(1).await;
    market.hand_over(&Market::stranger()).await;
    let after = market.pay(2).await;
    market.world.sync().await;
    market.linked(&before).await;
    let key = market.key(&Market::payer()).await;
    let problem = market.link(&key, &after).await.expect(422);
    assert_eq!(problem["code"], "PAYMENT_REJECTED");
    let detail = problem["detail"].as_str().unwrap();
    assert!(detail.contains(&Market::stranger().address()), "{detail}");
}

#[tokio::test]
async fn linking_asks_the_chain_twice_and_twice_at_most() {
    let mut market = Market::open(0).await;
    let proxy = RpcProxy::before(market.node.url()).await;
    let hash = market.pay(1).await;
    market.world.sync().await;
    let key = market.key(&Market::payer()).await;
    market.world.set_rpc(Node::ID, &[&proxy.url()]);
    market.link(&key, &hash).await.expect(201);
    assert_eq!(proxy.calls(), 2);
    // A transaction that is in no block has no block to ask for.
    let unknown = format!("0x{}", "5a".repeat(32));
    market.link(&key, &unknown).await.expect(404);
    assert_eq!(proxy.calls(), 3);
}

#[tokio::test]
async fn an_endpoint_out_of_reach_is_said_and_nothing_is_linked() {
    let mut market = Market::open(0).await;
    let hash = market.pay(1).await;
    market.world.sync().await;
    let key = market.key(&Market::payer()).await;
    market.world.set_rpc(Node::ID, &["http://127.0.0.1:9"]);
    let problem = market.link(&key, &hash).await.expect(503);
    assert_eq!(problem["code"], "DEPENDENCY_UNAVAILABLE");
    let list = format!("/v1/agents/{AGENT}/payments");
    let list = market.world.get(&list).await.expect(200);
    assert_eq!(list["items"], json!([]));
}
