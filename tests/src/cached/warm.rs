//! What is asked most is asked again by `warm-cache`.

use serde_json::json;
use shared::cache::{Cache, Changed};
use uuid::Uuid;

use super::reading::{ask, counted, settled};
use crate::harness::cache::config;
use crate::harness::patience::within_phase;
use crate::harness::{World, get};

/// What callers ask, by function.
const ASKED: [(&str, &str); 4] = [
    ("get-agent", "/v1/agents/1337:0"),
    ("get-agent-stats", "/v1/agents/1337:0/stats"),
    ("get-agent-reputation", "/v1/agents/1337:0/reputation"),
    ("search-agents", "/v1/agents?q=agent&service=a2a&limit=7"),
];

/// A world whose callers have asked, and a client of its cache.
async fn asked() -> (World, Cache) {
    let mut world = World::indexed().await;
    world.set("METRICS_FLUSH_MS", "0");
    for (_, target) in ASKED {
        world.get(target).await.expect(200);
    }
    let cache = Cache::new(config(world.setting("CACHE_URL"))).unwrap();
    within_phase("what was asked is told", async {
        while cache.most_asked(ASKED.len()).await.unwrap().len() < ASKED.len() {}
    })
    .await;
    (world, cache)
}

#[tokio::test]
async fn what_callers_asked_is_kept_again_after_everything_was_outdated() {
    let (mut world, cache) = asked().await;
    let changed = Changed {
        id: Uuid::nil(),
        chain_id: 1337,
        agent_id: Some("0".parse().unwrap()),
    };
    cache.forget_agents(vec![changed]).await;
    cache.forget_searches().await;
    let report = world.run("warm-cache").await.unwrap();
    let expected = json!({ "kept": ASKED.len(), "failed": 0, "unknown": 0, "left": 0 });
    assert_eq!(report, expected);
    let trips = counted(&mut world).await;
    for (name, target) in ASKED {
        let function = world.start(name).await;
        ask(&function, target).await;
        let [database, _] = settled(&trips).await;
        assert_eq!(database, 0, "{name}");
    }
}

#[tokio::test]
async fn what_is_asked_more_often_comes_first_and_what_nobody_asks_any_more_is_passed() {
    let (world, cache) = asked().await;
    let [(_, once), .., (_, often)] = ASKED;
    within_phase("the search is asked most", async {
        loop {
            world.get(often).await.expect(200);
            let first = cache.most_asked(1).await.unwrap().remove(0);
            if first.starts_with("search-agents ") {
                break;
            }
        }
    })
    .await;
    for _ in 0..50 {
        cache.most_asked(1).await.unwrap();
    }
    within_phase("an agent is asked most", async {
        loop {
            world.get(once).await.expect(200);
            let first = cache.most_asked(1).await.unwrap().remove(0);
            if first == "get-agent 1337:0" {
                break;
            }
        }
    })
    .await;
}

/// Nothing of that makes a run fail: the next one finds better.
#[tokio::test]
async fn a_run_without_questions_does_nothing_and_one_without_the_database_says_what_failed() {
    let world = World::indexed().await;
    let nothing = json!({ "kept": 0, "failed": 0, "unknown": 0, "left": 0 });
    assert_eq!(world.run("warm-cache").await.unwrap(), nothing);
    let (mut world, cache) = asked().await;
    cache.forget_searches().await;
    let dead = crate::harness::server::refusing_address();
    world.set("DATABASE_URL", format!("postgres://nobody@{dead}/none"));
    let report = world.run("warm-cache").await.unwrap();
    let expected = json!({ "kept": ASKED.len() - 1, "failed": 1, "unknown": 0, "left": 0 });
    assert_eq!(report, expected);
}

/// Warming is not asking: it would keep itself going.
#[tokio::test]
async fn what_is_asked_by_nobody_any_more_is_forgotten_however_often_it_was_warmed() {
    let (world, cache) = asked().await;
    let (first, searches) = (world.start("warm-cache").await, "/v1/agents?q=weather");
    let event = xtask::lambda::event::scheduled();
    for _ in 0..30 {
        first.invoke(&event, World::RUN).await.unwrap();
    }
    let other = world.start("search-agents").await;
    other.invoke(&get(searches), World::RUN).await.unwrap();
    within_phase("one question weighs more than what was warmed", async {
        while !cache.most_asked(1).await.unwrap()[0].contains("weather") {}
    })
    .await;
}
