//! `refresh-views`: what is stale is refreshed, and nothing else.

use serde_json::Value;

use crate::harness::World;

/// The views that a run refreshed, and those that it left.
fn outcomes(report: &Value) -> (Vec<&str>, Vec<&str>) {
    let views = report["views"].as_array().unwrap();
    let with = |outcome: &str| {
        let views = views.iter().filter(|view| view["outcome"] == outcome);
        views
            .map(|view| view["view"].as_str().unwrap())
            .collect::<Vec<_>>()
    };
    let (refreshed, fresh) = (with("refreshed"), with("fresh"));
    assert_eq!(refreshed.len() + fresh.len(), views.len(), "{report}");
    assert!(
        views.iter().all(|view| view["reason"].is_string()),
        "{report}"
    );
    (refreshed, fresh)
}

/// Says that data of a kind changed, as whoever changes it does.
async fn bump(world: &World, data: &str) {
    sqlx::query(
        "INSERT INTO data_versions (data, chain_id, version) SELECT $1, chain_id, 1 FROM chains
         ON CONFLICT (data, chain_id) DO UPDATE SET version = data_versions.version + 1",
    )
    .bind(data)
    .execute(&mut world.connect().await)
    .await
    .unwrap();
}

#[tokio::test]
async fn the_first_run_refreshes_every_view_and_the_second_none() {
    let world = World::synced().await;
    let first = world.run("refresh-views").await.unwrap();
    assert!(outcomes(&first).1.is_empty(), "{first}");
    let second = world.run("refresh-views").await.unwrap();
    assert!(outcomes(&second).0.is_empty(), "{second}");
}

#[tokio::test]
async fn payments_make_only_the_views_stale_that_read_payments() {
    let world = World::indexed().await;
    bump(&world, "payments").await;
    let report = world.run("refresh-views").await.unwrap();
    let (refreshed, fresh) = outcomes(&report);
    assert!(refreshed.contains(&"mv_agent_payments"), "{report}");
    assert!(refreshed.contains(&"mv_agent_ranking"), "{report}");
    assert!(fresh.contains(&"mv_chain_totals"), "{report}");
}

#[tokio::test]
async fn new_feedback_shows_in_rankings_after_the_next_refresh() {
    let world = World::indexed().await;
    bump(&world, "feedback").await;
    let report = world.run("refresh-views").await.unwrap();
    let (refreshed, fresh) = outcomes(&report);
    assert!(refreshed.contains(&"mv_agent_reputation"), "{report}");
    assert!(fresh.contains(&"mv_agent_payments"), "{report}");
}

#[tokio::test]
async fn two_refreshes_at_once_do_no_harm() {
    let world = World::synced().await;
    let runs = tokio::join!(world.run("refresh-views"), world.run("refresh-views"));
    for report in [runs.0.unwrap(), runs.1.unwrap()] {
        let views = report["views"].as_array().unwrap();
        let harmless = ["refreshed", "fresh", "busy"];
        let outcome = |view: &Value| view["outcome"].as_str().unwrap_or_default().to_owned();
        assert!(
            views.iter().all(|view| harmless.contains(&&*outcome(view))),
            "{report}"
        );
    }
    let report = world.run("refresh-views").await.unwrap();
    assert!(outcomes(&report).0.is_empty(), "{report}");
}
