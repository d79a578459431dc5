//! `GET /health/live`: that functions run at all, whatever they stand on.

use std::process::ExitCode;

use shared::health::Liveness;
use shared::http::{Auth, CacheControl, Endpoint, JsonResult, Method, Reply, Request, Tier, serve};

const ENDPOINT: Endpoint = Endpoint {
    name: env!("CARGO_PKG_NAME"),
    method: Method::Get,
    path: "/health/live",
    tag: "Operations",
    summary: "Whether the API answers at all",
    description: "Asks nothing of anyone: 200 says that the gateway and its functions run.",
    auth: Auth::None,
    tier: Tier::Free,
    limit: None,
    cache_control: CacheControl::NoStore,
    problems: &[],
};

fn main() -> ExitCode {
    serve(&ENDPOINT, get)
}

async fn get((): (), _: Request) -> JsonResult<Liveness> {
    Ok(Reply::json(Liveness::default()))
}
