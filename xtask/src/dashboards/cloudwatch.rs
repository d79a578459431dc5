//! The dashboard of CloudWatch
//! (<https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/CloudWatch-Dashboard-Body-Structure.html>).
//!
//! `${AWS::Region}` and `${environment}` stand where the stacks fill theirs in.

use serde_json::{Value, json};

use super::{Metric, NAMESPACE};
use crate::functions::Declaration;

const WIDTH: usize = 12;
const HEIGHT: usize = 6;
/// CloudWatch's grid is 24 wide.
const A_ROW: usize = 2;

/// A graph for each metric and set of dimensions that CloudWatch has, and one for the logs of what failed.
pub fn dashboard(metrics: &[Metric], functions: &[Declaration]) -> Value {
    let graphs = metrics.iter().flat_map(|metric| {
        let sets = metric.dimensions.iter();
        sets.map(move |dimensions| graph(metric, dimensions))
    });
    let mut widgets: Vec<Value> = graphs.collect();
    widgets.push(failures(functions));
    for (index, widget) in widgets.iter_mut().enumerate() {
        widget["x"] = ((index % A_ROW) * WIDTH).into();
        widget["y"] = ((index / A_ROW) * HEIGHT).into();
        widget["width"] = WIDTH.into();
        widget["height"] = HEIGHT.into();
    }
    json!({ "widgets": widgets })
}

fn graph(metric: &Metric, dimensions: &[String]) -> Value {
    let statistic = match (metric.kind.as_str(), metric.source.as_str()) {
        ("histogram", _) => "p95",
        ("counter", _) => "Sum",
        (_, "logged") => "Average",
        _ => "Maximum",
    };
    let by = dimensions.join(",");
    let values = if dimensions.is_empty() {
        json!([[NAMESPACE, metric.name, { "stat": statistic }]])
    } else {
        let search = format!(
            "SEARCH('{{{NAMESPACE},{by}}} MetricName=\"{}\"', '{statistic}', 60)",
            metric.name
        );
        json!([[{ "expression": search, "id": "all" }]])
    };
    let title = if by.is_empty() {
        metric.title()
    } else {
        format!("{} by {}", metric.title(), dimensions.join(" and "))
    };
    json!({
        "type": "metric",
        "properties": {
            "title": title,
            "region": "${AWS::Region}",
            "view": "timeSeries",
            "stat": statistic,
            "period": 60,
            "metrics": values,
            "yAxis": { "left": { "min": 0, "label": metric.unit } },
        },
    })
}

/// What failed and why, newest first.
fn failures(functions: &[Declaration]) -> Value {
    let groups = functions.iter().map(|function| {
        format!(
            "SOURCE '/aws/lambda/erc8004-${{environment}}-{}'",
            function.name
        )
    });
    let groups: Vec<String> = groups.collect();
    let query = format!(
        "{} | filter level = \"ERROR\" | fields @timestamp, function, route, code, cause, error, request_id | sort @timestamp desc \
         | limit 50",
        groups.join(" | ")
    );
    json!({
        "type": "log",
        "properties": {
            "title": "What failed",
            "region": "${AWS::Region}",
            "view": "table",
            "query": query,
        },
    })
}
