//! Domains that answer, that vouch for agents, and that do neither.

use std::time::{Duration, Instant};

use chrono::Utc;
use pretty_assertions::assert_eq;
use serde_json::{Value, json};
use shared::resolve::{DomainReport, Fetcher, verify_domains};
use sqlx::postgres::PgPoolOptions;
use sqlx::{AssertSqlSafe, Executor as _};

use super::web::{Site, ok};
use crate::harness::World;

/// A world in which two agents have a service each: one at the site, one where nobody is.
async fn world(site: &Site) -> World {
    let mut world = World::indexed().await;
    // What domains say is behind by as long as answers are kept.
    world.set("CACHE_ANSWERS", "off");
    let sql = format!(
        "DELETE FROM agent_services;
         INSERT INTO agent_services (agent, position, name, endpoint)
         SELECT id, 0, 'web', CASE agent_id WHEN 0 THEN 'https://{0}/mcp' ELSE 'HTTPS://127.0.0.2:1' END
         FROM agents WHERE agent_id IN (0, 1)",
        site.address
    );
    let mut connection = world.connect().await;
    connection.execute(AssertSqlSafe(sql)).await.unwrap();
    world
}

/// The sites of tests have no certificates.
async fn verify(world: &World, site: &Site) -> DomainReport {
    let pool = PgPoolOptions::new()
        .connect(world.setting("DATABASE_URL"))
        .await
        .unwrap();
    let mut config = site.config();
    config.ports.push(1);
    let fetcher = Fetcher::new(&config).unwrap();
    let deadline = Instant::now() + Duration::from_mins(1);
    let report = verify_domains(&pool, &fetcher, "http", Utc::now(), deadline).await;
    pool.close().await;
    report.unwrap()
}

async fn service(world: &World, agent: u8) -> Value {
    let found = world
        .get(&format!("/v1/agents/1337:{agent}"))
        .await
        .expect(200);
    found["registration"]["services"][0].clone()
}

async fn found(world: &World, query: &str) -> usize {
    let page = world
        .get(&format!("/v1/agents?{query}&limit=50"))
        .await
        .expect(200);
    page["items"].as_array().unwrap().len()
}

/// The registry's name of agent 0, without its id.
async fn registry(world: &World) -> String {
    let agent = world.get("/v1/agents/1337:0").await.expect(200);
    let name = agent["agentRef"].as_str().unwrap();
    name.rsplit_once(':').unwrap().0.to_owned()
}

#[tokio::test]
async fn a_domain_that_lists_an_agent_vouches_for_it_and_for_no_other() {
    let site = Site::page(ok("", br#"{"registrations": []}"#)).await;
    let world = world(&site).await;
    let registry = registry(&world).await;
    assert_eq!(service(&world, 0).await["reachable"], Value::Null);

    let report = verify(&world, &site).await;
    assert_eq!(
        (report.discovered, report.reachable, report.unreachable),
        (2, 1, 1)
    );
    let own = service(&world, 0).await;
    assert_eq!(
        (&own["reachable"], &own["domainVerified"]),
        (&json!(true), &json!(false))
    );

    let file = json!({ "registrations": [{ "agentId": 0, "agentRegistry": registry }] });
    let listing = Site::page(ok("", file.to_string().as_bytes())).await;
    let sql = format!(
        "UPDATE agent_services SET endpoint = 'https://{}' WHERE endpoint LIKE '%/mcp'",
        listing.address
    );
    world
        .connect()
        .await
        .execute(AssertSqlSafe(sql))
        .await
        .unwrap();
    let report = verify(&world, &listing).await;
    assert_eq!((report.reachable, report.vouching), (1, 1));
    let own = service(&world, 0).await;
    assert_eq!(
        (&own["reachable"], &own["domainVerified"]),
        (&json!(true), &json!(true))
    );
    let other = service(&world, 1).await;
    assert_eq!(
        (&other["reachable"], &other["domainVerified"]),
        (&json!(false), &json!(false))
    );
}

#[tokio::test]
async fn a_status_is_an_answer_and_a_search_finds_who_answers() {
    let site = Site::page("HTTP/1.1 404 Not Found\r\ncontent-length: 0\r\n\r\n").await;
    let world = world(&site).await;
    let all = found(&world, "").await;
    verify(&world, &site).await;
    assert_eq!(found(&world, "reachable=true").await, 1);
    assert_eq!(found(&world, "reachable=false").await, all - 1);
    // Who answered is left alone for hours.
    let again = verify(&world, &site).await;
    assert_eq!(
        (again.discovered, again.reachable, site.connections()),
        (0, 0, 1)
    );
}
