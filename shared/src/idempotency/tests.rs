//! Leases and stored replies on a real database: `TEST_DATABASE_URL` names a server on which databases can be made.
//! Without one these tests say so and do nothing.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use chrono::{DateTime, TimeDelta, Utc};
use futures_util::future::join_all;
use serde::Serialize;
use sqlx::Executor as _;
use utoipa::ToSchema;

use super::{Begun, Fingerprint, IdempotencyKey, Lease, Once, Rendered, StoredReply, begin};
use crate::address::Address;
use crate::db::{Atomic, Conflict as _, Isolation, ScopedFutureExt as _, Writer, atomically};
use crate::http::{Code, Created, Output as _, Problem, Reply};
use crate::testing::database;

#[derive(Clone, Debug, Serialize, ToSchema)]
struct Made {
    number: i64,
}

async fn effects(writer: &Writer) -> i64 {
    let count = sqlx::query_scalar("SELECT count(*) FROM effects");
    count.fetch_one(writer.pool()).await.unwrap()
}

fn wallet(n: u8) -> Address {
    Address::new([n; 20])
}

fn key() -> IdempotencyKey {
    IdempotencyKey::parse("a-key").unwrap()
}

fn fingerprint() -> Fingerprint {
    Fingerprint::of("POST", "/v1/agents", b"{}")
}

fn now() -> DateTime<Utc> {
    "2026-01-01T00:00:00Z".parse().unwrap()
}

async fn lease(writer: &Writer, now: DateTime<Utc>) -> Result<Begun, Problem> {
    let times = (now, now + TimeDelta::seconds(20));
    begin(writer, (wallet(1), key()), fingerprint(), times).await
}

async fn leased(writer: &Writer, now: DateTime<Utc>) -> Lease {
    match lease(writer, now).await.unwrap() {
        Begun::Leased(lease) => lease,
        Begun::Answered(reply) => panic!("answered: {reply:?}"),
    }
}

async fn answered(writer: &Writer, now: DateTime<Utc>) -> StoredReply {
    match lease(writer, now).await.unwrap() {
        Begun::Answered(reply) => reply,
        Begun::Leased(_) => panic!("leased"),
    }
}

/// One effect, and a reply that only its transaction can know.
async fn effect(atomic: &mut Atomic) -> Result<Reply<Created<Made>>, Problem> {
    let insert = "INSERT INTO effects (at) VALUES (0) RETURNING number";
    let insert = sqlx::query_scalar::<_, i64>(insert);
    let number = insert.fetch_one(atomic.connection()).await?;
    Ok(Reply::created(Made { number }).header("location", format!("/effects/{number}")))
}

async fn commit(writer: &Writer, lease: &Lease) -> Result<Reply<Rendered<Created<Made>>>, Problem> {
    let once = Once::leased(lease.clone());
    once.commit(writer, Isolation::ReadCommitted, |atomic| {
        effect(atomic).scope_boxed()
    })
    .await
}

#[tokio::test]
async fn the_stored_reply_is_the_one_that_was_sent() {
    let Some(writer) = database().await else {
        return;
    };
    let lease = leased(&writer, now()).await;
    let sent = commit(&writer, &lease).await.unwrap();
    let stored = answered(&writer, now()).await;
    assert_eq!(stored.status, 201);
    let headers = [
        ("location", "/effects/1"),
        ("content-type", "application/json"),
    ];
    let headers = headers.map(|(name, value)| (name.to_owned(), value.to_owned()));
    assert_eq!(stored.headers, headers);
    assert_eq!(sent.output.into_body().unwrap().0, stored.body);
}

