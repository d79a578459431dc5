//! True counters over all instances: each counts in memory, and adds what it counted to one hash in the cache.
//!
//! Nothing waits for that. An instance sends what it has at most once in [`FLUSH_EVERY`], beside the answer that it is
//! sending anyway, on the connection that it has anyway. Lost is, at most, what an execution environment counted in the
//! last [`FLUSH_EVERY`] before it ended, and what was under way when the cache stopped answering; what could not be
//! sent is kept and sent later. The lines in the log (EMF) lose nothing.

use std::collections::HashMap;
use std::fmt::Write as _;
use std::sync::{LazyLock, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use super::metric::{Kind, Metric};
use crate::cache::{Cache, Unsent};
use crate::capability::Capability;
use crate::config::{self, ConfigError};

/// The hash in the cache. Its fields are series, its values whole numbers.
pub const KEY: &str = "v1:metrics";

/// The upper bounds of the buckets of every histogram, in seconds.
pub const BUCKETS_S: [f64; 11] = [
    0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0,
];

/// How often an instance sends what it counted. `METRICS_FLUSH_MS`, one second where it is not set.
static FLUSH_EVERY: LazyLock<Duration> = LazyLock::new(|| {
    Duration::from_millis(config::parsed("METRICS_FLUSH_MS", 1_000).unwrap_or(1_000))
});

static PENDING: LazyLock<Mutex<Pending>> = LazyLock::new(Mutex::default);

/// What was counted and not sent.
#[derive(Debug, Default)]
struct Pending {
    counts: HashMap<String, u64>,
    flushed: Option<Instant>,
}

fn pending() -> MutexGuard<'static, Pending> {
    PENDING.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Adds to a counter. The labels' values, in the order of the metric's labels, must come from a closed set.
pub fn count(metric: &Metric, values: &[&str], more: u64) {
    debug_assert_eq!(metric.labels.len(), values.len(), "{}", metric.name);
    debug_assert_eq!(metric.kind, Kind::Counter, "{}", metric.name);
    add(series(metric, values), more);
}

/// Adds a duration to a histogram.
pub fn observe(metric: &Metric, values: &[&str], duration: Duration) {
    debug_assert_eq!(metric.kind, Kind::Histogram, "{}", metric.name);
    let mut bucket = series(metric, values);
    let mut sum = bucket.clone();
    let seconds = duration.as_secs_f64();
    let index = BUCKETS_S.iter().take_while(|bound| seconds > **bound);
    let _ = write!(bucket, "#{}", index.count());
    sum.push_str("#us");
    add(bucket, 1);
    add(sum, u64::try_from(duration.as_micros()).unwrap_or(u64::MAX));
}

fn add(series: String, more: u64) {
    if more > 0 {
        *pending().counts.entry(series).or_default() += more;
    }
}

/// `name{label="value",…}`, as the text format has it.
pub(super) fn series(metric: &Metric, values: &[&str]) -> String {
    let mut text = metric.name.to_owned();
    for (index, (label, value)) in metric.labels.iter().zip(values).enumerate() {
        text.push(if index == 0 { '{' } else { ',' });
        let _ = write!(text, "{label}=\"");
        for character in value.chars() {
            match character {
                '"' | '\\' => text.extend(['\\', character]),
                '\n' => text.push_str("\\n"),
                other => text.push(other),
            }
        }
        text.push('"');
    }
    if !values.is_empty() {
        text.push('}');
    }
    text
}

/// The cache that counts are added to; none where none is configured.
pub(crate) fn cache() -> Result<Option<Cache>, ConfigError> {
    let url = config::optional("CACHE_URL");
    url.map(|_| <Cache as Capability>::connect()).transpose()
}

/// Sends what was counted, if it is time to, and does not wait for it.
pub(crate) fn flush_beside(cache: Option<&Cache>) {
    let Some(cache) = cache else { return };
    if let Some(batch) = take(*FLUSH_EVERY) {
        let cache = cache.clone();
        tokio::spawn(async move { tokio::join!(send(&cache, batch), cache.tell_popular()) });
    }
}

/// Sends what was counted, and waits.
pub(crate) async fn flush(cache: Option<&Cache>) {
    let Some(cache) = cache else { return };
    if let Some(batch) = take(Duration::ZERO) {
        send(cache, batch).await;
    }
}

fn take(every: Duration) -> Option<HashMap<String, u64>> {
    let mut pending = pending();
    let is_due = pending.flushed.is_none_or(|at| at.elapsed() >= every);
    if !is_due || pending.counts.is_empty() {
        return None;
    }
    pending.flushed = Some(Instant::now());
    Some(std::mem::take(&mut pending.counts))
}

async fn send(cache: &Cache, batch: HashMap<String, u64>) {
    match cache.add_to_hash(KEY, &batch).await {
        Ok(()) => {}
        Err(Unsent::Never(error)) => {
            tracing::debug!(%error, "counts are kept until the cache is back");
            let mut pending = pending();
            for (series, more) in batch {
                *pending.counts.entry(series).or_default() += more;
            }
        }
        // Sent again, they could count twice.
        Err(Unsent::Perhaps(error)) => {
            let lost = batch.len();
            tracing::warn!(%error, lost, "series of counts may be lost");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::list;
    use super::*;

    #[test]
    fn a_series_is_written_as_the_text_format_has_it() {
        let values = ["GET", "/v1/\"a\\b\"\n", "200"];
        assert_eq!(
            series(&list::API_REQUESTS, &values),
            "erc8004_api_requests_total{method=\"GET\",route=\"/v1/\\\"a\\\\b\\\"\\n\",status=\"200\"}"
        );
        assert_eq!(
            series(&list::AGENT_SEARCH_DURATION, &[]),
            "erc8004_agent_search_duration_seconds"
        );
    }
}
