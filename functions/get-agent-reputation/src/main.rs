//! `GET /v1/agents/{agent}/reputation`: what clients say of one agent, by tag.

use std::process::ExitCode;

use shared::agents::AgentPath;
use shared::cache::{self, Cache, Question};
use shared::db::Reader;
use shared::feedback::{self, Reputation};
use shared::http::{
    Auth, CacheControl, CachedResult, Code, Endpoint, LimitClass, Method, Request, Tier, serve,
};

const ENDPOINT: Endpoint = Endpoint {
    name: env!("CARGO_PKG_NAME"),
    method: Method::Get,
    path: "/v1/agents/{agent}/reputation",
    tag: "Reputation",
    summary: "Reputation of one agent by tag",
    description: "For each tag and scale the count, the exact sum and the average of what is on chain and not revoked, with the \
                  number of distinct clients and the part of the largest one. Values of different tags or scales are \
                  never averaged together.",
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
) -> CachedResult<Reputation> {
    let agent = &request.path.agent;
    let question = Question::about(&cache::REPUTATION, agent);
    cache
        .answer(&question, request.meta.now, || {
            feedback::reputation(&reader, agent)
        })
        .await
}
