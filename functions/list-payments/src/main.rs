//! `GET /v1/agents/{agent}/payments`: the payments of one agent.

use std::process::ExitCode;

use shared::agents::AgentPath;
use shared::db::Reader;
use shared::http::{
    Auth, CacheControl, Code, Endpoint, JsonResult, LimitClass, Method, Page, Reply, Request, Tier,
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
    reader: Reader,
    request: Request<AgentPath, PaymentQuery>,
) -> JsonResult<Page<Payment>> {
    request.meta.caller.require_page(request.query.limit)?;
    let page = payments::list(&reader, &request.path.agent, request.query).await?;
    Ok(Reply::json(page))
}
