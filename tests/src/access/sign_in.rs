//! From a challenge to a key, and everything that must not lead there.

use serde_json::{Value, json};

use super::wallet::{Wallet, challenge, hand_in, post, sign_in, with_key};
use crate::harness::{Chain, World};

/// Returns the magic value of ERC-1271, whatever it is asked.
const ACCEPTS: &str = "0x631626ba7e60e01b60005260206000f3";
/// Returns another value.
const REJECTS: &str = "0x63ffffffff60e01b60005260206000f3";
/// Reverts.
const REVERTS: &str = "0x5f5ffd";

async fn world() -> World {
    World::unsynced(Chain::own().await).await
}

async fn chain_id() -> u64 {
    Chain::own().await.id()
}

#[tokio::test]
async fn a_wallet_signs_in_and_uses_its_key() {
    let (world, chain) = (world().await, chain_id().await);
    let wallet = Wallet::number(1);
    let made = sign_in(&world, &wallet, chain).await;
    assert_eq!(made["wallet"], wallet.address());
    assert_eq!(
        (&made["tier"], &made["name"]),
        (&json!("free"), &json!("a test"))
    );
    let key = made["key"].as_str().unwrap();
    let listed = with_key(&world, "GET", "/v1/api-keys", key)
        .await
        .expect(200);
    assert_eq!(listed["items"][0]["id"], made["id"]);
    assert!(!listed.to_string().contains(key), "a key is shown once");
}

#[tokio::test]
async fn a_nonce_is_good_for_one_key() {
    let (world, chain) = (world().await, chain_id().await);
    let wallet = Wallet::number(1);
    let challenge = challenge(&world, &wallet.address(), chain).await;
    let message = challenge["message"].as_str().unwrap();
    let signature = wallet.sign(message);
    hand_in(&world, message, &signature).await.expect(201);
    let again = hand_in(&world, message, &signature).await.expect(401);
    assert!(
        again["detail"].as_str().unwrap().contains("nonce"),
        "{again}"
    );
}

#[tokio::test]
async fn a_nonce_that_was_never_issued_or_is_over_is_refused() {
    let (world, chain) = (world().await, chain_id().await);
    let wallet = Wallet::number(1);
    let challenge = challenge(&world, &wallet.address(), chain).await;
    let message = challenge["message"].as_str().unwrap();
    let nonce = challenge["nonce"].as_str().unwrap();
    let invented = message.replace(nonce, "0000000000000000");
    refused(
        &hand_in(&world, &invented, &wallet.sign(&invented))
            .await
            .expect(401),
        "nonce",
    );
    let end = "UPDATE sign_in_challenges SET expires_at = now() - interval '1 second'";
    sqlx::query(end)
        .execute(&mut world.connect().await)
        .await
        .unwrap();
    refused(
        &hand_in(&world, message, &wallet.sign(message))
            .await
            .expect(401),
        "nonce",
    );
}

#[tokio::test]
async fn a_signature_of_another_wallet_domain_or_chain_is_refused() {
    let (world, chain) = (world().await, chain_id().await);
    let (wallet, other) = (Wallet::number(1), Wallet::number(2));
    let challenge = challenge(&world, &wallet.address(), chain).await;
    let message = challenge["message"].as_str().unwrap();
    let hand_in = async |message: &str, signer: &Wallet| {
        hand_in(&world, message, &signer.sign(message))
            .await
            .expect(401)
    };
    refused(&hand_in(message, &other).await, "signature");
    let stolen = message.replace(&wallet.address(), &other.address());
    refused(&hand_in(&stolen, &other).await, "nonce");
    let domain = message.replacen("api.example.com", "evil.example.com", 1);
    refused(&hand_in(&domain, &wallet).await, "another domain");
    let uri = message.replace(
        "URI: https://api.example.com",
        "URI: https://evil.example.com",
    );
    refused(&hand_in(&uri, &wallet).await, "domain");
    let chain = message.replace(&format!("Chain ID: {chain}"), "Chain ID: 424242");
    refused(&hand_in(&chain, &wallet).await, "nonce");
}

#[tokio::test]
async fn a_signature_over_other_words_is_refused() {
    let (world, chain) = (world().await, chain_id().await);
    let wallet = Wallet::number(1);
    let challenge = challenge(&world, &wallet.address(), chain).await;
    let message = challenge["message"].as_str().unwrap();
    let signature = wallet.sign(&message.replace("Sign in", "Do not sign in"));
    refused(
        &hand_in(&world, message, &signature).await.expect(401),
        "signature",
    );
    let expired = message.replace("Expiration Time: 20", "Expiration Time: 19");
    refused(
        &hand_in(&world, &expired, &wallet.sign(&expired))
            .await
            .expect(401),
        "expired",
    );
    let body = hand_in(&world, "Let me in", "0x00").await.expect(400);
    assert_eq!(body["errors"][0]["pointer"], "/body/message");
}

#[tokio::test]
async fn a_contract_wallet_is_asked_on_its_chain() {
    let world = world().await;
    let chain = Chain::own().await;
    for (code, contract, status) in [
        (ACCEPTS, "0x00000000000000000000000000000000000a11ce", 201),
        (REJECTS, "0x0000000000000000000000000000000000000b0b", 401),
        (REVERTS, "0x000000000000000000000000000000000000dead", 401),
        ("0x", "0x000000000000000000000000000000000000c0de", 401),
    ] {
        chain.rpc("anvil_setCode", json!([contract, code])).await;
        let body = json!({ "address": contract, "chainId": chain.id() });
        let challenge = post(&world, "/v1/auth/challenges", &body).await.expect(201);
        let message = challenge["message"].as_str().unwrap();
        let signed_by_an_owner = Wallet::number(3).sign(message);
        let reply = hand_in(&world, message, &signed_by_an_owner).await;
        assert_eq!(reply.status, status, "{contract}: {}", reply.text());
    }
}

#[tokio::test]
async fn a_challenge_is_for_a_chain_that_is_indexed() {
    let world = world().await;
    let body = json!({ "address": Wallet::number(1).address(), "chainId": 424_242 });
    let problem = post(&world, "/v1/auth/challenges", &body).await.expect(400);
    assert_eq!(problem["code"], "CHAIN_NOT_SUPPORTED");
}

#[track_caller]
fn refused(problem: &Value, why: &str) {
    assert_eq!(problem["code"], "UNAUTHORIZED");
    assert!(
        problem["detail"].as_str().unwrap().contains(why),
        "{problem}"
    );
}
