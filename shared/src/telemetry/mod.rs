//! Logs: one JSON line a request, and one for whatever else an operator has to know.

use std::time::Duration;

use tracing::level_filters::LevelFilter;

use crate::config;
use crate::http::Problem;

/// Sends logs as JSON lines to standard output, which Lambda forwards to CloudWatch.
/// `LOG_LEVEL` is `error`, `warn`, `info` (the default), `debug` or `trace`.
pub fn init(function: &'static str) {
    let level = config::optional("LOG_LEVEL")
        .and_then(|level| level.parse().ok())
        .unwrap_or(LevelFilter::INFO);
    let logs = tracing_subscriber::fmt()
        .json()
        .flatten_event(true)
        .with_current_span(true)
        .with_span_list(level > LevelFilter::INFO)
        .with_max_level(level)
        .with_target(level > LevelFilter::INFO);
    // A second initialisation, in tests, keeps the first.
    let _ = logs.try_init();
    std::panic::set_hook(Box::new(move |panic| {
        tracing::error!(function, panic = %panic, "panicked");
    }));
}

/// What the log says of one request.
#[derive(Debug)]
pub struct RequestLine<'a> {
    /// The path template, never the raw path: it is a dimension.
    pub route: &'static str,
    /// The endpoint's method.
    pub method: &'static str,
    /// The status sent.
    pub status: u16,
    /// From the event's arrival to the answer.
    pub duration: Duration,
    /// Whether it is the first of its execution environment.
    pub cold_start: bool,
    /// Who decided on the caller's quota: `table`, `memory`, or `local` while the table is out of reach.
    pub limited_by: Option<&'static str>,
    /// Why it was not answered as asked.
    pub problem: Option<&'a Problem>,
}

/// Writes the line: a fault of ours as an error, anything else as information.
pub fn request_line(line: &RequestLine<'_>) {
    let RequestLine {
        route,
        method,
        status,
        cold_start,
        limited_by,
        ..
    } = *line;
    let duration_us = u64::try_from(line.duration.as_micros()).unwrap_or(u64::MAX);
    let code = line.problem.map(|p| p.code().as_str());
    let detail = line.problem.map(Problem::detail);
    let cause = line.problem.and_then(Problem::cause);
    if status >= 500 {
        tracing::error!(
            route,
            method,
            status,
            duration_us,
            cold_start,
            limited_by,
            code,
            detail,
            cause,
            "request"
        );
    } else {
        tracing::info!(
            route,
            method,
            status,
            duration_us,
            cold_start,
            limited_by,
            code,
            detail,
            cause,
            "request"
        );
    }
}
