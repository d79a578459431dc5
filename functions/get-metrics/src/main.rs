//! `GET /metrics`: what all instances have counted, in the text format of Prometheus.

use std::process::ExitCode;

use shared::cache::Cache;
use shared::db::Reader;
use shared::http::{Auth, CacheControl, Code, Endpoint, Method, Problem, Reply, Tier, serve};
use shared::telemetry::scrape::{Exposition, Scrape, scrape};

const ENDPOINT: Endpoint = Endpoint {
    name: env!("CARGO_PKG_NAME"),
    method: Method::Get,
    path: "/metrics",
    tag: "Operations",
    summary: "Metrics for Prometheus",
    description: "Counters over all instances, and the state of chains, views, payments and connections. A deployment can \
                  close it to all but holders of a token (`Authorization: Bearer`) and named networks.",
    auth: Auth::None,
    tier: Tier::Free,
    limit: None,
    cache_control: CacheControl::NoStore,
    problems: &[Code::Unauthorized],
};

fn main() -> ExitCode {
    serve(&ENDPOINT, get)
}

async fn get(
    (reader, cache): (Reader, Cache),
    asked: Scrape,
) -> Result<Reply<Exposition>, Problem> {
    scrape(&reader, &cache, &asked).await
}
