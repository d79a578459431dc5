//! Feedback that names a payment as its proof.

use serde_json::json;

use super::Market;
use crate::access::wallet::Wallet;

/// Feedback of a client that names a transaction as its proof.
async fn give_feedback(market: &Market, client: &Wallet, transaction: &str, number: u8) {
    let feedback = "
        INSERT INTO feedback (id, agent, chain_id, identity_registry, reputation_registry, client, value,
            value_decimals, tag1, tag2, endpoint, feedback_uri, feedback_hash, source, feedback_file, created_at,
            proof_chain_id, proof_transaction)
        SELECT gen_random_uuid(), a.id, a.chain_id, a.identity_registry, a.identity_registry, $1, 5, 0, '', '', '',
            '', decode(repeat(lpad(to_hex($2), 2, '0'), 32), 'hex'), 'api', '{}', now(), 31337, decode(substr($3, 3), 'hex')
        FROM agents a";
    sqlx::query(feedback)
        .bind(Market::address(client).as_slice())
        .bind(i32::from(number))
        .bind(transaction)
        .execute(&mut market.world.connect().await)
        .await
        .unwrap();
}

/// The clients whose feedback counts as paid.
async fn paid(market: &Market) -> Vec<Vec<u8>> {
    sqlx::query_scalar("SELECT client FROM feedback WHERE paid")
        .fetch_all(&mut market.world.connect().await)
        .await
        .unwrap()
}

#[tokio::test]
async fn feedback_is_paid_while_the_payment_that_it_names_is_its_clients_and_counts() {
    let market = Market::open(0).await;
    let hash = market.pay(5).await;
    market.world.sync().await;
    let payer = Market::payer();
    give_feedback(&market, &payer, &hash, 1).await;
    give_feedback(&market, &Market::stranger(), &hash, 2).await;
    give_feedback(&market, &payer, &format!("0x{}", "5a".repeat(32)), 3).await;
    assert!(paid(&market).await.is_empty());

    market.linked(&hash).await;
    assert_eq!(paid(&market).await, [Market::address(&payer).to_vec()]);
    assert_eq!(market.stats().await["feedback"]["paid"], 1);

    market.node.call("anvil_reorg", json!([1, []])).await;
    market.world.sync().await;
    assert!(paid(&market).await.is_empty());
    assert_eq!(market.stats().await["feedback"]["paid"], 0);
}
