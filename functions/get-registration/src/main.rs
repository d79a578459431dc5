//! `GET /v1/agents/{agent}/registration`: the registration file as the chain holds it.

use std::process::ExitCode;

use shared::agents::{self, AgentPath, RegistrationFile};
use shared::db::Reader;
use shared::http::{
    Auth, CacheControl, Code, Endpoint, LimitClass, Method, Problem, Reply, Request, Tier, serve,
};

const ENDPOINT: Endpoint = Endpoint {
    name: env!("CARGO_PKG_NAME"),
    method: Method::Get,
    path: "/v1/agents/{agent}/registration",
    tag: "Agents",
    summary: "The registration file of one agent",
    description: "The bytes of the file, decoded from the `agentURI` and otherwise untouched: what a wallet or another index would \
                  read. `Registration-State` says whether it keeps ERC-8004 (`valid`) or not (`faulty`; the agent's \
                  `registration.faults` say why). 204 where the agent has no file here.",
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
    reader: Reader,
    request: Request<AgentPath>,
) -> Result<Reply<RegistrationFile>, Problem> {
    agents::registration_file(&reader, &request.path.agent).await
}
