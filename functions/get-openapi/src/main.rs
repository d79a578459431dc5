//! `GET /openapi.json`: the OpenAPI document.

use std::process::ExitCode;

use shared::http::{
    Auth, CacheControl, Endpoint, LimitClass, Method, Problem, Reply, Request, StaticJson, Tier,
    serve,
};

const ENDPOINT: Endpoint = Endpoint {
    name: env!("CARGO_PKG_NAME"),
    method: Method::Get,
    path: "/openapi.json",
    tag: "Documents",
    summary: "The OpenAPI document",
    description: "OpenAPI 3.1, generated from the functions themselves.",
    auth: Auth::None,
    tier: Tier::Free,
    limit: Some(LimitClass::Lookup),
    cache_control: CacheControl::public(300),
    problems: &[],
};

fn main() -> ExitCode {
    serve(&ENDPOINT, get)
}

async fn get((): (), _: Request) -> Result<Reply<StaticJson>, Problem> {
    Ok(Reply::ok(StaticJson(include_str!("../../../openapi.json"))))
}
