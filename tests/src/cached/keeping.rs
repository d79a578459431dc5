//! What the cache keeps, and for whom.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use serde_json::{Value, json};
use shared::cache::{AGENT, Cache, Changed, Question, SEARCH};
use shared::config::CacheConfig;
use shared::http::{Code, Output as _, Problem};
use tokio::sync::Notify;
use tokio::task::JoinSet;
use uuid::Uuid;

use crate::harness::cache::{TestCache, config};

const CALLERS: usize = 64;
const INSTANCES: usize = 4;

fn client(test: &TestCache) -> Cache {
    Cache::new(config(&test.url())).unwrap()
}

fn of_agent() -> Question {
    Question::of_agent(&AGENT, &"1:22".parse().unwrap(), &())
}

fn changed() -> Vec<Changed> {
    let agent_id = Some("22".parse().unwrap());
    let (id, chain_id) = (Uuid::nil(), 1);
    vec![Changed {
        id,
        chain_id,
        agent_id,
    }]
}

/// Asks; the work answers with `with`, and counts itself.
pub async fn ask(
    cache: &Cache,
    question: Question,
    (now, works): (DateTime<Utc>, &AtomicUsize),
    with: Result<Value, Problem>,
) -> Result<Value, Problem> {
    let work = || async {
        works.fetch_add(1, Ordering::SeqCst);
        with
    };
    body(cache.answer(&question, now, work).await)
}

fn body(reply: shared::http::CachedResult<Value>) -> Result<Value, Problem> {
    let (body, _) = reply?.into_output().into_body()?;
    Ok(serde_json::from_slice(&body).unwrap())
}

fn gone() -> Problem {
    Problem::new(Code::AgentNotFound, "No agent 1:22 is indexed.")
}

#[tokio::test]
async fn of_64_callers_on_four_instances_one_does_the_work_and_all_get_its_answer() {
    let test = TestCache::take().await;
    let works = Arc::new(AtomicUsize::new(0));
    let arrived = Arc::new(AtomicUsize::new(0));
    let instances: Vec<Cache> = (0..INSTANCES).map(|_| client(&test)).collect();
    let mut callers = JoinSet::new();
    for caller in 0..CALLERS {
        let cache = instances[caller % INSTANCES].clone();
        let (works, arrived) = (works.clone(), arrived.clone());
        callers.spawn(async move {
            arrived.fetch_add(1, Ordering::SeqCst);
            let work = || async {
                let work = works.fetch_add(1, Ordering::SeqCst);
                // Nobody comes too late for it.
                while arrived.load(Ordering::SeqCst) < CALLERS {
                    tokio::task::yield_now().await;
                }
                Ok(json!({ "work": work }))
            };
            body(cache.answer(&of_agent(), Utc::now(), work).await).unwrap()
        });
    }
    for answer in callers.join_all().await {
        assert_eq!(answer, json!({ "work": 0 }));
    }
    assert_eq!(works.load(Ordering::SeqCst), 1);
}

#[tokio::test]
async fn when_the_work_fails_nobody_waits_for_it_again_and_nothing_is_kept() {
    let test = TestCache::take().await;
    let works = Arc::new(AtomicUsize::new(0));
    let cache = client(&test);
    let mut callers = JoinSet::new();
    for _ in 0..CALLERS {
        let (cache, works) = (cache.clone(), works.clone());
        callers.spawn(async move {
            let failed = Err(Problem::unavailable("database", "a test"));
            ask(&cache, of_agent(), (Utc::now(), &works), failed).await
        });
    }
    for answer in callers.join_all().await {
        let problem = answer.unwrap_err();
        assert_eq!(problem.code(), Code::DependencyUnavailable);
    }
    assert_eq!(works.load(Ordering::SeqCst), CALLERS);
    let found = ask(&cache, of_agent(), (Utc::now(), &works), Ok(json!(1))).await;
    assert_eq!(found.unwrap(), 1);
}

#[tokio::test]
async fn a_change_while_the_answer_is_made_outdates_the_answer() {
    let test = TestCache::take().await;
    let works = AtomicUsize::new(0);
    let (reader, writer) = (client(&test), client(&test));
    let work = || async {
        // Read before the change, and kept after it.
        writer.forget_agents(changed()).await;
        Ok(json!("before"))
    };
    let first = body(reader.answer(&of_agent(), Utc::now(), work).await);
    assert_eq!(first.unwrap(), "before");
    for _ in 0..2 {
        let next = ask(
            &reader,
            of_agent(),
            (Utc::now(), &works),
            Ok(json!("after")),
        );
        assert_eq!(next.await.unwrap(), "after");
    }
    assert_eq!(works.load(Ordering::SeqCst), 1);
}

