//! `GET /health` while parts are down.

use serde_json::{Value, json};

use crate::harness::World;
use crate::harness::server::{refusing_address, silent_listener};

/// The status of each part, and of the whole.
fn statuses(health: &Value) -> Value {
    let part = |name: &str| {
        let parts = health["dependencies"].as_array().unwrap();
        parts.iter().find(|part| part["name"] == name).unwrap()["status"].clone()
    };
    json!([health["status"], part("database"), part("cache")])
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
    let asked = std::time::Instant::now();
    let health = world.get("/health").await.expect(503);
    assert_eq!(statuses(&health), json!(["down", "down", "up"]));
    assert!(
        asked.elapsed().as_secs() < 5,
        "it took {:?}",
        asked.elapsed()
    );
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
    let asked = std::time::Instant::now();
    let health = world.get("/health").await.expect(200);
    assert_eq!(statuses(&health), json!(["degraded", "up", "down"]));
    assert!(
        asked.elapsed().as_secs() < 5,
        "it took {:?}",
        asked.elapsed()
    );
}
