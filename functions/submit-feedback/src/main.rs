//! `POST /v1/agents/{agent}/feedback`: a client's word on an agent.

use std::process::ExitCode;

use shared::cache::Cache;
use shared::chain::rpc::RpcUrls;
use shared::db::Writer;
use shared::feedback::{self, SubmitFeedback, SubmittedFeedback};
use shared::http::{
    Auth, CacheControl, Code, Created, Endpoint, LimitClass, Method, Tier, WriteResult, serve,
};
use shared::telemetry::{self, list};

const ENDPOINT: Endpoint = Endpoint {
    name: env!("CARGO_PKG_NAME"),
    method: Method::Post,
    path: "/v1/agents/{agent}/feedback",
    tag: "Reputation",
    summary: "Give an agent feedback",
    description: "In the name of the key's wallet, which is neither the agent's owner nor its wallet nor an operator. Stores it, \
                  with the client's EIP-712 signature if there is one, hosts its canonical file, and returns the \
                  transaction that brings it on chain. Until that is indexed it is counted apart from what is on chain; \
                  from then on both are one. A client waits 60 s between two feedbacks to one agent.",
    auth: Auth::Required,
    tier: Tier::Free,
    limit: Some(LimitClass::Feedback),
    cache_control: CacheControl::NoStore,
    problems: &[
        Code::AgentNotFound,
        Code::AgentSuspended,
        Code::ChainNotSupported,
        Code::FeedbackTooSoon,
        Code::InvalidAddress,
        Code::PayloadTooLarge,
        Code::UnauthorizedOperation,
        Code::UnsupportedMediaType,
        Code::ValidationError,
    ],
};

fn main() -> ExitCode {
    serve(&ENDPOINT, submit)
}

async fn submit(
    (writer, rpc, cache): (Writer, RpcUrls, Cache),
    write: SubmitFeedback,
) -> WriteResult<Created<SubmittedFeedback>> {
    let submitted = feedback::submit((&writer, &rpc, &cache), write).await?;
    telemetry::count(&list::FEEDBACK_SUBMISSIONS, &["api"], 1);
    Ok(submitted)
}
