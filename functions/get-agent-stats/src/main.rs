//! `GET /v1/agents/{agent}/stats`: what is counted of one agent.

use std::process::ExitCode;

use shared::agents::{self, AgentPath, AgentStats};
use shared::db::Reader;
use shared::http::{
    Auth, CacheControl, Code, Endpoint, JsonResult, LimitClass, Method, Reply, Request, Tier, serve,
};

const ENDPOINT: Endpoint = Endpoint {
    name: env!("CARGO_PKG_NAME"),
    method: Method::Get,
    path: "/v1/agents/{agent}/stats",
    tag: "Reputation",
    summary: "Stats of one agent",
    description: "Score, trust level, and counts of feedback, validations and payments, never stale: they are kept in the \
                  transactions that change them. The score is the average of values tagged `starred` (0 to 100) or, where \
                  an agent has none, of untagged ones; `basis` says which.",
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
    serve(&ENDPOINT, get)
}

async fn get(reader: Reader, request: Request<AgentPath>) -> JsonResult<AgentStats> {
    let found = agents::stats(&reader, &request.path.agent).await?;
    Ok(Reply::json(found))
}
