//! `GET /health`: whether each part answers.

use std::process::ExitCode;

use shared::cache::Cache;
use shared::db::Reader;
use shared::health::{self, Health, Overall};
use shared::http::{Auth, CacheControl, Endpoint, JsonResult, Method, Reply, Request, Tier, serve};

const ENDPOINT: Endpoint = Endpoint {
    name: env!("CARGO_PKG_NAME"),
    method: Method::Get,
    path: "/health",
    tag: "Operations",
    summary: "Health of the API",
    description: "Each dependency with its own status and latency. 503, with the same body, when one that is \
                  required is down.",
    auth: Auth::None,
    tier: Tier::Free,
    limit: None,
    cache_control: CacheControl::NoStore,
    problems: &[],
};

fn main() -> ExitCode {
    serve(&ENDPOINT, |clients, request| async move {
        check(clients, request).await
    })
}

async fn check((database, cache): (Reader, Cache), _: Request) -> JsonResult<Health> {
    let health = health::check(&database, &cache).await;
    Ok(match health.status {
        Overall::Ok | Overall::Degraded => Reply::json(health),
        Overall::Down => Reply::unavailable(shared::http::Json(health)),
    })
}
