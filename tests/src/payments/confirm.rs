//! Payments that wait, and payments that the chain takes back.

use serde_json::{Value, json};

use super::Market;
use super::market::transaction;
use super::token::{self, USDC};

/// The one payment that is linked, and what becomes of it.
async fn status(market: &Market, payment: &Value) -> Value {
    market.payment(payment).await["status"].clone()
}

#[tokio::test]
async fn a_payment_waits_for_the_confirmations_of_its_chain() {
    let market = Market::open(3).await;
    let hash = market.pay(5).await;
    market.world.sync().await;
    let payments = market.linked(&hash).await;
    assert_eq!(payments[0]["status"], "pending");
    let block = payments[0]["block"].as_u64().unwrap();
    let reason = payments[0]["reason"].as_str().unwrap();
    assert!(
        reason.contains(&format!("from block {} on", block + 3)),
        "{reason}"
    );
    assert_eq!(market.counts().await, [0; 4]);

    market.mine(2).await;
    let report = market.confirm().await;
    assert_eq!(
        (&report["checked"], &report["pending"]),
        (&json!(1), &json!(1))
    );

    market.mine(1).await;
    let report = market.confirm().await;
    assert_eq!(report["succeeded"], 1);
    assert_eq!(status(&market, &payments[0]).await, "succeeded");
    assert_eq!(market.counts().await, [1, 1, 0, 0]);
    assert_eq!(market.confirm().await, Value::Null);
}

#[tokio::test]
async fn a_payment_waits_until_its_block_is_indexed() {
    let market = Market::open(0).await;
    let hash = market.pay(5).await;
    let payments = market.linked(&hash).await;
    let reason = payments[0]["reason"].as_str().unwrap();
    assert!(reason.contains("is not indexed yet"), "{reason}");
    assert_eq!(market.confirm().await["pending"], 1);
    market.world.sync().await;
    assert_eq!(market.confirm().await["succeeded"], 1);
    assert_eq!(market.counts().await, [1, 1, 0, 0]);
}

#[tokio::test]
async fn a_transaction_in_no_block_is_linked_by_what_it_is_to_move() {
    let market = Market::open(0).await;
    market.node.call("evm_setAutomine", json!([false])).await;
    let hash = market.pay_in_no_block(5).await;
    let payments = market.linked(&hash).await;
    assert_eq!(payments[0]["status"], "pending");
    assert_eq!(payments[0]["amount"], "5");
    assert_eq!(payments[0].get("logIndex"), None);
    let key = market.key(&Market::owner()).await;
    market.link(&key, &hash).await.expect(409);
    assert_eq!(market.confirm().await["pending"], 1);

    market.mine(1).await;
    // It is that payment still, though it has an index now that nobody has linked.
    market.link(&key, &hash).await.expect(409);
    market.world.sync().await;
    assert_eq!(market.confirm().await["succeeded"], 1);
    let payment = market.payment(&payments[0]).await;
    assert_eq!(
        (&payment["logIndex"], &payment["amount"]),
        (&json!(0), &json!("5"))
    );
    assert_eq!(payment.get("reason"), None);
    market.link(&key, &hash).await.expect(409);
    assert_eq!(market.counts().await, [1, 1, 0, 0]);
}

#[tokio::test]
async fn a_payment_that_the_agent_did_not_get_after_all_is_withdrawn() {
    let mut market = Market::open(0).await;
    market.node.call("evm_setAutomine", json!([false])).await;
    let hash = market.pay_in_no_block(5).await;
    let payments = market.linked(&hash).await;
    market
        .node
        .call("anvil_dropTransaction", json!([hash]))
        .await;
    market.node.call("evm_setAutomine", json!([true])).await;
    market.hand_over(&Market::stranger()).await;
    // The same transaction, sent again after the agent went to another.
    assert_eq!(market.pay(5).await, hash);
    assert_eq!(market.confirm().await["pending"], 1);
    market.world.sync().await;
    assert_eq!(market.confirm().await["withdrawn"], 1);
    let payment = market.payment(&payments[0]).await;
    assert_eq!(payment["status"], "withdrawn");
    let reason = payment["reason"].as_str().unwrap();
    assert!(reason.contains("the agent's wallet and owner"), "{reason}");
}

