//! `GET /health`: whether each part answers, and how current the data is.

use std::process::ExitCode;

use shared::cache::Cache;
use shared::db::Reader;
use shared::health::{self, Health, Overall};
use shared::http::{Auth, CacheControl, Endpoint, JsonResult, Method, Reply, Request, Tier, serve};
use shared::rate_limit::RateLimiter;

const ENDPOINT: Endpoint = Endpoint {
    name: env!("CARGO_PKG_NAME"),
    method: Method::Get,
    path: "/health",
    tag: "Operations",
    summary: "Health of the API",
    description: "Each dependency with its own status and latency, how far each chain is indexed, and how current each \
                  view is. Answers within 2 s, whatever hangs. 503, with the same body, when a dependency that is \
                  required is down.",
    auth: Auth::None,
    tier: Tier::Free,
    limit: None,
    cache_control: CacheControl::NoStore,
    problems: &[],
};

fn main() -> ExitCode {
    serve(&ENDPOINT, check)
}

async fn check(parts: (Reader, Cache, RateLimiter), request: Request) -> JsonResult<Health> {
    let health = health::check(parts, request.meta.now).await;
    Ok(match health.status {
        Overall::Ok | Overall::Degraded => Reply::json(health),
        Overall::Down => Reply::unavailable(shared::http::Json(health)),
    })
}
