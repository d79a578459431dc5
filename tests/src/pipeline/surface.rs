//! What keeps the surface safe, on every endpoint alike.

use serde_json::Value;

use crate::events::access;
use crate::harness::{Reply, World, functions, request};

/// A key of the events: its wallet may call everything that its tier allows.
const KEY: &str = "Bearer erc8004_ExampleOfTheTestsWhichOpensNothingAnywhere034aocW";

/// Each endpoint's method and a path that it takes, but the one for what no endpoint takes.
fn endpoints() -> Vec<(String, String)> {
    let all = functions::all().iter();
    all.filter(|function| function.is_endpoint() && function.text("path") != "$default")
        .map(|function| {
            let segments = function
                .text("path")
                .split('/')
                .map(|segment| match segment {
                    "{agent}" => "1337:0",
                    parameter if parameter.starts_with('{') => {
                        "67e55044-10b1-426f-9247-bb680e5fe0c8"
                    }
                    literal => literal,
                });
            let path = segments.collect::<Vec<_>>().join("/");
            (function.text("method").to_owned(), path)
        })
        .collect()
}

async fn world() -> World {
    let world = World::indexed().await;
    access::prepare(&world).await;
    world
}

async fn send(
    world: &World,
    (method, path): &(String, String),
    headers: &[(&str, &str)],
    body: Option<&[u8]>,
) -> Reply {
    let headers = [&[("authorization", KEY)], headers].concat();
    world.send(&request(method, path, &headers, body)).await
}

#[tokio::test]
async fn a_body_is_read_as_json_only_where_it_says_so() {
    let world = world().await;
    let writes = endpoints()
        .into_iter()
        .filter(|(method, _)| method == "POST");
    for endpoint in writes {
        for media_type in [
            None,
            Some(""),
            Some("text/plain"),
            Some("application/x-www-form-urlencoded"),
            Some("multipart/form-data; boundary=x"),
            Some("application/jsonp"),
        ] {
            let headers: Vec<_> = media_type
                .map(|media_type| ("content-type", media_type))
                .into_iter()
                .collect();
            let reply = send(&world, &endpoint, &headers, Some(b"{}")).await;
            assert_eq!(
                reply.status,
                415,
                "{endpoint:?} {media_type:?}: {}",
                reply.text()
            );
            assert_eq!(reply.json()["code"], "UNSUPPORTED_MEDIA_TYPE");
        }
    }
}

#[tokio::test]
async fn a_body_beyond_every_limit_is_refused_unread_by_every_endpoint() {
    let world = world().await;
    let body = vec![b'{'; (1 << 20) + 1];
    for endpoint in endpoints() {
        let headers = [("content-type", "application/json")];
        let reply = send(&world, &endpoint, &headers, Some(&body)).await;
        assert_eq!(reply.status, 413, "{endpoint:?}: {}", reply.text());
    }
}

#[tokio::test]
async fn no_endpoint_sets_a_cookie_or_lets_a_browser_guess() {
    let world = world().await;
    for endpoint in endpoints() {
        let reply = send(&world, &endpoint, &[], None).await;
        assert_eq!(
            reply.header("x-content-type-options"),
            "nosniff",
            "{endpoint:?}"
        );
        assert!(reply.header("set-cookie").is_empty(), "{endpoint:?}");
        assert!(reply.status < 500, "{endpoint:?}: {}", reply.text());
        if reply.header("content-type").starts_with("text/html") {
            let policy = reply.header("content-security-policy");
            assert!(
                policy.contains("default-src 'none'"),
                "{endpoint:?}: {policy:?}"
            );
        }
    }
}

#[tokio::test]
async fn only_pages_of_the_origins_that_are_configured_may_read_a_reply() {
    let mut world = world().await;
    world.set("CORS_ORIGINS", "https://app.example");
    for endpoint in endpoints() {
        for (origin, allowed) in [
            ("https://app.example", "https://app.example"),
            ("https://app.example.evil.example", ""),
            ("http://app.example", ""),
            ("null", ""),
        ] {
            let reply = send(&world, &endpoint, &[("origin", origin)], None).await;
            let told = reply.header("access-control-allow-origin");
            assert_eq!(told, allowed, "{endpoint:?} to {origin}");
            assert!(reply.header("access-control-allow-credentials").is_empty());
            assert_eq!(reply.header("vary"), "origin", "{endpoint:?} to {origin}");
        }
    }
}

/// Names of our parts, which no caller needs.
const INTERNALS: [&str; 6] = [
    "sqlx",
    "postgres",
    "relation",
    "agent_stats",
    "127.0.0.1",
    "panicked",
];

#[tokio::test]
async fn a_fault_of_ours_is_told_without_its_cause() {
    let world = world().await;
    let broken = sqlx::query("ALTER TABLE agent_stats RENAME TO agent_stats_gone");
    broken.execute(&mut world.connect().await).await.unwrap();
    let problem: Value = world.get("/v1/agents/1337:0/stats").await.expect(500);
    assert_eq!(problem["code"], "INTERNAL_ERROR");
    let told = problem.to_string();
    for internal in INTERNALS {
        assert!(!told.contains(internal), "{internal}: {told}");
    }
}
