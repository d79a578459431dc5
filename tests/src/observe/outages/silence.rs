//! Connections that fall silent for good, and of which neither end is told: a firewall forgot them, or a host is gone.

use std::time::{Duration, Instant};

use serde_json::Value;
use xtask::lambda::Failure;
use xtask::lambda::event::scheduled;

use super::load::Load;
use super::reads::{event, is_right, stage, was_decided_here};
use super::{LIMIT, RECOVERY_MAX, Stage, WARM_UP_MAX};
use crate::harness::World;
use crate::harness::patience::within_phase;
use crate::observe::lines;

/// A request that met the silence is answered at its deadline at the latest, and all that come after it meet new
/// connections.
const SILENCE_MAX: Duration = LIMIT.saturating_add(RECOVERY_MAX);

/// Has the connections to a store fall silent under load, until a line tells of it, and until all is right again.
async fn outlive(stage: &Stage, load: &mut Load, is_felt: fn(&Value) -> bool, felt_max: Duration) {
    let before = load.log().len();
    stage.proxy.silence();
    let began = Instant::now();
    within_phase("a line that tells of the silence", async {
        while !lines(&load.log()[before..]).iter().any(is_felt) {
            load.next(began).await;
        }
    })
    .await;
    load.recovers(is_right, began, felt_max).await;
}

async fn begin(setting: &str) -> (Stage, Load) {
    let stage = stage(setting).await;
    let mut load = Load::on(stage.world.start("get-agent").await, event);
    load.recovers(is_right, Instant::now(), WARM_UP_MAX).await;
    (stage, load)
}

#[tokio::test]
async fn reads_outlive_the_silence_of_every_connection_to_the_database() {
    let (stage, mut load) = begin("DATABASE_URL").await;
    for _ in 0..2 {
        outlive(&stage, &mut load, |line| line["status"] == 503, SILENCE_MAX).await;
    }
    let log = load.stop().await;
    assert!(log.contains("fell silent"), "{log}");
    stage.told(&log).await;
}

/// What is sent most often, and meets the silence first.
fn lost_counts(line: &Value) -> bool {
    line["message"] == "series of counts may be lost"
}

#[tokio::test]
async fn the_cache_is_used_again_after_its_connection_fell_silent() {
    let (stage, mut load) = begin("CACHE_URL").await;
    let found = "erc8004_cache_requests_total{operation=\"api-key\",result=\"hit\"}";
    for _ in 0..2 {
        outlive(&stage, &mut load, lost_counts, Duration::ZERO).await;
        within_phase("a key that is found in the cache", async {
            // `get-metrics` is without the cache at first, too.
            let mut first = 0;
            while first == 0 || stage.value(found).await <= first {
                if first == 0 {
                    first = stage.value(found).await;
                }
                load.next(Instant::now()).await;
            }
        })
        .await;
    }
    load.stop().await;
}

#[tokio::test]
async fn the_table_of_buckets_decides_again_after_its_connections_fell_silent() {
    let (stage, mut load) = begin("AWS_ENDPOINT_URL_DYNAMODB").await;
    outlive(&stage, &mut load, was_decided_here, Duration::ZERO).await;
    let back = Instant::now();
    while lines(&load.log())
        .iter()
        .rfind(|line| line["limited_by"].is_string())
        .is_some_and(was_decided_here)
    {
        load.next(Instant::now()).await;
        assert!(back.elapsed() < WARM_UP_MAX, "{}", load.log());
    }
    load.stop().await;
}

/// The service would end a run that hangs, and nobody would learn why.
#[tokio::test]
async fn a_run_on_a_silent_connection_ends_in_time_with_an_event_and_the_next_one_succeeds() {
    let stage = Stage::before(World::synced().await, "DATABASE_URL").await;
    let function = stage.world.start("refresh-views").await;
    function.invoke(&scheduled(), World::RUN).await.unwrap();
    stage.proxy.silence();
    let failure = function.invoke(&scheduled(), LIMIT).await.unwrap_err();
    assert!(matches!(failure, Failure::Reported(_)), "{failure}");
    let events = stage.receiver.take();
    assert_eq!(events.len(), 1, "{events:?}");
    let told = &events[0]["exception"]["values"][0];
    assert_eq!(told["type"], "SCHEDULED_RUN_FAILED");
    let failed = lines(&function.log());
    let failed = failed.iter().rfind(|line| line["message"] == "run");
    assert_eq!(failed.unwrap()["error"], told["value"]);
    function.invoke(&scheduled(), World::RUN).await.unwrap();
    stage
        .counted("erc8004_scheduled_runs_total{function=\"refresh-views\",result=\"failed\"}")
        .await;
}
