//! The pipeline around a write that can be sent again.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use futures_util::future::join_all;
use lambda_runtime::{Context, LambdaEvent};
use serde::Serialize;
use serde_json::{Value, json};
use utoipa::ToSchema;

use super::*;
use crate::auth::{ApiKey, Authenticator};
use crate::cache::Cache;
use crate::config::CacheConfig;
use crate::db::{Isolation, ScopedFutureExt as _, Writer};
use crate::http::{
    Auth, CacheControl, Created, JsonBody, Method, Nothing, Tier, Write, WriteResult,
};
use crate::testing::database;

static ENDPOINT: Endpoint = Endpoint {
    name: "make-effect",
    method: Method::Post,
    path: "/v1/effects",
    tag: "",
    summary: "",
    description: "",
    auth: Auth::Required,
    tier: Tier::Free,
    limit: None,
    cache_control: CacheControl::NoStore,
    problems: &[],
};

#[derive(Serialize, ToSchema)]
struct Made {
    number: i64,
}

#[derive(Debug, serde::Deserialize, garde::Validate, ToSchema)]
#[garde(allow_unvalidated)]
struct Effect {
    at: i32,
}

/// The function under test: refuses a negative number after its effect, and panics at 13.
async fn make(
    writer: Writer,
    write: Write<Nothing, Nothing, JsonBody<Effect>>,
) -> WriteResult<Created<Made>> {
    let JsonBody(Effect { at }) = write.body;
    let insert = "INSERT INTO effects (at) VALUES ($1) RETURNING number";
    let commit = write
        .once
        .commit(&writer, Isolation::ReadCommitted, |atomic| {
            async move {
                let insert = sqlx::query_scalar::<_, i64>(insert).bind(at);
                let number = insert.fetch_one(atomic.connection()).await?;
                assert_ne!(at, 13);
                if at < 0 {
                    return Err(Problem::new(Code::PaymentRejected, "It is negative."));
                }
                Ok(Reply::created(Made { number }))
            }
            .scope_boxed()
        });
    commit.await
}

struct World {
    gate: Arc<Gate>,
    writer: Writer,
    key: String,
}

impl World {
    async fn new() -> Option<Self> {
        let writer = database().await?;
        let key = ApiKey::generate().unwrap();
        let insert = sqlx::query(
            "INSERT INTO api_keys (id, key_hash, wallet, name, created_at, expires_at)
             VALUES (gen_random_uuid(), $1, $2, 'a test', now(), now() + interval '1 day')",
        );
        let insert = insert
            .bind(key.hash().as_bytes().to_vec())
            .bind(vec![1_u8; 20]);
        insert.execute(writer.pool()).await.unwrap();
        let cache = Cache::new(CacheConfig {
            cluster: false,
            authorities: None,
            credentials: None,
            url: "redis://127.0.0.1:9".to_owned(),
            timeout: Duration::from_millis(10),
            answers: false,
            settling: Duration::ZERO,
            search_pause: Duration::ZERO,
        });
        let authenticator = Authenticator::new(cache.unwrap(), writer.clone());
        Some(Self {
            gate: Arc::new(Gate::for_testing(authenticator, writer.clone())),
            key: key.into_secret().expose().to_owned(),
            writer,
        })
    }

    async fn send(&self, idempotency_key: Option<&str>, body: &Value) -> Value {
        self.send_within(idempotency_key, body, Duration::from_mins(1))
            .await
    }

    async fn send_within(
        &self,
        idempotency_key: Option<&str>,
        body: &Value,
        time: Duration,
    ) -> Value {
        let mut headers = json!({
            "content-type": "application/json", "authorization": format!("Bearer {}", self.key)
        });
        if let Some(key) = idempotency_key {
            headers["Idempotency-Key"] = key.into();
        }
        let event = json!({
            "rawPath": "/v1/effects", "headers": headers, "body": body.to_string(),
            "requestContext": { "http": { "method": "POST" } },
        });
        let event: Event = serde_json::from_value(event).unwrap();
        let pipeline = Pipeline {
            endpoint: &ENDPOINT,
            gate: self.gate.clone(),
            cold_start: false,
        };
        let mut context = Context::default();
        let end = SystemTime::now().duration_since(UNIX_EPOCH).unwrap() + time;
        context.deadline = u64::try_from(end.as_millis()).unwrap();
        let event = LambdaEvent::new(event, context);
        let answer = Box::pin(pipeline.answer(event, self.writer.clone(), make));
        let answer = answer.await.unwrap();
        serde_json::to_value(answer).unwrap()
    }

