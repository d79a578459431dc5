//! Faults become events of Sentry, mistakes of callers do not.

use std::time::{Duration, Instant};

use serde_json::{Value, json};
use xtask::lambda::Function;

use super::receiver::Receiver;
use crate::harness::server::silent_listener;
use crate::harness::{Reply, World, request, settings};

async fn function(world: &mut World, dsn: String) -> Function {
    world.set("SENTRY_DSN", dsn);
    world.set("RELEASE", "erc8004@test");
    world
        .start_binary(&settings::functions_dir().join("examples/faulty-function"))
        .await
}

async fn ask(function: &Function, path: &str) -> Reply {
    let headers = [
        ("authorization", "Bearer of-somebody"),
        ("user-agent", "somebody's"),
    ];
    let event = request("GET", &format!("{path}?wallet=0xSomebody"), &headers, None);
    Reply::from_lambda(&function.invoke(&event, World::RUN).await.unwrap())
}

#[tokio::test]
async fn a_panic_is_a_500_problem_and_one_event() {
    let receiver = Receiver::start().await;
    let mut world = World::empty().await;
    let function = function(&mut world, receiver.dsn()).await;
    let problem = ask(&function, "/panic").await.expect(500);
    assert_eq!(problem["code"], "INTERNAL_ERROR");
    // It is there when the answer is: the environment may be frozen from then on.
    let events = receiver.take();
    assert_eq!(events.len(), 1, "{events:?}");
    let event = &events[0];
    let exception = &event["exception"]["values"][0];
    assert_eq!(exception["type"], "INTERNAL_ERROR");
    assert_eq!(exception["value"], "panicked: of a test");
    assert_eq!(event["release"], "erc8004@test");
    assert_eq!(event["environment"], "test");
    assert_eq!(event["tags"]["function"], "faulty-function");
    assert_eq!(event["tags"]["request_id"], problem["requestId"]);
    // The process goes on.
    assert_eq!(ask(&function, "/").await.status, 200);
}

#[tokio::test]
async fn an_event_holds_nothing_of_the_caller() {
    let receiver = Receiver::start().await;
    let mut world = World::empty().await;
    let function = function(&mut world, receiver.dsn()).await;
    ask(&function, "/fault").await.expect(500);
    let text = json!(receiver.take()).to_string();
    assert!(text.contains("a fault of a test"), "{text}");
    for personal in ["omebody", "192.0.2.1", "server_name", "\"user\"", "wallet"] {
        assert!(!text.contains(personal), "{personal} in {text}");
    }
}

#[tokio::test]
async fn mistakes_of_callers_are_no_events_and_an_outage_is_one() {
    let receiver = Receiver::start().await;
    let mut world = World::empty().await;
    let function = function(&mut world, receiver.dsn()).await;
    for path in ["/", "/callers"] {
        ask(&function, path).await;
    }
    assert_eq!(receiver.take(), Vec::<Value>::new());
    for _ in 0..5 {
        ask(&function, "/outage").await.expect(503);
    }
    let events = receiver.take();
    assert_eq!(events.len(), 1, "{events:?}");
    assert_eq!(
        events[0]["exception"]["values"][0]["value"],
        "an outage of a test"
    );
}

#[tokio::test]
async fn a_run_that_fails_is_an_event() {
    let receiver = Receiver::start().await;
    let mut world = World::empty().await;
    world.set("SENTRY_DSN", receiver.dsn());
    let dead = crate::harness::server::refusing_address();
    world.set("DATABASE_URL", format!("postgres://nobody@{dead}/none"));
    world.run("sync-chain").await.unwrap_err();
    let events = receiver.take();
    assert_eq!(events.len(), 1, "{events:?}");
    assert_eq!(
        events[0]["exception"]["values"][0]["type"],
        "SCHEDULED_RUN_FAILED"
    );
    assert_eq!(events[0]["transaction"], "sync-chain");
}

#[tokio::test]
async fn an_answer_does_not_wait_long_for_a_receiver_that_is_silent() {
    let (_listener, address) = silent_listener();
    let mut world = World::empty().await;
    let function = function(&mut world, format!("http://public@{address}/42")).await;
    let asked = Instant::now();
    ask(&function, "/fault").await.expect(500);
    assert!(
        asked.elapsed() < Duration::from_secs(3),
        "{:?}",
        asked.elapsed()
    );
}
