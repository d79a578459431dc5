//! `GET /v1/agents/{agent}/validations`: what validators were asked of one agent.

use std::process::ExitCode;

use shared::agents::AgentPath;
use shared::db::Reader;
use shared::http::{
    Auth, CacheControl, Code, Endpoint, JsonResult, LimitClass, Method, Page, Reply, Request, Tier,
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
    reader: Reader,
    request: Request<AgentPath, ValidationQuery>,
) -> JsonResult<Page<Validation>> {
    request.meta.caller.require_page(request.query.limit)?;
    let page = validations::list(&reader, &request.path.agent, request.query).await?;
    Ok(Reply::json(page))
}
