//! `resolve-registrations` itself: from a pending agent to one that can be found by what its file says.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use serde_json::{Value, json};
use sqlx::{AssertSqlSafe, Executor as _};

use super::web::{PUBLIC, Site, ok};
use crate::harness::World;

const FILE: &str = r#"{
    "type": "https://eips.ethereum.org/EIPS/eip-8004#registration-v1",
    "name": "Faraway", "description": "An agent whose file is elsewhere.", "active": true,
    "image": "https://faraway.example/i.png",
    "services": [{ "name": "MCP", "endpoint": "https://faraway.example/mcp", "version": "2025-06-18" }]
}"#;

/// A world in which agent 0 points to a URI and its file is pending, as the sync leaves it, and no other file is.
async fn pointing_to(uri: &str, site: &Site) -> World {
    let mut world = World::indexed().await;
    let kind = uri.split(':').next().unwrap();
    let sql = format!(
        "UPDATE agents SET agent_uri = '{uri}', uri_kind = '{kind}', registration_state = 'pending',
             name = NULL, registration = NULL, registration_file = NULL, registration_faults = '[]'
         WHERE agent_id = 0;
         DELETE FROM agent_services WHERE agent = (SELECT id FROM agents WHERE agent_id = 0);
         UPDATE agents SET registration_state = 'unsupported'
         WHERE registration_state = 'pending' AND agent_id <> 0;
         DELETE FROM remote_files"
    );
    world
        .connect()
        .await
        .execute(AssertSqlSafe(sql))
        .await
        .unwrap();
    world.set("RESOLVER_PORTS", site.port().to_string());
    world.set("RESOLVER_NETWORKS", format!("{PUBLIC}/32"));
    world.set("IPFS_GATEWAYS", site.url("/ipfs/"));
    world
}

async fn resolve(world: &World) -> Value {
    world.run("resolve-registrations").await.unwrap()
}

/// The time comes at which every file is due again.
async fn wait(world: &World) {
    let sql = "UPDATE remote_files SET next_attempt_at = now() - interval '1 second'
               WHERE next_attempt_at < 'infinity'";
    world.connect().await.execute(sql).await.unwrap();
}

async fn agent(world: &World) -> Value {
    world.get("/v1/agents/1337:0").await.expect(200)
}

#[tokio::test]
async fn a_pending_agent_gets_the_file_that_it_points_to() {
    let site = Site::page(ok("", FILE.as_bytes())).await;
    let world = pointing_to(&site.url("/agent.json"), &site).await;
    assert_eq!(agent(&world).await["registration"]["state"], "pending");
    let report = resolve(&world).await;
    assert_eq!(
        report,
        json!({ "discovered": 1, "fetched": 1, "unchanged": 0, "failed": 0, "givenUp": 0,
                "agents": 1, "more": false })
    );
    let found = agent(&world).await;
    assert_eq!(found["registration"]["name"], "Faraway");
    assert_eq!(found["registration"]["state"], "valid");
    assert_eq!(
        found["registration"]["services"][0]["version"],
        "2025-06-18"
    );
    let found = world
        .get("/v1/agents?q=faraway&service=mcp")
        .await
        .expect(200);
    assert_eq!(found["items"].as_array().map(Vec::len), Some(1));
}

#[tokio::test]
async fn a_run_after_it_finds_nothing_to_do_until_a_day_has_passed() {
    let site = Site::page(ok("", FILE.as_bytes())).await;
    let world = pointing_to(&site.url("/agent.json"), &site).await;
    resolve(&world).await;
    assert_eq!(resolve(&world).await["fetched"], 0);
    assert_eq!(site.connections(), 1);
    wait(&world).await;
    assert_eq!(resolve(&world).await["fetched"], 1);
}

