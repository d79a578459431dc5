//! One JSON line a run of a scheduled function, and its counts.

use std::time::Duration;

use chrono::{DateTime, Utc};
use serde::Serialize;
use serde_json::Value;

use super::line::{self, About};
use super::parts::{Part, Tally};
use super::{counters, emf, list};

/// What is known of a run that has ended.
#[derive(Debug)]
pub struct Ended<'a> {
    /// The invocation's id.
    pub request_id: &'a str,
    /// The X-Ray trace that it is part of.
    pub trace_id: Option<&'a str>,
    /// The function.
    pub function: &'static str,
    /// How long it took.
    pub duration: Duration,
    /// Where that time went.
    pub tally: &'a Tally,
    /// Whether it is the first of its execution environment.
    pub cold_start: bool,
    /// What it reports, or why it failed.
    pub outcome: Result<Value, String>,
}

/// What its line says of it.
#[derive(Serialize)]
struct Body<'a> {
    duration_us: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    database_us: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    chain_us: Option<u64>,
    cold_start: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    report: Option<&'a Value>,
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<&'a str>,
}

/// The values that `_aws` names.
#[derive(Serialize)]
struct Metrics {
    #[serde(rename = "erc8004_scheduled_run_duration_seconds")]
    duration_s: f64,
    #[serde(rename = "erc8004_scheduled_failure_ratio")]
    failed: u8,
    #[serde(rename = "erc8004_cold_starts_total")]
    cold_start: u8,
}

/// Counts the run and writes its line.
pub fn ended(run: &Ended<'_>, now: DateTime<Utc>) {
    let failed = run.outcome.is_err();
    let result = if failed { "failed" } else { "ok" };
    counters::count(&list::SCHEDULED_RUNS, &[run.function, result], 1);
    counters::observe(&list::SCHEDULED_RUN_DURATION, &[run.function], run.duration);
    if run.cold_start {
        counters::count(&list::COLD_STARTS, &[run.function], 1);
    }
    let about = About {
        message: "run",
        failed,
        function: run.function,
        request_id: run.request_id,
        trace_id: run.trace_id,
    };
    let body = Body {
        duration_us: u64::try_from(run.duration.as_micros()).unwrap_or(u64::MAX),
        database_us: run.tally.us(Part::Database),
        chain_us: run.tally.us(Part::Chain),
        cold_start: run.cold_start,
        report: run.outcome.as_ref().ok(),
        error: run.outcome.as_ref().err().map(String::as_str),
    };
    let metadata = emf::of_run(now.timestamp_millis());
    line::write(&about, now, body, metadata, || Metrics {
        duration_s: run.duration.as_secs_f64(),
        failed: u8::from(failed),
        cold_start: u8::from(run.cold_start),
    });
}
