//! The text format of Prometheus (<https://prometheus.io/docs/instrumenting/exposition_formats/>).

use std::collections::BTreeMap;
use std::fmt::Write as _;

use super::counters::{BUCKETS_S, series};
use super::list;
use super::metric::{Kind, Metric, Source};

/// The media type.
pub const MEDIA_TYPE: &str = "text/plain; version=0.0.4; charset=utf-8";

/// A value that was read.
#[derive(Clone, Debug)]
pub struct Sample {
    /// What it is a value of.
    pub metric: &'static Metric,
    /// The values of its labels, in their order.
    pub labels: Vec<String>,
    /// The value: counts, seconds and shares, none of which need more than a float holds.
    pub value: f64,
}

impl Sample {
    /// A value without labels, or with one.
    #[must_use]
    pub fn new(metric: &'static Metric, label: Option<String>, value: f64) -> Self {
        Self {
            metric,
            labels: label.into_iter().collect(),
            value,
        }
    }
}

/// Every metric: what was counted, by field of the hash in the cache, and what was read. One without a series yet is named
/// all the same.
#[must_use]
pub fn render(counted: &BTreeMap<String, i64>, read: &[Sample]) -> String {
    let mut text = String::new();
    for metric in list::ALL {
        let lines = match (metric.source, metric.kind) {
            (Source::Counted, Kind::Histogram) => histogram(metric, counted),
            (Source::Counted, _) => counter(metric, counted),
            (Source::Read, _) => values(metric, read),
            (Source::Logged, _) => String::new(),
        };
        if metric.source != Source::Logged {
            let kind = match metric.kind {
                Kind::Counter => "counter",
                Kind::Gauge => "gauge",
                Kind::Histogram => "histogram",
                Kind::Untyped => "untyped",
            };
            let Metric { name, help, .. } = metric;
            let _ = write!(text, "# HELP {name} {help}\n# TYPE {name} {kind}\n{lines}");
        }
    }
    text
}

/// The fields of one metric: those after its name with nothing or labels behind.
fn fields<'a>(
    metric: &Metric,
    counted: &'a BTreeMap<String, i64>,
) -> impl Iterator<Item = (&'a str, i64)> {
    let name = metric.name;
    counted
        .range(name.to_owned()..)
        .take_while(move |(field, _)| field.starts_with(name))
        .filter(move |(field, _)| {
            matches!(field.as_bytes().get(name.len()), None | Some(b'{' | b'#'))
        })
        .map(|(field, value)| (field.as_str(), *value))
}

/// The one series of a metric without labels is there before anything was counted.
fn unlabelled<'a>(metric: &Metric, field: &'a str) -> impl Iterator<Item = (&'a str, i64)> {
    metric.labels.is_empty().then_some((field, 0)).into_iter()
}

fn counter(metric: &Metric, counted: &BTreeMap<String, i64>) -> String {
    let all: BTreeMap<&str, i64> = unlabelled(metric, metric.name)
        .chain(fields(metric, counted))
        .collect();
    all.iter().fold(String::new(), |mut text, (series, value)| {
        let _ = writeln!(text, "{series} {value}");
        text
    })
}

fn values(metric: &Metric, read: &[Sample]) -> String {
    let of_it = read
        .iter()
        .filter(|sample| sample.metric.name == metric.name);
    of_it.fold(String::new(), |mut text, sample| {
        let labels: Vec<&str> = sample.labels.iter().map(String::as_str).collect();
        let _ = writeln!(text, "{} {}", series(metric, &labels), sample.value);
        text
    })
}

/// What was counted of one series of a histogram.
#[derive(Default)]
struct Observed {
    buckets: [i64; BUCKETS_S.len() + 1],
    us: i64,
}

/// Buckets are kept apart and told as sums: each counts those below it, too.
fn histogram(metric: &Metric, counted: &BTreeMap<String, i64>) -> String {
    let mut all: BTreeMap<&str, Observed> = unlabelled(metric, "")
        .map(|(labels, _)| (labels, Observed::default()))
        .collect();
    for (field, value) in fields(metric, counted) {
        let Some((series, part)) = field.rsplit_once('#') else {
            continue;
        };
        let labels = &series[metric.name.len()..];
        let observed = all.entry(labels).or_default();
        match part.parse::<usize>() {
            Ok(index) if index < observed.buckets.len() => observed.buckets[index] = value,
            _ => observed.us = value,
        }
    }
    let mut text = String::new();
    let name = metric.name;
    for (labels, observed) in all {
        let inner = labels.trim_start_matches('{').trim_end_matches('}');
        let comma = if inner.is_empty() { "" } else { "," };
        let mut below = 0;
        for (index, more) in observed.buckets.iter().enumerate() {
            below += more;
            let bound = BUCKETS_S
                .get(index)
                .map_or_else(|| "+Inf".to_owned(), ToString::to_string);
            let _ = writeln!(
                text,
                "{name}_bucket{{{inner}{comma}le=\"{bound}\"}} {below}"
            );
        }
        let (whole, rest) = (observed.us / 1_000_000, observed.us % 1_000_000);
        let _ = writeln!(text, "{name}_sum{labels} {whole}.{rest:06}");
        let _ = writeln!(text, "{name}_count{labels} {below}");
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn buckets_add_up_and_the_sum_is_exact() {
        let route = "erc8004_api_request_duration_seconds{method=\"GET\",route=\"/{a}\"}";
        let counted = [("#0", 2), ("#3", 1), ("#11", 1), ("#us", 20_000_004)]
            .map(|(part, value)| (format!("{route}{part}"), value));
        let text = render(&BTreeMap::from(counted), &[]);
        for line in [
            "# TYPE erc8004_api_request_duration_seconds histogram",
            "erc8004_api_request_duration_seconds_bucket{method=\"GET\",route=\"/{a}\",le=\"0.005\"} 2",
            "erc8004_api_request_duration_seconds_bucket{method=\"GET\",route=\"/{a}\",le=\"0.05\"} 3",
            "erc8004_api_request_duration_seconds_bucket{method=\"GET\",route=\"/{a}\",le=\"10\"} 3",
            "erc8004_api_request_duration_seconds_bucket{method=\"GET\",route=\"/{a}\",le=\"+Inf\"} 4",
            "erc8004_api_request_duration_seconds_sum{method=\"GET\",route=\"/{a}\"} 20.000004",
            "erc8004_api_request_duration_seconds_count{method=\"GET\",route=\"/{a}\"} 4",
        ] {
            assert!(
                text.lines().any(|other| other == line),
                "{line} in:\n{text}"
            );
        }
    }

    #[test]
    fn a_metric_does_not_take_the_series_of_one_whose_name_begins_alike() {
        let counted = BTreeMap::from([
            (
                "erc8004_api_requests_total{method=\"GET\",route=\"/\",status=\"200\"}".to_owned(),
                7,
            ),
            ("erc8004_api_requests_total_of_another".to_owned(), 9),
        ]);
        let text = render(&counted, &[]);
        assert!(text.contains("status=\"200\"} 7\n"), "{text}");
        assert!(!text.contains('9'), "{text}");
    }
}
