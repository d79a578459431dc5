//! `POST /v1/agents/{agent}/payments`: links what a transaction has paid to an agent.

use std::process::ExitCode;

use shared::agents::AgentPath;
use shared::cache::Cache;
use shared::chain::rpc::RpcUrls;
use shared::db::{Reader, Writer};
use shared::http::{
    Auth, CacheControl, Code, Created, Endpoint, JsonBody, LimitClass, Method, Nothing, Tier,
    Write, WriteResult, serve,
};
use shared::payments::{self, LinkPayment, LinkedPayments};
use shared::telemetry::{self, list};

const ENDPOINT: Endpoint = Endpoint {
    name: env!("CARGO_PKG_NAME"),
    method: Method::Post,
    path: "/v1/agents/{agent}/payments",
    tag: "Payments",
    summary: "Link a payment to an agent",
    description: "By payer or payee. The transaction is read from the chain: native value or an ERC-20 transfer (an x402 \
                  settlement is one) to the wallet or owner that the agent had in its block. A transaction that was \
                  reverted is linked as failed. Each transfer is a payment of its own and is linked once; it is `pending` \
                  until it is as deep in the chain as the chain's confirmations and its block is indexed.",
    auth: Auth::Required,
    tier: Tier::Free,
    limit: Some(LimitClass::Payment),
    cache_control: CacheControl::NoStore,
    problems: &[
        Code::AgentNotFound,
        Code::AgentSuspended,
        Code::ChainNotSupported,
        Code::InvalidAddress,
        Code::PayloadTooLarge,
        Code::PaymentAlreadyLinked,
        Code::PaymentNotFound,
        Code::PaymentRejected,
        Code::UnauthorizedOperation,
        Code::UnsupportedMediaType,
        Code::ValidationError,
    ],
};

fn main() -> ExitCode {
    serve(&ENDPOINT, link)
}

async fn link(
    (reader, writer, rpc, cache): (Reader, Writer, RpcUrls, Cache),
    write: Write<AgentPath, Nothing, JsonBody<LinkPayment>>,
) -> WriteResult<Created<LinkedPayments>> {
    let JsonBody(body) = &write.body;
    let parts = (&reader, &writer, &rpc, &cache);
    let linked = payments::link(parts, &write.path.agent, body, &write.meta, &write.once).await?;
    telemetry::count(&list::PAYMENT_LINKS, &[], 1);
    Ok(linked)
}
