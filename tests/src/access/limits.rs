//! Rate limits as callers meet them.

use serde_json::json;

use super::wallet::{Wallet, challenge, post, sign_in, with_key};
use crate::harness::{Chain, World, get};

async fn world(quotas: &str) -> World {
    let mut world = World::unsynced(Chain::own().await).await;
    world.set("RATE_LIMIT_QUOTAS", quotas);
    world
}

#[tokio::test]
async fn a_caller_over_its_quota_is_told_when_to_come_back() {
    let world = world("lookup=3").await;
    for left in (0..3).rev() {
        let reply = world.get("/v1/chains").await;
        assert_eq!(reply.status, 200, "{}", reply.text());
        assert_eq!(reply.header("ratelimit-policy"), r#""lookup";q=3;w=3600"#);
        let expected = format!(r#""lookup";r={left};t=1200"#);
        assert_eq!(reply.header("ratelimit"), expected);
    }
    let denied = world.get("/v1/chains").await;
    let problem = denied.expect(429);
    assert_eq!(problem["code"], "RATE_LIMIT_EXCEEDED");
    assert_eq!(
        (&problem["limit"], &problem["remaining"]),
        (&json!(3), &json!(0))
    );
    let reset = problem["reset"].as_u64().unwrap();
    assert!((1_195..=1_200).contains(&reset), "{reset}");
    assert_eq!(denied.header("retry-after"), reset.to_string());
    assert!(denied.header("etag").is_empty());
}

#[tokio::test]
async fn addresses_have_buckets_of_their_own_and_health_has_none() {
    let world = world("lookup=1").await;
    assert_eq!(world.get("/v1/chains").await.status, 200);
    assert_eq!(world.get("/v1/chains").await.status, 429);
    let mut event = get("/v1/chains");
    event["requestContext"]["http"]["sourceIp"] = json!("192.0.2.2");
    assert_eq!(world.send(&event).await.status, 200);
    for _ in 0..3 {
        let health = world.get("/health").await;
        assert_eq!(health.status, 200);
        assert!(health.header("ratelimit").is_empty());
    }
}

#[tokio::test]
async fn keys_of_one_wallet_share_its_quota() {
    let world = world("lookup=2").await;
    let chain = Chain::own().await.id();
    let first = sign_in(&world, &Wallet::number(1), chain).await;
    let second = sign_in(&world, &Wallet::number(1), chain).await;
    let mut statuses = Vec::new();
    for key in [&first, &second, &first, &second] {
        let key = key["key"].as_str().unwrap();
        statuses.push(with_key(&world, "GET", "/v1/api-keys", key).await.status);
    }
    assert_eq!(statuses, [200, 200, 429, 429]);
}

#[tokio::test]
async fn a_tier_multiplies_the_quota() {
    let world = world("lookup=2").await;
    let wallet = Wallet::number(1);
    let tier =
        "INSERT INTO wallet_tiers (wallet, tier) VALUES (decode(substr($1, 3), 'hex'), 'pro')";
    let insert = sqlx::query(tier).bind(wallet.address());
    insert.execute(&mut world.connect().await).await.unwrap();
    let made = sign_in(&world, &wallet, Chain::own().await.id()).await;
    assert_eq!(made["tier"], "pro");
    let reply = with_key(&world, "GET", "/v1/api-keys", made["key"].as_str().unwrap()).await;
    assert_eq!(reply.header("ratelimit-policy"), r#""lookup";q=20;w=3600"#);
}

#[tokio::test]
async fn challenges_sign_ins_and_failed_authentications_share_a_bucket_of_the_address() {
    let world = world("auth=4").await;
    let wallet = Wallet::number(1);
    let chain = Chain::own().await.id();
    challenge(&world, &wallet.address(), chain).await;
    post(&world, "/v1/api-keys", &json!({})).await.expect(400);
    with_key(&world, "GET", "/v1/chains", "wrong")
        .await
        .expect(401);
    world.get("/v1/api-keys").await.expect(401);
    let body = json!({ "address": wallet.address(), "chainId": chain });
    post(&world, "/v1/auth/challenges", &body).await.expect(429);
    with_key(&world, "GET", "/v1/chains", "wrong")
        .await
        .expect(429);
    // Who fails nothing is not kept out.
    world.get("/v1/chains").await.expect(200);
}

#[tokio::test]
async fn a_denied_write_has_no_effect() {
    let world = world("auth=1").await;
    let wallet = Wallet::number(1);
    let chain = Chain::own().await.id();
    challenge(&world, &wallet.address(), chain).await;
    let body = json!({ "address": wallet.address(), "chainId": chain });
    post(&world, "/v1/auth/challenges", &body).await.expect(429);
    let count = sqlx::query_scalar::<_, i64>("SELECT count(*) FROM sign_in_challenges");
    let count = count.fetch_one(&mut world.connect().await).await.unwrap();
    assert_eq!(count, 1);
}

#[tokio::test]
async fn without_the_table_requests_go_on_up_to_the_local_floor() {
    let mut world = world("lookup=2").await;
    world.set("AWS_ENDPOINT_URL_DYNAMODB", "http://127.0.0.1:9");
    let mut statuses = Vec::new();
    for _ in 0..3 {
        statuses.push(world.get("/v1/chains").await.status);
    }
    assert_eq!(statuses, [200, 200, 429]);
}
