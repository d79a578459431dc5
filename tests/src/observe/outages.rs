//! Each dependency cut off, slow and refusing, under load: what callers get, and how soon all is well again.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use serde_json::Value;
use tokio::task::JoinSet;
use xtask::lambda::Function;

use super::lines;
use crate::harness::weather::{Proxy, Weather};
use crate::harness::{Reply, World, request};

const CALLERS: usize = 4;
/// What an invocation is given; no reply may be later.
const LIMIT: Duration = Duration::from_secs(5);
/// How long a fault may go on being felt when it is over.
const RECOVERY_MAX: Duration = Duration::from_secs(2);
/// How long the first requests may fail: the machine may be busy.
const WARM_UP_MAX: Duration = Duration::from_secs(20);
/// Replies that are seen in each phase.
const REPLIES: usize = 12;
const KEY: &str = "Bearer erc8004_ExampleOfTheTestsWhichOpensNothingAnywhere034aocW";

const FAULTS: [Weather; 3] = [
    Weather::Cut,
    Weather::Slow(Duration::from_secs(30)),
    Weather::Refusing,
];

/// What one request came to.
#[derive(Debug)]
struct Seen {
    sent: Instant,
    took: Duration,
    reply: Reply,
}

/// A function and callers that do not stop asking.
struct Load {
    function: Arc<Function>,
    seen: tokio::sync::mpsc::UnboundedReceiver<Seen>,
    stop: Arc<AtomicBool>,
    callers: JoinSet<()>,
}

impl Load {
    fn on(function: Arc<Function>, event: &Value) -> Self {
        let stop = Arc::new(AtomicBool::new(false));
        let (tell, seen) = tokio::sync::mpsc::unbounded_channel();
        let mut callers = JoinSet::new();
        for _ in 0..CALLERS {
            let (function, event, stop, tell) =
                (function.clone(), event.clone(), stop.clone(), tell.clone());
            callers.spawn(async move {
                while !stop.load(Ordering::Relaxed) {
                    let sent = Instant::now();
                    let reply = function.invoke(&event, LIMIT).await.unwrap();
                    let (took, reply) = (sent.elapsed(), Reply::from_lambda(&reply));
                    let _ = tell.send(Seen { sent, took, reply });
                }
            });
        }
        Self {
            function,
            seen,
            stop,
            callers,
        }
    }

    /// The next replies to requests that were sent after `since`.
    async fn next(&mut self, since: Instant) -> Vec<Seen> {
        let mut replies = Vec::new();
        while replies.len() < REPLIES {
            let seen = self.seen.recv().await.unwrap();
            assert!(seen.took < LIMIT, "a reply took {:?}", seen.took);
            if seen.sent > since {
                replies.push(seen);
            }
        }
        replies
    }

    /// Returns when every reply is right; none that was sent later than `within` after `since` may be wrong.
    async fn recovers(&mut self, since: Instant, within: Duration) {
        let mut right = 0;
        while right < REPLIES {
            let seen = self.seen.recv().await.unwrap();
            if seen.reply.status == 200 {
                right += 1;
            } else {
                right = 0;
                let late = seen.sent.saturating_duration_since(since);
                assert!(
                    late < within,
                    "{late:?} after its end: {}",
                    seen.reply.text()
                );
            }
        }
    }

    async fn stop(mut self) -> Arc<Function> {
        self.stop.store(true, Ordering::Relaxed);
        while let Some(caller) = self.callers.join_next().await {
            caller.unwrap();
        }
        self.function
    }
}

/// A world whose `setting` leads through a proxy, and one process of `get-agent` in it.
async fn through(setting: &str) -> (World, Proxy, Arc<Function>) {
    let mut world = World::indexed().await;
    crate::events::access::prepare(&world).await;
    let (proxy, url) = Proxy::before_url(world.setting(setting)).await;
    world.set(setting, url);
    if setting == "DATABASE_URL" {
        // What is kept would be answered as if nothing were wrong.
        world.set("CACHE_ANSWERS", "off");
    }
    world.set("AWS_LAMBDA_MAX_CONCURRENCY", CALLERS.to_string());
    world.set("DATABASE_POOL_MAX", CALLERS.to_string());
    world.set("RATE_LIMIT_QUOTAS", "lookup=100000000");
    let function = Arc::new(world.start("get-agent").await);
    (world, proxy, function)
}

fn event() -> Value {
    request("GET", "/v1/agents/1337:0", &[("authorization", KEY)], None)
}

/// What every phase of an outage must show: `during` says what a reply may be.
async fn endures(setting: &str, during: fn(&Reply)) -> String {
    let (_world, proxy, function) = through(setting).await;
    let mut load = Load::on(function, &event());
    load.recovers(Instant::now(), WARM_UP_MAX).await;
    for fault in FAULTS {
        proxy.set(fault).await;
        let began = Instant::now();
        for seen in load.next(began).await {
            during(&seen.reply);
        }
        proxy.set(Weather::Fair).await;
        load.recovers(Instant::now(), RECOVERY_MAX).await;
    }
    load.stop().await.log()
}

#[tokio::test]
async fn without_the_database_every_reply_is_503_with_a_time_to_retry_until_it_is_back() {
    let log = endures("DATABASE_URL", |reply| {
        assert_eq!(reply.expect(503)["code"], "DEPENDENCY_UNAVAILABLE");
        assert!(reply.header("retry-after").parse::<u32>().is_ok());
    })
    .await;
    let lines = lines(&log);
    let failed: Vec<&Value> = lines
        .iter()
        .filter(|line| line["message"] == "request" && line["status"] == 503)
        .collect();
    assert!(!failed.is_empty());
    for line in failed {
        assert!(
            line["cause"]
                .as_str()
                .is_some_and(|cause| !cause.is_empty()),
            "{line}"
        );
    }
}

#[tokio::test]
async fn without_the_cache_every_reply_is_right() {
    let log = endures("CACHE_URL", |reply| {
        assert_eq!(reply.status, 200, "{}", reply.text());
    })
    .await;
    assert!(lines(&log).iter().all(|line| line["status"] != 500));
}

#[tokio::test]
async fn without_the_table_of_buckets_every_reply_is_right_and_the_line_says_who_decided() {
    let log = endures("AWS_ENDPOINT_URL_DYNAMODB", |reply| {
        assert!(
            reply.status == 200 || reply.status == 429,
            "{}",
            reply.text()
        );
    })
    .await;
    let decided = |by: &str| lines(&log).iter().any(|line| line["limited_by"] == by);
    assert!(decided("table") && decided("local"));
}