#[tokio::test]
async fn two_hundred_writes_with_one_key_have_one_effect_and_one_reply() {
    let Some(writer) = database().await else {
        return;
    };
    let once = async || match lease(&writer, now()).await {
        Ok(Begun::Answered(reply)) => Ok(reply.body),
        Ok(Begun::Leased(lease)) => {
            let reply = commit(&writer, &lease).await?;
            Ok(reply.output.into_body()?.0)
        }
        Err(problem) => Err(problem),
    };
    let first = join_all((0..200).map(|_| once())).await;
    for reply in &first {
        match reply {
            Ok(body) => assert_eq!(body, br#"{"number":1}"#),
            Err(problem) => assert_eq!(problem.code(), Code::IdempotencyKeyInUse, "{problem}"),
        }
    }
    assert!(first.iter().any(Result::is_ok));
    for reply in join_all((0..200).map(|_| once())).await {
        assert_eq!(reply.unwrap(), br#"{"number":1}"#);
    }
    assert_eq!(effects(&writer).await, 1);
}

#[tokio::test]
async fn in_flight_is_refused_until_the_lease_ends_and_no_longer() {
    let Some(writer) = database().await else {
        return;
    };
    // It crashes here: nothing more is ever heard of it.
    let crashed = leased(&writer, now()).await;
    let early = now() + TimeDelta::seconds(19);
    let problem = lease(&writer, early).await.unwrap_err();
    assert_eq!(problem.code(), Code::IdempotencyKeyInUse);
    let second = leased(&writer, now() + TimeDelta::seconds(20)).await;
    commit(&writer, &second).await.unwrap();
    // It was not dead but slow, and comes to its end: too late.
    let problem = commit(&writer, &crashed).await.unwrap_err();
    assert_eq!(problem.code(), Code::IdempotencyKeyInUse);
    assert_eq!(effects(&writer).await, 1);
}

#[tokio::test]
async fn a_crash_before_the_commit_leaves_nothing_and_one_after_it_leaves_the_reply() {
    let Some(writer) = database().await else {
        return;
    };
    let first = leased(&writer, now()).await;
    // Between the effect and the commit: the connection goes, and what it did with it.
    let mut transaction = writer.pool().begin().await.unwrap();
    transaction
        .execute("INSERT INTO effects (at) VALUES (0)")
        .await
        .unwrap();
    let reply = StoredReply {
        status: 201,
        headers: Vec::new(),
        body: Vec::new(),
    };
    first.store(&mut transaction, &reply).await.unwrap();
    drop(transaction);
    assert_eq!(effects(&writer).await, 0);
    let second = leased(&writer, now() + TimeDelta::seconds(20)).await;
    commit(&writer, &second).await.unwrap();
    // Between the commit and the answer.
    let stored = answered(&writer, now() + TimeDelta::seconds(21)).await;
    assert_eq!(stored.status, 201);
    assert_eq!(effects(&writer).await, 1);
}

#[tokio::test]
async fn a_problem_undoes_the_effect_and_its_lease_is_given_back() {
    let Some(writer) = database().await else {
        return;
    };
    let lease = leased(&writer, now()).await;
    let once = Once::leased(lease.clone());
    let failed = once.commit(&writer, Isolation::ReadCommitted, |atomic| {
        async move {
            effect(atomic).await?;
            Err::<Reply<Created<Made>>, _>(Problem::new(Code::PaymentRejected, "no"))
        }
        .scope_boxed()
    });
    assert_eq!(failed.await.unwrap_err().code(), Code::PaymentRejected);
    assert_eq!(effects(&writer).await, 0);
    lease.release(&writer).await.unwrap();
    let again = leased(&writer, now()).await;
    commit(&writer, &again).await.unwrap();
    // Given back after it was used: the reply stays.
    again.release(&writer).await.unwrap();
    answered(&writer, now()).await;
}

#[tokio::test]
async fn a_key_is_bound_to_its_caller_its_request_and_its_day() {
    let Some(writer) = database().await else {
        return;
    };
    commit(&writer, &leased(&writer, now()).await)
        .await
        .unwrap();
    let times = (now(), now() + TimeDelta::seconds(20));
    let other = Fingerprint::of("POST", "/v1/agents", b"{ }");
    let reused = begin(&writer, (wallet(1), key()), other, times)
        .await
        .unwrap_err();
    assert_eq!(reused.code(), Code::IdempotencyKeyReused);
    let another = begin(&writer, (wallet(2), key()), other, times)
        .await
        .unwrap();
    assert!(matches!(another, Begun::Leased(_)));
    answered(
        &writer,
        now() + TimeDelta::hours(24) - TimeDelta::seconds(1),
    )
    .await;
    leased(&writer, now() + TimeDelta::hours(24)).await;
}

#[tokio::test]
async fn what_expired_is_cleared_away() {
    let Some(writer) = database().await else {
        return;
    };
    for n in 0..30 {
        let times = (now(), now() + TimeDelta::seconds(20));
        begin(&writer, (wallet(n), key()), fingerprint(), times)
            .await
            .unwrap();
    }
    let later = now() + TimeDelta::hours(25);
    for n in 40..42 {
        let times = (later, later + TimeDelta::seconds(20));
        begin(&writer, (wallet(n), key()), fingerprint(), times)
            .await
            .unwrap();
    }
    let count = sqlx::query_scalar::<_, i64>("SELECT count(*) FROM idempotency_keys");
    assert_eq!(count.fetch_one(writer.pool()).await.unwrap(), 2);
}

/// An effect, and two more in savepoints, of which the deeper one is undone.
async fn outer(atomic: &mut Atomic) -> Result<(u32, u32), Problem> {
    effect(atomic).await?;
    let depth = atomic.depth();
    let inner = atomic.nested(|atomic| inner(atomic).scope_boxed()).await?;
    assert_eq!(atomic.depth(), depth);
    Ok((depth, inner))
}

async fn inner(atomic: &mut Atomic) -> Result<u32, Problem> {
    effect(atomic).await?;
    let undone = atomic.nested(|atomic| undone(atomic).scope_boxed()).await;
    assert!(undone.is_err());
    Ok(atomic.depth())
}

async fn undone(atomic: &mut Atomic) -> Result<(), Problem> {
    effect(atomic).await?;
    // Even what the database itself has failed is undone by the savepoint alone.
    sqlx::query("SELECT 1 / 0")
        .execute(atomic.connection())
        .await?;
    Ok(())
}

#[tokio::test]
async fn a_savepoint_undoes_its_part_and_the_rest_goes_on() {
    let Some(writer) = database().await else {
        return;
    };
    let depths = atomically(&writer, Isolation::ReadCommitted, |atomic| {
        outer(atomic).scope_boxed()
    });
    assert_eq!(depths.await.unwrap(), (0, 1));
    assert_eq!(effects(&writer).await, 2);
}

/// Adds one to both counters, in an order in which half of them meet the other half head-on.
async fn add(
    writer: &Writer,
    first: i32,
    isolation: Isolation,
    attempts: &AtomicU32,
) -> Result<(), sqlx::Error> {
    atomically(writer, isolation, |atomic| {
        async move {
            attempts.fetch_add(1, Ordering::Relaxed);
            for id in [first, 3 - first] {
                let read = sqlx::query_scalar::<_, i32>("SELECT value FROM counters WHERE id = $1");
                let value = read.bind(id).fetch_one(atomic.connection()).await?;
                let sql = if isolation == Isolation::Serializable {
                    "UPDATE counters SET value = $2 WHERE id = $1"
                } else {
                    "UPDATE counters SET value = value + 1 + 0 * $2 WHERE id = $1"
                };
                let write = sqlx::query(sql).bind(id).bind(value + 1);
                write.execute(atomic.connection()).await?;
                tokio::task::yield_now().await;
            }
            Ok(())
        }
        .scope_boxed()
    })
    .await
}

#[tokio::test]
async fn what_met_a_deadlock_or_a_serialisation_failure_is_tried_again() {
    let Some(writer) = database().await else {
        return;
    };
    let attempts = Arc::new(AtomicU32::new(0));
    let (mut done, mut given_up) = (0, 0);
    for isolation in [Isolation::ReadCommitted, Isolation::Serializable] {
        for _ in 0..10 {
            let pair = [1, 2].map(|first| add(&writer, first, isolation, &attempts));
            for result in join_all(pair).await {
                match result {
                    Ok(()) => done += 1,
                    Err(error) if error.is_conflict() => given_up += 1,
                    Err(error) => panic!("{error}"),
                }
            }
        }
    }
    let values: Vec<i32> = sqlx::query_scalar("SELECT value FROM counters ORDER BY id")
        .fetch_all(writer.pool())
        .await
        .unwrap();
    assert_eq!(values, [done, done], "each took effect once or not at all");
    assert_eq!(given_up, 0, "a pair comes through within its retries");
    assert!(attempts.load(Ordering::Relaxed) > 40, "none met another");
}
