//! `POST /v1/auth/challenges`: a nonce for signing in with a wallet.

use std::process::ExitCode;

use shared::auth::{Challenge, ChallengeReply, CreateChallenge};
use shared::db::Writer;
use shared::http::{
    Auth, CacheControl, Code, CreatedResult, Endpoint, JsonBody, LimitClass, Method, Nothing,
    Reply, Request, Tier, serve,
};

const ENDPOINT: Endpoint = Endpoint {
    name: env!("CARGO_PKG_NAME"),
    method: Method::Post,
    path: "/v1/auth/challenges",
    tag: "Authentication",
    summary: "Ask for a sign-in challenge",
    description: "A nonce that is good for one API key within 5 minutes, and the EIP-4361 message to sign with it.",
    auth: Auth::None,
    tier: Tier::Free,
    limit: Some(LimitClass::Auth),
    cache_control: CacheControl::NoStore,
    problems: &[
        Code::ChainNotSupported,
        Code::PayloadTooLarge,
        Code::UnsupportedMediaType,
        Code::ValidationError,
    ],
};

fn main() -> ExitCode {
    serve(&ENDPOINT, create)
}

async fn create(
    writer: Writer,
    request: Request<Nothing, Nothing, JsonBody<CreateChallenge>>,
) -> CreatedResult<ChallengeReply> {
    let JsonBody(body) = request.body;
    let meta = request.meta;
    let issue = Challenge::issue(&writer, &meta.config, body.address, body.chain_id, meta.now);
    Ok(Reply::created(issue.await?.into()))
}
