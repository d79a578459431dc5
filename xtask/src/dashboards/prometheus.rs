//! The alerting rules of Prometheus: the alarms of CloudWatch in its words.

use std::fmt::Write as _;

use anyhow::Result;

use super::{Metric, named};
use crate::functions::Declaration;
use crate::stack::sync;

/// An alert.
struct Alert {
    /// Also the heading of its runbook.
    name: &'static str,
    metric: &'static str,
    /// `{}` stands for the metric; empty where it depends on the functions.
    expression: &'static str,
    minutes: u32,
    severity: &'static str,
    summary: &'static str,
}

const ALERTS: &[Alert] = &[
    Alert {
        name: "server-errors",
        metric: "erc8004_api_requests_total",
        expression: "sum(rate({}{status=~\"5..\"}[5m])) / sum(rate({}[5m])) > 0.01",
        minutes: 5,
        severity: "page",
        summary: "More than 1 % of requests are answered with 5xx.",
    },
    Alert {
        name: "latency",
        metric: "erc8004_api_request_duration_seconds",
        expression: "histogram_quantile(0.95, sum by (le, method, route) (rate({}_bucket[5m]))) > on (method) group_left () \
             (label_replace(vector(1), \"method\", \"GET\", \"\", \"\") or label_replace(vector(3), \"method\", \"POST\", \"\", \"\") or \
             label_replace(vector(3), \"method\", \"DELETE\", \"\", \"\"))",
        minutes: 15,
        severity: "ticket",
        summary: "{{ $labels.method }} {{ $labels.route }} is slow.",
    },
    Alert {
        name: "throttles",
        metric: "erc8004_api_requests_total",
        expression: "sum(rate({}{status=\"429\"}[15m])) / sum(rate({}[15m])) > 0.2",
        minutes: 15,
        severity: "ticket",
        summary: "More than a fifth of requests are over their quota.",
    },
    Alert {
        name: "rate-limit-table",
        metric: "erc8004_rate_limit_decisions_total",
        expression: "sum(rate({}{decided_by=\"local\"}[5m])) / sum(rate({}[5m])) > 0.01",
        minutes: 5,
        severity: "page",
        summary: "Quotas are decided without the table of buckets.",
    },
    Alert {
        name: "sync-lag",
        metric: "erc8004_sync_lag_seconds",
        expression: "{} > 300",
        minutes: 5,
        severity: "page",
        summary: "Chain {{ $labels.chain_id }} is indexed more than 5 minutes behind its head.",
    },
    Alert {
        name: "sync-failing",
        metric: "erc8004_sync_failing",
        expression: "{} > 0",
        minutes: 5,
        severity: "page",
        summary: "The sync of chain {{ $labels.chain_id }} fails, or has stopped itself.",
    },
    Alert {
        name: "reorg-depth",
        metric: "erc8004_reorg_depth_blocks",
        expression: "{} > 32 and delta({}[1h]) > 0",
        minutes: 0,
        severity: "ticket",
        summary: "A reorganisation of chain {{ $labels.chain_id }} replaced more than 32 blocks.",
    },
    Alert {
        name: "view-age",
        metric: "erc8004_view_age_seconds",
        expression: "{} > 600",
        minutes: 5,
        severity: "page",
        summary: "{{ $labels.view }} holds data that is more than 10 minutes old.",
    },
    Alert {
        name: "pool-use",
        metric: "erc8004_database_connections_ratio",
        expression: "{} > 0.8",
        minutes: 5,
        severity: "page",
        summary: "Four fifths of the database's connections are in use.",
    },
    Alert {
        name: "runs-failing",
        metric: "erc8004_scheduled_runs_total",
        expression: "sum by (function) (increase({}{result=\"failed\"}[10m])) > sum by (function) (increase({}{result=\"ok\"}[10m]))",
        minutes: 5,
        severity: "page",
        summary: "Most runs of {{ $labels.function }} fail.",
    },
    Alert {
        name: "runs-missing",
        metric: "erc8004_scheduled_runs_total",
        expression: "",
        minutes: 0,
        severity: "page",
        summary: "{{ $labels.function }} has not run when it should have.",
    },
    Alert {
        name: "dependency-down",
        metric: "erc8004_up",
        expression: "{} == 0",
        minutes: 2,
        severity: "page",
        summary: "The {{ $labels.dependency }} does not answer.",
    },
];

/// The file.
///
/// # Errors
///
/// When an alert is about a metric that is not declared.
pub fn rules(functions: &[Declaration], metrics: &[Metric]) -> Result<String> {
    let mut text = String::from(
        "# Made by `cargo xtask dashboards` from the list of metrics that the functions declare.\n\
         groups:\n  - name: erc8004\n    rules:\n",
    );
    for alert in ALERTS {
        let Alert {
            name,
            metric,
            minutes,
            severity,
            summary,
            ..
        } = alert;
        named(metrics, metric)?;
        let expression = match alert.expression {
            "" => missing(functions)?,
            template => template.replace("{}", metric),
        };
        let _ = write!(
            text,
            "      - alert: {name}\n        expr: >-\n          {expression}\n        for: {minutes}m\n        labels:\n          \
             severity: {severity}\n        annotations:\n          summary: {summary:?}\n          runbook: docs/TROUBLESHOOTING.md#{name}\n",
        );
    }
    Ok(text)
}

/// No run of a function in five times its rate.
fn missing(functions: &[Declaration]) -> Result<String> {
    let mut each = Vec::new();
    for function in functions {
        if let Some(schedule) = function.schedule() {
            let minutes = sync::rate(&schedule.rate)?.as_secs().div_ceil(60).max(1) * 5;
            each.push(format!(
                "sum by (function) (increase(erc8004_scheduled_runs_total{{function=\"{}\"}}[{minutes}m])) == 0",
                function.name
            ));
        }
    }
    Ok(each.join(" or "))
}
