//! Read-only checks of a deployment, from outside.

use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, ensure};
use serde_json::Value;
use ureq::Agent;

const TIMEOUT: Duration = Duration::from_secs(20);

/// A request, and what must come back.
struct Check {
    name: &'static str,
    path: &'static str,
    status: u16,
    /// A member of the reply's body, or a header in lower case.
    holds: fn(&Reply) -> Result<()>,
}

struct Reply {
    status: u16,
    headers: ureq::http::HeaderMap,
    body: String,
}

impl Reply {
    fn json(&self) -> Result<Value> {
        serde_json::from_str(&self.body).context("the reply is no JSON")
    }

    fn header(&self, name: &str) -> &str {
        self.headers
            .get(name)
            .and_then(|value| value.to_str().ok())
            .unwrap_or_default()
    }
}

/// What a deployment must answer, whatever is in its database.
const CHECKS: [Check; 6] = [
    Check {
        name: "health",
        path: "/health",
        status: 200,
        holds: |reply| {
            let health = reply.json()?;
            ensure!(health["status"] == "ok", "{health}");
            Ok(())
        },
    },
    Check {
        name: "openapi",
        path: "/openapi.json",
        status: 200,
        holds: |reply| {
            ensure!(reply.json()?["openapi"] == "3.1.0", "another document");
            ensure!(!reply.header("etag").is_empty(), "no ETag");
            Ok(())
        },
    },
    Check {
        name: "docs",
        path: "/docs",
        status: 200,
        holds: |reply| {
            let kind = reply.header("content-type");
            ensure!(kind.starts_with("text/html"), "content type {kind}");
            Ok(())
        },
    },
    Check {
        name: "chains",
        path: "/v1/chains",
        status: 200,
        holds: |reply| {
            ensure!(reply.json()?["items"].is_array(), "no items");
            ensure!(!reply.header("ratelimit").is_empty(), "no RateLimit");
            Ok(())
        },
    },
    Check {
        name: "search",
        path: "/v1/agents?limit=1",
        status: 200,
        holds: |reply| {
            ensure!(reply.json()?["items"].is_array(), "no items");
            Ok(())
        },
    },
    Check {
        name: "no such route",
        path: "/v1/no-such-thing",
        status: 404,
        holds: |reply| {
            ensure!(reply.json()?["code"] == "ROUTE_NOT_FOUND", "{}", reply.body);
            ensure!(!reply.header("request-id").is_empty(), "no Request-Id");
            Ok(())
        },
    },
];

/// What became of a check.
pub type Outcome = (&'static str, Result<String>, Duration);

/// Runs every check.
#[must_use]
pub fn run(url: &str) -> Vec<Outcome> {
    let base = url.trim_end_matches('/');
    let agent = Agent::config_builder()
        .timeout_global(Some(TIMEOUT))
        .http_status_as_error(false)
        .build()
        .new_agent();
    let outcome = |check: &Check| {
        let begun = Instant::now();
        let result = ask(&agent, base, check).map(|()| String::new());
        (check.name, result, begun.elapsed())
    };
    CHECKS.iter().map(outcome).collect()
}

fn ask(agent: &Agent, base: &str, check: &Check) -> Result<()> {
    let url = format!("{base}{}", check.path);
    let mut answer = agent
        .get(&url)
        .call()
        .with_context(|| format!("asking {url}"))?;
    let reply = Reply {
        status: answer.status().as_u16(),
        headers: answer.headers().clone(),
        body: answer.body_mut().read_to_string()?,
    };
    let shown: String = reply.body.chars().take(300).collect();
    ensure!(
        reply.status == check.status,
        "{url} answered {}: {shown}",
        reply.status
    );
    (check.holds)(&reply).with_context(|| format!("{url} answered {shown}"))
}
