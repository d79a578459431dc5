//! Whether each part answers, and what it means for callers when it does not.

use std::future::Future;
use std::time::{Duration, Instant};

use serde::Serialize;
use utoipa::ToSchema;

use crate::cache::Cache;
use crate::db::Reader;

/// A part that has not answered by then counts as down.
const CHECK_DURATION_MAX: Duration = Duration::from_millis(1_500);

/// The state of the API and of what it stands on.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Health {
    /// `ok`; `degraded` when an optional part is down; `down` when a required one is.
    pub status: Overall,
    /// The version that answers.
    #[schema(example = "0.1.0")]
    pub version: &'static str,
    /// Each part.
    pub dependencies: Vec<Dependency>,
}

/// The state of the whole.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub enum Overall {
    /// Every part answers.
    Ok,
    /// An optional part is down: answers are right, but slower.
    Degraded,
    /// A required part is down: requests fail.
    Down,
}

/// One part.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Dependency {
    /// `database` or `cache`.
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

/// The state of one part.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub enum Status {
    /// It answered.
    Up,
    /// It did not.
    Down,
}

/// Asks every part at once.
pub async fn check(database: &Reader, cache: &Cache) -> Health {
    let ask_database = sqlx::query("SELECT 1").execute(database.pool());
    let (database, cache) = futures_util::future::join(
        measure(
            "database",
            true,
            "Every request that reads data fails with 503.",
            ask_database,
        ),
        measure(
            "cache",
            false,
            "Answers are right, but slower.",
            cache.ping(),
        ),
    )
    .await;
    let dependencies = vec![database, cache];
    Health {
        status: overall(&dependencies),
        version: env!("CARGO_PKG_VERSION"),
        dependencies,
    }
}

async fn measure<T, E: std::fmt::Display>(
    name: &'static str,
    required: bool,
    impact: &'static str,
    ask: impl Future<Output = Result<T, E>>,
) -> Dependency {
    let started = Instant::now();
    let failure = match tokio::time::timeout(CHECK_DURATION_MAX, ask).await {
        Ok(Ok(_)) => None,
        Ok(Err(error)) => Some(error.to_string()),
        Err(_) => Some(format!("no answer within {CHECK_DURATION_MAX:?}")),
    };
    let up = failure.is_none();
    if let Some(error) = failure {
        tracing::warn!(dependency = name, error, "dependency is down");
    }
    Dependency {
        name,
        status: if up { Status::Up } else { Status::Down },
        required,
        latency_us: up.then(|| u64::try_from(started.elapsed().as_micros()).unwrap_or(u64::MAX)),
        impact: (!up).then_some(impact),
    }
}

fn overall(dependencies: &[Dependency]) -> Overall {
    let down = |required| {
        dependencies
            .iter()
            .any(|d| d.status == Status::Down && d.required == required)
    };
    match (down(true), down(false)) {
        (true, _) => Overall::Down,
        (false, true) => Overall::Degraded,
        (false, false) => Overall::Ok,
    }
}
