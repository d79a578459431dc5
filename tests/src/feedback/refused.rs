//! What is refused: feedback to oneself, too soon, to nobody, of the wrong form.

use futures_util::future::join_all;
use serde_json::json;

use super::{AGENT, Clients, starred};
use crate::harness::{Reply, World, request};

#[tokio::test]
async fn nobody_rates_an_agent_of_their_own() {
    let clients = Clients::new().await;
    let client = clients.client_sql();
    let operator = format!(
        "INSERT INTO owner_operators SELECT chain_id, identity_registry, owner, {client}, 1, 0, {{}}
         FROM agents WHERE agent_id = 0"
    );
    for (role, begin, end) in [
        (
            "owner",
            format!("UPDATE agents SET owner = {client} WHERE agent_id = 0"),
            "UPDATE agents SET owner = decode(repeat('66', 20), 'hex') WHERE agent_id = 0",
        ),
        (
            "wallet",
            format!("UPDATE agents SET agent_wallet = {client} WHERE agent_id = 0"),
            "UPDATE agents SET agent_wallet = NULL WHERE agent_id = 0",
        ),
        (
            "operator",
            format!("UPDATE agents SET approved = {client} WHERE agent_id = 0"),
            "UPDATE agents SET approved = NULL WHERE agent_id = 0",
        ),
        (
            "operator",
            operator.replace("{}", "NULL, NULL"),
            "UPDATE owner_operators SET to_block = 2, to_log = 0",
        ),
    ] {
        clients.execute(&begin).await;
        let problem = clients.give(AGENT, &starred(100)).await.expect(403);
        assert_eq!(problem["code"], "UNAUTHORIZED_OPERATION", "{role}");
        assert!(
            problem["detail"].as_str().unwrap().contains(role),
            "{problem}"
        );
        clients.execute(end).await;
    }
    clients.give(AGENT, &starred(100)).await.expect(201);
}

#[tokio::test]
async fn of_many_at_once_one_is_taken_and_the_next_a_minute_later() {
    let clients = Clients::new().await;
    let body = starred(10);
    let authorization = format!("Bearer {}", clients.key);
    let headers = [
        ("content-type", "application/json"),
        ("authorization", authorization.as_str()),
    ];
    let text = body.to_string();
    let event = request(
        "POST",
        &format!("{AGENT}/feedback"),
        &headers,
        Some(text.as_bytes()),
    );
    // A process serves one request at a time.
    let processes = join_all((0..8).map(|_| clients.world.start("submit-feedback"))).await;
    let replies = join_all(
        processes
            .iter()
            .map(|process| process.invoke(&event, World::RUN)),
    )
    .await;
    let replies: Vec<Reply> = replies
        .into_iter()
        .map(|r| Reply::from_lambda(&r.unwrap()))
        .collect();
    let taken = replies.iter().filter(|reply| reply.status == 201).count();
    assert_eq!(taken, 1);
    for reply in replies.iter().filter(|reply| reply.status != 201) {
        assert_eq!(reply.expect(429)["code"], "FEEDBACK_TOO_SOON");
        let wait: u64 = reply.header("retry-after").parse().unwrap();
        assert!((1..=60).contains(&wait), "{wait}");
    }
    clients.give("/v1/agents/1337:1", &body).await.expect(201);
    clients
        .execute("UPDATE feedback_turns SET given_at = given_at - interval '50 s'")
        .await;
    let reply = clients.give(AGENT, &body).await;
    assert_eq!(reply.status, 429);
    assert!(reply.header("retry-after").parse::<u64>().unwrap() <= 10);
    clients.wait().await;
    // Another file, even in the second of the first one.
    clients.give(AGENT, &starred(20)).await.expect(201);
    let stats = clients.get(&format!("{AGENT}/stats")).await;
    assert_eq!(stats["feedback"]["offChain"], 2);
}

#[tokio::test]
async fn an_agent_that_is_suspended_or_on_no_chain_takes_none() {
    let clients = Clients::new().await;
    for (agent, status, code) in [
        ("/v1/agents/1337:999999", 404, "AGENT_NOT_FOUND"),
        ("/v1/agents/424242:0", 400, "CHAIN_NOT_SUPPORTED"),
    ] {
        let problem = clients.give(agent, &starred(1)).await.expect(status);
        assert_eq!(problem["code"], code);
    }
    clients
        .execute("UPDATE agents SET status = 'suspended' WHERE agent_id = 0")
        .await;
    let problem = clients.give(AGENT, &starred(1)).await.expect(409);
    assert_eq!(problem["code"], "AGENT_SUSPENDED");
    clients
        .execute("UPDATE agents SET status = 'prepared' WHERE agent_id = 0")
        .await;
    let problem = clients.give(AGENT, &starred(1)).await.expect(404);
    assert_eq!(problem["code"], "AGENT_NOT_FOUND");
    clients
        .execute("UPDATE agents SET status = 'registered' WHERE agent_id = 0")
        .await;
    clients
        .execute("DELETE FROM registries WHERE kind = 'reputation'")
        .await;
    let problem = clients.give(AGENT, &starred(1)).await.expect(400);
    assert_eq!(problem["code"], "CHAIN_NOT_SUPPORTED");
}

#[tokio::test]
async fn every_fault_is_pointed_at() {
    let clients = Clients::new().await;
    for (body, pointer) in [
        (json!({}), "/body/value"),
        (json!({ "value": 87 }), "/body/value"),
        (json!({ "value": "8.7" }), "/body/value"),
        (
            json!({ "value": "1", "valueDecimals": 19 }),
            "/body/valueDecimals",
        ),
        (
            json!({ "value": "1", "tag1": "x".repeat(65) }),
            "/body/tag1",
        ),
        (json!({ "value": "1", "tag2": "a\u{0}b" }), "/body/tag2"),
        (
            json!({ "value": "1", "endpoint": "x".repeat(513) }),
            "/body/endpoint",
        ),
        (
            json!({ "value": "1", "a2a": { "skills": [""] } }),
            "/body/a2a/skills/0",
        ),
        (
            json!({ "value": "1", "mcp": { "tools": "x" } }),
            "/body/mcp/tools",
        ),
        (json!({ "value": "1", "score": 1 }), "/body/score"),
    ] {
        let problem = clients.give(AGENT, &body).await.expect(400);
        assert_eq!(
            problem["errors"][0]["pointer"], pointer,
            "{body}: {problem}"
        );
    }
    let stats = clients.get(&format!("{AGENT}/stats")).await;
    assert_eq!(stats["feedback"]["offChain"], 0);
}

#[tokio::test]
async fn a_key_is_needed() {
    let world = World::indexed().await;
    let body = starred(1);
    let reply = crate::access::wallet::post(&world, &format!("{AGENT}/feedback"), &body).await;
    assert_eq!(reply.expect(401)["code"], "UNAUTHORIZED");
}