#[tokio::test]
async fn two_runs_at_once_count_a_payment_once() {
    let market = Market::open(1).await;
    let mut hashes = Vec::new();
    for value in 1..=6 {
        hashes.push(market.pay(value).await);
    }
    for hash in &hashes {
        market.linked(hash).await;
    }
    market.mine(1).await;
    market.world.sync().await;
    let runs = tokio::join!(
        market.world.run("confirm-payments"),
        market.world.run("confirm-payments"),
        market.world.run("confirm-payments"),
    );
    let reports = [runs.0, runs.1, runs.2].map(Result::unwrap);
    assert_eq!(market.counts().await, [6, 6, 0, 0], "{reports:?}");
    assert_eq!(market.stats().await["earned"][0]["amount"], "21");
}

#[tokio::test]
async fn a_payment_that_a_reorg_takes_away_counts_no_more_and_is_withdrawn() {
    let market = Market::open(0).await;
    let kept = market.pay(1).await;
    let taken = market.pay(2).await;
    market.world.sync().await;
    market.linked(&kept).await;
    let payments = market.linked(&taken).await;
    assert_eq!(market.counts().await, [2, 2, 0, 0]);

    market.node.call("anvil_reorg", json!([1, []])).await;
    let report = market.world.sync().await;
    assert_eq!(report["chains"][0]["reorgs"][0]["depth"], 1, "{report}");
    // In the transaction of the rollback, not when somebody looks.
    assert_eq!(market.counts().await, [1, 1, 0, 0]);
    assert_eq!(status(&market, &payments[0]).await, "pending");
    assert_eq!(market.stats().await["earned"][0]["amount"], "1");

    assert_eq!(market.confirm().await["pending"], 1);
    let waited = "UPDATE payments SET missing_since = missing_since - interval '15 minutes'";
    let mut connection = market.world.connect().await;
    sqlx::query(waited).execute(&mut connection).await.unwrap();
    assert_eq!(market.confirm().await["withdrawn"], 1);
    assert_eq!(status(&market, &payments[0]).await, "withdrawn");
    assert_eq!(market.counts().await, [1, 1, 0, 0]);
}

#[tokio::test]
async fn a_payment_that_a_reorg_puts_elsewhere_is_the_same_payment_there() {
    let market = Market::open(0).await;
    market.mine(1).await;
    let hash = market.pay(2).await;
    market.world.sync().await;
    let payments = market.linked(&hash).await;
    let block = payments[0]["block"].as_u64().unwrap();

    // The same transaction in the block of the same number, behind another with a log.
    let owner = Market::address(&Market::owner());
    let other = transaction(&Market::stranger(), USDC, 0, &token::transfer(owner, 9));
    let same = transaction(&Market::payer(), USDC, 0, &token::transfer(owner, 2));
    market
        .node
        .call("anvil_reorg", json!([2, [[other, 1], [same, 1]]]))
        .await;
    market.world.sync().await;
    assert_eq!(market.counts().await, [0; 4]);
    let report = market.confirm().await;
    assert_eq!(report["succeeded"], 1, "{report}");
    let payment = market.payment(&payments[0]).await;
    assert_eq!(payment["transactionHash"], json!(hash));
    assert_eq!(payment["logIndex"], 1, "{payment}");
    assert_eq!(payment["block"], block);
    assert_eq!(market.counts().await, [1, 1, 0, 0]);
}

#[tokio::test]
async fn a_withdrawn_payment_can_be_linked_again() {
    let market = Market::open(0).await;
    let hash = market.pay(2).await;
    market.world.sync().await;
    let payments = market.linked(&hash).await;
    let withdraw = "UPDATE payments SET status = 'withdrawn'";
    let mut connection = market.world.connect().await;
    sqlx::query(withdraw)
        .execute(&mut connection)
        .await
        .unwrap();
    assert_eq!(market.counts().await, [0; 4]);
    let again = market.linked(&hash).await;
    assert_ne!(again[0]["id"], payments[0]["id"]);
    assert_eq!(market.counts().await, [1, 1, 0, 0]);
}
