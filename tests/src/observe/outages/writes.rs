//! Writes while the stores that they ask are out of reach: their callers send each again until it is done.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Instant;

use serde_json::{Value, json};
use sqlx::AssertSqlSafe;
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};
use tokio::task::JoinSet;
use xtask::lambda::Function;

use super::{CALLERS, FAULTS, LIMIT, RECOVERY_MAX, Stage, ask, assert_unavailable};
use crate::access::wallet::Wallet;
use crate::harness::node::Node;
use crate::harness::patience::within_phase;
use crate::harness::weather::Weather;
use crate::harness::{Reply, World};
use crate::register::registrar::{Registrar, file, post};

/// Writes that are done in each phase, and replies that are seen in each outage.
const WRITES: usize = 8;

/// A reply of which a phase is made.
struct Seen {
    sent: Instant,
    status: u16,
}

/// What was prepared: the event that asked for it and the reply, by name.
type Done = BTreeMap<String, (Value, Reply)>;

/// Callers that prepare agent after agent.
struct Writers {
    seen: UnboundedReceiver<Seen>,
    stop: Arc<AtomicBool>,
    callers: JoinSet<Done>,
}

impl Writers {
    fn on(function: &Arc<Function>, key: &str) -> Self {
        let stop = Arc::new(AtomicBool::new(false));
        let (tell, seen) = unbounded_channel();
        let mut callers = JoinSet::new();
        for caller in 0..CALLERS {
            let (function, stop, tell) = (function.clone(), stop.clone(), tell.clone());
            let key = key.to_owned();
            callers.spawn(async move {
                let mut done = Done::new();
                while !stop.load(Ordering::Relaxed) {
                    let name = format!("agent-{caller}-{}", done.len());
                    let body = json!({ "chainId": Node::ID, "registration": file(&name) });
                    let event = post(&key, Some(&name), &body);
                    let reply = until_done(&function, &event, &tell).await;
                    done.insert(name, (event, reply));
                }
                done
            });
        }
        Self {
            seen,
            stop,
            callers,
        }
    }

    /// Returns after so many replies with a status to what was sent after `since`.
    async fn see(&mut self, status: u16, since: Instant) {
        let what = format!("{WRITES} replies of {status}");
        within_phase(what, async {
            let mut count = 0;
            while count < WRITES {
                let seen = self.seen.recv().await.unwrap();
                count += usize::from(seen.status == status && seen.sent > since);
            }
        })
        .await;
    }

    /// Returns after so many writes were done; none that was sent later than it may be is refused.
    async fn recover(&mut self, since: Instant) {
        within_phase(format!("{WRITES} writes after the outage"), async {
            let mut count = 0;
            while count < WRITES {
                let seen = self.seen.recv().await.unwrap();
                let late = seen.sent.saturating_duration_since(since);
                count += usize::from(seen.status == 201);
                assert!(seen.status != 503 || late < RECOVERY_MAX, "{late:?}");
                // A lease that could not be given back ends with the invocation that had it.
                assert!(
                    seen.status != 409 || late < LIMIT + RECOVERY_MAX,
                    "{late:?}"
                );
            }
        })
        .await;
    }

    async fn stop(mut self) -> Done {
        self.stop.store(true, Ordering::Relaxed);
        let mut all = Done::new();
        while let Some(done) = self.callers.join_next().await {
            all.extend(done.unwrap());
        }
        all
    }
}

/// Sends one write until it is done, as the documentation tells callers to.
async fn until_done(function: &Function, event: &Value, tell: &UnboundedSender<Seen>) -> Reply {
    loop {
        let sent = Instant::now();
        let reply = ask(function, event).await;
        let status = reply.status;
        let _ = tell.send(Seen { sent, status });
        match status {
            201 => return reply,
            409 => assert_eq!(reply.json()["code"], "IDEMPOTENCY_KEY_IN_USE"),
            _ => assert_unavailable(&reply),
        }
    }
}

/// Every write that was answered had one effect, which is whole, and every attempt got the one reply.
async fn assert_once(world: &World, function: &Function, done: &Done) {
    let mut connection = world.connect().await;
    let names = sqlx::query_scalar("SELECT name FROM agents ORDER BY name");
    let names: Vec<String> = names.fetch_all(&mut connection).await.unwrap();
    let expected: Vec<&String> = done.keys().collect();
    assert_eq!(names.iter().collect::<Vec<_>>(), expected);
    let open = "SELECT count(*) FROM idempotency_keys WHERE status IS DISTINCT FROM 201";
    let open: i64 = sqlx::query_scalar(open)
        .fetch_one(&mut connection)
        .await
        .unwrap();
    assert_eq!(open, 0);
    for (name, (event, reply)) in done {
        let again = ask(function, event).await;
        assert_eq!(again.header("idempotency-replayed"), "true", "{name}");
        assert_eq!(again.body, reply.body, "{name}");
        let id = &reply.json()["agent"]["id"];
        let path = format!("/v1/agents/{}", id.as_str().unwrap());
        world.get(&path).await.expect(200);
    }
}

/// A connection that falls silent within a transaction keeps its rows for as long as its role may be idle there: what a
/// deployment's roles have, only shorter.
async fn end_silent_transactions(world: &World) {
    let mut connection = world.connect().await;
    let database = "SELECT quote_ident(current_database())";
    let database: String = sqlx::query_scalar(database)
        .fetch_one(&mut connection)
        .await
        .unwrap();
    let idle = format!("ALTER DATABASE {database} SET idle_in_transaction_session_timeout = '5s'");
    sqlx::query(AssertSqlSafe(idle))
        .execute(&mut connection)
        .await
        .unwrap();
}

/// Writes through every fault of a store, which refuses what needs it with `status`.
async fn endure(setting: &str, status: u16) -> (Stage, String) {
    let registrar = Registrar::new().await;
    let key = registrar.key(&Wallet::number(1)).await;
    let Registrar { node: _node, world } = registrar;
    let stage = Stage::before(world, setting).await;
    end_silent_transactions(&stage.world).await;
    let function = Arc::new(stage.world.start("register-agent").await);
    let mut writers = Writers::on(&function, &key);
    writers.see(201, Instant::now()).await;
    for fault in FAULTS {
        stage.proxy.set(fault).await;
        writers.see(status, Instant::now()).await;
        stage.proxy.set(Weather::Fair).await;
        writers.recover(Instant::now()).await;
    }
    stage.proxy.silence();
    writers.see(201, Instant::now()).await;
    let done = writers.stop().await;
    assert_once(&stage.world, &function, &done).await;
    (stage, function.log())
}

#[tokio::test]
async fn a_write_that_an_outage_of_the_database_refused_has_one_effect_when_it_is_sent_again() {
    let (stage, log) = endure("DATABASE_URL", 503).await;
    stage.told(&log).await;
}

#[tokio::test]
async fn writes_go_on_without_the_cache() {
    let (stage, log) = endure("CACHE_URL", 201).await;
    assert!(stage.receiver.take().is_empty(), "{log}");
}

#[tokio::test]
async fn writes_go_on_without_the_table_of_buckets() {
    let (stage, log) = endure("AWS_ENDPOINT_URL_DYNAMODB", 201).await;
    assert!(log.contains(r#""limited_by":"local""#), "{log}");
    assert!(stage.receiver.take().is_empty(), "{log}");
}
