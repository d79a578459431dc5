//! The dashboard of Grafana over Prometheus: one panel a metric.

use serde_json::{Value, json};

use super::Metric;

const WIDTH: usize = 12;
const HEIGHT: usize = 8;
const A_ROW: usize = 2;

/// A panel for each metric that `/metrics` shows.
pub fn dashboard(metrics: &[Metric]) -> Value {
    let scraped = metrics.iter().filter(|metric| metric.is_scraped());
    let panels: Vec<Value> = scraped
        .enumerate()
        .map(|(index, metric)| panel(index, metric))
        .collect();
    json!({
        "uid": "erc8004",
        "title": "ERC-8004 API",
        "tags": ["erc8004"],
        "schemaVersion": 39,
        "refresh": "30s",
        "time": { "from": "now-6h", "to": "now" },
        "templating": { "list": [{
            "name": "datasource", "label": "Data source", "type": "datasource", "query": "prometheus",
        }] },
        "panels": panels,
    })
}

fn panel(index: usize, metric: &Metric) -> Value {
    let targets: Vec<Value> = queries(metric)
        .into_iter()
        .enumerate()
        .map(|(index, (expression, legend))| {
            let id = char::from(b'A' + u8::try_from(index).unwrap_or_default());
            json!({ "refId": id.to_string(), "expr": expression, "legendFormat": legend })
        })
        .collect();
    let unit = match (metric.kind.as_str(), metric.unit.as_str()) {
        ("counter", _) => "ops",
        (_, "Seconds") => "s",
        (_, "None") => "percentunit",
        _ => "short",
    };
    json!({
        "id": index + 1,
        "type": "timeseries",
        "title": metric.title(),
        "description": metric.help,
        "datasource": { "type": "prometheus", "uid": "${datasource}" },
        "gridPos": { "x": (index % A_ROW) * WIDTH, "y": (index / A_ROW) * HEIGHT, "w": WIDTH, "h": HEIGHT },
        "fieldConfig": { "defaults": { "unit": unit, "min": 0 }, "overrides": [] },
        "targets": targets,
    })
}

/// What is asked of Prometheus, and how a line is called.
fn queries(metric: &Metric) -> Vec<(String, String)> {
    let name = &metric.name;
    let by = metric.labels.join(", ");
    let legend = metric
        .labels
        .iter()
        .map(|label| format!("{{{{{label}}}}}"))
        .collect::<Vec<_>>()
        .join(" ");
    match metric.kind.as_str() {
        "counter" => {
            let sum = if by.is_empty() {
                "sum".to_owned()
            } else {
                format!("sum by ({by})")
            };
            vec![(format!("{sum} (rate({name}[$__rate_interval]))"), legend)]
        }
        "histogram" => {
            let by = if by.is_empty() {
                "le".to_owned()
            } else {
                format!("le, {by}")
            };
            let quantile = |share: &str, label: &str| {
                let expression = format!(
                    "histogram_quantile({share}, sum by ({by}) (rate({name}_bucket[$__rate_interval])))"
                );
                (
                    expression,
                    format!("{label} {legend}").trim_end().to_owned(),
                )
            };
            vec![
                quantile("0.5", "p50"),
                quantile("0.95", "p95"),
                quantile("0.99", "p99"),
            ]
        }
        _ => vec![(name.clone(), legend)],
    }
}
