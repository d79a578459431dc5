//! The alarms of CloudWatch. Each names its runbook.

use std::collections::BTreeMap;

use anyhow::{Result, ensure};
use serde::Serialize;

use super::{Metric, NAMESPACE, named};
use crate::functions::{Declaration, Endpoint};
use crate::stack::sync;

/// Where the runbooks are; each alarm has a heading there.
const RUNBOOK: &str = "docs/TROUBLESHOOTING.md";

/// A read that takes longer is slow, in seconds.
const READ_S_MAX: f64 = 1.0;
/// A write, which asks a chain.
const WRITE_S_MAX: f64 = 3.0;
/// The longest period that CloudWatch evaluates in one piece, in seconds.
const PERIOD_S_MAX: u64 = 86_400;

/// An alarm, in the words of `PutMetricAlarm`
/// (<https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_PutMetricAlarm.html>).
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Alarm {
    name: String,
    description: String,
    metric: String,
    namespace: &'static str,
    dimensions: BTreeMap<String, String>,
    statistic: &'static str,
    threshold: f64,
    period_seconds: u64,
    evaluation_periods: u32,
    comparison: &'static str,
    treat_missing_data: &'static str,
    runbook: String,
}

/// One alarm over everything, in the table below.
struct Row {
    /// Also the heading of its runbook.
    name: &'static str,
    description: &'static str,
    metric: &'static str,
    statistic: &'static str,
    threshold: f64,
    minutes: u32,
    /// Whether silence is a finding too: somebody should be telling this every minute.
    must_be_told: bool,
}

const WHOLE: &[Row] = &[
    Row {
        name: "server-errors",
        description: "More than 1 % of requests are answered with 5xx.",
        metric: "erc8004_api_server_error_ratio",
        statistic: "Average",
        threshold: 0.01,
        minutes: 5,
        must_be_told: false,
    },
    Row {
        name: "throttles",
        description: "More than a fifth of requests are over their quota.",
        metric: "erc8004_api_throttle_ratio",
        statistic: "Average",
        threshold: 0.2,
        minutes: 15,
        must_be_told: false,
    },
    Row {
        name: "rate-limit-table",
        description: "Quotas are decided without the table of buckets.",
        metric: "erc8004_rate_limit_fallback_ratio",
        statistic: "Average",
        threshold: 0.01,
        minutes: 5,
        must_be_told: false,
    },
    Row {
        name: "sync-lag",
        description: "A chain is indexed more than 5 minutes behind its head.",
        metric: "erc8004_sync_lag_seconds",
        statistic: "Maximum",
        threshold: 300.0,
        minutes: 5,
        must_be_told: true,
    },
    Row {
        name: "sync-failing",
        description: "A chain's sync fails, or has stopped itself.",
        metric: "erc8004_sync_failing",
        statistic: "Maximum",
        threshold: 0.0,
        minutes: 5,
        must_be_told: false,
    },
    Row {
        name: "reorg-depth",
        description: "A reorganisation replaced more than 32 blocks.",
        metric: "erc8004_sync_reorg_depth_blocks",
        statistic: "Maximum",
        threshold: 32.0,
        minutes: 1,
        must_be_told: false,
    },
    Row {
        name: "view-age",
        description: "Searches and rankings show data that is more than 10 minutes old.",
        metric: "erc8004_view_age_seconds",
        statistic: "Maximum",
        threshold: 600.0,
        minutes: 5,
        must_be_told: true,
    },
    Row {
        name: "pool-use",
        description: "Four fifths of the database's connections are in use.",
        metric: "erc8004_database_connections_ratio",
        statistic: "Maximum",
        threshold: 0.8,
        minutes: 5,
        must_be_told: false,
    },
];

/// Every alarm: over everything, then by route, then by scheduled function.
///
/// # Errors
///
/// When one is about a metric that is not declared, or not by its dimensions.
pub fn all(functions: &[Declaration], metrics: &[Metric]) -> Result<Vec<Alarm>> {
    let mut alarms: Vec<Alarm> = WHOLE.iter().map(Alarm::from).collect();
    for function in functions {
        if let Some(endpoint) = function.endpoint() {
            alarms.push(latency(&function.name, endpoint));
        }
    }
    for function in functions {
        if let Some(schedule) = function.schedule() {
            alarms.extend(schedule_alarms(&function.name, &schedule.rate)?);
        }
    }
    for alarm in &alarms {
        let metric = named(metrics, &alarm.metric)?;
        let names: Vec<&String> = alarm.dimensions.keys().collect();
        let declared = metric.dimensions.iter().any(|set| {
            let mut set: Vec<&String> = set.iter().collect();
            set.sort();
            set == names
        });
        ensure!(declared, "{} is not told by {names:?}", metric.name);
    }
    Ok(alarms)
}

impl From<&Row> for Alarm {
    fn from(row: &Row) -> Self {
        Self {
            name: row.name.to_owned(),
            description: row.description.to_owned(),
            metric: row.metric.to_owned(),
            namespace: NAMESPACE,
            dimensions: BTreeMap::new(),
            statistic: row.statistic,
            threshold: row.threshold,
            period_seconds: 60,
            evaluation_periods: row.minutes,
            comparison: "GreaterThanThreshold",
            treat_missing_data: if row.must_be_told {
                "breaching"
            } else {
                "notBreaching"
            },
            runbook: format!("{RUNBOOK}#{}", row.name),
        }
    }
}

fn latency(function: &str, endpoint: &Endpoint) -> Alarm {
    let threshold = if endpoint.method == "GET" {
        READ_S_MAX
    } else {
        WRITE_S_MAX
    };
    let dimensions = [("method", &endpoint.method), ("route", &endpoint.path)];
    Alarm {
        name: format!("latency-{function}"),
        description: format!("{} {} is slow.", endpoint.method, endpoint.path),
        metric: "erc8004_api_request_duration_seconds".to_owned(),
        namespace: NAMESPACE,
        dimensions: dimensions
            .map(|(name, value)| (name.to_owned(), value.clone()))
            .into(),
        statistic: "p95",
        threshold,
        period_seconds: 300,
        evaluation_periods: 3,
        comparison: "GreaterThanThreshold",
        treat_missing_data: "notBreaching",
        runbook: format!("{RUNBOOK}#latency"),
    }
}

/// One for runs that fail, one for runs that do not take place: five in a row, or one of those that are rare.
fn schedule_alarms(function: &str, rate: &str) -> Result<[Alarm; 2]> {
    let rate_s = sync::rate(rate)?.as_secs().max(60);
    let period = (rate_s * 5).min(PERIOD_S_MAX).max(rate_s);
    let of_it = |name: String, description: String, runbook| Alarm {
        name,
        description,
        metric: "erc8004_scheduled_failure_ratio".to_owned(),
        namespace: NAMESPACE,
        dimensions: BTreeMap::from([("function".to_owned(), function.to_owned())]),
        statistic: "Average",
        threshold: 0.5,
        period_seconds: period,
        evaluation_periods: 1,
        comparison: "GreaterThanThreshold",
        treat_missing_data: "notBreaching",
        runbook: format!("{RUNBOOK}#{runbook}"),
    };
    let failing = of_it(
        format!("runs-failing-{function}"),
        format!("Most runs of {function} fail."),
        "runs-failing",
    );
    let missing = Alarm {
        statistic: "SampleCount",
        threshold: 1.0,
        comparison: "LessThanThreshold",
        treat_missing_data: "breaching",
        ..of_it(
            format!("runs-missing-{function}"),
            format!("{function} has not run when it should have."),
            "runs-missing",
        )
    };
    Ok([failing, missing])
}
