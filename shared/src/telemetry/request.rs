//! One JSON line a request, its counts, and the event of one that failed by a fault of ours.

use std::time::Duration;

use chrono::{DateTime, Utc};
use serde::Serialize;
use uuid::Uuid;

use super::line::{self, About};
use super::parts::{Part, Tally};
use super::{counters, emf, list};
use crate::http::{LimitClass, Problem};

/// What is known of a request when its answer is ready.
#[derive(Debug)]
pub struct Answered<'a> {
    /// Its id, as the gateway gave it.
    pub request_id: &'a str,
    /// The X-Ray trace that it is part of.
    pub trace_id: Option<&'a str>,
    /// The function that answers.
    pub function: &'static str,
    /// The path template, never the raw path: it is a dimension.
    pub route: &'static str,
    /// The endpoint's method.
    pub method: &'static str,
    /// The status sent.
    pub status: u16,
    /// From the event's arrival to the answer.
    pub duration: Duration,
    /// Where that time went.
    pub tally: &'a Tally,
    /// Whether it is the first of its execution environment.
    pub cold_start: bool,
    /// The id of the caller's key, never the key.
    pub key_id: Option<Uuid>,
    /// What the limiter decided: the class, whether it admitted, and who decided (`table`, `memory`, or `local` while
    /// the table is out of reach).
    pub limit: Option<(LimitClass, bool, &'static str)>,
    /// Why it was not answered as asked.
    pub problem: Option<&'a Problem>,
}

/// What its line says of it.
#[derive(Serialize)]
struct Body<'a> {
    method: &'static str,
    route: &'static str,
    status: u16,
    status_class: String,
    duration_us: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    auth_us: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    limit_us: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    cache_us: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    database_us: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    chain_us: Option<u64>,
    cold_start: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    limited_by: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    key_id: Option<Uuid>,
    #[serde(skip_serializing_if = "Option::is_none")]
    code: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    detail: Option<&'a str>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    invalid: Vec<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    cause: Option<String>,
}

/// The values that `_aws` names.
#[derive(Serialize)]
struct Metrics {
    #[serde(rename = "erc8004_api_requests_total")]
    requests: u8,
    #[serde(rename = "erc8004_api_request_duration_seconds")]
    duration_s: f64,
    #[serde(rename = "erc8004_api_server_error_ratio")]
    server_error: u8,
    #[serde(rename = "erc8004_api_throttle_ratio")]
    throttled: u8,
    #[serde(rename = "erc8004_cold_starts_total")]
    cold_start: u8,
    #[serde(
        rename = "erc8004_rate_limit_fallback_ratio",
        skip_serializing_if = "Option::is_none"
    )]
    limited_locally: Option<u8>,
}

/// Counts the request and writes its line.
pub fn answered(request: &Answered<'_>, now: DateTime<Utc>) {
    count(request);
    let metadata = emf::of_request(now.timestamp_millis(), request.limit.is_some());
    let us = |part| request.tally.us(part);
    let about = About {
        message: "request",
        failed: request.status >= 500,
        function: request.function,
        request_id: request.request_id,
        trace_id: request.trace_id,
    };
    let body = Body {
        method: request.method,
        route: request.route,
        status: request.status,
        status_class: format!("{}xx", request.status / 100),
        duration_us: u64::try_from(request.duration.as_micros()).unwrap_or(u64::MAX),
        auth_us: us(Part::Auth),
        limit_us: us(Part::Limit),
        cache_us: us(Part::Cache),
        database_us: us(Part::Database),
        chain_us: us(Part::Chain),
        cold_start: request.cold_start,
        limited_by: request.limit.map(|(_, _, by)| by),
        key_id: request.key_id,
        code: request.problem.map(|problem| problem.code().as_str()),
        detail: request.problem.and_then(detail),
        invalid: invalid(request.problem),
        cause: request.problem.and_then(Problem::cause),
    };
    line::write(&about, now, body, metadata, || metrics(request));
}

/// What is said of invalid input quotes it, and a caller may put a secret anywhere: of that the log gets the places.
fn detail(problem: &Problem) -> Option<&str> {
    problem
        .pointers()
        .next()
        .is_none()
        .then(|| problem.detail())
}

fn invalid(problem: Option<&Problem>) -> Vec<&str> {
    problem.into_iter().flat_map(Problem::pointers).collect()
}

fn metrics(request: &Answered<'_>) -> Metrics {
    Metrics {
        requests: 1,
        duration_s: request.duration.as_secs_f64(),
        server_error: u8::from(request.status >= 500),
        throttled: u8::from(request.status == 429),
        cold_start: u8::from(request.cold_start),
        limited_locally: request.limit.map(|(_, _, by)| u8::from(by == "local")),
    }
}

fn count(request: &Answered<'_>) {
    let Answered { method, route, .. } = request;
    let status = request.status.to_string();
    counters::count(&list::API_REQUESTS, &[method, route, &status], 1);
    counters::observe(
        &list::API_REQUEST_DURATION,
        &[method, route],
        request.duration,
    );
    if let Some(problem) = request.problem {
        counters::count(&list::PROBLEMS, &[problem.code().as_str()], 1);
    }
    if request.cold_start {
        counters::count(&list::COLD_STARTS, &[request.function], 1);
    }
    if let Some((class, admitted, by)) = request.limit {
        let decision = if admitted { "admitted" } else { "denied" };
        counters::count(
            &list::RATE_LIMIT_DECISIONS,
            &[class.as_str(), decision, by],
            1,
        );
    }
}
