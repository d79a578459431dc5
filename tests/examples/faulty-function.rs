//! A function that fails in every way that one can, for the tests of what is told of it.

use std::process::ExitCode;

use shared::http::{
    Auth, CacheControl, Code, Endpoint, JsonResult, Method, Problem, RawRequest, Reply, Tier, serve,
};

const ENDPOINT: Endpoint = Endpoint {
    name: "faulty-function",
    method: Method::Get,
    path: "$default",
    tag: "Tests",
    summary: "Fails",
    description: "",
    auth: Auth::None,
    tier: Tier::Free,
    limit: None,
    cache_control: CacheControl::NoStore,
    problems: &[],
};

fn main() -> ExitCode {
    serve(&ENDPOINT, |(), request| async move { fail(&request) })
}

fn fail(request: &RawRequest) -> JsonResult<()> {
    match request.path.as_str() {
        "/panic" => panic!("of a test"),
        "/fault" => Err(Problem::internal("a fault of a test")),
        "/outage" => Err(Problem::unavailable("database", "an outage of a test")),
        "/callers" => Err(Problem::new(Code::AgentNotFound, "a mistake of the caller")),
        _ => Ok(Reply::json(())),
    }
}
