//! `GET /v1/agents/{agent}/feedback`: the feedback of one agent, row by row.

use std::process::ExitCode;

use shared::agents::AgentPath;
use shared::db::Reader;
use shared::feedback::{self, Feedback, FeedbackQuery};
use shared::http::{
    Auth, CacheControl, Code, Endpoint, JsonResult, LimitClass, Method, Page, Reply, Request, Tier,
    serve,
};

const ENDPOINT: Endpoint = Endpoint {
    name: env!("CARGO_PKG_NAME"),
    method: Method::Get,
    path: "/v1/agents/{agent}/feedback",
    tag: "Reputation",
    summary: "Feedback to one agent, newest first",
    description: "Each row with its value as on chain (an integer and a scale), its tags, and the newest responses to it. What \
                  its client revoked is left out unless `includeRevoked` is true.",
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
    request: Request<AgentPath, FeedbackQuery>,
) -> JsonResult<Page<Feedback>> {
    request.meta.caller.require_page(request.query.limit)?;
    let page = feedback::list(&reader, &request.path.agent, request.query).await?;
    Ok(Reply::json(page))
}
