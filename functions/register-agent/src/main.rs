//! `POST /v1/agents`: an agent that is ready for its registration.

use std::process::ExitCode;
use std::time::Instant;

use shared::agents::prepare::{self, PreparedAgent, RegisterAgent};
use shared::chain::rpc::RpcUrls;
use shared::db::Writer;
use shared::http::{
    Auth, CacheControl, Code, Created, Endpoint, LimitClass, Method, Tier, WriteResult, serve,
};
use shared::telemetry::{self, list};

const ENDPOINT: Endpoint = Endpoint {
    name: env!("CARGO_PKG_NAME"),
    method: Method::Post,
    path: "/v1/agents",
    tag: "Agents",
    summary: "Prepare an agent for its registration",
    description: "Checks the registration file against ERC-8004, hosts it for good, and returns the transaction that \
                  registers the agent with it, for the key's wallet to sign and send. Once that registration is \
                  indexed, the agent is on chain under the same `id`. Until then it is `prepared`: it has no owner \
                  and is found by its `id`, and in searches that ask for that status. A registration by another \
                  wallet is another agent, whatever file it names.",
    auth: Auth::Required,
    tier: Tier::Free,
    limit: Some(LimitClass::Register),
    cache_control: CacheControl::NoStore,
    problems: &[
        Code::AgentAlreadyExists,
        Code::ChainNotSupported,
        Code::InvalidAddress,
        Code::MetadataLimitExceeded,
        Code::PayloadTooLarge,
        Code::RegistrationFileInvalid,
        Code::UnauthorizedOperation,
        Code::UnsupportedMediaType,
    ],
};

fn main() -> ExitCode {
    serve(&ENDPOINT, register)
}

async fn register(
    (writer, rpc): (Writer, RpcUrls),
    write: RegisterAgent,
) -> WriteResult<Created<PreparedAgent>> {
    let began = Instant::now();
    let prepared = prepare::register((&writer, &rpc), write).await?;
    telemetry::count(&list::AGENT_REGISTRATIONS, &["api"], 1);
    telemetry::observe(&list::AGENT_REGISTRATION_DURATION, &[], began.elapsed());
    Ok(prepared)
}
