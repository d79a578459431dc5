//! `GET /v1/agents/{agent}`: all that is known of one agent.

use std::process::ExitCode;

use shared::agents::{self, Agent, AgentPath};
use shared::cache::{self, Cache, Question};
use shared::db::Reader;
use shared::http::{
    Auth, CacheControl, CachedResult, Code, Endpoint, LimitClass, Method, Request, Tier, serve,
};

const ENDPOINT: Endpoint = Endpoint {
    name: env!("CARGO_PKG_NAME"),
    method: Method::Get,
    path: "/v1/agents/{agent}",
    tag: "Agents",
    summary: "One agent",
    description: "Owner, wallet, URI, registration file, services and metadata, as the registry has them at the block in `asOf`. \
                  A registration file that breaks ERC-8004 is shown as it is, with `faults`; one that lies elsewhere and \
                  was not fetched yet is `pending`.",
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

async fn get((reader, cache): (Reader, Cache), request: Request<AgentPath>) -> CachedResult<Agent> {
    let agent = &request.path.agent;
    let question = Question::about(&cache::AGENT, agent);
    cache
        .answer(&question, request.meta.now, || {
            agents::profile(&reader, agent)
        })
        .await
}
