//! What `/metrics` says.

use std::collections::BTreeMap;

/// One sample.
#[derive(Clone, Debug, PartialEq)]
pub struct Sample {
    /// Its labels.
    pub labels: BTreeMap<String, String>,
    /// Its value.
    pub value: f64,
}

/// The samples by name.
#[derive(Debug, Default)]
pub struct Scraped(BTreeMap<String, Vec<Sample>>);

impl Scraped {
    /// Reads the text format, as far as our own metrics use it: values of labels hold no comma and no quote.
    pub fn read(text: &str) -> Self {
        let mut all = Self::default();
        for line in text.lines().filter(|line| !line.starts_with('#')) {
            let Some((series, value)) = line.rsplit_once(' ') else {
                continue;
            };
            let Ok(value) = value.parse() else { continue };
            let (name, labels) = series.split_once('{').unwrap_or((series, ""));
            let labels = labels.strip_suffix('}').unwrap_or_default().split(',');
            let labels = labels
                .filter_map(|label| label.split_once('='))
                .map(|(name, value)| (name.to_owned(), value.trim_matches('"').to_owned()))
                .collect();
            let samples = all.0.entry(name.to_owned()).or_default();
            samples.push(Sample { labels, value });
        }
        all
    }

    /// With counters as what was added since an earlier look; all of it where one began anew.
    #[must_use]
    pub fn since(mut self, earlier: &Self) -> Self {
        let counters = self.0.iter_mut().filter(|(name, _)| is_counter(name));
        for (name, samples) in counters {
            for sample in samples {
                let before = earlier.of(name).iter();
                let mut before = before.filter(|before| before.labels == sample.labels);
                let before = before.next().map_or(0.0, |before| before.value);
                if before <= sample.value {
                    sample.value -= before;
                }
            }
        }
        self
    }

    /// The samples of a metric.
    pub fn of(&self, name: &str) -> &[Sample] {
        self.0.get(name).map_or(&[], Vec::as_slice)
    }

    /// The sum over the samples whose label `label` begins with `value`.
    pub fn sum(&self, name: &str, label: &str, value: &str) -> f64 {
        let samples = self.of(name).iter();
        let fits = |sample: &&Sample| {
            let found = sample.labels.get(label).map_or("", String::as_str);
            found.starts_with(value)
        };
        samples.filter(fits).map(|sample| sample.value).sum()
    }
}

/// Counters and histograms end so, and one gauge whose name is fixed.
fn is_counter(name: &str) -> bool {
    let ends = ["_total", "_bucket", "_count", "_sum"];
    ends.iter().any(|end| name.ends_with(end)) && name != "erc8004_active_agents_total"
}

impl Sample {
    /// A label's value; empty where there is none.
    pub fn label(&self, name: &str) -> &str {
        self.labels.get(name).map_or("", String::as_str)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn samples_are_read_with_and_without_labels() {
        let text = "# HELP a A.\n# TYPE a counter\na{status=\"200\",route=\"/v1/{agent}\"} 7\na{status=\"503\"} 2\nb 0.5\n";
        let scraped = Scraped::read(text);
        assert_eq!(scraped.of("a")[0].label("route"), "/v1/{agent}");
        let is = |value: f64, expected: f64| (value - expected).abs() < 1e-9;
        assert!(is(scraped.sum("a", "status", "5"), 2.0));
        assert!(is(scraped.sum("a", "", ""), 9.0));
        assert!(is(scraped.of("b")[0].value, 0.5));
        assert_eq!(scraped.of("c"), []);
    }

    #[test]
    fn what_was_counted_before_is_left_out_and_gauges_stay() {
        let earlier = Scraped::read("a_total{b=\"1\"} 5\nc_total 9\nlag 3\n");
        let now = Scraped::read("a_total{b=\"1\"} 7\na_total{b=\"2\"} 4\nc_total 2\nlag 3\n");
        let expected = "a_total{b=\"1\"} 2\na_total{b=\"2\"} 4\nc_total 2\nlag 3\n";
        assert_eq!(now.since(&earlier).0, Scraped::read(expected).0);
    }
}
