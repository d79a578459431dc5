//! The embedded metric format: what makes CloudWatch read metrics off a line of the log
//! (<https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Embedded_Metric_Format_Specification.html>).

use std::sync::LazyLock;

use serde::Serialize;

use super::list;
use super::metric::Metric;
use crate::config;

/// The namespace of all metrics. `METRICS_NAMESPACE`; where it is not set, lines carry no metrics and nothing is
/// published.
static NAMESPACE: LazyLock<Option<String>> =
    LazyLock::new(|| config::optional("METRICS_NAMESPACE"));

/// On the line of each request.
const ON_REQUESTS: &[Metric] = &[
    list::API_REQUESTS,
    list::API_REQUEST_DURATION,
    list::API_SERVER_ERRORS,
    list::API_THROTTLES,
    list::COLD_STARTS,
];
/// On the line of each request that takes from a bucket.
const ON_LIMITED: &[Metric] = &[list::RATE_LIMIT_FALLBACKS];
/// On the line of each scheduled run.
const ON_RUNS: &[Metric] = &[
    list::SCHEDULED_RUN_DURATION,
    list::SCHEDULED_FAILURES,
    list::COLD_STARTS,
];

/// The member `_aws` of a line.
#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Metadata {
    timestamp: i64,
    cloud_watch_metrics: Vec<Directive>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
struct Directive {
    namespace: &'static str,
    dimensions: &'static [&'static [&'static str]],
    metrics: [Definition; 1],
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
struct Definition {
    name: &'static str,
    unit: &'static str,
}

/// Where metrics go in CloudWatch, if they go there.
pub(super) fn namespace() -> Option<&'static str> {
    NAMESPACE.as_deref()
}

/// Of a request's line.
pub(super) fn of_request(timestamp_ms: i64, is_limited: bool) -> Option<Metadata> {
    let limited = if is_limited { ON_LIMITED } else { &[] };
    metadata(timestamp_ms, ON_REQUESTS.iter().chain(limited))
}

/// Of a run's line.
pub(super) fn of_run(timestamp_ms: i64) -> Option<Metadata> {
    metadata(timestamp_ms, ON_RUNS.iter())
}

fn metadata(timestamp: i64, metrics: impl Iterator<Item = &'static Metric>) -> Option<Metadata> {
    let namespace = namespace()?;
    let directive = |metric: &'static Metric| Directive {
        namespace,
        dimensions: metric.dimensions,
        metrics: [Definition {
            name: metric.name,
            unit: metric.unit.as_str(),
        }],
    };
    Some(Metadata {
        timestamp,
        cloud_watch_metrics: metrics.map(directive).collect(),
    })
}
