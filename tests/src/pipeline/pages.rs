//! Walking lists by cursor.

use std::collections::BTreeSet;

use serde_json::Value;

use crate::harness::World;

/// Every page of a list, until there is no next one.
async fn walk(world: &World, list: &str, limit: usize) -> Vec<Value> {
    let mut items = Vec::new();
    let mut target = format!("{list}&limit={limit}");
    // A list that never ends would be a failure, not a hang.
    for _ in 0..200 {
        let page = world.get(&target).await.expect(200);
        let on_page = page["items"].as_array().unwrap();
        assert!(
            on_page.len() <= limit,
            "{} items on a page of {limit}",
            on_page.len()
        );
        items.extend(on_page.iter().cloned());
        let Some(cursor) = page["nextCursor"].as_str() else {
            return items;
        };
        assert!(
            !on_page.is_empty(),
            "an empty page has a next one: {target}"
        );
        target = format!("{list}&limit={limit}&cursor={cursor}");
    }
    panic!("{list} does not end");
}

fn ids(items: &[Value]) -> BTreeSet<&str> {
    items
        .iter()
        .map(|item| item["id"].as_str().unwrap())
        .collect()
}

#[tokio::test]
async fn a_walk_shows_every_agent_exactly_once_in_every_order_and_page_size() {
    let world = World::indexed().await;
    for sort in ["newest", "score", "feedback", "name"] {
        let list = format!("/v1/agents?sort={sort}");
        let whole = walk(&world, &list, 50).await;
        assert_eq!((whole.len(), ids(&whole).len()), (32, 32), "{sort}");
        for limit in [1, 7, 31, 32] {
            let walked = walk(&world, &list, limit).await;
            pretty_assertions::assert_eq!(walked, whole, "{sort} by {limit}");
        }
    }
}

#[tokio::test]
async fn a_walk_keeps_its_filters() {
    let world = World::indexed().await;
    let whole = walk(&world, "/v1/agents?active=true", 50).await;
    assert!(
        whole.len() > 4 && whole.iter().all(|agent| agent["active"] == true),
        "{whole:?}"
    );
    // The cursor alone carries the filter on.
    let first = world
        .get("/v1/agents?active=true&limit=2")
        .await
        .expect(200);
    let cursor = first["nextCursor"].as_str().unwrap();
    let rest = walk(&world, &format!("/v1/agents?cursor={cursor}"), 50).await;
    assert_eq!(whole[2..], rest[..]);
}

#[tokio::test]
async fn a_walk_of_feedback_shows_every_entry_once() {
    let world = World::indexed().await;
    let list = "/v1/agents/1337:21/feedback?includeRevoked=true";
    let whole = walk(&world, list, 50).await;
    assert_eq!(ids(&whole).len(), whole.len());
    assert_eq!(walk(&world, list, 3).await, whole);
}

#[tokio::test]
async fn a_cursor_that_was_changed_or_belongs_to_another_list_is_refused_by_name() {
    let world = World::indexed().await;
    let page = world.get("/v1/agents?limit=2").await.expect(200);
    let cursor = page["nextCursor"].as_str().unwrap();
    let cut = &cursor[..cursor.len() - 3];
    for target in [
        format!("/v1/agents?cursor={cut}"),
        "/v1/agents?cursor=AAAA".to_owned(),
        "/v1/agents?cursor=".to_owned(),
        format!("/v1/agents?cursor={}", "A".repeat(4_000)),
        format!("/v1/agents/1337:21/feedback?cursor={cursor}"),
    ] {
        let problem = world.get(&target).await.expect(400);
        assert_eq!(
            problem["errors"][0]["pointer"], "/query/cursor",
            "{target}: {problem}"
        );
    }
}
