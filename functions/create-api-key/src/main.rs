//! `POST /v1/api-keys`: a key for the wallet that signed.

use std::process::ExitCode;

use shared::auth::{CreateApiKey, NewKey, sign_in};
use shared::chain::rpc::RpcUrls;
use shared::db::Writer;
use shared::http::{
    Auth, CacheControl, Code, CreatedResult, Endpoint, JsonBody, LimitClass, Method, Nothing,
    Reply, Request, Tier, serve,
};

const ENDPOINT: Endpoint = Endpoint {
    name: env!("CARGO_PKG_NAME"),
    method: Method::Post,
    path: "/v1/api-keys",
    tag: "Authentication",
    summary: "Create an API key",
    description: "For the wallet that signed the message of a challenge. The key is shown once, here; it acts in the \
                  name of that wallet. A contract wallet is asked on its chain (ERC-1271).",
    auth: Auth::None,
    tier: Tier::Free,
    limit: Some(LimitClass::Auth),
    cache_control: CacheControl::NoStore,
    problems: &[
        Code::PayloadTooLarge,
        Code::Unauthorized,
        Code::UnsupportedMediaType,
        Code::ValidationError,
    ],
};

fn main() -> ExitCode {
    serve(&ENDPOINT, create)
}

async fn create(
    (writer, rpc): (Writer, RpcUrls),
    request: Request<Nothing, Nothing, JsonBody<CreateApiKey>>,
) -> CreatedResult<NewKey> {
    let JsonBody(body) = request.body;
    let now = request.meta.now;
    let end = body.end(now)?;
    let config = &request.meta.config;
    let proved = sign_in((&writer, &rpc), config, &body.message, &body.signature, now).await?;
    let key = NewKey::create(&writer, &proved, &body.name, (now, end)).await?;
    Ok(Reply::created(key))
}