#[tokio::test]
async fn a_file_that_breaks_the_rules_is_kept_with_its_faults() {
    let site = Site::page(ok("", br#"{ "name": 7 }"#)).await;
    let world = pointing_to(&site.url("/agent.json"), &site).await;
    resolve(&world).await;
    let registration = &agent(&world).await["registration"];
    assert_eq!(registration["state"], "faulty");
    assert!(!registration["faults"].as_array().unwrap().is_empty());
}

#[tokio::test]
async fn a_file_that_never_comes_is_given_up_where_everyone_sees_it() {
    let site = Site::page("HTTP/1.1 404 Not Found\r\ncontent-length: 0\r\n\r\n").await;
    let world = pointing_to(&site.url("/agent.json"), &site).await;
    for _ in 0..8 {
        let report = resolve(&world).await;
        assert_eq!(
            (&report["failed"], &report["givenUp"]),
            (&json!(1), &json!(0))
        );
        assert_eq!(report["failures"][0]["reason"], "status 404");
        assert_eq!(agent(&world).await["registration"]["state"], "pending");
        wait(&world).await;
    }
    assert_eq!(resolve(&world).await["givenUp"], 1);
    assert_eq!(agent(&world).await["registration"]["state"], "unreachable");
    assert_eq!(resolve(&world).await["failed"], 0);
    assert_eq!(site.connections(), 9);
}

#[tokio::test]
async fn a_url_that_is_not_asked_is_given_up_at_once() {
    let site = Site::page(ok("", FILE.as_bytes())).await;
    let uri = format!("http://127.0.0.1:{}/agent.json", site.port());
    let world = pointing_to(&uri, &site).await;
    let report = resolve(&world).await;
    assert_eq!(report["givenUp"], 1);
    assert_eq!(
        report["failures"][0]["reason"],
        "its host is not of the open web"
    );
    assert_eq!(agent(&world).await["registration"]["state"], "unreachable");
    assert_eq!(site.connections(), 0);
}

#[tokio::test]
async fn a_server_that_is_down_takes_nothing_back() {
    let up = Arc::new(AtomicBool::new(true));
    let is_up = up.clone();
    let site = Site::start(PUBLIC, 0, move |_| {
        if is_up.load(Ordering::SeqCst) {
            ok("", FILE.as_bytes())
        } else {
            b"HTTP/1.1 503 Down\r\ncontent-length: 0\r\n\r\n".to_vec()
        }
    });
    let site = site.await;
    let world = pointing_to(&site.url("/agent.json"), &site).await;
    resolve(&world).await;
    up.store(false, Ordering::SeqCst);
    wait(&world).await;
    assert_eq!(resolve(&world).await["failed"], 1);
    assert_eq!(agent(&world).await["registration"]["state"], "valid");
}

#[tokio::test]
async fn an_ipfs_file_is_taken_only_if_it_is_what_its_cid_names() {
    // A raw block: its CID is the hash of its content.
    let cid = "bafkreifzjut3te2nhyekklss27nh3k72ysco7y32koao5eei66wof36n5e";
    let uri = format!("ipfs://{cid}");
    let site = Site::page(ok("", b"hello world")).await;
    let world = pointing_to(&uri, &site).await;
    let report = resolve(&world).await;
    assert_eq!(report["fetched"], 1, "{report}");
    assert_eq!(agent(&world).await["registration"]["state"], "unreadable");

    let site = Site::page(ok("", FILE.as_bytes())).await;
    let world = pointing_to(&uri, &site).await;
    let report = resolve(&world).await;
    assert_eq!(
        report["failures"][0]["reason"],
        "its content is not that of its CID"
    );
    assert_eq!(agent(&world).await["registration"]["state"], "pending");
}

#[tokio::test]
async fn an_agent_that_comes_later_gets_a_file_that_is_there_already_unasked() {
    let site = Site::page(ok("", FILE.as_bytes())).await;
    let world = pointing_to(&site.url("/agent.json"), &site).await;
    resolve(&world).await;
    // As the sync leaves an agent that it folds again after a reorg.
    let sql = "UPDATE agents SET registration_state = 'pending', name = NULL WHERE agent_id = 0";
    world.connect().await.execute(sql).await.unwrap();
    assert_eq!(resolve(&world).await["agents"], 1);
    assert_eq!(agent(&world).await["registration"]["name"], "Faraway");
    assert_eq!(site.connections(), 1);
}
