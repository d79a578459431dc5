//! `GET /v1/chains`: the chains that are indexed, and how far.

use std::process::ExitCode;

use shared::chains::{self, Chains};
use shared::db::Reader;
use shared::http::{
    Auth, CacheControl, Endpoint, JsonResult, LimitClass, Method, Reply, Request, Tier, serve,
};

const ENDPOINT: Endpoint = Endpoint {
    name: env!("CARGO_PKG_NAME"),
    method: Method::Get,
    path: "/v1/chains",
    tag: "Chains",
    summary: "The chains that are indexed",
    description: "Each with its registries, what was found on it, and how far the index is behind the chain, in blocks and in \
                  seconds. `lastError` is there while the chain's endpoint fails: answers are then right as of \
                  `indexedBlock`, and get older.",
    auth: Auth::Optional,
    tier: Tier::Free,
    limit: Some(LimitClass::Lookup),
    cache_control: CacheControl::public(5),
    problems: &[],
};

fn main() -> ExitCode {
    serve(&ENDPOINT, list)
}

async fn list(reader: Reader, _: Request) -> JsonResult<Chains> {
    let chains = chains::list(&reader).await?;
    Ok(Reply::json(chains))
}
