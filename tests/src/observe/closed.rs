//! Metrics can be closed to the public.

use crate::harness::{Reply, World, get, request};

const TOKEN: &str = "only-the-scraper-knows";

async fn with(world: &World, authorization: &str) -> Reply {
    let event = request("GET", "/metrics", &[("authorization", authorization)], None);
    world.send(&event).await
}

#[tokio::test]
async fn metrics_are_open_unless_they_are_closed() {
    let world = World::empty().await;
    let reply = world.get("/metrics").await;
    assert_eq!(reply.status, 200);
    assert_eq!(
        reply.header("content-type"),
        "text/plain; version=0.0.4; charset=utf-8"
    );
}

#[tokio::test]
async fn a_token_closes_the_metrics_to_whoever_does_not_have_it() {
    let mut world = World::empty().await;
    world.set("METRICS_TOKEN", TOKEN);
    let refused = world.get("/metrics").await;
    assert_eq!(refused.expect(401)["code"], "UNAUTHORIZED");
    assert!(!refused.text().contains("erc8004_"), "{}", refused.text());
    assert_eq!(with(&world, "Bearer a-guess").await.status, 401);
    assert_eq!(with(&world, TOKEN).await.status, 401);
    assert_eq!(with(&world, &format!("Bearer {TOKEN}")).await.status, 200);
}

#[tokio::test]
async fn a_network_closes_the_metrics_to_whoever_is_outside() {
    // Requests of the tests come from 192.0.2.1.
    for (networks, status) in [
        ("10.0.0.0/8,192.0.2.0/24", 200),
        ("10.0.0.0/8,2001:db8::/32", 401),
    ] {
        let mut world = World::empty().await;
        world.set("METRICS_NETWORKS", networks);
        assert_eq!(world.get("/metrics").await.status, status, "{networks}");
    }
}

#[tokio::test]
async fn either_is_enough_where_both_are_set() {
    let mut world = World::empty().await;
    world.set("METRICS_TOKEN", TOKEN);
    world.set("METRICS_NETWORKS", "10.0.0.0/8");
    let mut inside = get("/metrics");
    inside["requestContext"]["http"]["sourceIp"] = "::ffff:10.1.2.3".into();
    assert_eq!(world.send(&inside).await.status, 200);
    assert_eq!(with(&world, &format!("Bearer {TOKEN}")).await.status, 200);
    assert_eq!(world.get("/metrics").await.status, 401);
}
