//! `/metrics` counts what callers sent, over all instances.

use std::sync::Arc;
use std::time::{Duration, Instant};

use tokio::task::JoinSet;

use super::samples;
use crate::harness::{Reply, World, get, settings};

const CALLERS: usize = 64;
const REQUESTS_EACH: usize = 10;
const INSTANCES: usize = 4;

/// The names by which operators know them; dashboards elsewhere are made of these.
const NAMES: [&str; 18] = [
    "erc8004_active_agents_total untyped",
    "erc8004_agent_registration_duration_seconds histogram",
    "erc8004_agent_registrations_total counter",
    "erc8004_agent_search_duration_seconds histogram",
    "erc8004_api_request_duration_seconds histogram",
    "erc8004_api_requests_total counter",
    "erc8004_cache_requests_total counter",
    "erc8004_cold_starts_total counter",
    "erc8004_feedback_submissions_total counter",
    "erc8004_payment_links_total counter",
    "erc8004_payments_pending gauge",
    "erc8004_rate_limit_decisions_total counter",
    "erc8004_reorgs_total counter",
    "erc8004_resolver_results_total counter",
    "erc8004_scheduled_runs_total counter",
    "erc8004_sync_lag_blocks gauge",
    "erc8004_sync_lag_seconds gauge",
    "erc8004_view_age_seconds gauge",
];

#[tokio::test]
async fn every_metric_is_named_with_its_kind() {
    let world = World::indexed().await;
    let text = world.get("/metrics").await.text();
    for name in NAMES {
        let line = format!("# TYPE {name}");
        assert!(
            text.lines().any(|other| other == line),
            "{line} in:\n{text}"
        );
    }
}

/// As many callers as there are, on instances that each count for themselves.
#[tokio::test]
async fn counters_agree_with_the_requests_of_64_concurrent_callers_once_every_instance_has_flushed()
{
    let mut world = World::indexed().await;
    world.set("AWS_LAMBDA_MAX_CONCURRENCY", "16");
    world.set("RATE_LIMIT_QUOTAS", "lookup=1000000");
    world.set("METRICS_FLUSH_MS", "100");
    let mut instances = Vec::new();
    for _ in 0..INSTANCES {
        instances.push(Arc::new(world.start("get-agent").await));
    }
    let mut callers = JoinSet::new();
    for caller in 0..CALLERS {
        let instance = instances[caller % INSTANCES].clone();
        callers.spawn(async move {
            for request in 0..REQUESTS_EACH {
                // Every second one asks for an agent that does not exist.
                let (agent, status) = if request % 2 == 0 {
                    ("1337:0", 200)
                } else {
                    ("1337:999", 404)
                };
                let event = get(&format!("/v1/agents/{agent}"));
                let reply = instance.invoke(&event, World::RUN).await.unwrap();
                assert_eq!(Reply::from_lambda(&reply).status, status);
            }
        });
    }
    while let Some(caller) = callers.join_next().await {
        caller.unwrap();
    }
    let series = |status: u16| {
        format!(
            "erc8004_api_requests_total{{method=\"GET\",route=\"/v1/agents/{{agent}}\",status=\"{status}\"}}"
        )
    };
    let half = CALLERS * REQUESTS_EACH / 2;
    let mut found = half;
    let patience = Instant::now() + Duration::from_secs(20);
    loop {
        // What an instance still has goes with its next request.
        for instance in &instances {
            instance
                .invoke(&get("/v1/agents/1337:0"), World::RUN)
                .await
                .unwrap();
            found += 1;
        }
        let samples = samples(&world).await;
        let counted = |series: &str| -> usize {
            samples
                .get(series)
                .map_or(0, |count| count.parse().unwrap())
        };
        assert!(counted(&series(200)) <= found, "more than was sent");
        assert!(counted(&series(404)) <= half, "more than was sent");
        let count = "erc8004_api_request_duration_seconds_count{method=\"GET\",route=\"/v1/agents/{agent}\"}";
        if counted(&series(200)) == found && counted(&series(404)) == half {
            assert_eq!(counted(count), found + half);
            assert_eq!(
                counted("erc8004_cold_starts_total{function=\"get-agent\"}"),
                INSTANCES
            );
            break;
        }
        assert!(
            Instant::now() < patience,
            "{:?} of {found}",
            counted(&series(200))
        );
    }
}

#[tokio::test]
async fn registrations_searches_and_runs_are_counted_where_they_happen() {
    let mut world = World::synced().await;
    world.set("METRICS_FLUSH_MS", "0");
    world.run("refresh-views").await.unwrap();
    world.get("/v1/agents?q=agent").await.expect(200);
    let expected = [
        ("erc8004_agent_search_duration_seconds_count", "1"),
        (
            "erc8004_rate_limit_decisions_total{class=\"search\",decision=\"admitted\",decided_by=\"table\"}",
            "1",
        ),
        (
            "erc8004_scheduled_runs_total{function=\"refresh-views\",result=\"ok\"}",
            "1",
        ),
        ("erc8004_up{dependency=\"cache\"}", "1"),
        ("erc8004_up{dependency=\"database\"}", "1"),
    ];
    let patience = Instant::now() + Duration::from_secs(10);
    loop {
        let samples = samples(&world).await;
        let missing = expected
            .iter()
            .find(|(series, value)| samples.get(*series).map(String::as_str) != Some(value));
        let Some(missing) = missing else {
            let number = |series: &str| -> f64 { samples[series].parse().unwrap() };
            let age = number("erc8004_view_age_seconds{view=\"mv_agent_ranking\"}");
            assert!((0.0..60.0).contains(&age), "{age}");
            assert!(number("erc8004_active_agents_total{chain_id=\"1337\"}") > 0.0);
            return;
        };
        assert!(Instant::now() < patience, "{missing:?} in {samples:#?}");
    }
}

/// The tool that Prometheus itself checks metrics with finds nothing to say.
#[tokio::test]
async fn promtool_has_no_finding_on_the_metrics() {
    let Some(promtool) = settings::promtool() else {
        return;
    };
    let mut world = World::indexed().await;
    world.set("METRICS_FLUSH_MS", "0");
    for path in [
        "/v1/agents?q=a",
        "/v1/agents/1337:0",
        "/v1/agents/1337:999",
        "/health",
    ] {
        world.get(path).await;
    }
    let text = world.get("/metrics").await.text();
    let (status, said) =
        crate::harness::process::with_input(&promtool, &["check", "metrics"], &text).await;
    assert!(
        status.success() && said.is_empty(),
        "{status}: {said}\n{text}"
    );
}
