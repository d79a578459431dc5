//! `GET /v1/feedback`: feedback across all agents, newest first.

use std::process::ExitCode;

use shared::db::Reader;
use shared::feedback::{self, AgentFeedback, AllFeedbackQuery};
use shared::http::{
    Auth, CacheControl, Code, Endpoint, JsonResult, LimitClass, Method, Nothing, Page, Reply,
    Request, Tier, serve,
};

const ENDPOINT: Endpoint = Endpoint {
    name: env!("CARGO_PKG_NAME"),
    method: Method::Get,
    path: "/v1/feedback",
    tag: "Reputation",
    summary: "Feedback to all agents, newest first",
    description: "Each row as in the list of one agent, with the agent. For the pro tier and above.",
    auth: Auth::Required,
    tier: Tier::Pro,
    limit: Some(LimitClass::Search),
    cache_control: CacheControl::NoStore,
    problems: &[Code::InvalidAddress],
};

fn main() -> ExitCode {
    serve(&ENDPOINT, list)
}

async fn list(
    reader: Reader,
    request: Request<Nothing, AllFeedbackQuery>,
) -> JsonResult<Page<AgentFeedback>> {
    let page = feedback::list_all(&reader, request.query).await?;
    Ok(Reply::json(page))
}
