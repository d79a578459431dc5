//! `GET /docs`: the API reference, one static page.

use std::process::ExitCode;

use shared::http::{
    Auth, CacheControl, Endpoint, Html, LimitClass, Method, Problem, Reply, Request, Tier, serve,
};

const ENDPOINT: Endpoint = Endpoint {
    name: env!("CARGO_PKG_NAME"),
    method: Method::Get,
    path: "/docs",
    tag: "Documents",
    summary: "The API reference",
    description: "One page of HTML that works without other hosts, rendered from the OpenAPI document.",
    auth: Auth::None,
    tier: Tier::Free,
    limit: Some(LimitClass::Lookup),
    cache_control: CacheControl::public(300),
    problems: &[],
};

/// The page runs nothing and loads nothing: its style is in it, named by its hash.
const CONTENT_SECURITY_POLICY: &str = concat!(
    "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; style-src 'sha256-",
    include_str!(concat!(env!("OUT_DIR"), "/style.sha256")),
    "'",
);

fn main() -> ExitCode {
    serve(&ENDPOINT, get)
}

async fn get((): (), _: Request) -> Result<Reply<Html>, Problem> {
    let page = Html(include_str!(concat!(env!("OUT_DIR"), "/page.html")));
    Ok(Reply::ok(page).header("content-security-policy", CONTENT_SECURITY_POLICY))
}
