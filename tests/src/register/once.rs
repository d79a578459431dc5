//! Many at once with one idempotency key prepare one agent.

use std::collections::BTreeSet;

use serde_json::json;

use super::Registrar;
use super::registrar::{file, post};
use crate::access::wallet::Wallet;
use crate::harness::node::Node;
use crate::harness::{Reply, World};

const REQUESTS: usize = 200;
const PROCESSES: usize = 16;

#[tokio::test]
async fn two_hundred_at_once_prepare_one_agent_and_get_one_reply() {
    let mut registrar = Registrar::new().await;
    registrar.world.set("RATE_LIMIT_QUOTAS", "register=1000000");
    let key = registrar.key(&Wallet::number(1)).await;
    let body = json!({ "chainId": Node::ID, "registration": file("Ada") });
    let event = post(&key, Some("one-agent"), &body);
    let mut functions = Vec::new();
    for _ in 0..PROCESSES {
        functions.push(registrar.world.start("register-agent").await);
    }
    let all = functions
        .iter()
        .cycle()
        .take(REQUESTS)
        .map(|function| async {
            let answer = function.invoke(&event, World::RUN).await;
            Reply::from_lambda(&answer.unwrap())
        });
    let replies = futures_util::future::join_all(all).await;
    let mut agents = BTreeSet::new();
    let mut fresh = 0;
    for reply in &replies {
        if reply.status == 409 {
            assert_eq!(reply.json()["code"], "IDEMPOTENCY_KEY_IN_USE");
            continue;
        }
        reply.expect(201);
        agents.insert(reply.body.clone());
        fresh += usize::from(reply.header("idempotency-replayed").is_empty());
    }
    assert_eq!((agents.len(), fresh), (1, 1), "{} replies", replies.len());
    let again = registrar.world.send(&event).await;
    assert_eq!(again.header("idempotency-replayed"), "true");
    assert!(agents.contains(&again.body));
    let prepared: i64 = sqlx::query_scalar("SELECT count(*) FROM agents")
        .fetch_one(&mut registrar.world.connect().await)
        .await
        .unwrap();
    assert_eq!(prepared, 1);
}

#[tokio::test]
async fn without_a_key_many_at_once_still_prepare_one_agent() {
    let mut registrar = Registrar::new().await;
    registrar.world.set("RATE_LIMIT_QUOTAS", "register=1000000");
    let key = registrar.key(&Wallet::number(1)).await;
    let body = json!({ "chainId": Node::ID, "registration": file("Ada") });
    let event = post(&key, None, &body);
    let mut functions = Vec::new();
    for _ in 0..8 {
        functions.push(registrar.world.start("register-agent").await);
    }
    let all = functions.iter().cycle().take(40).map(|function| async {
        let answer = function.invoke(&event, World::RUN).await;
        Reply::from_lambda(&answer.unwrap())
    });
    let replies = futures_util::future::join_all(all).await;
    let made = replies.iter().filter(|reply| reply.status == 201).count();
    let refused = replies.iter().filter(|reply| reply.status == 409);
    assert!(
        refused
            .clone()
            .all(|reply| reply.json()["code"] == "AGENT_ALREADY_EXISTS")
    );
    assert_eq!((made, refused.count()), (1, 39));
}
