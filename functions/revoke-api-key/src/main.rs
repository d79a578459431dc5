//! `DELETE /v1/api-keys/{id}`: a key that works no longer.

use std::process::ExitCode;

use shared::auth::{Authenticator, KeyPath, KeyRecord};
use shared::http::{
    Auth, CacheControl, Code, Endpoint, JsonResult, LimitClass, Method, Reply, Request, Tier, serve,
};

const ENDPOINT: Endpoint = Endpoint {
    name: env!("CARGO_PKG_NAME"),
    method: Method::Delete,
    path: "/v1/api-keys/{id}",
    tag: "Authentication",
    summary: "Revoke an API key",
    description: "A key of your own wallet, which may be the one of this request. It works nowhere 5 seconds later. \
                  Revoking it again changes nothing.",
    auth: Auth::Required,
    tier: Tier::Free,
    limit: Some(LimitClass::Lookup),
    cache_control: CacheControl::NoStore,
    problems: &[Code::UnauthorizedOperation],
};

fn main() -> ExitCode {
    serve(&ENDPOINT, revoke)
}

async fn revoke(keys: Authenticator, request: Request<KeyPath>) -> JsonResult<KeyRecord> {
    let holder = request.meta.caller.holder()?;
    let id = request.path.id;
    let record = keys.revoke(id, holder.wallet, request.meta.now).await?;
    Ok(Reply::json(record))
}
