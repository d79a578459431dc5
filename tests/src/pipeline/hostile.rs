//! Input that is too long, no text, or no input at all.

use crate::harness::{World, request};

#[tokio::test]
async fn a_body_beyond_the_limit_is_413_before_anything_looks_inside() {
    let world = World::indexed().await;
    let body = vec![b'x'; 64 * 1024 + 1];
    let event = request("GET", "/v1/agents/1337:0", &[], Some(&body));
    assert_eq!(
        world.send(&event).await.expect(413)["code"],
        "PAYLOAD_TOO_LARGE"
    );
}

#[tokio::test]
async fn a_body_where_none_belongs_is_pointed_at_text_or_not() {
    let world = World::indexed().await;
    for body in [&b"{}"[..], b"\xff\xfe\x00"] {
        let event = request("GET", "/v1/agents/1337:0", &[], Some(body));
        let problem = world.send(&event).await.expect(400);
        assert_eq!(problem["errors"][0]["pointer"], "/body", "{body:?}");
    }
}

#[tokio::test]
async fn an_over_long_query_is_pointed_at() {
    let world = World::indexed().await;
    let target = format!("/v1/agents?q={}", "a".repeat(5_000));
    let problem = world.get(&target).await.expect(400);
    assert_eq!(problem["errors"][0]["pointer"], "/query", "{problem}");
}

/// Neither a crash nor an error of ours.
#[tokio::test]
async fn input_that_is_no_text_is_the_callers_fault_and_the_function_lives_on() {
    let world = World::indexed().await;
    for target in [
        "/v1/agents/%FF",
        "/v1/agents/1337%3A%C3%28",
        "/v1/agents/%00",
        "/v1/agents/1337:0%00",
        "/v1/agents?q=%FF%FE",
        "/v1/agents?q=%00",
        "/v1/agents?q=%ED%A0%80",
        "/v1/agents?skill=%00",
        "/v1/agents?%FF=1",
        "/v1/agents?=&=&&",
        "/v1/agents?limit=%31%00",
        "/v1/agents/1337:0/feedback?tag1=%00",
        "/v1/agents/1337:0/feedback?client=0x%FF",
    ] {
        let reply = world.get(target).await;
        assert!(
            reply.status < 500,
            "{target}: {} {}",
            reply.status,
            reply.text()
        );
    }
    world.get("/v1/agents/1337:0").await.expect(200);
}

#[tokio::test]
async fn an_id_that_is_none_is_400_and_one_that_is_unknown_404() {
    let world = World::indexed().await;
    let registry = format!("0x{}", "11".repeat(20));
    for (id, status, code) in [
        ("1337", 400, "VALIDATION_ERROR"),
        ("1337:", 400, "VALIDATION_ERROR"),
        (":1", 400, "VALIDATION_ERROR"),
        ("1337:-1", 400, "VALIDATION_ERROR"),
        ("1337:0x1", 400, "VALIDATION_ERROR"),
        ("1337:1e3", 400, "VALIDATION_ERROR"),
        (&format!("1337:{}", "9".repeat(78)), 400, "VALIDATION_ERROR"),
        (&format!("eip155:1337:{registry}:1"), 404, "AGENT_NOT_FOUND"),
        ("1337:4000", 404, "AGENT_NOT_FOUND"),
        ("99999:1", 400, "CHAIN_NOT_SUPPORTED"),
    ] {
        let problem = world.get(&format!("/v1/agents/{id}")).await.expect(status);
        assert_eq!(problem["code"], code, "{id}: {problem}");
    }
}
