//! What the lines about requests and about runs have in common.

use chrono::{DateTime, SecondsFormat, Utc};
use serde::Serialize;

use super::{emf, write_line};

/// One line of JSON about an invocation. It is a log and metrics at once, so it is written whatever the level.
#[derive(Serialize)]
pub(super) struct Line<'a, B, M> {
    timestamp: String,
    level: &'static str,
    message: &'static str,
    function: &'static str,
    request_id: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    trace_id: Option<&'a str>,
    #[serde(flatten)]
    body: B,
    #[serde(rename = "_aws", skip_serializing_if = "Option::is_none")]
    metadata: Option<emf::Metadata>,
    #[serde(flatten, skip_serializing_if = "Option::is_none")]
    metrics: Option<M>,
}

/// Which invocation a line is about.
pub(super) struct About<'a> {
    /// `request` or `run`.
    pub(super) message: &'static str,
    pub(super) failed: bool,
    pub(super) function: &'static str,
    pub(super) request_id: &'a str,
    pub(super) trace_id: Option<&'a str>,
}

/// Writes a line; `metrics` are in it only where `metadata` tells CloudWatch of them.
pub(super) fn write<B: Serialize, M: Serialize>(
    about: &About<'_>,
    now: DateTime<Utc>,
    body: B,
    metadata: Option<emf::Metadata>,
    metrics: impl FnOnce() -> M,
) {
    write_line(&Line {
        timestamp: now.to_rfc3339_opts(SecondsFormat::Micros, true),
        level: if about.failed { "ERROR" } else { "INFO" },
        message: about.message,
        function: about.function,
        request_id: about.request_id,
        trace_id: about.trace_id,
        body,
        metrics: metadata.is_some().then(metrics),
        metadata,
    });
}
