//! What reads cost: a kept answer costs the database nothing.

use std::sync::Arc;

use serde_json::Value;
use tokio::task::JoinSet;
use xtask::lambda::Function;
use xtask::trips::Trips;

use crate::access::wallet::with_key;
use crate::harness::{Reply, World, get, settings};

const CALLERS: usize = 64;
const INSTANCES: usize = 4;

/// Reads whose answers are kept.
const READS: [(&str, &str); 6] = [
    ("get-agent", "/v1/agents/1337:0"),
    ("get-agent-stats", "/v1/agents/1337:0/stats"),
    ("get-agent-reputation", "/v1/agents/1337:0/reputation"),
    ("list-payments", "/v1/agents/1337:0/payments"),
    ("list-validations", "/v1/agents/1337:0/validations"),
    ("search-agents", "/v1/agents?q=agent"),
];

/// Proxies before the database and the cache of a world's functions.
pub async fn counted(world: &mut World) -> [Trips; 2] {
    // What was counted is sent with the first reply, and then for a long time not.
    world.set("METRICS_FLUSH_MS", "3600000");
    world.set("RATE_LIMIT_QUOTAS", "lookup=1000000,search=1000000");
    let mut before = Vec::new();
    for name in ["DATABASE_URL", "CACHE_URL"] {
        let (trips, url) = Trips::before_url(world.setting(name)).await.unwrap();
        world.set(name, url);
        before.push(trips);
    }
    before.try_into().unwrap()
}

pub async fn settled(trips: &[Trips; 2]) -> [u64; 2] {
    for trips in trips {
        trips.wait_for_quiet().await;
    }
    trips.each_ref().map(Trips::take)
}

pub async fn ask(function: &Function, target: &str) -> Value {
    let reply = function.invoke(&get(target), World::RUN).await.unwrap();
    Reply::from_lambda(&reply).expect(200)
}

#[tokio::test]
async fn a_kept_answer_costs_the_database_nothing_as_is_documented() {
    let mut world = World::indexed().await;
    let trips = counted(&mut world).await;
    let path = settings::root().join("docs/CACHE.md");
    let documented = std::fs::read_to_string(path).unwrap();
    for (name, target) in READS {
        let function = world.start(name).await;
        let first = ask(&function, target).await;
        settled(&trips).await;
        let again = ask(&function, target).await;
        assert_eq!(again, first, "{name}");
        let [database, cache] = settled(&trips).await;
        assert_eq!(database, 0, "{name}");
        // A search asks two shards at once, whose answers may come one after the other.
        assert!(
            cache == 1 || (cache == 2 && name == "search-agents"),
            "{name}: {cache}"
        );
        let row = format!("| `{name}` |");
        assert!(documented.contains(&row), "docs/CACHE.md lacks {row}");
    }
}

#[tokio::test]
async fn of_64_callers_of_four_instances_one_asks_the_database() {
    let mut world = World::indexed().await;
    world.set("AWS_LAMBDA_MAX_CONCURRENCY", "16");
    let trips = counted(&mut world).await;
    let mut instances = Vec::new();
    for number in 0..INSTANCES {
        let function = Arc::new(world.start("get-agent-stats").await);
        // Opens the connection and prepares the statement.
        ask(&function, &format!("/v1/agents/1337:{number}/stats")).await;
        settled(&trips).await;
        ask(
            &function,
            &format!("/v1/agents/1337:{}/stats", INSTANCES + number),
        )
        .await;
        instances.push(function);
    }
    let [alone, _] = settled(&trips).await;
    assert!(alone > 0);
    let mut callers = JoinSet::new();
    for caller in 0..CALLERS {
        let function = instances[caller % INSTANCES].clone();
        callers.spawn(async move { ask(&function, "/v1/agents/1337:9/stats").await });
    }
    let answers = callers.join_all().await;
    assert!(answers.iter().all(|answer| *answer == answers[0]));
    let [together, _] = settled(&trips).await;
    assert_eq!(together, alone, "trips of one read");
}

#[tokio::test]
async fn what_depends_on_the_caller_is_decided_before_the_cache_is_asked() {
    let world = World::indexed().await;
    crate::events::access::prepare(&world).await;
    let pro = "INSERT INTO wallet_tiers (wallet, tier) SELECT DISTINCT wallet, 'pro' FROM api_keys";
    sqlx::query(pro)
        .execute(&mut world.connect().await)
        .await
        .unwrap();
    let key = "erc8004_ExampleOfTheTestsWhichOpensNothingAnywhere034aocW";
    for target in [
        "/v1/agents?limit=100",
        "/v1/agents/1337:0/payments?limit=100",
    ] {
        with_key(&world, "GET", target, key).await.expect(200);
        world.get(target).await.expect(403);
    }
}
