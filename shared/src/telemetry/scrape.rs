//! `GET /metrics`: who may read it, and what it says.

use std::collections::BTreeMap;
use std::net::IpAddr;

use utoipa::openapi::path::Parameter;
use utoipa::openapi::{RefOr, Schema};

use super::exposition::{self, MEDIA_TYPE, Sample};
use super::{counters, gauges, list};
use crate::cache::Cache;
use crate::config::MetricsAccess;
use crate::db::Reader;
use crate::http::{Code, Endpoint, Input, Meta, Output, Problem, RawRequest, Reply, Request};
use crate::secret::Secret;

/// What decides whether the metrics are shown.
#[derive(Debug)]
pub struct Scrape {
    authorization: Option<Secret>,
    source_ip: Option<IpAddr>,
    meta: Meta,
}

impl Input for Scrape {
    fn parse(endpoint: &Endpoint, raw: &RawRequest, meta: Meta) -> Result<Self, Problem> {
        let request: Request = Request::parse(endpoint, raw, meta)?;
        Ok(Self {
            authorization: raw.authorization.clone(),
            source_ip: raw.source_ip,
            meta: request.meta,
        })
    }

    fn parameters() -> Vec<Parameter> {
        <Request as Input>::parameters()
    }

    fn body_schema(_: &mut Vec<(String, RefOr<Schema>)>) -> Option<RefOr<Schema>> {
        None
    }
}

/// The text format of Prometheus.
#[derive(Debug)]
pub struct Exposition(String);

impl Output for Exposition {
    fn into_body(self) -> Result<(Vec<u8>, String), Problem> {
        Ok((self.0.into_bytes(), Self::media_type().to_owned()))
    }

    fn media_type() -> &'static str {
        MEDIA_TYPE
    }
}

/// Everything that was counted and everything that can be read, as far as cache and database answer.
///
/// # Errors
/// `UNAUTHORIZED` where the metrics are closed to the caller.
pub async fn scrape(
    reader: &Reader,
    cache: &Cache,
    asked: &Scrape,
) -> Result<Reply<Exposition>, Problem> {
    admit(&asked.meta.config.metrics, asked)?;
    let (counted, read) = tokio::join!(cache.hash(counters::KEY), gauges::read(reader.pool()));
    let mut samples = vec![
        up("cache", counted.as_ref().err()),
        up("database", read.as_ref().err()),
        Sample::new(
            &list::BUILD,
            Some(env!("CARGO_PKG_VERSION").to_owned()),
            1.0,
        ),
    ];
    samples.extend(read.unwrap_or_default());
    let counted: BTreeMap<String, i64> = counted.unwrap_or_default();
    Ok(Reply::ok(Exposition(exposition::render(
        &counted, &samples,
    ))))
}

fn up(dependency: &str, error: Option<&impl std::fmt::Display>) -> Sample {
    if let Some(error) = error {
        tracing::warn!(dependency, %error, "the metrics are not whole");
    }
    let value = if error.is_none() { 1.0 } else { 0.0 };
    Sample::new(&list::UP, Some(dependency.to_owned()), value)
}

/// Open to all unless a token or networks are configured; then to whoever has the one or is in the other.
fn admit(access: &MetricsAccess, asked: &Scrape) -> Result<(), Problem> {
    if access.token.is_none() && access.networks.is_empty() {
        return Ok(());
    }
    let bearer = asked.authorization.as_ref().and_then(|authorization| {
        let (scheme, token) = authorization.expose().split_once(' ')?;
        scheme.eq_ignore_ascii_case("bearer").then(|| token.trim())
    });
    let has_token = access
        .token
        .as_ref()
        .zip(bearer)
        .is_some_and(|(token, guess)| token.matches(guess));
    let is_inside = asked.source_ip.is_some_and(|ip| {
        let ip = ip.to_canonical();
        access.networks.iter().any(|network| network.contains(&ip))
    });
    if has_token || is_inside {
        return Ok(());
    }
    let detail = "The metrics are closed: send their token, or ask from their network.";
    Err(Problem::new(Code::Unauthorized, detail))
}
