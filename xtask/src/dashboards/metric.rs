//! A metric as the functions declare it.

use serde::Deserialize;

/// What `--describe` says of one metric.
#[derive(Clone, Debug, Deserialize)]
pub struct Metric {
    /// Its name in Prometheus and in CloudWatch.
    pub name: String,
    /// `counter`, `gauge`, `histogram` or `untyped`.
    pub kind: String,
    /// `Count`, `Seconds` or `None`.
    pub unit: String,
    /// The labels of its series.
    pub labels: Vec<String>,
    /// One sentence.
    pub help: String,
    /// `counted`, `read` or `logged`; what is only logged is not in Prometheus.
    pub source: String,
    /// The sets of labels by which CloudWatch has it.
    pub dimensions: Vec<Vec<String>>,
}

impl Metric {
    /// A heading: the name without what all names have.
    #[must_use]
    pub fn title(&self) -> String {
        let name = self.name.trim_start_matches("erc8004_");
        let name = name.trim_end_matches("_total");
        let name = name.replace('_', " ");
        let mut letters = name.chars();
        let first = letters.next().map(|first| first.to_ascii_uppercase());
        first.into_iter().chain(letters).collect()
    }

    /// Whether `/metrics` shows it.
    #[must_use]
    pub fn is_scraped(&self) -> bool {
        self.source != "logged"
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_title_reads_like_one() {
        let metric = Metric {
            name: "erc8004_cold_starts_total".to_owned(),
            kind: "counter".to_owned(),
            unit: "Count".to_owned(),
            labels: Vec::new(),
            help: String::new(),
            source: "counted".to_owned(),
            dimensions: Vec::new(),
        };
        assert_eq!(metric.title(), "Cold starts");
    }
}
