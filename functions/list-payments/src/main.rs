//! `GET /v1/agents/{agent}/payments`: the payments of one agent.

use std::process::ExitCode;

use shared::agents::AgentPath;
use shared::cache::{self, Cache, Question};
use shared::db::Reader;
use shared::http::{
    Auth, CacheControl, CachedResult, Code, Endpoint, LimitClass, Method, Page, Request, Tier,
    serve,
};
use shared::payments::{self, Payment, PaymentQuery};

const ENDPOINT: Endpoint = Endpoint {
    name: env!("CARGO_PKG_NAME"),
    method: Method::Get,
    path: "/v1/agents/{agent}/payments",
    tag: "Payments",
    summary: "Payments of one agent, the last linked first",
    description: "Each with payer, payee, token and amount as the chain has them. Those that are pending or withdrawn say \
                  why, and count nowhere.",
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
    serve(&ENDPOINT, list)
}

async fn list(
    (reader, cache): (Reader, Cache),
    request: Request<AgentPath, PaymentQuery>,
) -> CachedResult<Page<Payment>> {
    let Request {
        path, query, meta, ..
    } = request;
    meta.caller.require_page(query.limit)?;
    let page = (&query, query.limit, &query.cursor);
    let question = Question::of_agent(&cache::PAYMENTS, &path.agent, &page);
    let work = || payments::list(&reader, &path.agent, query.clone());
    cache.answer(&question, meta.now, work).await
}