#[tokio::test]
async fn while_a_change_may_not_have_reached_the_replicas_nothing_is_kept() {
    let test = TestCache::take().await;
    let settling = Duration::from_mins(10);
    let cache = Cache::new(CacheConfig {
        settling,
        ..config(&test.url())
    });
    let (cache, works) = (cache.unwrap(), AtomicUsize::new(0));
    for round in 0..2 {
        let asked = ask(&cache, of_agent(), (Utc::now(), &works), Ok(json!(round)));
        assert_eq!(asked.await.unwrap(), 0);
    }
    cache.forget_agents(changed()).await;
    for round in 2..5 {
        let asked = ask(&cache, of_agent(), (Utc::now(), &works), Ok(json!(round)));
        assert_eq!(asked.await.unwrap(), round);
    }
    let left = test.ask("PTTL v1:generation:{1:22}");
    let left: u128 = left.trim_start_matches(':').parse().unwrap();
    assert!((1..=settling.as_millis()).contains(&left), "{left}");
}

#[tokio::test]
async fn that_there_is_no_such_agent_is_known_for_30_seconds_or_until_there_is() {
    let test = TestCache::take().await;
    let (cache, works) = (client(&test), AtomicUsize::new(0));
    for _ in 0..3 {
        let problem = ask(&cache, of_agent(), (Utc::now(), &works), Err(gone())).await;
        let problem = problem.unwrap_err();
        assert_eq!(problem.code(), Code::AgentNotFound);
        assert_eq!(problem.detail(), gone().detail());
    }
    assert_eq!(works.load(Ordering::SeqCst), 1);
    let left = "EVAL \"return redis.call('PTTL', redis.call('KEYS', 'v1:get-agent:*')[1])\" 0";
    let left: u64 = test.ask(left).trim_start_matches(':').parse().unwrap();
    assert!((1..=30_000).contains(&left), "{left}");
    cache.forget_agents(changed()).await;
    let found = ask(&cache, of_agent(), (Utc::now(), &works), Ok(json!("it"))).await;
    assert_eq!(found.unwrap(), "it");
}

#[tokio::test]
async fn what_is_about_to_expire_is_made_anew_by_one_while_the_others_get_it_as_it_is() {
    let test = TestCache::take().await;
    let (cache, works) = (client(&test), AtomicUsize::new(0));
    let now = Utc::now();
    let first = ask(&cache, of_agent(), (now, &works), Ok(json!("old"))).await;
    assert_eq!(first.unwrap(), "old");
    let last = now + TimeDelta::from_std(AGENT.age_max).unwrap();
    let (begun, answered) = (Arc::new(Notify::new()), Arc::new(Notify::new()));
    let renewing = tokio::spawn({
        let (cache, begun, answered) = (cache.clone(), begun.clone(), answered.clone());
        async move {
            let work = || async {
                begun.notify_one();
                answered.notified().await;
                Ok(json!("new"))
            };
            body(cache.answer(&of_agent(), last, work).await)
        }
    });
    begun.notified().await;
    let other = ask(&cache, of_agent(), (last, &works), Ok(json!("other"))).await;
    assert_eq!(other.unwrap(), "old");
    answered.notify_one();
    assert_eq!(renewing.await.unwrap().unwrap(), "new");
    let next = ask(&cache, of_agent(), (now, &works), Ok(json!("other"))).await;
    assert_eq!(next.unwrap(), "new");
    assert_eq!(works.load(Ordering::SeqCst), 1);
}

#[tokio::test]
async fn searches_are_outdated_together_and_not_more_often_than_the_pause_allows() {
    let test = TestCache::take().await;
    let works = AtomicUsize::new(0);
    let search = |words: &str| Question::of_search(&SEARCH, &words);
    let patient = Cache::new(CacheConfig {
        search_pause: Duration::from_hours(1),
        ..config(&test.url())
    });
    let (cache, patient) = (client(&test), patient.unwrap());
    let made = async || {
        for words in ["a", "b"] {
            let found = ask(&cache, search(words), (Utc::now(), &works), Ok(json!(0)));
            found.await.unwrap();
        }
        works.load(Ordering::SeqCst)
    };
    assert_eq!(made().await, 2);
    patient.forget_searches().await;
    assert_eq!(made().await, 2, "the generation is younger than the pause");
    cache.forget_searches().await;
    assert_eq!(made().await, 4);
    cache.forget_agents(changed()).await;
    assert_eq!(
        made().await,
        4,
        "an agent's change does not empty the searches"
    );
}

#[tokio::test]
async fn without_a_cache_everyone_does_their_own_work_and_nobody_fails() {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let refusing = listener.local_addr().unwrap();
    drop(listener);
    let cache = Cache::new(config(&format!("redis://{refusing}"))).unwrap();
    let works = AtomicUsize::new(0);
    for round in 0..10 {
        let asked = ask(&cache, of_agent(), (Utc::now(), &works), Ok(json!(round)));
        assert_eq!(asked.await.unwrap(), round);
    }
}
