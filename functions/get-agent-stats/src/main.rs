//! `GET /v1/agents/{agent}/stats`: what is counted of one agent.

use std::process::ExitCode;

use shared::agents::{self, AgentPath, AgentStats};
use shared::cache::{self, Cache, Question};
use shared::db::Reader;
use shared::http::{
    Auth, CacheControl, CachedResult, Code, Endpoint, LimitClass, Method, Request, Tier, serve,
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

async fn get(
    (reader, cache): (Reader, Cache),
    request: Request<AgentPath>,
) -> CachedResult<AgentStats> {
    let agent = &request.path.agent;
    let question = Question::about(&cache::STATS, agent);
    cache
        .answer(&question, request.meta.now, || {
            agents::stats(&reader, agent)
        })
        .await
}
