//! What is not linked, and why.

use alloy_primitives::U256;
use serde_json::json;

use super::Market;
use super::market::PAYMENTS;
use super::token::{self, USDC};
use crate::harness::Node;

/// Links a transaction that must be refused.
async fn refused(market: &Market, transaction: &str, why: &str) {
    let key = market.key(&Market::payer()).await;
    let problem = market.link(&key, transaction).await.expect(422);
    assert_eq!(problem["code"], "PAYMENT_REJECTED", "{problem}");
    let detail = problem["detail"].as_str().unwrap();
    assert!(detail.contains(why), "{why}: {detail}");
    assert_eq!(market.counts().await, [0; 4]);
}

#[tokio::test]
async fn a_transfer_to_another_or_in_another_token_or_of_nothing_pays_no_agent() {
    let market = Market::open(0).await;
    let (payer, owner, stranger) = (Market::payer(), Market::owner(), Market::stranger());
    let [owner_address, stranger_address] = [&owner, &stranger].map(Market::address);
    let to_other = token::transfer(stranger_address, 5);
    let to_other = market.send(&payer, USDC, 0, &to_other).await;
    let in_other = token::transfer(owner_address, 5);
    let in_other = market.send(&payer, token::OTHER, 0, &in_other).await;
    let nothing = market.pay(0).await;
    let nowhere = market.send(&payer, stranger_address, 0, &[]).await;
    // A reverted call of which nobody can say what it was to move.
    let twice = token::transferTwiceCall {
        to: owner_address,
        first: U256::MAX,
        second: U256::MAX,
    };
    let unreadable = market.send(&payer, USDC, 0, &token::call(&twice)).await;
    market.world.sync().await;
    refused(&market, &to_other, "the agent's wallet and owner in block").await;
    refused(&market, &in_other, "not paid with on this chain").await;
    refused(&market, &nothing, "an amount of 0").await;
    refused(
        &market,
        &nowhere,
        "neither native value nor an ERC-20 token",
    )
    .await;
    refused(&market, &unreadable, "was reverted").await;
}

#[tokio::test]
async fn nobody_pays_an_agent_of_their_own() {
    let market = Market::open(0).await;
    let owner = Market::owner();
    let to_self = token::transfer(Market::address(&owner), 5);
    let to_self = market.send(&owner, USDC, 0, &to_self).await;
    market.world.sync().await;
    let key = market.key(&owner).await;
    let problem = market.link(&key, &to_self).await.expect(422);
    let detail = problem["detail"].as_str().unwrap();
    assert!(detail.contains("own wallet or owner"), "{detail}");
}

#[tokio::test]
async fn neither_payer_nor_payee_may_not_link() {
    let market = Market::open(0).await;
    let hash = market.pay(5).await;
    market.world.sync().await;
    let key = market.key(&Market::stranger()).await;
    let problem = market.link(&key, &hash).await.expect(403);
    assert_eq!(problem["code"], "UNAUTHORIZED_OPERATION");
    // Moving another's tokens by their allowance makes nobody the payer.
    let (payer, stranger) = (Market::payer(), Market::stranger());
    let approve = token::approveCall {
        spender: Market::address(&stranger),
        value: U256::from(9),
    };
    market.send(&payer, USDC, 0, &token::call(&approve)).await;
    let moved = token::transferFromCall {
        from: Market::address(&payer),
        to: Market::address(&Market::owner()),
        value: U256::from(9),
    };
    let moved = market.send(&stranger, USDC, 0, &token::call(&moved)).await;
    market.world.sync().await;
    market.link(&key, &moved).await.expect(403);
    assert_eq!(market.linked(&moved).await[0]["payer"], payer.address());
}

#[tokio::test]
async fn a_transaction_that_the_chain_does_not_know_is_not_found() {
    let market = Market::open(0).await;
    let key = market.key(&Market::payer()).await;
    let unknown = format!("0x{}", "5a".repeat(32));
    let problem = market.link(&key, &unknown).await.expect(404);
    assert_eq!(problem["code"], "PAYMENT_NOT_FOUND");
}

#[tokio::test]
async fn a_log_index_that_is_no_transfer_is_refused() {
    let market = Market::open(0).await;
    let hash = market.pay(5).await;
    market.world.sync().await;
    let key = market.key(&Market::payer()).await;
    for index in [-1, 1] {
        let body = json!({ "chainId": Node::ID, "transactionHash": hash, "logIndex": index });
        let problem = market.post(&key, PAYMENTS, &body).await.expect(422);
        let detail = problem["detail"].as_str().unwrap();
        assert!(detail.contains(&format!("log index {index}")), "{detail}");
    }
}

#[tokio::test]
async fn the_chain_must_be_one_that_is_indexed_and_the_agents_own() {
    let market = Market::open(0).await;
    let hash = market.pay(5).await;
    let key = market.key(&Market::payer()).await;
    let body = |chain: u64| json!({ "chainId": chain, "transactionHash": hash });
    let problem = market
        .post(&key, PAYMENTS, &body(424_242))
        .await
        .expect(400);
    assert_eq!(problem["code"], "CHAIN_NOT_SUPPORTED");
    let other = "INSERT INTO chains (chain_id, name, start_block, confirmations, block_time_ms)
                 VALUES (7, 'seven', 0, 0, 1000)";
    let mut connection = market.world.connect().await;
    sqlx::query(other).execute(&mut connection).await.unwrap();
    let problem = market.post(&key, PAYMENTS, &body(7)).await.expect(422);
    let detail = problem["detail"].as_str().unwrap();
    assert!(detail.contains("The agent is on chain 31337"), "{detail}");
}

#[tokio::test]
async fn nothing_is_written_to_an_agent_that_its_registry_suspended() {
    let market = Market::open(0).await;
    let hash = market.pay(5).await;
    market.world.sync().await;
    let key = market.key(&Market::payer()).await;
    let mut connection = market.world.connect().await;
    let suspend = sqlx::query("UPDATE agents SET status = 'suspended'");
    suspend.execute(&mut connection).await.unwrap();
    let problem = market.link(&key, &hash).await.expect(409);
    assert_eq!(problem["code"], "AGENT_SUSPENDED");
}
