//! `GET /v1/agents`: finds agents.

use std::process::ExitCode;
use std::time::Instant;

use shared::agents::search::{self, AgentCard, SearchQuery};
use shared::cache::Cache;
use shared::db::Reader;
use shared::http::{
    Auth, CacheControl, CachedResult, Code, Endpoint, LimitClass, Method, Nothing, Page, Request,
    Tier, serve,
};
use shared::telemetry::{self, list};

const ENDPOINT: Endpoint = Endpoint {
    name: env!("CARGO_PKG_NAME"),
    method: Method::Get,
    path: "/v1/agents",
    tag: "Agents",
    summary: "Find agents",
    description: "By text, chain, owner, wallet, services, skills, domains, trust and standing, in any of five orders. Every \
                  filter goes with every order. Where one is repeated, all its values must be held; of `trustLevel`, one. \
                  Pass `nextCursor` as `cursor` for the next page: it carries filters and order, so nothing else is \
                  needed beside it.",
    auth: Auth::Optional,
    tier: Tier::Free,
    limit: Some(LimitClass::Search),
    cache_control: CacheControl::public(15),
    problems: &[Code::ChainNotSupported, Code::InvalidAddress],
};

fn main() -> ExitCode {
    serve(&ENDPOINT, find)
}

async fn find(
    (reader, cache): (Reader, Cache),
    request: Request<Nothing, SearchQuery>,
) -> CachedResult<Page<AgentCard>> {
    request.meta.caller.require_page(request.query.limit)?;
    let began = Instant::now();
    let page = search::search((&reader, &cache), request.query, request.meta.now).await?;
    telemetry::observe(&list::AGENT_SEARCH_DURATION, &[], began.elapsed());
    Ok(page)
}
