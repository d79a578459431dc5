//! `GET /v1/api-keys`: the keys of the caller's wallet.

use std::process::ExitCode;

use shared::auth::{KeyList, KeyRecord};
use shared::db::Writer;
use shared::http::{
    Auth, CacheControl, Endpoint, JsonResult, LimitClass, Method, Reply, Request, Tier, serve,
};

const ENDPOINT: Endpoint = Endpoint {
    name: env!("CARGO_PKG_NAME"),
    method: Method::Get,
    path: "/v1/api-keys",
    tag: "Authentication",
    summary: "List your API keys",
    description: "All keys of the wallet that the key of this request belongs to, without the keys themselves.",
    auth: Auth::Required,
    tier: Tier::Free,
    limit: Some(LimitClass::Lookup),
    cache_control: CacheControl::NoStore,
    problems: &[],
};

fn main() -> ExitCode {
    serve(&ENDPOINT, list)
}

async fn list(writer: Writer, request: Request) -> JsonResult<KeyList> {
    let holder = request.meta.caller.holder()?;
    let items = KeyRecord::list(&writer, holder.wallet, request.meta.now).await?;
    Ok(Reply::json(KeyList { items }))
}
