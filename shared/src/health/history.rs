//! What was answered in the last hour, minute by minute: whoever looks for the first time sees what led here.
//!
//! `refresh-views`, which runs each minute, keeps what was counted so far in the cache; what happened in between is the
//! difference of two readings.

use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use redis::RedisError;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::traffic::Traffic;
use crate::cache::Cache;
use crate::telemetry::counters;

/// Where the readings are.
const KEY: &str = "v1:traffic";
/// An hour of minutes has so many ends.
const READINGS_MAX: i64 = 61;
/// How long they are kept when nobody adds to them.
const AGE_MAX: Duration = Duration::from_hours(2);
/// What is shown: an hour, and the reading that it begins with.
const SHOWN: TimeDelta = TimeDelta::minutes(61);
/// Of a hundred requests so many were as fast as the latency that is shown.
const PERCENT: i64 = 95;

/// What was counted up to a moment.
#[derive(Debug, Serialize, Deserialize)]
struct Reading {
    at: DateTime<Utc>,
    requests: i64,
    server_errors: i64,
    /// By bucket, in the order of `Traffic`.
    durations: Vec<i64>,
}

/// What was answered between two readings.
#[derive(Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Interval {
    /// Its end.
    pub until: DateTime<Utc>,
    /// Its length.
    #[schema(example = 60)]
    pub seconds: i64,
    /// Requests that were answered.
    #[schema(example = 1_204)]
    pub requests: i64,
    /// Those that were answered with 5xx.
    #[schema(example = 0)]
    pub server_errors: i64,
    /// The bound that 95 % of them stayed within; absent where there were none, or where it is above every bound.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(example = 25)]
    pub p95_milliseconds: Option<u64>,
}

/// Keeps what was counted so far. What goes wrong is logged: nothing fails for it.
pub async fn keep(cache: &Cache, now: DateTime<Utc>) {
    if let Err(error) = try_keep(cache, now).await {
        tracing::warn!(%error, "what was answered is missing in the history");
    }
}

async fn try_keep(cache: &Cache, now: DateTime<Utc>) -> Result<(), RedisError> {
    let traffic = Traffic::of(&cache.hash(counters::KEY).await?);
    let reading = Reading {
        at: now,
        requests: traffic.requests,
        server_errors: traffic.server_errors,
        durations: traffic.durations.iter().map(|d| d.requests).collect(),
    };
    let reading = serde_json::to_vec(&reading).map_err(std::io::Error::other)?;
    cache
        .keep_reading((KEY, now), &reading, (READINGS_MAX, AGE_MAX))
        .await
}

/// The last hour, oldest first.
pub(super) async fn read(cache: &Cache, now: DateTime<Utc>) -> Result<Vec<Interval>, RedisError> {
    let readings = cache.readings(KEY).await?;
    let readings = readings.iter();
    let readings: Vec<Reading> = readings
        .filter_map(|reading| serde_json::from_slice(reading).ok())
        .filter(|reading: &Reading| now - reading.at <= SHOWN)
        .collect();
    Ok(intervals(&readings))
}

/// Counting begins anew when the cache is emptied: what lies across that is not known.
fn intervals(readings: &[Reading]) -> Vec<Interval> {
    let pairs = readings.windows(2);
    let pairs = pairs.filter(|pair| pair[1].follows(&pair[0]));
    pairs.map(|pair| between(&pair[0], &pair[1])).collect()
}

impl Reading {
    /// Whether counting went on from another one: no counter is below what it was.
    fn follows(&self, then: &Self) -> bool {
        let mut durations = self.durations.iter().zip(&then.durations);
        self.requests >= then.requests
            && self.server_errors >= then.server_errors
            && durations.all(|(now, then)| now >= then)
    }
}

fn between(then: &Reading, now: &Reading) -> Interval {
    let durations: Vec<i64> = now
        .durations
        .iter()
        .zip(&then.durations)
        .map(|(now, then)| now - then)
        .collect();
    Interval {
        until: now.at,
        seconds: (now.at - then.at).num_seconds(),
        requests: now.requests - then.requests,
        server_errors: now.server_errors - then.server_errors,
        p95_milliseconds: percentile(&durations),
    }
}

fn percentile(durations: &[i64]) -> Option<u64> {
    let all: i64 = durations.iter().sum();
    let mut below = 0;
    let bounds = counters::BUCKETS_S.iter();
    for (requests, bound) in durations.iter().zip(bounds) {
        below += requests;
        if all > 0 && below * 100 >= all * PERCENT {
            return u64::try_from(Duration::from_secs_f64(*bound).as_millis()).ok();
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    fn reading(minute: i64, requests: i64, fast: i64) -> Reading {
        let mut durations = vec![0; counters::BUCKETS_S.len() + 1];
        (durations[0], durations[3]) = (fast, requests - fast);
        Reading {
            at: DateTime::from_timestamp(minute * 60, 0).expect("it is a time"),
            requests,
            server_errors: 0,
            durations,
        }
    }

    #[test]
    fn an_interval_is_what_was_counted_between_two_readings() {
        let readings = [
            reading(0, 100, 0),
            reading(1, 200, 95),
            reading(2, 300, 189),
        ];
        let [first, second] = intervals(&readings).try_into().expect("there are two");
        assert_eq!((first.requests, first.seconds), (100, 60));
        assert_eq!(first.p95_milliseconds, Some(5));
        assert_eq!(second.p95_milliseconds, Some(50));
    }

    #[test]
    fn counting_that_begins_anew_and_minutes_without_requests_are_no_negative_numbers() {
        let readings = [reading(0, 100, 100), reading(1, 7, 7), reading(2, 7, 7)];
        let [only] = intervals(&readings).try_into().expect("there is one");
        assert_eq!((only.requests, only.p95_milliseconds), (0, None));
        let busier = [reading(0, 100, 100), reading(1, 120, 7)];
        assert!(
            intervals(&busier).is_empty(),
            "what was fast is counted anew"
        );
    }
}
