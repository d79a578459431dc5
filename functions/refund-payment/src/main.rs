//! `POST /v1/payments/{payment}/refund`: notes that a payment was paid back.

use std::process::ExitCode;

use shared::cache::Cache;
use shared::chain::rpc::RpcUrls;
use shared::db::{Reader, Writer};
use shared::http::{
    Auth, CacheControl, Code, Endpoint, Json, JsonBody, LimitClass, Method, Nothing, Tier, Write,
    WriteResult, serve,
};
use shared::payments::{self, LinkRefund, Payment, PaymentPath};

const ENDPOINT: Endpoint = Endpoint {
    name: env!("CARGO_PKG_NAME"),
    method: Method::Post,
    path: "/v1/payments/{payment}/refund",
    tag: "Payments",
    summary: "Link the refund of a payment",
    description: "By payer or payee. The transaction must move the same amount of the same token back from the payment's \
                  payee to its payer, later than the payment, and be confirmed as payments are. The payment is `refunded` \
                  then, which counts against success.",
    auth: Auth::Required,
    tier: Tier::Free,
    limit: Some(LimitClass::Payment),
    cache_control: CacheControl::NoStore,
    problems: &[
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
    serve(&ENDPOINT, refund)
}

async fn refund(
    (reader, writer, rpc, cache): (Reader, Writer, RpcUrls, Cache),
    write: Write<PaymentPath, Nothing, JsonBody<LinkRefund>>,
) -> WriteResult<Json<Payment>> {
    let JsonBody(body) = &write.body;
    let parts = (&reader, &writer, &rpc, &cache);
    payments::refund(parts, write.path.payment, body, &write.meta, &write.once).await
}
