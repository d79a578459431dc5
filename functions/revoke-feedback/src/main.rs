//! `DELETE /v1/feedback/{feedback}`: takes a client's own word back.

use std::process::ExitCode;

use shared::cache::Cache;
use shared::chain::rpc::RpcUrls;
use shared::db::Writer;
use shared::feedback::{self, FeedbackPath, Revocation};
use shared::http::{
    Auth, CacheControl, Code, Endpoint, JsonResult, LimitClass, Method, Reply, Request, Tier, serve,
};

const ENDPOINT: Endpoint = Endpoint {
    name: env!("CARGO_PKG_NAME"),
    method: Method::Delete,
    path: "/v1/feedback/{feedback}",
    tag: "Reputation",
    summary: "Revoke feedback",
    description: "By the client who gave it. What is not on chain is revoked at once; for what is, the transaction that revokes \
                  it is returned. Revoking again changes nothing.",
    auth: Auth::Required,
    tier: Tier::Free,
    limit: Some(LimitClass::Feedback),
    cache_control: CacheControl::NoStore,
    problems: &[Code::FeedbackNotFound, Code::UnauthorizedOperation],
};

fn main() -> ExitCode {
    serve(&ENDPOINT, revoke)
}

async fn revoke(
    (writer, rpc, cache): (Writer, RpcUrls, Cache),
    request: Request<FeedbackPath>,
) -> JsonResult<Revocation> {
    let client = request.meta.caller.holder()?.wallet;
    let id = request.path.feedback;
    let parts = (&writer, &rpc, &cache);
    let revocation = feedback::revoke(parts, id, client, request.meta.now).await?;
    Ok(Reply::json(revocation))
}
