//! The cache as three shards behind TLS, as it is in AWS.

use std::collections::HashMap;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use chrono::Utc;
use futures_util::future::join_all;
use serde_json::json;
use shared::cache::{AGENT, Cache, Changed, Question, SEARCH};
use shared::config::CacheConfig;
use uuid::Uuid;

use super::keeping::ask;
use crate::access::wallet::with_key;
use crate::events::access;
use crate::harness::World;
use crate::harness::cluster::Cluster;
use crate::harness::patience::within_phase;
use crate::observe::samples;

/// So many that each shard has some.
const AGENTS: u64 = 30;
const ALL: usize = 30;
const CALLERS: usize = 64;
/// Of them, so many are on the shard that goes away.
const OF_SHARD: usize = 12;
/// The shard that goes away; clients are told of the first one.
const SHARD: usize = 2;
/// A slower cache counts as absent, as in the functions.
const TIMEOUT: Duration = Duration::from_millis(250);
/// How much longer than the cache may take an answer may: the machine is busy.
const SLACK: Duration = Duration::from_secs(2);
/// How soon everything is kept again when the shard is back. It waits before it takes writes, and so do its neighbours.
const RECOVERY_MAX: Duration = Duration::from_secs(20);

fn agent(number: u64) -> Question {
    Question::of_agent(&AGENT, &format!("1:{number}").parse().unwrap(), &())
}

fn changed(number: u64) -> Changed {
    Changed {
        id: Uuid::from_u128(number.into()),
        chain_id: 1,
        agent_id: Some(number.to_string().parse().unwrap()),
    }
}

/// Asks for each agent; how many had to be made.
async fn made(cache: &Cache) -> usize {
    let works = AtomicUsize::new(0);
    for number in 0..AGENTS {
        let began = Instant::now();
        let asked = ask(
            cache,
            agent(number),
            (Utc::now(), &works),
            Ok(json!(number)),
        );
        assert_eq!(asked.await.unwrap(), number);
        let took = began.elapsed();
        assert!(took < TIMEOUT + SLACK, "{number} took {took:?}");
    }
    works.into_inner()
}

#[tokio::test]
async fn every_shard_keeps_answers_and_forgets_them_when_they_are_outdated() {
    let cluster = Cluster::start().await;
    let cache = Cache::new(cluster.config()).unwrap();
    cache.ping().await.unwrap();
    assert_eq!(made(&cache).await, ALL);
    assert_eq!(made(&cache).await, 0);
    // One write that changes agents of all shards.
    cache
        .forget_agents((0..AGENTS).map(changed).collect())
        .await;
    assert_eq!(made(&cache).await, ALL);
    assert_eq!(made(&cache).await, 0);
    let works = AtomicUsize::new(0);
    for round in 0..2 {
        for words in 0..AGENTS {
            let search = Question::of_search(&SEARCH, &words);
            let found = ask(&cache, search, (Utc::now(), &works), Ok(json!(words)));
            assert_eq!(found.await.unwrap(), words);
        }
        assert_eq!(works.load(Ordering::SeqCst), ALL, "round {round}");
    }
    cache.forget_searches().await;
    let search = Question::of_search(&SEARCH, &0);
    let found = ask(&cache, search, (Utc::now(), &works), Ok(json!(0)));
    found.await.unwrap();
    assert_eq!(works.load(Ordering::SeqCst), ALL + 1);
}

#[tokio::test]
async fn of_many_callers_on_several_instances_one_makes_each_answer_and_none_is_counted_twice() {
    let cluster = Cluster::start().await;
    let instances: Vec<Cache> = (0..4)
        .map(|_| Cache::new(cluster.config()).unwrap())
        .collect();
    let works = AtomicUsize::new(0);
    let callers = (0..CALLERS).map(|caller| {
        let (cache, works) = (&instances[caller % instances.len()], &works);
        async move {
            for number in 0..AGENTS {
                let asked = ask(cache, agent(number), (Utc::now(), works), Ok(json!(number)));
                assert_eq!(asked.await.unwrap(), number);
            }
            let counts = HashMap::from([("of all".to_owned(), 1), (caller.to_string(), 2)]);
            cache.add_to_hash("v1:counts", &counts).await.unwrap();
        }
    });
    join_all(callers).await;
    assert_eq!(works.into_inner(), ALL);
    let counted = instances[0].hash("v1:counts").await.unwrap();
    assert_eq!(counted["of all"], i64::try_from(CALLERS).unwrap());
    assert_eq!(counted.len(), CALLERS + 1);
}

