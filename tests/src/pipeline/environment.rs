//! What surrounds a function: its stores, its time, its logs.

use std::time::{Duration, Instant};

use serde_json::Value;

use crate::harness::server::{refusing_address, silent_listener};
use crate::harness::{Reply, World, functions, get};

/// What answers with what it knows, whatever is down.
const TELL_WHAT_IS_DOWN: [&str; 2] = ["get-metrics", "health"];

/// Every endpoint that reads the database and needs no key, with a path that it takes.
fn reads() -> Vec<(&'static str, String)> {
    functions::all()
        .iter()
        .filter(|function| {
            function.is_endpoint() && !TELL_WHAT_IS_DOWN.contains(&function.folder.as_str())
        })
        .filter(|function| function.text("method") == "GET" && function.text("auth") != "required")
        .filter(|function| {
            function.json["capabilities"]
                .to_string()
                .contains("database")
        })
        .map(|function| (function.folder.as_str(), filled(function.text("path"))))
        .collect()
}

/// A path with an agent where it names one, and else with some id.
fn filled(path: &str) -> String {
    let path = path.replace("/agents/{agent}", "/agents/1337:0");
    let segments = path.split('/').map(|segment| match segment {
        name if name.starts_with('{') => "00000000-0000-4000-8000-000000000000",
        literal => literal,
    });
    segments.collect::<Vec<_>>().join("/")
}

#[tokio::test]
async fn every_read_is_503_with_a_time_to_retry_when_the_database_is_down() {
    let mut world = World::empty().await;
    world.set(
        "DATABASE_URL",
        format!("postgres://nobody@{}/none", refusing_address()),
    );
    for (function, path) in reads() {
        let reply = world.answer(function, &get(&path)).await;
        let problem = reply.expect(503);
        assert_eq!(problem["code"], "DEPENDENCY_UNAVAILABLE", "{function}");
        assert!(
            reply.header("retry-after").parse::<u32>().is_ok(),
            "{function}"
        );
        let told = problem.to_string();
        assert!(
            !told.contains("127.0.0.1") && !told.contains("nobody"),
            "{function}: {told}"
        );
    }
}

#[tokio::test]
async fn every_read_answers_without_the_cache() {
    let mut world = World::indexed().await;
    let mut expected = Vec::new();
    for (function, path) in reads() {
        expected.push(world.answer(function, &get(&path)).await);
    }
    world = World::indexed().await;
    world.set("CACHE_URL", format!("redis://{}", refusing_address()));
    for ((function, path), expected) in reads().into_iter().zip(expected) {
        let reply = world.answer(function, &get(&path)).await;
        assert_eq!(
            (reply.status, reply.text()),
            (expected.status, expected.text()),
            "{function}"
        );
    }
}

#[tokio::test]
async fn an_answer_comes_before_the_invocation_ends_even_from_a_silent_database() {
    let (_listener, address) = silent_listener();
    let mut world = World::empty().await;
    world.set("DATABASE_URL", format!("postgres://nobody@{address}/none"));
    let function = world.start("get-agent").await;
    function.start_up().await.unwrap();
    let (asked, limit) = (Instant::now(), Duration::from_millis(1_500));
    let answer = function
        .invoke(&get("/v1/agents/1337:0"), limit)
        .await
        .unwrap();
    assert!(asked.elapsed() < limit, "it took {:?}", asked.elapsed());
    assert_eq!(Reply::from_lambda(&answer).status, 503);
}

/// As on Lambda Managed Instances, which send several requests at once to one process.
#[tokio::test]
async fn one_process_answers_several_requests_at_once() {
    let mut world = World::indexed().await;
    world.set("AWS_LAMBDA_MAX_CONCURRENCY", "4");
    let function = world.start("get-agent").await;
    let mut invocations = tokio::task::JoinSet::new();
    let function = std::sync::Arc::new(function);
    for id in 0..16 {
        let function = function.clone();
        invocations.spawn(async move {
            let event = get(&format!("/v1/agents/1337:{id}"));
            let answer = function
                .invoke(&event, Duration::from_secs(20))
                .await
                .unwrap();
            assert_eq!(
                Reply::from_lambda(&answer).expect(200)["agentId"],
                id.to_string()
            );
        });
    }
    while let Some(invocation) = invocations.join_next().await {
        invocation.unwrap();
    }
}

#[tokio::test]
async fn a_function_without_its_settings_says_which_and_ends() {
    let mut world = World::empty().await;
    world.set("DATABASE_URL", "");
    let function = world.start("get-agent").await;
    assert!(!function.end().await.unwrap().success());
    assert!(
        function.log().contains("DATABASE_URL is not set"),
        "{}",
        function.log()
    );
}

#[tokio::test]
async fn no_log_holds_a_password() {
    for url in [
        "postgres://user:hunter2@[:5432/x",
        "postgres://user:hunter2@127.0.0.1:1/x",
    ] {
        let mut world = World::empty().await;
        world.set("DATABASE_URL", url);
        let function = world.start("get-agent").await;
        let event = get("/v1/agents/1337:0");
        let _ = function.invoke(&event, Duration::from_secs(10)).await;
        assert!(!function.log().is_empty());
        assert!(!function.log().contains("hunter2"), "{}", function.log());
    }
}

#[tokio::test]
async fn a_request_leaves_one_line_of_json_that_names_it() {
    let mut world = World::indexed().await;
    // A limiter that is slow is told of in a line of its own.
    world.set("RATE_LIMIT_TIMEOUT_MS", "5000");
    let function = world.start("get-agent").await;
    let event = get("/v1/agents/1337:0");
    function
        .invoke(&event, Duration::from_secs(10))
        .await
        .unwrap();
    function.kill().await;
    let log = function.log();
    let lines: Vec<Value> = log
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    let id = event["requestContext"]["requestId"].as_str().unwrap();
    let about: Vec<&Value> = lines
        .iter()
        .filter(|line| line.to_string().contains(id))
        .collect();
    assert_eq!(about.len(), 1, "{log}");
    assert!(about[0].to_string().contains("/v1/agents/{agent}"), "{log}");
}
