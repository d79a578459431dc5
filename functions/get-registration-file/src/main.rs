//! `GET /v1/registration-files/{id}`: the file that a registration prepared here names.

use std::process::ExitCode;

use shared::agents::RegistrationFile;
use shared::agents::prepare::{FilePath, hosted_file};
use shared::db::Reader;
use shared::http::{
    Auth, CacheControl, Code, Endpoint, LimitClass, Method, Problem, Reply, Request, Tier, serve,
};

const ENDPOINT: Endpoint = Endpoint {
    name: env!("CARGO_PKG_NAME"),
    method: Method::Get,
    path: "/v1/registration-files/{id}",
    tag: "Agents",
    summary: "A registration file that is hosted here",
    description: "What the `agentURI` of an agent leads to that was prepared with `POST /v1/agents`. The file never \
                  changes. What the agent's present URI holds is at `/v1/agents/{agent}/registration`.",
    auth: Auth::Optional,
    tier: Tier::Free,
    limit: Some(LimitClass::Lookup),
    cache_control: CacheControl::public(86_400),
    problems: &[Code::AgentNotFound],
};

fn main() -> ExitCode {
    serve(&ENDPOINT, get)
}

async fn get(
    reader: Reader,
    request: Request<FilePath>,
) -> Result<Reply<RegistrationFile>, Problem> {
    hosted_file(&reader, request.path.id).await
}
