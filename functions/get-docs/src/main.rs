//! `GET /docs`: the API reference, one static page.

use std::process::ExitCode;

use shared::http::{
    Auth, CacheControl, Endpoint, Html, LimitClass, Method, Problem, Reply, Request, Tier, serve,
};

const ENDPOINT: Endpoint = Endpoint {
    name: env!("CARGO_PKG_NAME"),
    method: Method::Get,
    path: "/docs",
    tag: "Documents",
    summary: "The API reference",
    description: "One page of HTML that works without other hosts, rendered from the OpenAPI document.",
    auth: Auth::None,
    tier: Tier::Free,
    limit: Some(LimitClass::Lookup),
    cache_control: CacheControl::public(300),
    problems: &[],
};

/// Rendered by `build/main.rs` from `openapi.json`.
const PAGE: &str = include_str!(concat!(env!("OUT_DIR"), "/page.html"));

/// The page runs nothing and loads nothing: its style is in it, named by its hash.
const CONTENT_SECURITY_POLICY: &str = concat!(
    "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; style-src 'sha256-",
    include_str!(concat!(env!("OUT_DIR"), "/style.sha256")),
    "'",
);

fn main() -> ExitCode {
    serve(&ENDPOINT, get)
}

async fn get((): (), _: Request) -> Result<Reply<Html>, Problem> {
    Ok(Reply::ok(Html(PAGE)).header("content-security-policy", CONTENT_SECURITY_POLICY))
}

#[cfg(test)]
mod tests {
    use shared::http::Code;

    use super::PAGE;

    #[test]
    fn every_problem_has_the_anchor_that_its_type_points_to() {
        for code in Code::ALL {
            let anchor = format!("id=\"{}\"", code.anchor());
            assert_eq!(PAGE.matches(&anchor).count(), 1, "{anchor}");
        }
    }

    #[test]
    fn every_link_leads_to_an_anchor_of_the_page_and_nothing_is_loaded() {
        for link in PAGE.split("href=\"").skip(1) {
            let target = link.split('"').next().unwrap_or_default();
            let anchor = target
                .strip_prefix('#')
                .expect("only links within the page");
            assert!(PAGE.contains(&format!("id=\"{anchor}\"")), "{anchor}");
        }
        for loads in ["src=", "<script", "<link", "url(", "@import"] {
            assert!(!PAGE.contains(loads), "{loads}");
        }
    }
}