/// What a shard keeps is made by each caller while it is gone, and what the others keep is kept.
#[tokio::test]
async fn one_shard_that_is_gone_costs_its_own_answers_only_until_it_is_back() {
    let mut cluster = Cluster::start().await;
    let cache = as_in_functions(&cluster).await;
    cluster.kill(SHARD);
    within_phase("what the other shards keep is found there", async {
        loop {
            let gone = made(&cache).await;
            assert!(gone >= OF_SHARD, "{gone}");
            if gone == OF_SHARD {
                break;
            }
        }
    })
    .await;
    cluster.restart(SHARD);
    recover(&cache).await;
}

#[tokio::test]
async fn one_shard_that_is_silent_makes_no_answer_late_for_long_and_is_used_again_when_it_speaks() {
    let cluster = Cluster::start().await;
    let cache = as_in_functions(&cluster).await;
    cluster.suspend(SHARD);
    let began = Instant::now();
    assert!(made(&cache).await > 0);
    made(&cache).await;
    // Not each of them waits: after a few nobody does.
    let waits = began.elapsed().div_duration_f64(TIMEOUT);
    assert!(waits < f64::from(u32::try_from(ALL).unwrap()), "{waits}");
    cluster.resume(SHARD);
    recover(&cache).await;
}

/// A client that waits no longer than those of the functions do, and every answer kept.
async fn as_in_functions(cluster: &Cluster) -> Cache {
    let cache = Cache::new(CacheConfig {
        timeout: TIMEOUT,
        ..cluster.config()
    });
    let cache = cache.unwrap();
    recover(&cache).await;
    cache
}

/// Returns when every answer is kept.
async fn recover(cache: &Cache) {
    let began = Instant::now();
    within_phase("every answer is kept", async {
        while made(cache).await > 0 {
            assert!(began.elapsed() < RECOVERY_MAX, "not every answer is kept");
        }
    })
    .await;
}

#[tokio::test]
async fn a_cache_for_which_nobody_vouches_is_not_spoken_to() {
    let cluster = Cluster::start().await;
    for cluster_mode in [true, false] {
        let cache = Cache::new(CacheConfig {
            cluster: cluster_mode,
            authorities: None,
            ..cluster.config()
        });
        cache.unwrap().ping().await.unwrap_err();
    }
    Cache::new(cluster.config()).unwrap().ping().await.unwrap();
}

#[tokio::test]
async fn functions_share_answers_keys_and_counts_through_the_shards() {
    let cluster = Cluster::start().await;
    let mut world = World::indexed().await;
    access::prepare(&world).await;
    cluster.serve(&mut world);
    world.set("METRICS_FLUSH_MS", "0");
    let key = "erc8004_ExampleOfTheTestsWhichOpensNothingAnywhere034aocW";
    for target in ["/v1/agents/1337:0", "/v1/agents/1337:0/stats"] {
        for _ in 0..2 {
            with_key(&world, "GET", target, key).await.expect(200);
        }
    }
    let hits = |operation: &str| {
        format!("erc8004_cache_requests_total{{operation=\"{operation}\",result=\"hit\"}}")
    };
    within_phase("hits of answers and keys", async {
        // The key was remembered by the process that looked it up; another one finds it in the cache.
        let expected = ["get-agent", "get-agent-stats", "api-key"].map(hits);
        loop {
            let samples = samples(&world).await;
            if expected.iter().all(|series| samples.contains_key(series)) {
                break;
            }
        }
    })
    .await;
}
