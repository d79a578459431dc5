//! `GET /health` while parts are down.

use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::harness::server::{refusing_address, silent_listener};
use crate::harness::{Reply, World, get};

/// The status of each part, and of the whole.
fn statuses(health: &Value) -> Value {
    let part = |name: &str| {
        let parts = health["dependencies"].as_array().unwrap();
        parts.iter().find(|part| part["name"] == name).unwrap()["status"].clone()
    };
    json!([health["status"], part("database"), part("cache")])
}

/// Whatever hangs, the answer is there within this.
const TIME_MAX: Duration = Duration::from_secs(2);

/// The reply of a process that has started, which must not take longer.
async fn in_time(world: &World) -> Reply {
    let function = world.start("health").await;
    function.start_up().await.unwrap();
    let asked = Instant::now();
    let reply = function.invoke(&get("/health"), World::RUN).await.unwrap();
    assert!(asked.elapsed() < TIME_MAX, "it took {:?}", asked.elapsed());
    Reply::from_lambda(&reply)
}

#[tokio::test]
async fn health_is_ok_while_every_part_answers() {
    let world = World::empty().await;
    let health = world.get("/health").await.expect(200);
    assert_eq!(statuses(&health), json!(["ok", "up", "up"]));
}

#[tokio::test]
async fn health_is_503_when_the_database_refuses_connections() {
    let mut world = World::empty().await;
    world.set(
        "DATABASE_URL",
        format!("postgres://nobody@{}/none", refusing_address()),
    );
    let health = world.get("/health").await.expect(503);
    assert_eq!(statuses(&health), json!(["down", "down", "up"]));
}

#[tokio::test]
async fn health_is_503_in_time_when_the_database_is_silent() {
    let mut world = World::empty().await;
    let (_listener, address) = silent_listener();
    world.set("DATABASE_URL", format!("postgres://nobody@{address}/none"));
    let health = in_time(&world).await.expect(503);
    assert_eq!(statuses(&health), json!(["down", "down", "up"]));
}

#[tokio::test]
async fn health_answers_in_time_when_nothing_else_does() {
    let mut world = World::empty().await;
    let (_listener, address) = silent_listener();
    world.set("DATABASE_URL", format!("postgres://nobody@{address}/none"));
    world.set("CACHE_URL", format!("redis://{address}"));
    world.set("AWS_ENDPOINT_URL_DYNAMODB", format!("http://{address}"));
    let health = in_time(&world).await.expect(503);
    assert_eq!(statuses(&health), json!(["down", "down", "down"]));
    let parts = health["dependencies"].as_array().unwrap();
    assert!(
        parts.iter().all(|part| part["impact"].is_string()),
        "{health}"
    );
    // What is not known is not told.
    for unknown in ["chains", "views", "traffic"] {
        assert_eq!(health.get(unknown), None, "{health}");
    }
}

#[tokio::test]
async fn health_tells_how_far_each_chain_and_how_current_each_view_is() {
    let world = World::synced().await;
    world.sync().await;
    world.run("refresh-views").await.unwrap();
    let health = world.get("/health").await.expect(200);
    assert_eq!(health["status"], "ok", "{health}");
    assert_eq!(health["chains"][0]["chainId"], 1337);
    assert_eq!(health["chains"][0]["lagBlocks"], 0);
    assert_eq!(health["views"].as_array().unwrap().len(), 4);
}

#[tokio::test]
async fn health_is_degraded_while_a_chain_is_halted() {
    let world = World::synced().await;
    let halt = sqlx::query("UPDATE chains SET status = 'halted'");
    halt.execute(&mut world.connect().await).await.unwrap();
    let health = world.get("/health").await.expect(200);
    assert_eq!(health["status"], "degraded", "{health}");
    assert!(health["chains"][0]["impact"].is_string(), "{health}");
}

#[tokio::test]
async fn liveness_depends_on_nothing() {
    let mut world = World::empty().await;
    let dead = refusing_address();
    world.set("DATABASE_URL", format!("postgres://nobody@{dead}/none"));
    world.set("CACHE_URL", format!("redis://{dead}"));
    world.set("AWS_ENDPOINT_URL_DYNAMODB", format!("http://{dead}"));
    assert_eq!(world.get("/health/live").await.expect(200)["status"], "ok");
}

#[tokio::test]
async fn health_is_degraded_and_200_when_the_cache_is_down() {
    let mut world = World::empty().await;
    world.set("CACHE_URL", format!("redis://{}", refusing_address()));
    let health = world.get("/health").await.expect(200);
    assert_eq!(statuses(&health), json!(["degraded", "up", "down"]));
}

#[tokio::test]
async fn health_is_degraded_in_time_when_the_cache_is_silent() {
    let mut world = World::empty().await;
    let (_listener, address) = silent_listener();
    world.set("CACHE_URL", format!("redis://{address}"));
    let health = in_time(&world).await.expect(200);
    assert_eq!(statuses(&health), json!(["degraded", "up", "down"]));
}
