//! The status page in a real browser.

use std::collections::HashMap;

use chrono::{TimeDelta, Utc};
use serde_json::json;
use shared::cache::Cache;
use shared::health::history;
use shared::telemetry::counters;

use crate::harness::browser::Browser;
use crate::harness::cache::config;
use crate::harness::server::refusing_address;
use crate::harness::{Gateway, World, settings};

const PHONE: (u32, u32) = (390, 844);
const DESK: (u32, u32) = (1280, 800);
/// What the page says first.
const OVERALL: &str = "document.getElementById('overall').textContent";

async fn browser(name: &str) -> Option<Browser> {
    let chromium = settings::chromium()?;
    let folder = std::env::temp_dir().join(format!("erc8004-{name}-{}", std::process::id()));
    Some(Browser::start(&chromium, &folder).await)
}

async fn is(browser: &mut Browser, expression: &str, expected: &str) {
    browser
        .wait_for(&format!("{expression} === {}", json!(expected)))
        .await;
}

#[tokio::test]
async fn the_page_shows_parts_chains_views_and_traffic_on_a_phone_and_a_desk_in_light_and_dark() {
    let Some(mut browser) = browser("status").await else {
        return;
    };
    let mut world = World::indexed().await;
    world.set("METRICS_FLUSH_MS", "0");
    // However long ago the copied rows were made.
    world.sync().await;
    world.run("refresh-views").await.unwrap();
    let gateway = Gateway::start(world).await;
    let mut backgrounds = Vec::new();
    for (screen, scheme) in [(PHONE, "light"), (DESK, "dark")] {
        let url = format!("{}/status", gateway.url());
        browser.open(&url, screen, scheme).await;
        is(&mut browser, OVERALL, "Everything works").await;
        let rows = |table: &str, count: usize| {
            format!("document.querySelectorAll('#{table} tr').length === {count}")
        };
        browser.wait_for(&rows("dependencies", 3)).await;
        browser.wait_for(&rows("views", 4)).await;
        browser.wait_for(&rows("chains", 1)).await;
        let cells = browser
            .evaluate("document.getElementById('chains').innerText")
            .await;
        assert!(cells.as_str().unwrap().contains("1337"), "{cells}");
        // Two readings make the first point.
        browser
            .wait_for("document.getElementById('rate-line').getAttribute('points') !== ''")
            .await;
        browser
            .wait_for("Number(document.getElementById('rate').textContent) > 0")
            .await;
        let fits = "document.documentElement.scrollWidth <= window.innerWidth";
        assert_eq!(
            browser.evaluate(fits).await,
            true,
            "it is wider than {screen:?}"
        );
        backgrounds.push(
            browser
                .evaluate("getComputedStyle(document.body).backgroundColor")
                .await,
        );
    }
    assert_ne!(backgrounds[0], backgrounds[1]);
    let mut pages = browser
        .asked()
        .iter()
        .filter(|url| !url.starts_with("about:"));
    let elsewhere = pages.find(|url| !url.starts_with(&gateway.url()));
    assert_eq!(elsewhere, None, "the page asks another host");
}

/// What was answered before anybody looked.
async fn an_hour(world: &World) {
    let cache = Cache::new(config(world.setting("CACHE_URL"))).unwrap();
    let series = "erc8004_api_requests_total{method=\"GET\",route=\"/v1/agents\",status=\"200\"}";
    for (minutes_ago, more) in [(50, 0), (30, 1_200), (10, 6_000)] {
        let counts = HashMap::from([(series.to_owned(), more)]);
        cache.add_to_hash(counters::KEY, &counts).await.unwrap();
        history::keep(&cache, Utc::now() - TimeDelta::minutes(minutes_ago)).await;
    }
}

/// The x of each point of a line.
fn xs(points: &str) -> Vec<f64> {
    let points = points.split_whitespace();
    points
        .map(|point| point.split_once(',').unwrap().0.parse().unwrap())
        .collect()
}

#[tokio::test]
async fn whoever_opens_the_page_sees_the_last_hour_at_once() {
    let Some(mut browser) = browser("status-history").await else {
        return;
    };
    let mut world = World::indexed().await;
    world.set("METRICS_FLUSH_MS", "0");
    an_hour(&world).await;
    let gateway = Gateway::start(world).await;
    browser
        .open(&format!("{}/status", gateway.url()), PHONE, "light")
        .await;
    // Nothing is there before the page is.
    let points = "document.getElementById('rate-line')?.getAttribute('points')";
    browser.wait_for(&format!("!!{points}")).await;
    let drawn = browser.evaluate(points).await;
    let drawn = xs(drawn.as_str().unwrap());
    // Two intervals, which ended 30 and 10 minutes ago.
    for (x, minutes_ago) in drawn.iter().zip([30.0, 10.0]) {
        let expected = 600.0 * (60.0 - minutes_ago) / 60.0;
        assert!((x - expected).abs() < 10.0, "{drawn:?}");
    }
    assert!(drawn.len() >= 2, "{drawn:?}");
}

#[tokio::test]
async fn the_page_says_what_is_down_and_what_callers_notice() {
    let Some(mut browser) = browser("status-down").await else {
        return;
    };
    let mut world = World::indexed().await;
    world.set(
        "DATABASE_URL",
        format!("postgres://nobody@{}/none", refusing_address()),
    );
    let gateway = Gateway::start(world).await;
    browser
        .open(&format!("{}/status", gateway.url()), PHONE, "light")
        .await;
    is(&mut browser, OVERALL, "Not working").await;
    let parts = browser
        .evaluate("document.getElementById('dependencies').innerText")
        .await;
    assert!(
        parts
            .as_str()
            .unwrap()
            .contains("Every request that reads data fails with 503."),
        "{parts}"
    );
}
