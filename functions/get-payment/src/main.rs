//! `GET /v1/payments/{payment}`: one payment.

use std::process::ExitCode;

use shared::db::Reader;
use shared::http::{
    Auth, CacheControl, Code, Endpoint, JsonResult, LimitClass, Method, Reply, Request, Tier, serve,
};
use shared::payments::{self, Payment, PaymentPath};

const ENDPOINT: Endpoint = Endpoint {
    name: env!("CARGO_PKG_NAME"),
    method: Method::Get,
    path: "/v1/payments/{payment}",
    tag: "Payments",
    summary: "One payment",
    description: "Where it stands: a pending one is looked at every minute.",
    auth: Auth::Optional,
    tier: Tier::Free,
    limit: Some(LimitClass::Lookup),
    cache_control: CacheControl::public(0),
    problems: &[Code::PaymentNotFound],
};

fn main() -> ExitCode {
    serve(&ENDPOINT, get)
}

async fn get(reader: Reader, request: Request<PaymentPath>) -> JsonResult<Payment> {
    let payment = payments::find(&reader, request.path.payment).await?;
    Ok(Reply::json(payment))
}
