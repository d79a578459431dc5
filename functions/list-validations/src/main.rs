//! `GET /v1/agents/{agent}/validations`: what validators were asked of one agent.

use std::process::ExitCode;

use shared::agents::AgentPath;
use shared::cache::{self, Cache, Question};
use shared::db::Reader;
use shared::http::{
    Auth, CacheControl, CachedResult, Code, Endpoint, LimitClass, Method, Page, Request, Tier,
    serve,
};
use shared::validations::{self, Validation, ValidationQuery};

const ENDPOINT: Endpoint = Endpoint {
    name: env!("CARGO_PKG_NAME"),
    method: Method::Get,
    path: "/v1/agents/{agent}/validations",
    tag: "Validations",
    summary: "Validations of one agent, newest first",
    description: "Each request with the validator's latest response, from 0 (failed) to 100 (passed).",
    auth: Auth::Optional,
    tier: Tier::Free,
    limit: Some(LimitClass::Lookup),
    cache_control: CacheControl::public(0),
    problems: &[
        Code::AgentNotFound,
        Code::ChainNotSupported,
        Code::InvalidAddress,
    ],
};

fn main() -> ExitCode {
    serve(&ENDPOINT, list)
}

async fn list(
    (reader, cache): (Reader, Cache),
    request: Request<AgentPath, ValidationQuery>,
) -> CachedResult<Page<Validation>> {
    let Request {
        path, query, meta, ..
    } = request;
    meta.caller.require_page(query.limit)?;
    let page = (&query, query.limit, &query.cursor);
    let question = Question::of_agent(&cache::VALIDATIONS, &path.agent, &page);
    let work = || validations::list(&reader, &path.agent, query.clone());
    cache.answer(&question, meta.now, work).await
}
