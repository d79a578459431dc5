//! Dashboards, alarms and rules: made of the one list of metrics that the functions declare.

mod alarms;
mod cloudwatch;
mod grafana;
mod metric;
mod prometheus;

use anyhow::{Context as _, Result};
use serde::Serialize;
use serde_json::Value;
use tokio::process::Command;

use crate::functions::{Declaration, Endpoint};
use crate::generated::File;
use crate::tools::PROMTOOL;
use crate::{paths, run};

pub use metric::Metric;

/// Where CloudWatch has them: what the stacks set as `METRICS_NAMESPACE`, and fill in here.
const NAMESPACE: &str = "ERC8004/${environment}";

/// The generated files and what they should hold.
///
/// # Errors
///
/// When the functions declare no metrics, or an alarm is about one that does not exist.
pub fn generated(functions: &[Declaration]) -> Result<Vec<File>> {
    let metrics = metrics(functions)?;
    let alarms = alarms::all(functions, metrics)?;
    let folder = paths::root().join("infra/generated");
    Ok(vec![
        (folder.join("alarms.json"), text(&alarms)?),
        (
            folder.join("dashboard.json"),
            text(&cloudwatch::dashboard(metrics, functions))?,
        ),
        (
            folder.join("grafana.json"),
            text(&grafana::dashboard(metrics))?,
        ),
        (
            folder.join("prometheus-rules.yml"),
            prometheus::rules(functions, metrics)?,
        ),
    ])
}

/// Has promtool check the rules.
///
/// # Errors
///
/// When it finds something; the error is what it says.
pub async fn check_rules() -> Result<()> {
    let mut command = Command::new(PROMTOOL.path());
    command
        .args(["check", "rules"])
        .arg(paths::root().join("infra/generated/prometheus-rules.yml"));
    run::captured(command).await.map(drop)
}

/// The list, which is the same for all endpoints.
fn metrics(functions: &[Declaration]) -> Result<&[Metric]> {
    let mut endpoints = functions.iter().filter_map(Declaration::endpoint);
    let first: &Endpoint = endpoints.next().context("no function is an endpoint")?;
    Ok(&first.metrics)
}

/// One of the list.
fn named<'a>(metrics: &'a [Metric], name: &str) -> Result<&'a Metric> {
    let found = metrics.iter().find(|metric| metric.name == name);
    found.with_context(|| format!("no function declares the metric {name}"))
}

fn text(value: &impl Serialize) -> Result<String> {
    let value: Value = serde_json::to_value(value)?;
    Ok(format!("{value:#}\n"))
}
