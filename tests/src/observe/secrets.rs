//! Secrets are in no line of any log, whatever the level.

use serde_json::json;

use crate::events::access;
use crate::harness::server::refusing_address;
use crate::harness::{World, functions, request};
use xtask::lambda::event::scheduled;

/// What must be nowhere. Each names where it went in.
const MARKS: [&str; 7] = [
    "marked-key",
    "marked-token",
    "marked-origin",
    "marked-rpc",
    "markeddsn",
    "marked-signature",
    "marked-database",
];

async fn marked_world() -> World {
    let mut world = World::indexed().await;
    access::prepare(&world).await;
    let dead = refusing_address();
    world.set("METRICS_TOKEN", "marked-token");
    world.set("VIEWER_ADDRESS_HEADER", "x-viewer");
    world.set("ORIGIN_SECRET", "marked-origin");
    world.set("SENTRY_DSN", format!("http://markeddsn@{dead}/1"));
    world.set_rpc(1337, &[&format!("http://{dead}/v3/marked-rpc")]);
    world.set("METRICS_NAMESPACE", "ERC8004");
    world.set("AWS_ENDPOINT_URL_CLOUDWATCH", format!("http://{dead}"));
    world.set("LOG_LEVEL", "trace");
    world
}

fn assert_clean(function: &str, log: &str) {
    for mark in MARKS {
        let line = log.lines().find(|line| line.contains(mark));
        assert!(line.is_none(), "{function} logs {mark}: {line:?}");
    }
    assert!(log.contains("TRACE"), "{function} does not log at trace");
}

/// Invokes every function, and reads all that it logs.
async fn invoke_all(world: &World) {
    for function in functions::all() {
        let process = world.start(&function.folder).await;
        if function.is_endpoint() {
            for event in requests(function.text("method"), function.text("path")) {
                process.invoke(&event, World::RUN).await.unwrap();
            }
        } else {
            // With no chain in reach some runs fail, which is when most is logged.
            let _ = process.invoke(&scheduled(), World::RUN).await;
        }
        assert_clean(&function.folder, &process.log());
    }
}

#[tokio::test]
async fn no_secret_is_in_any_line_of_any_function_at_any_level() {
    let world = marked_world().await;
    invoke_all(&world).await;
}

/// The same where the database is gone, whose address holds a password.
#[tokio::test]
async fn no_secret_is_logged_when_nothing_can_be_reached() {
    let mut world = marked_world().await;
    let dead = refusing_address();
    world.set(
        "DATABASE_URL",
        format!("postgres://somebody:marked-database@{dead}/none"),
    );
    world.set("CACHE_URL", format!("redis://:marked-database@{dead}"));
    invoke_all(&world).await;
}

/// With a key that cannot be, with one that could be, and with bodies that hold a signature.
fn requests(method: &str, path: &str) -> Vec<serde_json::Value> {
    let path = path
        .replace("{agent}", "1337:0")
        .replace("$default", "/nowhere");
    let path: Vec<&str> = path
        .split('/')
        .map(|segment| {
            if segment.starts_with('{') {
                "67e55044-10b1-426f-9247-bb680e5fe0c8"
            } else {
                segment
            }
        })
        .collect();
    let path = path.join("/");
    let key = "Bearer erc8004_ExampleOfTheTestsWhichOpensNothingAnywhere034aocW";
    let body = json!({ "message": "marked-signature", "signature": "0xmarked-signature", "name": "a test" });
    let body = body.to_string();
    let sent = (method == "POST").then_some(body.as_bytes());
    ["Bearer marked-key", key]
        .map(|authorization| {
            let headers = [
                ("authorization", authorization),
                ("content-type", "application/json"),
                ("x-origin-secret", "marked-origin"),
                ("x-viewer", "203.0.113.7"),
            ];
            request(method, &path, &headers, sent)
        })
        .into()
}
