//! Scheduled functions: a typed EventBridge event in, a report of what was done out.
//!
//! The work is bounded by the time left of the invocation; running one twice, or two at once, is harmless.

use std::future::Future;
use std::panic::AssertUnwindSafe;
use std::process::ExitCode;
use std::sync::Arc;
use std::time::{Duration, Instant};

use chrono::{DateTime, Utc};
use futures_util::FutureExt;
use lambda_runtime::{LambdaEvent, service_fn};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::json;
use tracing::Instrument;

use crate::capability::Capabilities;
use crate::runtime::{self, Failure};
use crate::secrets::{self, Renewed};

/// How much of an invocation's time is kept to commit and report.
const RESERVE: Duration = Duration::from_secs(2);

/// How long a run may take where the event names no deadline.
const LEFT_DEFAULT: Duration = Duration::from_mins(1);

/// A scheduled function, as data.
#[derive(Debug)]
pub struct Schedule {
    /// `<verb>-<noun>`; use `env!("CARGO_PKG_NAME")`.
    pub name: &'static str,
    /// How often it runs, as EventBridge Scheduler spells it: `rate(1 minute)`.
    pub rate: &'static str,
    /// One line for lists.
    pub summary: &'static str,
}

/// An EventBridge event (<https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-events-structure.html>), of which
/// only this counts: work depends on the state that it finds, never on which event started it.
#[derive(Debug, Deserialize)]
pub struct Event<T> {
    /// What it asks for.
    #[serde(default = "Option::default")]
    pub detail: Option<T>,
}

/// The detail of an event that says no more than that it is time.
pub type Anything = serde::de::IgnoredAny;

/// One run.
#[derive(Debug)]
pub struct Run<T> {
    /// The event.
    pub event: Event<T>,
    /// When the run began; the only clock that the work reads.
    pub now: DateTime<Utc>,
    /// When the work must have ended.
    pub deadline: Instant,
}

/// Runs a scheduled function, or prints its declaration when called with `--describe`.
///
/// An error ends the invocation as failed, so that the scheduler tries again and counts it.
pub fn run<D, T, R, F, Fut>(schedule: &'static Schedule, handler: F) -> ExitCode
where
    D: Capabilities,
    T: DeserializeOwned + Send + 'static,
    R: Serialize + Send + 'static,
    F: Fn(D, Run<T>) -> Fut + Clone + Send + Sync + 'static,
    Fut: Future<Output = Result<R, Box<dyn std::error::Error + Send + Sync>>> + Send + 'static,
{
    if runtime::wants_description() {
        return runtime::print(&json!({
            "kind": "schedule",
            "name": schedule.name,
            "rate": schedule.rate,
            "summary": schedule.summary,
            "capabilities": D::names(),
        }));
    }
    runtime::block_on(schedule.name, || async move {
        let connected = Arc::new(Renewed::new(D::connect)?);
        lambda_runtime::run_concurrent(service_fn(move |event: LambdaEvent<Event<T>>| {
            let (connected, handler) = (connected.clone(), handler.clone());
            async move {
                secrets::refresh().await;
                invoke(schedule, connected.get(), handler, event).await
            }
        }))
        .await
        .map_err(|e| Failure::new("the Lambda runtime stopped", e))
    })
}

async fn invoke<D, T, R, F, Fut>(
    schedule: &'static Schedule,
    clients: D,
    handler: F,
    event: LambdaEvent<Event<T>>,
) -> Result<R, Box<dyn std::error::Error + Send + Sync>>
where
    R: Serialize,
    F: Fn(D, Run<T>) -> Fut,
    Fut: Future<Output = Result<R, Box<dyn std::error::Error + Send + Sync>>> + Send + 'static,
{
    let started = Instant::now();
    let left = runtime::time_left(event.context.deadline).unwrap_or(LEFT_DEFAULT);
    let run = Run {
        event: event.payload,
        now: Utc::now(),
        deadline: started + left.saturating_sub(RESERVE),
    };
    let span = tracing::info_span!(
        "run",
        request_id = event.context.request_id,
        function = schedule.name
    );
    let work = AssertUnwindSafe(async { handler(clients, run).await }).catch_unwind();
    let result = work
        .instrument(span.clone())
        .await
        .unwrap_or_else(|panic| Err(runtime::panic_message(panic.as_ref()).into()));
    span.in_scope(|| {
        let duration_us = u64::try_from(started.elapsed().as_micros()).unwrap_or(u64::MAX);
        match &result {
            Ok(report) => {
                let report = serde_json::to_string(report).unwrap_or_default();
                tracing::info!(duration_us, report, "run");
            }
            Err(error) => {
                // The error may be that of a password which a rotation has changed: the next run begins with a new one.
                secrets::doubt();
                tracing::error!(duration_us, error = %error, "run");
            }
        }
    });
    result
}
