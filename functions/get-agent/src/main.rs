//! `GET /v1/agents/{agent}`: all that is known of one agent.

use std::process::ExitCode;

use shared::agents::{self, Agent, AgentPath};
use shared::db::Reader;
use shared::http::{
    Auth, CacheControl, Code, Endpoint, JsonResult, LimitClass, Method, Reply, Request, Tier, serve,
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

async fn get(reader: Reader, request: Request<AgentPath>) -> JsonResult<Agent> {
    let found = agents::profile(&reader, &request.path.agent).await?;
    Ok(Reply::json(found))
}
