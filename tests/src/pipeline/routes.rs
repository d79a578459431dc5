//! Methods and paths.

use crate::harness::{World, functions, request};

/// A path that each endpoint takes.
fn paths() -> Vec<(String, String)> {
    let endpoints = functions::all()
        .iter()
        .filter(|function| function.is_endpoint());
    let routes = endpoints.filter(|function| function.text("path") != "$default");
    routes
        .map(|function| {
            let segments = function.text("path").split('/');
            let filled = segments.map(|s| if s.starts_with('{') { "1337:0" } else { s });
            (
                function.text("method").to_owned(),
                filled.collect::<Vec<_>>().join("/"),
            )
        })
        .collect()
}

#[tokio::test]
async fn a_path_that_exists_answers_other_methods_with_405_and_those_that_it_takes() {
    let world = World::empty().await;
    for (method, path) in paths() {
        for other in ["PUT", "PATCH", "TRACE", "BREW"] {
            let reply = world.send(&request(other, &path, &[], None)).await;
            let problem = reply.expect(405);
            assert_eq!(problem["code"], "METHOD_NOT_ALLOWED", "{other} {path}");
            let allow = reply.header("allow");
            assert!(
                allow.split(", ").any(|taken| taken == method),
                "{other} {path}: {allow:?}"
            );
        }
    }
}

#[tokio::test]
async fn options_says_which_methods_a_path_takes() {
    let world = World::empty().await;
    for (method, path) in paths() {
        let reply = world.send(&request("OPTIONS", &path, &[], None)).await;
        assert_eq!(reply.status, 204, "{path}");
        let allow = reply.header("allow");
        assert!(
            allow.split(", ").any(|taken| taken == method),
            "{path}: {allow:?}"
        );
    }
}

#[tokio::test]
async fn head_is_no_method_of_any_path_and_says_so() {
    let world = World::empty().await;
    for (_, path) in paths() {
        let reply = world.send(&request("HEAD", &path, &[], None)).await;
        assert_eq!(reply.status, 405, "{path}");
        assert!(!reply.header("allow").is_empty(), "{path}");
    }
}

#[tokio::test]
async fn a_path_that_does_not_exist_is_404_whatever_the_method() {
    let world = World::empty().await;
    for path in [
        "/",
        "/v1",
        "/v1/agent/1337:0",
        "/v1/agents/1337:0/nothing",
        "//",
        "/.env",
    ] {
        for method in ["GET", "POST", "HEAD"] {
            let reply = world.send(&request(method, path, &[], None)).await;
            assert_eq!(
                reply.expect(404)["code"],
                "ROUTE_NOT_FOUND",
                "{method} {path}"
            );
        }
    }
}

#[tokio::test]
async fn a_function_that_is_invoked_for_another_method_or_path_refuses() {
    let world = World::indexed().await;
    let reply = world
        .answer(
            "get-agent",
            &request("DELETE", "/v1/agents/1337:0", &[], None),
        )
        .await;
    assert_eq!(reply.expect(405)["code"], "METHOD_NOT_ALLOWED");
    let reply = world
        .answer("get-agent", &request("GET", "/v1/agents", &[], None))
        .await;
    assert_eq!(reply.expect(404)["code"], "ROUTE_NOT_FOUND");
}
