//! `ETag` and `If-None-Match`.

use crate::harness::{Reply, World, request};

const TARGET: &str = "/v1/agents/1337:0";

async fn ask_if_none_match(world: &World, candidates: &str) -> Reply {
    world
        .send(&request(
            "GET",
            TARGET,
            &[("if-none-match", candidates)],
            None,
        ))
        .await
}

#[tokio::test]
async fn a_reply_that_the_caller_has_already_is_not_sent_again() {
    let world = World::indexed().await;
    let first = world.get(TARGET).await;
    assert_eq!(first.status, 200);
    let tag = first.header("etag");
    assert!(tag.starts_with('"') && tag.ends_with('"'), "{tag}");

    for candidates in [
        tag.to_owned(),
        format!("W/{tag}"),
        format!("\"x\", {tag}"),
        "*".to_owned(),
    ] {
        let again = ask_if_none_match(&world, &candidates).await;
        assert_eq!(again.status, 304, "{candidates}");
        assert!(again.body.is_empty(), "{candidates}");
        // RFC 9110 section 15.4.5: what a 200 would have told a cache.
        for header in ["etag", "cache-control"] {
            assert_eq!(
                again.header(header),
                first.header(header),
                "{header} for {candidates}"
            );
        }
    }
}

#[tokio::test]
async fn a_reply_that_the_caller_has_in_another_state_is_sent() {
    let world = World::indexed().await;
    let first = world.get(TARGET).await;
    let again = ask_if_none_match(&world, "\"another\"").await;
    assert_eq!((again.status, again.body), (200, first.body));
}

#[tokio::test]
async fn two_processes_give_the_same_reply_the_same_tag() {
    let world = World::indexed().await;
    let one = world.get(TARGET).await;
    let other = World::indexed().await.get(TARGET).await;
    assert_eq!(one.header("etag"), other.header("etag"));
}

#[tokio::test]
async fn a_problem_has_no_tag_and_is_not_kept() {
    let world = World::indexed().await;
    let missing = world.get("/v1/agents/1337:999999").await;
    assert_eq!(missing.status, 404);
    assert_eq!(
        (missing.header("etag"), missing.header("cache-control")),
        ("", "no-store")
    );
}
