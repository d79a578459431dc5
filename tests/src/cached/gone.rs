//! The cache goes away and comes back.

use std::sync::Arc;
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use xtask::lambda::Function;
use xtask::trips::Trips;

use super::itself;
use crate::access::wallet::{Wallet, sign_in};
use crate::harness::weather::{Proxy, Weather};
use crate::harness::{Chain, Reply, World, get, request};

const STATS: &str = "/v1/agents/1337:0/stats";
/// How soon answers come from the cache again when it is back.
const RECOVERY_MAX: Duration = Duration::from_secs(10);

struct Reader {
    world: World,
    cache: Proxy,
    database: Trips,
    function: Arc<Function>,
}

impl Reader {
    async fn new() -> Self {
        let mut world = World::indexed().await;
        world.set("RATE_LIMIT_QUOTAS", "lookup=1000000");
        let (cache, url) = Proxy::before_url(world.setting("CACHE_URL")).await;
        world.set("CACHE_URL", url);
        let (database, url) = Trips::before_url(world.setting("DATABASE_URL"))
            .await
            .unwrap();
        world.set("DATABASE_URL", url);
        let function = Arc::new(world.start("get-agent-stats").await);
        Self {
            world,
            cache,
            database,
            function,
        }
    }

    async fn stats(&self) -> Value {
        let reply = self.function.invoke(&get(STATS), World::RUN).await.unwrap();
        itself(Reply::from_lambda(&reply).expect(200))
    }

    /// Whether an answer cost the database anything.
    async fn asks_the_database(&self) -> bool {
        self.database.wait_for_quiet().await;
        let _ = self.database.take();
        self.stats().await;
        self.database.wait_for_quiet().await;
        self.database.take() > 0
    }

    /// Returns when answers come from the cache again.
    async fn recovers(&self) {
        let since = Instant::now();
        while self.asks_the_database().await {
            assert!(since.elapsed() < RECOVERY_MAX, "no answer is kept");
        }
    }
}

#[tokio::test]
async fn every_answer_comes_from_the_database_while_the_cache_is_gone_and_from_the_cache_soon_after()
 {
    let reader = Reader::new().await;
    let right = reader.stats().await;
    reader.recovers().await;
    for weather in [
        Weather::Cut,
        Weather::Slow(Duration::from_secs(30)),
        Weather::Refusing,
    ] {
        reader.cache.set(weather).await;
        for _ in 0..8 {
            assert_eq!(reader.stats().await, right, "{weather:?}");
        }
        assert!(reader.asks_the_database().await, "{weather:?}");
        reader.cache.set(Weather::Fair).await;
        reader.recovers().await;
        assert_eq!(reader.stats().await, right, "{weather:?}");
    }
}

#[tokio::test]
async fn a_write_while_the_cache_is_gone_outdates_what_was_kept_when_it_is_back() {
    let reader = Reader::new().await;
    let world = &reader.world;
    let key = sign_in(world, &Wallet::number(3), Chain::own().await.id()).await;
    let authorization = format!("Bearer {}", key["key"].as_str().unwrap());
    let before = reader.stats().await;
    reader.recovers().await;
    let give = world.start("submit-feedback").await;
    reader.cache.set(Weather::Cut).await;
    let body = json!({ "value": "80", "tag1": "starred" }).to_string();
    let headers = [
        ("content-type", "application/json"),
        ("authorization", authorization.as_str()),
    ];
    let target = "/v1/agents/1337:0/feedback";
    let event = request("POST", target, &headers, Some(body.as_bytes()));
    let given = give.invoke(&event, World::RUN).await.unwrap();
    Reply::from_lambda(&given).expect(201);
    reader.cache.set(Weather::Fair).await;
    let count = |stats: &Value| stats["feedback"]["offChain"].as_i64().unwrap();
    let since = Instant::now();
    // Until then some answers come from the database, and some from before the write.
    while reader.asks_the_database().await || count(&reader.stats().await) == count(&before) {
        assert!(since.elapsed() < RECOVERY_MAX, "the write is not seen");
    }
    assert_eq!(count(&reader.stats().await), count(&before) + 1);
}
