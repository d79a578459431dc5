//! What an operator sees: logs, metrics, and events of faults.

mod closed;
mod cloudwatch;
mod counters;
mod doctor;
mod lines;
mod outages;
mod receiver;
mod runbooks;
mod secrets;
mod sentry;
mod status_page;

use std::collections::BTreeMap;

use serde_json::Value;

use crate::harness::World;

/// The lines of a function's log, each of which must be JSON.
pub fn lines(log: &str) -> Vec<Value> {
    log.lines()
        .map(|line| serde_json::from_str(line).unwrap_or_else(|error| panic!("{error}: {line}")))
        .collect()
}

/// The samples of `/metrics` as they are written, by series.
pub async fn samples(world: &World) -> BTreeMap<String, String> {
    let reply = world.get("/metrics").await;
    assert_eq!(reply.status, 200, "{}", reply.text());
    let text = reply.text();
    let samples = text.lines().filter(|line| !line.starts_with('#'));
    samples
        .map(|line| {
            let (series, value) = line.rsplit_once(' ').unwrap();
            (series.to_owned(), value.to_owned())
        })
        .collect()
}
