//! Whether each part answers, how current the data is, and what it means for callers when it is not as it should be.

mod current;
pub mod history;
mod traffic;

use std::future::Future;
use std::time::{Duration, Instant};

use chrono::{DateTime, Utc};
use serde::Serialize;
use utoipa::ToSchema;

pub use current::{ChainHealth, ViewHealth};
pub use history::Interval;
pub use traffic::Traffic;

use crate::cache::Cache;
use crate::db::Reader;
use crate::rate_limit::RateLimiter;
use crate::telemetry::{counters, gauges};

/// A part that has not answered by then counts as down.
const CHECK_DURATION_MAX: Duration = Duration::from_millis(1_500);

/// The state of the API and of what it stands on.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Health {
    /// `ok`; `degraded` when an optional part is down or the data is old; `down` when a required part is.
    pub status: Overall,
    /// The version that answers.
    #[schema(example = "0.1.0")]
    pub version: &'static str,
    /// Each part.
    pub dependencies: Vec<Dependency>,
    /// How far each chain is indexed; absent while the database is down.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub chains: Option<Vec<ChainHealth>>,
    /// How current each view is; absent while the database is down.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub views: Option<Vec<ViewHealth>>,
    /// What was answered since counting began; absent while the cache is down.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub traffic: Option<Traffic>,
    /// What was answered in the last hour, minute by minute, oldest first; absent while the cache is down.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub history: Option<Vec<Interval>>,
}

/// The state of the whole.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub enum Overall {
    /// Every part answers, and the data is current.
    Ok,
    /// Requests are answered, but slower, from older data, or with looser limits; `impact` says which.
    Degraded,
    /// A required part is down: requests fail.
    Down,
}

/// One part.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Dependency {
    /// `database`, `cache` or `rateLimits`.
    #[schema(example = "database")]
    pub name: &'static str,
    /// Whether it answered in time.
    pub status: Status,
    /// Whether requests fail without it.
    pub required: bool,
    /// How long it took to answer, in microseconds; absent when it did not.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(example = 412)]
    pub latency_us: Option<u64>,
    /// What callers notice while it is down; absent when it is up.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub impact: Option<&'static str>,
}

/// That the process which answers runs.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Liveness {
    /// `ok`: else there is no answer.
    pub status: Overall,
    /// The version that answers.
    #[schema(example = "0.1.0")]
    pub version: &'static str,
}

impl Default for Liveness {
    fn default() -> Self {
        Self {
            status: Overall::Ok,
            version: env!("CARGO_PKG_VERSION"),
        }
    }
}

/// The state of one part.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub enum Status {
    /// It answered.
    Up,
    /// It did not.
    Down,
}

const DATABASE: Part = Part {
    name: "database",
    required: true,
    impact: "Every request that reads data fails with 503.",
};
const CACHE: Part = Part {
    name: "cache",
    required: false,
    impact: "Answers are right, but slower.",
};
const RATE_LIMITS: Part = Part {
    name: "rateLimits",
    required: false,
    impact: "Quotas are kept by each instance for itself, so callers can exceed them.",
};

/// What is known of a part before it is asked.
struct Part {
    name: &'static str,
    required: bool,
    impact: &'static str,
}

/// Asks every part at once, and ends in time whatever hangs.
pub async fn check(
    (database, cache, limiter): (Reader, Cache, RateLimiter),
    now: DateTime<Utc>,
) -> Health {
    let now_us = u64::try_from(now.timestamp_micros()).unwrap_or_default();
    let ((database, gauges), (cache, counted), (limits, _)) = tokio::join!(
        DATABASE.ask(async move { gauges::read(database.pool()).await }),
        CACHE.ask(async move {
            let (counts, history) =
                tokio::join!(cache.hash(counters::KEY), history::read(&cache, now));
            counts.map(|counts| (counts, history.ok()))
        }),
        RATE_LIMITS.ask(async move { limiter.check(now_us).await }),
    );
    let dependencies = vec![database, cache, limits];
    let chains = gauges.as_deref().map(current::chains);
    let views = gauges.as_deref().map(current::views);
    let is_current = current::is_current(chains.as_deref(), views.as_deref());
    let (traffic, history) = counted
        .map(|(counts, history)| (Traffic::of(&counts), history))
        .unzip();
    Health {
        status: overall(&dependencies, is_current),
        version: env!("CARGO_PKG_VERSION"),
        dependencies,
        chains,
        views,
        traffic,
        history: history.flatten(),
    }
}

impl Part {
    /// Asks, and does not wait longer than [`CHECK_DURATION_MAX`]. What is late is let to its end, unheard: a query that is
    /// dropped leaves its connection out of step.
    async fn ask<T, E>(
        self,
        ask: impl Future<Output = Result<T, E>> + Send + 'static,
    ) -> (Dependency, Option<T>)
    where
        T: Send + 'static,
        E: std::fmt::Display + Send + 'static,
    {
        let started = Instant::now();
        let asked = tokio::spawn(ask);
        let answer = match tokio::time::timeout(CHECK_DURATION_MAX, asked).await {
            Ok(Ok(Ok(answer))) => Ok(answer),
            Ok(Ok(Err(error))) => Err(error.to_string()),
            Ok(Err(panic)) => Err(panic.to_string()),
            Err(_) => Err(format!("no answer within {CHECK_DURATION_MAX:?}")),
        };
        let answer = answer.map_err(|error| {
            tracing::warn!(dependency = self.name, error, "dependency is down");
        });
        let up = answer.is_ok();
        let latency_us = u64::try_from(started.elapsed().as_micros()).unwrap_or(u64::MAX);
        let dependency = Dependency {
            name: self.name,
            status: if up { Status::Up } else { Status::Down },
            required: self.required,
            latency_us: up.then_some(latency_us),
            impact: (!up).then_some(self.impact),
        };
        (dependency, answer.ok())
    }
}

fn overall(dependencies: &[Dependency], is_current: bool) -> Overall {
    let down = |required| {
        dependencies
            .iter()
            .any(|d| d.status == Status::Down && d.required == required)
    };
    match (down(true), down(false) || !is_current) {
        (true, _) => Overall::Down,
        (false, true) => Overall::Degraded,
        (false, false) => Overall::Ok,
    }
}
