//! One line a request and a run, with all that an operator asks of it.

use http_body_util::Full;
use hyper::Response;
use hyper::body::Bytes;
use serde_json::{Value, json};
use tokio::sync::mpsc::unbounded_channel;

use super::lines;
use crate::events::access;
use crate::harness::server::Server;
use crate::harness::{Chain, World, get, request};

/// A key of the events.
const KEY: &str = "erc8004_ExampleOfTheTestsWhichOpensNothingAnywhere034aocW";

fn the_line(log: &str, message: &str) -> Value {
    let lines = lines(log);
    let mut of_it = lines.iter().filter(|line| line["message"] == message);
    let line = of_it.next().unwrap_or_else(|| panic!("no line: {log}"));
    assert!(of_it.next().is_none(), "more than one line: {log}");
    line.clone()
}

#[tokio::test]
async fn a_request_is_one_line_that_says_who_what_and_how_long() {
    let mut world = World::indexed().await;
    access::prepare(&world).await;
    world.set("METRICS_NAMESPACE", "ERC8004");
    let function = world.start("get-agent").await;
    let authorization = format!("Bearer {KEY}");
    let event = request(
        "GET",
        "/v1/agents/1337:0",
        &[("authorization", &authorization)],
        None,
    );
    function.invoke(&event, World::RUN).await.unwrap();
    let line = the_line(&function.log(), "request");
    for (member, expected) in [
        ("level", json!("INFO")),
        ("function", json!("get-agent")),
        ("request_id", event["requestContext"]["requestId"].clone()),
        ("trace_id", json!("1-00000000-000000000000000000000000")),
        ("method", json!("GET")),
        ("route", json!("/v1/agents/{agent}")),
        ("status", json!(200)),
        ("status_class", json!("2xx")),
        ("cold_start", json!(true)),
        ("limited_by", json!("table")),
        ("erc8004_api_requests_total", json!(1)),
        ("erc8004_api_server_error_ratio", json!(0)),
        ("erc8004_cold_starts_total", json!(1)),
    ] {
        assert_eq!(line[member], expected, "{member} in {line}");
    }
    for part in [
        "duration_us",
        "auth_us",
        "limit_us",
        "cache_us",
        "database_us",
    ] {
        assert!(
            line[part].as_u64().is_some_and(|us| us > 0),
            "{part} in {line}"
        );
    }
    assert!(
        line["auth_us"].as_u64() <= line["duration_us"].as_u64(),
        "{line}"
    );
    assert_eq!(line.get("chain_us"), None, "{line}");
    let key_id = line["key_id"].as_str().unwrap();
    assert!(
        key_id.len() == 36 && !function.log().contains(KEY),
        "{}",
        function.log()
    );
}

/// As CloudWatch reads it: every metric that `_aws` names is a number on the line, every dimension a text.
#[tokio::test]
async fn what_the_metadata_names_is_on_the_line() {
    let mut world = World::synced().await;
    world.set("METRICS_NAMESPACE", "ERC8004/test");
    world.set("AWS_ENDPOINT_URL_CLOUDWATCH", "http://127.0.0.1:9");
    let endpoint = world.start("get-agent").await;
    endpoint
        .invoke(&get("/v1/agents/1337:0"), World::RUN)
        .await
        .unwrap();
    let scheduled = world.start("refresh-views").await;
    let event = xtask::lambda::event::scheduled();
    scheduled.invoke(&event, World::RUN).await.unwrap();
    for line in [
        the_line(&endpoint.log(), "request"),
        the_line(&scheduled.log(), "run"),
    ] {
        let directives = line["_aws"]["CloudWatchMetrics"].as_array().unwrap();
        assert!(line["_aws"]["Timestamp"].as_i64().is_some(), "{line}");
        assert!(!directives.is_empty());
        for directive in directives {
            assert_eq!(directive["Namespace"], "ERC8004/test");
            let metric = directive["Metrics"][0]["Name"].as_str().unwrap();
            assert!(line[metric].is_number(), "{metric} in {line}");
            for dimension in directive["Dimensions"]
                .as_array()
                .unwrap()
                .iter()
                .flat_map(|set| set.as_array().unwrap())
            {
                assert!(
                    line[dimension.as_str().unwrap()].is_string(),
                    "{dimension} in {line}"
                );
            }
        }
    }
}

#[tokio::test]
async fn without_a_namespace_a_line_carries_no_metrics() {
    let world = World::empty().await;
    let function = world.start("get-liveness").await;
    function
        .invoke(&get("/health/live"), World::RUN)
        .await
        .unwrap();
    let line = the_line(&function.log(), "request");
    assert_eq!(
        (line.get("_aws"), line.get("erc8004_api_requests_total")),
        (None, None)
    );
}

#[tokio::test]
async fn a_scheduled_run_is_one_line_with_its_report() {
    let world = World::synced().await;
    let function = world.start("refresh-views").await;
    let event = xtask::lambda::event::scheduled();
    let report = function.invoke(&event, World::RUN).await.unwrap();
    let line = the_line(&function.log(), "run");
    assert_eq!(line["report"], report);
    assert_eq!(line["function"], "refresh-views");
    assert!(
        line["database_us"].as_u64().is_some_and(|us| us > 0),
        "{line}"
    );
}

#[tokio::test]
async fn an_endpoint_of_a_chain_is_asked_as_part_of_the_trace() {
    let (tell, mut told) = unbounded_channel();
    let endpoint = Server::start(move |request| {
        let trace = request.headers().get("x-amzn-trace-id");
        tell.send(trace.map(|trace| trace.to_str().unwrap().to_owned()))
            .unwrap();
        async { Response::new(Full::new(Bytes::from_static(b"{}"))) }
    })
    .await;
    let mut world = World::synced().await;
    world.set_rpc(Chain::own().await.id(), &[&endpoint.url()]);
    let report = world.run("sync-chain").await.unwrap();
    assert_eq!(report["chains"][0]["status"], "failed");
    let trace = told.recv().await.unwrap().expect("it has the header");
    assert!(trace.starts_with("Root=1-00000000-000000000000000000000000"));
}

#[tokio::test]
async fn the_request_id_is_in_the_header_the_problem_and_the_line() {
    let world = World::indexed().await;
    let function = world.start("get-agent").await;
    let event = get("/v1/agents/1337:999");
    let answer = function.invoke(&event, World::RUN).await.unwrap();
    let reply = crate::harness::Reply::from_lambda(&answer);
    let id = event["requestContext"]["requestId"].as_str().unwrap();
    assert_eq!(reply.expect(404)["requestId"], id);
    assert_eq!(reply.header("request-id"), id);
    let line = the_line(&function.log(), "request");
    assert_eq!(
        (&line["request_id"], &line["code"]),
        (&json!(id), &json!("AGENT_NOT_FOUND"))
    );
}

/// One request in one is every request; the level alone would write none.
#[tokio::test]
async fn debug_lines_are_written_of_the_requests_that_are_sampled() {
    for (one_in, expected) in [("", false), ("1", true)] {
        let mut world = World::indexed().await;
        world.set("LOG_DEBUG_ONE_IN", one_in);
        let function = world.start("get-agent").await;
        function
            .invoke(&get("/v1/agents/1337:0"), World::RUN)
            .await
            .unwrap();
        let lines = lines(&function.log());
        let debug = lines.iter().any(|line| line["level"] == "DEBUG");
        assert_eq!(debug, expected, "one in {one_in:?}: {}", function.log());
    }
}
