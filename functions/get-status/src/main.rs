//! `GET /status`: a page for people that shows what `/health` and `/v1/chains` say.

use std::process::ExitCode;

use shared::http::{
    Auth, CacheControl, Endpoint, Html, LimitClass, Method, Problem, Reply, Request, Tier, serve,
};

const ENDPOINT: Endpoint = Endpoint {
    name: env!("CARGO_PKG_NAME"),
    method: Method::Get,
    path: "/status",
    tag: "Operations",
    summary: "The status page",
    description: "One page of HTML that asks `/health` and `/v1/chains` and no other host, and draws requests and latency of \
                  the last hour.",
    auth: Auth::None,
    tier: Tier::Free,
    limit: Some(LimitClass::Lookup),
    cache_control: CacheControl::public(300),
    problems: &[],
};

/// Put together by `build/main.rs`.
const PAGE: &str = include_str!(concat!(env!("OUT_DIR"), "/page.html"));

/// The page asks this API and nobody else; its style and script are in it, named by their hashes.
const CONTENT_SECURITY_POLICY: &str = include_str!(concat!(env!("OUT_DIR"), "/policy.txt"));

fn main() -> ExitCode {
    serve(&ENDPOINT, get)
}

async fn get((): (), _: Request) -> Result<Reply<Html>, Problem> {
    Ok(Reply::ok(Html(PAGE)).header("content-security-policy", CONTENT_SECURITY_POLICY))
}
