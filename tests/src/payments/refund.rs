//! Payments that are paid back.

use serde_json::{Value, json};

use super::Market;
use super::token::{self, USDC};

/// A payment that succeeded, of 5.
async fn paid(market: &Market) -> Value {
    let hash = market.pay(5).await;
    market.world.sync().await;
    market.linked(&hash).await.remove(0)
}

/// The agent's owner sends tokens to the payer.
async fn pay_back(market: &Market, value: u64) -> String {
    let calldata = token::transfer(Market::address(&Market::payer()), value);
    let hash = market.send(&Market::owner(), USDC, 0, &calldata).await;
    market.world.sync().await;
    hash
}

fn target(payment: &Value) -> String {
    format!("/v1/payments/{}/refund", payment["id"].as_str().unwrap())
}

#[tokio::test]
async fn a_payment_that_is_paid_back_in_full_counts_against_success() {
    let market = Market::open(0).await;
    let payment = paid(&market).await;
    let hash = pay_back(&market, 5).await;
    let key = market.key(&Market::payer()).await;
    let body = json!({ "transactionHash": hash });
    let refunded = market
        .post(&key, &target(&payment), &body)
        .await
        .expect(200);
    assert_eq!(refunded["status"], "refunded");
    assert_eq!(refunded["refund"]["transactionHash"], json!(hash));
    assert_eq!(market.payment(&payment).await, refunded);
    assert_eq!(market.counts().await, [1, 0, 0, 1]);
    let stats = market.stats().await;
    assert_eq!(stats["payments"]["successPercent"], "0");
    assert_eq!(stats["earned"], json!([]));
    let again = market
        .post(&key, &target(&payment), &body)
        .await
        .expect(422);
    assert_eq!(again["code"], "PAYMENT_REJECTED");
}

#[tokio::test]
async fn one_transfer_pays_one_payment_back() {
    let market = Market::open(0).await;
    let (first, second) = (paid(&market).await, paid(&market).await);
    let hash = pay_back(&market, 5).await;
    let key = market.key(&Market::owner()).await;
    let body = json!({ "transactionHash": hash });
    market.post(&key, &target(&first), &body).await.expect(200);
    let problem = market.post(&key, &target(&second), &body).await.expect(409);
    assert_eq!(problem["code"], "PAYMENT_ALREADY_LINKED");
    assert_eq!(market.counts().await, [2, 1, 0, 1]);
}

#[tokio::test]
async fn less_or_earlier_or_by_another_is_no_refund() {
    let market = Market::open(0).await;
    let early = pay_back(&market, 5).await;
    let payment = paid(&market).await;
    let less = pay_back(&market, 4).await;
    let key = market.key(&Market::payer()).await;
    for (hash, why) in [
        (&early, "older than the payment"),
        (&less, "the same amount"),
    ] {
        let body = json!({ "transactionHash": hash });
        let problem = market
            .post(&key, &target(&payment), &body)
            .await
            .expect(422);
        let detail = problem["detail"].as_str().unwrap();
        assert!(detail.contains(why), "{detail}");
    }
    let key = market.key(&Market::stranger()).await;
    let body = json!({ "transactionHash": less });
    let problem = market
        .post(&key, &target(&payment), &body)
        .await
        .expect(403);
    assert_eq!(problem["code"], "UNAUTHORIZED_OPERATION");
    let unknown = "/v1/payments/67e55044-10b1-426f-9247-bb680e5fe0c8/refund";
    let problem = market.post(&key, unknown, &body).await.expect(404);
    assert_eq!(problem["code"], "PAYMENT_NOT_FOUND");
    assert_eq!(market.counts().await, [1, 1, 0, 0]);
}

#[tokio::test]
async fn a_refund_that_a_reorg_takes_away_was_none() {
    let market = Market::open(0).await;
    let payment = paid(&market).await;
    let hash = pay_back(&market, 5).await;
    let key = market.key(&Market::payer()).await;
    let body = json!({ "transactionHash": hash });
    market
        .post(&key, &target(&payment), &body)
        .await
        .expect(200);
    market.node.call("anvil_reorg", json!([1, []])).await;
    market.world.sync().await;
    let payment = market.payment(&payment).await;
    assert_eq!(payment["status"], "succeeded");
    assert_eq!(payment.get("refund"), None);
    assert_eq!(market.counts().await, [1, 1, 0, 0]);
}
