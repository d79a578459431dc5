//! The `$default` route: answers whatever no other function takes.

use std::process::ExitCode;
use std::sync::LazyLock;

use shared::http::{
    Auth, CacheControl, Code, Endpoint, Json, JsonResult, LimitClass, Method, Problem, RawRequest,
    Reply, RouteTable, Tier, serve,
};

const ENDPOINT: Endpoint = Endpoint {
    name: env!("CARGO_PKG_NAME"),
    method: Method::Get,
    path: "$default",
    tag: "Operations",
    summary: "Whatever no route matches",
    description: "",
    auth: Auth::None,
    tier: Tier::Free,
    limit: Some(LimitClass::Lookup),
    cache_control: CacheControl::NoStore,
    problems: &[Code::RouteNotFound, Code::MethodNotAllowed],
};

/// Every route there is, from the document that is generated from the functions themselves.
static ROUTES: LazyLock<Option<RouteTable>> =
    LazyLock::new(|| RouteTable::from_openapi(include_str!("../../../openapi.json")).ok());

fn main() -> ExitCode {
    serve(&ENDPOINT, |(), request| async move { refuse(&request) })
}

fn refuse(request: &RawRequest) -> JsonResult<()> {
    let routes = ROUTES
        .as_ref()
        .ok_or_else(|| Problem::internal("openapi.json is not an OpenAPI document"))?;
    let methods = routes.methods(&request.path);
    if let ("OPTIONS", Some(methods)) = (request.method.as_str(), &methods) {
        // RFC 9110 section 9.3.7; the pipeline adds what a browser's preflight asks for.
        return Ok(Reply::no_content(Json(())).header("allow", methods));
    }
    Err(match methods {
        Some(methods) => {
            let detail = format!("{} is not a method of this path.", request.method);
            Problem::new(Code::MethodNotAllowed, detail).allow(methods)
        }
        None => Problem::new(Code::RouteNotFound, "No endpoint has this path."),
    })
}
