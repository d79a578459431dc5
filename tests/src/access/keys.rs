//! Keys in use: what is refused, what a revoked one costs, what an operator sets.

use std::time::{Duration, Instant};

use super::wallet::{Wallet, sign_in, with_key};
use crate::harness::{Chain, World};

async fn world_and_key() -> (World, String, String) {
    let chain = Chain::own().await;
    let world = World::unsynced(chain).await;
    let made = sign_in(&world, &Wallet::number(1), chain.id()).await;
    let text = |member: &str| made[member].as_str().unwrap().to_owned();
    let (key, id) = (text("key"), text("id"));
    (world, key, id)
}

async fn execute(world: &World, sql: &'static str) {
    sqlx::query(sql)
        .execute(&mut world.connect().await)
        .await
        .unwrap();
}

#[tokio::test]
async fn a_wrong_key_is_refused_even_where_none_is_needed() {
    let (world, key, _) = world_and_key().await;
    let typo = format!("{}0", &key[..key.len() - 1]);
    let typo = if typo == key {
        format!("{}1", &key[..key.len() - 1])
    } else {
        typo
    };
    for wrong in [typo.as_str(), "erc8004_", "secret", ""] {
        let problem = with_key(&world, "GET", "/v1/chains", wrong)
            .await
            .expect(401);
        assert_eq!(problem["code"], "UNAUTHORIZED", "{wrong}");
    }
    let right = with_key(&world, "GET", "/v1/chains", &key).await;
    assert_eq!(right.status, 200, "{}", right.text());
}

#[tokio::test]
async fn a_missing_key_is_refused_where_one_is_needed() {
    let (world, ..) = world_and_key().await;
    let reply = world.get("/v1/api-keys").await;
    assert_eq!(reply.expect(401)["code"], "UNAUTHORIZED");
    assert_eq!(reply.header("www-authenticate"), "Bearer");
}

#[tokio::test]
async fn a_key_that_was_never_issued_or_has_expired_is_refused() {
    let (world, key, _) = world_and_key().await;
    // Well-formed, with a checksum that is right.
    let unknown = "erc8004_00000000000000000000000000000000000000000000Evlxt";
    with_key(&world, "GET", "/v1/api-keys", unknown)
        .await
        .expect(401);
    execute(
        &world,
        "UPDATE api_keys SET created_at = '2020-01-01', expires_at = '2020-01-02'",
    )
    .await;
    let expired = with_key(&world, "GET", "/v1/api-keys", &key)
        .await
        .expect(401);
    assert!(
        expired["detail"].as_str().unwrap().contains("expired"),
        "{expired}"
    );
}

#[tokio::test]
async fn a_revoked_key_works_nowhere_within_five_seconds() {
    let (world, key, id) = world_and_key().await;
    // Two processes know the key from their memory, and the cache knows it.
    for target in ["/v1/api-keys", "/v1/chains"] {
        with_key(&world, "GET", target, &key).await.expect(200);
    }
    let target = format!("/v1/api-keys/{id}");
    let revoked = with_key(&world, "DELETE", &target, &key).await.expect(200);
    let since = Instant::now();
    assert!(revoked["revokedAt"].is_string(), "{revoked}");
    for target in ["/v1/api-keys", "/v1/chains"] {
        while with_key(&world, "GET", target, &key).await.status != 401 {
            assert!(since.elapsed() < Duration::from_secs(5), "{target}");
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
    }
}

#[tokio::test]
async fn what_read_a_key_before_it_was_revoked_cannot_cache_it_afterwards() {
    let (world, key, id) = world_and_key().await;
    let target = format!("/v1/api-keys/{id}");
    with_key(&world, "DELETE", &target, &key).await.expect(200);
    // A reader that was slow: the row is as it read it, and now it fills the cache.
    execute(&world, "UPDATE api_keys SET revoked_at = NULL").await;
    let fresh = world.start("list-api-keys").await;
    let authorization = format!("Bearer {key}");
    let headers = [("authorization", authorization.as_str())];
    let event = crate::harness::request("GET", "/v1/api-keys", &headers, None);
    let answer = fresh.invoke(&event, Duration::from_secs(20)).await.unwrap();
    assert_eq!(answer["statusCode"], 401, "{answer}");
}

#[tokio::test]
async fn a_key_of_another_wallet_cannot_be_revoked_or_seen() {
    let (world, _, id) = world_and_key().await;
    let other = sign_in(&world, &Wallet::number(2), Chain::own().await.id()).await;
    let other = other["key"].as_str().unwrap();
    let target = format!("/v1/api-keys/{id}");
    let problem = with_key(&world, "DELETE", &target, other).await.expect(403);
    assert_eq!(problem["code"], "UNAUTHORIZED_OPERATION");
    let listed = with_key(&world, "GET", "/v1/api-keys", other)
        .await
        .expect(200);
    assert_eq!(listed["items"].as_array().unwrap().len(), 1);
    assert_ne!(listed["items"][0]["id"], id);
}

#[tokio::test]
async fn the_last_use_of_a_key_is_noted() {
    let (world, key, _) = world_and_key().await;
    with_key(&world, "GET", "/v1/chains", &key)
        .await
        .expect(200);
    let since = Instant::now();
    loop {
        let sql = "SELECT last_used_at IS NOT NULL FROM api_keys";
        let query = sqlx::query_scalar::<_, bool>(sql);
        if query.fetch_one(&mut world.connect().await).await.unwrap() {
            break;
        }
        assert!(since.elapsed() < Duration::from_secs(5));
        // The next request gives the process time to finish what it began.
        with_key(&world, "GET", "/v1/chains", &key)
            .await
            .expect(200);
    }
}

#[tokio::test]
async fn a_check_without_a_cache_costs_a_query_and_fails_nothing() {
    let chain = Chain::own().await;
    let mut world = World::unsynced(chain).await;
    world.set("CACHE_URL", "redis://127.0.0.1:9");
    let made = sign_in(&world, &Wallet::number(1), chain.id()).await;
    let key = made["key"].as_str().unwrap();
    with_key(&world, "GET", "/v1/api-keys", key)
        .await
        .expect(200);
}