    async fn effects(&self) -> i64 {
        let count = sqlx::query_scalar("SELECT count(*) FROM effects");
        count.fetch_one(self.writer.pool()).await.unwrap()
    }
}

#[tokio::test]
async fn a_write_sent_again_is_done_once_and_answered_alike() {
    let Some(world) = World::new().await else {
        return;
    };
    let body = json!({ "at": 1 });
    let first = world.send(Some("k"), &body).await;
    assert_eq!(first["statusCode"], 201, "{first}");
    assert_eq!(first["headers"]["idempotency-replayed"], Value::Null);
    let again = world.send(Some("k"), &body).await;
    assert_eq!(again["statusCode"], 201);
    assert_eq!(again["body"], first["body"]);
    assert_eq!(
        again["headers"]["content-type"],
        first["headers"]["content-type"]
    );
    assert_eq!(again["headers"]["idempotency-replayed"], "true");
    let other = world.send(Some("k"), &json!({ "at": 2 })).await;
    assert_eq!(other["statusCode"], 422, "{other}");
    let without = world.send(None, &body).await;
    assert_eq!(without["statusCode"], 201);
    assert_eq!(world.effects().await, 2);
}

#[tokio::test]
async fn two_hundred_at_once_have_one_effect() {
    let Some(world) = World::new().await else {
        return;
    };
    let body = json!({ "at": 1 });
    let send = || world.send(Some("k"), &body);
    for answer in join_all((0..200).map(|_| send())).await {
        let status = answer["statusCode"].as_u64().unwrap();
        assert!(matches!(status, 201 | 409), "{answer}");
        assert!(
            status == 409 || answer["body"] == r#"{"number":1}"#,
            "{answer}"
        );
    }
    for answer in join_all((0..200).map(|_| send())).await {
        assert_eq!(answer["body"], r#"{"number":1}"#, "{answer}");
    }
    assert_eq!(world.effects().await, 1);
}

#[tokio::test]
async fn what_failed_has_no_effect_and_does_not_block_its_key() {
    let Some(world) = World::new().await else {
        return;
    };
    let refused = json!({ "at": -1 });
    for _ in 0..2 {
        assert_eq!(world.send(Some("k"), &refused).await["statusCode"], 422);
        assert_eq!(
            world.send(Some("p"), &json!({ "at": 13 })).await["statusCode"],
            500
        );
        assert_eq!(world.send(Some("v"), &json!({})).await["statusCode"], 400);
        assert_eq!(world.send(Some(" "), &refused).await["statusCode"], 400);
    }
    assert_eq!(world.effects().await, 0);
    let leases = sqlx::query_scalar::<_, i64>("SELECT count(*) FROM idempotency_keys");
    assert_eq!(leases.fetch_one(world.writer.pool()).await.unwrap(), 0);
}

#[tokio::test]
async fn a_late_handler_has_no_effect_and_leaves_its_connection_in_step() {
    let Some(world) = World::new().await else {
        return;
    };
    // It waits for a lock beyond its time; with one connection to wait on and one to hold the lock.
    let mut lock = world.writer.pool().begin().await.unwrap();
    sqlx::query("LOCK TABLE effects IN EXCLUSIVE MODE")
        .execute(&mut *lock)
        .await
        .unwrap();
    let body = json!({ "at": 1 });
    let late = world.send_within(Some("k"), &body, Duration::from_secs(1));
    let late = late.await;
    assert_eq!(late["statusCode"], 503, "{late}");
    drop(lock);
    let again = world.send(Some("k"), &body).await;
    assert_eq!(again["statusCode"], 201, "{again}");
    let answers = join_all((0..32).map(|at| {
        let writer = world.writer.clone();
        async move {
            let answer = sqlx::query_scalar::<_, i32>("SELECT $1::integer").bind(at);
            answer.fetch_one(writer.pool()).await.unwrap() == at
        }
    }));
    assert!(answers.await.into_iter().all(|is_its_own| is_its_own));
    assert_eq!(world.effects().await, 1);
}
