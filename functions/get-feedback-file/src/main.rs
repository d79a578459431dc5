//! `GET /v1/feedback-files/{feedback}`: what the `feedbackURI` of feedback that was handed in here leads to.

use std::process::ExitCode;

use shared::db::Reader;
use shared::feedback::{FeedbackFile, FeedbackPath, hosted_file};
use shared::http::{
    Auth, CacheControl, Code, Endpoint, LimitClass, Method, Problem, Reply, Request, Tier, serve,
};

const ENDPOINT: Endpoint = Endpoint {
    name: env!("CARGO_PKG_NAME"),
    method: Method::Get,
    path: "/v1/feedback-files/{feedback}",
    tag: "Reputation",
    summary: "A feedback file that is hosted here",
    description: "What the `feedbackURI` of feedback leads to that was given with `POST /v1/agents/{agent}/feedback`. The file \
                  never changes; its Keccak-256 is the `feedbackHash`.",
    auth: Auth::Optional,
    tier: Tier::Free,
    limit: Some(LimitClass::Lookup),
    cache_control: CacheControl::public(86_400),
    problems: &[Code::FeedbackNotFound],
};

fn main() -> ExitCode {
    serve(&ENDPOINT, get)
}

async fn get(
    reader: Reader,
    request: Request<FeedbackPath>,
) -> Result<Reply<FeedbackFile>, Problem> {
    hosted_file(&reader, request.path.feedback).await
}
