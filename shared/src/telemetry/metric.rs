//! What a metric is, as data. `/metrics`, the EMF lines, the dashboards and the alarms are derived from it.

use serde::Serialize;

/// One metric. Those that there are stand in [`super::list`].
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Metric {
    /// Its name in Prometheus and in CloudWatch.
    pub name: &'static str,
    /// How its values go on.
    pub kind: Kind,
    /// What a value counts.
    pub unit: Unit,
    /// The labels of its series. Their values come from closed sets: route templates, never raw paths.
    pub labels: &'static [&'static str],
    /// One sentence for whoever reads it.
    pub help: &'static str,
    /// Where its values come from.
    pub source: Source,
    /// The sets of labels by which CloudWatch has it; none, and CloudWatch does not have it. Each set is a metric of
    /// its own there, and is paid for: <https://aws.amazon.com/cloudwatch/pricing/>.
    pub dimensions: &'static [&'static [&'static str]],
}

/// How a metric's values go on (<https://prometheus.io/docs/concepts/metric_types/>).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Kind {
    /// Only grows.
    Counter,
    /// Goes up and down.
    Gauge,
    /// Counts values by size.
    Histogram,
    /// A gauge whose name says otherwise.
    Untyped,
}

/// What a value counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub enum Unit {
    /// Things.
    Count,
    /// Seconds.
    Seconds,
    /// A part of 1.
    None,
}

impl Unit {
    /// Its name in CloudWatch
    /// (<https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_MetricDatum.html>).
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Count => "Count",
            Self::Seconds => "Seconds",
            Self::None => "None",
        }
    }
}

/// Where a metric's values come from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub enum Source {
    /// Every instance counts, and the counts are added up in the cache.
    Counted,
    /// Read from the database when it is asked for; scheduled functions publish it to CloudWatch.
    Read,
    /// Told to CloudWatch when it happens, and kept nowhere.
    Logged,
}

impl Metric {
    /// A count that every instance adds to.
    pub(super) const fn counter(
        name: &'static str,
        labels: &'static [&'static str],
        help: &'static str,
    ) -> Self {
        Self {
            name,
            kind: Kind::Counter,
            unit: Unit::Count,
            labels,
            help,
            source: Source::Counted,
            dimensions: &[],
        }
    }

    /// Durations that every instance observes.
    pub(super) const fn durations(
        name: &'static str,
        labels: &'static [&'static str],
        help: &'static str,
    ) -> Self {
        Self {
            kind: Kind::Histogram,
            unit: Unit::Seconds,
            ..Self::counter(name, labels, help)
        }
    }

    /// What is read when it is asked for.
    pub(super) const fn gauge(
        name: &'static str,
        unit: Unit,
        labels: &'static [&'static str],
        help: &'static str,
    ) -> Self {
        Self {
            kind: Kind::Gauge,
            unit,
            source: Source::Read,
            ..Self::counter(name, labels, help)
        }
    }

    /// 0 or 1 on each line, so that its average is a share.
    pub(super) const fn share(
        name: &'static str,
        dimensions: &'static [&'static [&'static str]],
        help: &'static str,
    ) -> Self {
        Self {
            kind: Kind::Gauge,
            unit: Unit::None,
            source: Source::Logged,
            dimensions,
            ..Self::counter(name, &[], help)
        }
    }

    /// The same as another kind.
    pub(super) const fn of_kind(self, kind: Kind) -> Self {
        Self { kind, ..self }
    }

    /// The same, read when it is asked for.
    pub(super) const fn read(self) -> Self {
        Self {
            source: Source::Read,
            ..self
        }
    }

    /// The same, told to CloudWatch only.
    pub(super) const fn logged(self) -> Self {
        Self {
            source: Source::Logged,
            ..self
        }
    }

    /// The same, also in CloudWatch by these sets of labels.
    pub(super) const fn by(self, dimensions: &'static [&'static [&'static str]]) -> Self {
        Self { dimensions, ..self }
    }
}
