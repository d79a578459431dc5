//! What an operator sees: one JSON line a request and a run, metrics, and events of faults.
//!
//! Everything is counted in memory and told beside the work: no caller waits for telemetry, except one whose request
//! failed by a fault of ours, for as long as it takes to report that ([`faults`]).

pub mod counters;
mod emf;
pub mod exposition;
pub mod faults;
pub mod gauges;
mod line;
pub mod list;
pub mod metric;
pub mod parts;
pub mod publish;
mod request;
mod run;
pub mod scrape;

use std::io::Write as _;
use std::sync::Arc;

use serde::Serialize;
use tracing::level_filters::LevelFilter;
use tracing_subscriber::Layer as _;
use tracing_subscriber::filter::{Targets, dynamic_filter_fn};
use tracing_subscriber::layer::SubscriberExt as _;
use tracing_subscriber::util::SubscriberInitExt as _;

pub use counters::{count, observe};
pub use parts::{Clock, Part, Tally, timed};
pub use request::{Answered, answered};
pub use run::{Ended, ended};

use crate::config;

/// At `trace` it writes events as they come, keys of callers included: it is heard at `info` only.
const WRITES_EVENTS: &str = "lambda_runtime";

/// Sends logs as JSON lines to standard output, which Lambda forwards to CloudWatch.
///
/// `LOG_LEVEL` is `error`, `warn`, `info` (the default), `debug` or `trace`. `LOG_DEBUG_ONE_IN` of a hundred, say, has
/// one request in a hundred logged at `debug` whatever the level.
pub fn init(function: &'static str) {
    let level = config::optional("LOG_LEVEL")
        .and_then(|level| level.parse().ok())
        .unwrap_or(LevelFilter::INFO);
    let lines = tracing_subscriber::fmt::layer()
        .json()
        .flatten_event(true)
        .with_current_span(true)
        .with_span_list(level > LevelFilter::INFO)
        .with_target(level > LevelFilter::INFO);
    let lines = if one_in().is_some() {
        let sampled = dynamic_filter_fn(move |metadata, _| {
            let is_event = metadata.target().starts_with(WRITES_EVENTS);
            *metadata.level() <= heard(level, parts::is_sampled(), is_event)
        });
        lines.with_filter(sampled).boxed()
    } else {
        let filter = Targets::new()
            .with_default(level)
            .with_target(WRITES_EVENTS, heard(level, false, true));
        lines.with_filter(filter).boxed()
    };
    let logs = tracing_subscriber::registry().with(lines);
    // A second initialisation, in tests, keeps the first.
    let _ = logs.with(parts::database()).try_init();
    std::panic::set_hook(Box::new(move |panic| {
        tracing::error!(function, panic = %panic, "panicked");
    }));
}

/// The level from which on something is written.
fn heard(level: LevelFilter, is_sampled: bool, writes_events: bool) -> LevelFilter {
    match (writes_events, is_sampled) {
        (true, _) => level.min(LevelFilter::INFO),
        (false, true) => level.max(LevelFilter::DEBUG),
        (false, false) => level,
    }
}

fn one_in() -> Option<u32> {
    let one_in = config::parsed("LOG_DEBUG_ONE_IN", 0).unwrap_or_default();
    (one_in > 0).then_some(one_in)
}

/// The tally of a request or run that begins. Which ones are sampled follows from the id: all functions that a request
/// passes agree.
pub(crate) fn begin(request_id: &str, trace: Option<&str>) -> Arc<Tally> {
    static ONE_IN: std::sync::LazyLock<Option<u32>> = std::sync::LazyLock::new(one_in);
    let is_sampled =
        ONE_IN.is_some_and(|one_in| crc32fast::hash(request_id.as_bytes()).is_multiple_of(one_in));
    Arc::new(Tally::new(is_sampled, trace.map(str::to_owned)))
}

/// What carries a trace from one service to the next
/// (<https://docs.aws.amazon.com/xray/latest/devguide/xray-concepts.html#xray-concepts-tracingheader>).
pub(crate) const TRACE_HEADER: &str = "x-amzn-trace-id";

/// The root of a trace's header, which is what the console of X-Ray finds a trace by.
pub(crate) fn trace_id(header: Option<&str>) -> Option<&str> {
    header?
        .split(';')
        .find_map(|part| part.trim().strip_prefix("Root="))
}

fn write_line(line: &impl Serialize) {
    if let Ok(mut bytes) = serde_json::to_vec(line) {
        bytes.push(b'\n');
        // In one piece, so that no other line comes between.
        let _ = std::io::stdout().lock().write_all(&bytes);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_trace_is_named_by_its_root() {
        let header = "Root=1-5759e988-bd862e3fe1be46a994272793;Parent=53995c3f42cd8ad8;Sampled=1";
        assert_eq!(
            trace_id(Some(header)),
            Some("1-5759e988-bd862e3fe1be46a994272793")
        );
        assert_eq!(trace_id(Some("Self=1")), None);
        assert_eq!(trace_id(None), None);
    }
}
