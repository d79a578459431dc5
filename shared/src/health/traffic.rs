//! What was answered, over all routes: two readings apart give a rate and a latency.

use std::collections::BTreeMap;

use serde::Serialize;
use utoipa::ToSchema;

use crate::telemetry::counters::BUCKETS_S;
use crate::telemetry::list;

/// Requests since counting began. The numbers only grow, until the cache is emptied.
#[derive(Debug, Default, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Traffic {
    /// All of them.
    #[schema(example = 120_431)]
    pub requests: i64,
    /// Those that were answered with 5xx.
    #[schema(example = 3)]
    pub server_errors: i64,
    /// How many took how long.
    pub durations: Vec<Duration>,
}

/// The requests between the bound before and this one.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Duration {
    /// The longest that one of them took; absent for those that took longer than any bound.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(example = 50)]
    pub milliseconds: Option<u64>,
    /// How many they are.
    #[schema(example = 90_112)]
    pub requests: i64,
}

impl Traffic {
    /// Adds up what was counted by route.
    #[must_use]
    pub fn of(counted: &BTreeMap<String, i64>) -> Self {
        let mut buckets = [0; BUCKETS_S.len() + 1];
        let mut traffic = Self::default();
        for (field, count) in counted {
            if field.starts_with(list::API_REQUESTS.name) {
                traffic.requests += count;
                if field.contains("status=\"5") {
                    traffic.server_errors += count;
                }
            } else if field.starts_with(list::API_REQUEST_DURATION.name)
                && let Some((_, index)) = field.rsplit_once('#')
                && let Ok(index) = index.parse::<usize>()
                && let Some(bucket) = buckets.get_mut(index)
            {
                *bucket += count;
            }
        }
        let bounds = BUCKETS_S.map(|s| std::time::Duration::from_secs_f64(s).as_millis());
        let bounds = bounds.map(|ms| u64::try_from(ms).ok());
        let durations = bounds.into_iter().chain([None]).zip(buckets);
        traffic.durations = durations
            .map(|(milliseconds, requests)| Duration {
                milliseconds,
                requests,
            })
            .collect();
        traffic
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_routes_are_added_up() {
        let field = |name: &str, rest: &str| format!("{name}{{method=\"GET\",route=\"/a\"{rest}");
        let (requests, durations) = (list::API_REQUESTS.name, list::API_REQUEST_DURATION.name);
        let counted = BTreeMap::from([
            (field(requests, ",status=\"200\"}"), 5),
            (field(requests, ",status=\"503\"}"), 2),
            (field(durations, "}#0"), 4),
            (field(durations, "}#11"), 3),
            (field(durations, "}#us"), 99),
        ]);
        let traffic = Traffic::of(&counted);
        assert_eq!((traffic.requests, traffic.server_errors), (7, 2));
        let of = |index: usize| {
            let Duration {
                milliseconds,
                requests,
            } = traffic.durations[index];
            (milliseconds, requests)
        };
        assert_eq!((of(0), of(11)), ((Some(5), 4), (None, 3)));
    }
}
