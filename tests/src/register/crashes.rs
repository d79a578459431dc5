//! A write with an idempotency key that crashes between any two steps, and its caller, who tries again.

use std::sync::Arc;

use serde_json::{Value, json};
use xtask::lambda::Function;
use xtask::trips::{Silence, Trips};

use super::Registrar;
use super::registrar::{file, post};
use crate::access::wallet::Wallet;
use crate::harness::node::Node;
use crate::harness::{Reply, World};

/// So many replies in a row came before the silence: only the pool's own last question is left, which nobody waits for.
const IN_TIME: u32 = 6;

/// Has a new process work on an event until its connection falls silent, and kills it there. Tells whether it came so
/// far.
async fn crash(registrar: &mut Registrar, event: &Value, at: Silence) -> bool {
    // On one connection the steps have an order; between two, the pool's own questions come in at any time.
    registrar.world.set("DATABASE_POOL_MAX", "1");
    let direct = registrar.world.setting("DATABASE_URL").to_owned();
    let (trips, url) = Trips::before_url(&direct).await.unwrap();
    registrar.world.set("DATABASE_URL", url);
    let function = registrar.world.start("register-agent").await;
    registrar.world.set("DATABASE_URL", direct);
    trips.silence(at);
    let crashed = tokio::select! {
        biased;
        () = trips.wait_for_silence() => true,
        answer = function.invoke(event, World::RUN) => {
            Reply::from_lambda(&answer.unwrap()).expect(201);
            false
        }
    };
    function.kill().await;
    trips.close();
    crashed
}

/// What the caller gets who asks again: at once, after the time limit of the function that crashed, and once more.
async fn again(registrar: &Registrar, function: &Arc<Function>, event: &Value) -> [Reply; 3] {
    let ask = async || {
        let answer = function.invoke(event, World::RUN).await;
        Reply::from_lambda(&answer.unwrap())
    };
    let at_once = ask().await;
    let end = "UPDATE idempotency_keys SET leased_until = created_at WHERE status IS NULL";
    sqlx::query(end)
        .execute(&mut registrar.world.connect().await)
        .await
        .unwrap();
    [at_once, ask().await, ask().await]
}

async fn agents_called(registrar: &Registrar, name: &str) -> i64 {
    sqlx::query_scalar("SELECT count(*) FROM agents WHERE name = $1")
        .bind(name)
        .fetch_one(&mut registrar.world.connect().await)
        .await
        .unwrap()
}

#[tokio::test]
async fn a_crash_between_any_two_steps_leaves_one_effect_and_one_reply_to_who_tries_again() {
    let mut registrar = Registrar::new().await;
    registrar.world.set("RATE_LIMIT_QUOTAS", "register=1000000");
    let key = registrar.key(&Wallet::number(1)).await;
    let healthy = Arc::new(registrar.world.start("register-agent").await);
    let mut crashes = 0;
    let (mut in_flight, mut already_done) = (0, 0);
    let (mut trip, mut in_time) = (0, 0);
    while in_time < IN_TIME {
        trip += 1;
        for at in [Silence::Question(trip), Silence::Answer(trip)] {
            let name = format!("{at:?}");
            let body = json!({ "chainId": Node::ID, "registration": file(&name) });
            let event = post(&key, Some(&name), &body);
            if !crash(&mut registrar, &event, at).await {
                in_time += 1;
                continue;
            }
            crashes += 1;
            in_time = 0;
            let [at_once, later, last] = again(&registrar, &healthy, &event).await;
            if at_once.status == 409 {
                assert_eq!(at_once.json()["code"], "IDEMPOTENCY_KEY_IN_USE", "{name}");
                in_flight += 1;
            } else {
                at_once.expect(201);
                assert_eq!(at_once.body, later.body, "{name}");
                already_done += i32::from(at_once.header("idempotency-replayed") == "true");
            }
            later.expect(201);
            assert_eq!(last.header("idempotency-replayed"), "true", "{name}");
            assert_eq!(last.body, later.body, "{name}");
            assert_eq!(agents_called(&registrar, &name).await, 1, "{name}");
        }
    }
    // Before the lease, under it, and when the effect and its reply were committed already.
    assert!(
        crashes > 12 && in_flight > 3 && already_done > 0,
        "{crashes} crashes, {in_flight} met the lease, {already_done} the reply"
    );
}
