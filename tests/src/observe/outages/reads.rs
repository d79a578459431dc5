//! A read while the stores that it asks are out of reach.

use std::time::Instant;

use serde_json::Value;

use super::load::Load;
use super::{FAULTS, RECOVERY_MAX, Stage, WARM_UP_MAX, assert_unavailable};
use crate::harness::patience::within_phase;
use crate::harness::weather::Weather;
use crate::harness::{Reply, World, request};
use crate::observe::lines;

const KEY: &str = "Bearer erc8004_ExampleOfTheTestsWhichOpensNothingAnywhere034aocW";

pub fn event(_caller: usize) -> Value {
    request("GET", "/v1/agents/1337:0", &[("authorization", KEY)], None)
}

pub fn is_right(reply: &Reply) -> bool {
    reply.status == 200
}

/// A world with a key in which reads reach a store through a proxy.
pub async fn stage(setting: &str) -> Stage {
    let mut world = World::indexed().await;
    crate::events::access::prepare(&world).await;
    // What is kept would be answered as if nothing were wrong; keys are in the cache all the same.
    world.set("CACHE_ANSWERS", "off");
    Stage::before(world, setting).await
}

/// What every phase of an outage must show: `during` says what a reply may be, `is_felt` which lines tell of it.
async fn endures(setting: &str, during: fn(&Reply), is_felt: fn(&Value) -> bool) -> (Stage, Load) {
    let stage = stage(setting).await;
    let mut load = Load::on(stage.world.start("get-agent").await, event);
    load.recovers(is_right, Instant::now(), WARM_UP_MAX).await;
    for fault in FAULTS {
        stage.proxy.set(fault).await;
        let before = load.log().len();
        within_phase(format!("a line that tells of {fault:?}"), async {
            loop {
                let replies = load.next(Instant::now()).await;
                replies.iter().for_each(during);
                if lines(&load.log()[before..]).iter().any(is_felt) {
                    break;
                }
            }
        })
        .await;
        stage.proxy.set(Weather::Fair).await;
        load.recovers(is_right, Instant::now(), RECOVERY_MAX).await;
    }
    (stage, load)
}

/// Keys are remembered for 3 s: now and then a request asks the cache.
fn asked_the_cache(line: &Value) -> bool {
    line["cache_us"].is_u64()
}

const CACHE_FAILED: &str = "erc8004_cache_requests_total{operation=\"api-key\",result=\"error\"}";

pub fn was_decided_here(line: &Value) -> bool {
    line["limited_by"] == "local"
}

#[tokio::test]
async fn without_the_database_every_reply_is_503_with_a_time_to_retry_until_it_is_back() {
    let (stage, load) = endures("DATABASE_URL", assert_unavailable, |line| {
        line["status"] == 503
    })
    .await;
    stage.told(&load.stop().await).await;
}

#[tokio::test]
async fn without_the_cache_every_reply_is_right() {
    let right = |reply: &Reply| assert_eq!(reply.status, 200, "{}", reply.text());
    let (stage, load) = endures("CACHE_URL", right, asked_the_cache).await;
    // What could not be counted in the cache is kept, and counted with what comes later.
    stage.counted(CACHE_FAILED).await;
    let log = load.stop().await;
    assert!(
        lines(&log)
            .iter()
            .all(|line| line["status"] == 200 || line["status"].is_null())
    );
    assert!(stage.receiver.take().is_empty());
}

#[tokio::test]
async fn without_the_table_of_buckets_every_reply_is_right_and_the_line_says_who_decided() {
    let right = |reply: &Reply| {
        let status = reply.status;
        assert!(status == 200 || status == 429, "{}", reply.text());
    };
    let (stage, load) = endures("AWS_ENDPOINT_URL_DYNAMODB", right, was_decided_here).await;
    let log = load.stop().await;
    let decided = |by: &str, metric: u8| {
        lines(&log).iter().any(|line| {
            line["limited_by"] == by && line["erc8004_rate_limit_fallback_ratio"] == metric
        })
    };
    assert!(decided("table", 0) && decided("local", 1));
    let locally = "erc8004_rate_limit_decisions_total{class=\"lookup\",decision=\"admitted\",decided_by=\"local\"}";
    stage.counted(locally).await;
}
