//! Scheduled functions: a typed EventBridge event in, a report of what was done out.
//!
//! The work is bounded by the time left of the invocation; running one twice, or two at once, is harmless.

use std::future::Future;
use std::process::ExitCode;
use std::time::{Duration, Instant};

use chrono::{DateTime, Utc};
use lambda_runtime::LambdaEvent;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::json;
use tracing::Instrument;

use crate::cache::Cache;
use crate::capability::{self, Capabilities, Name};
use crate::telemetry::faults::{self, Fault};
use crate::telemetry::{self, Ended, counters};
use crate::{db, deadline, runtime, secrets};

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
            "capabilities": capabilities::<D>(),
        }));
    }
    runtime::block_on(schedule.name, || async move {
        let connect = move || Ok((D::connect()?, counters::cache()?));
        runtime::take_invocations(connect, move |(clients, counts), event, cold_start| {
            let handler = handler.clone();
            let invocation = Invocation {
                schedule,
                counts,
                cold_start,
            };
            invocation.carry_out(clients, handler, event)
        })
        .await
    })
}

/// What the handler takes, and what the pipeline needs.
fn capabilities<D: Capabilities>() -> Vec<Name> {
    let mut names = D::names();
    capability::add_counts(&mut names);
    names
}

struct Invocation {
    schedule: &'static Schedule,
    /// Where counts are kept, where there is such a place.
    counts: Option<Cache>,
    cold_start: bool,
}

impl Invocation {
    async fn carry_out<D, T, R, F, Fut>(
        self,
        clients: D,
        handler: F,
        event: LambdaEvent<Event<T>>,
    ) -> Result<R, Box<dyn std::error::Error + Send + Sync>>
    where
        R: Serialize + Send + 'static,
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
        let request_id = event.context.request_id.as_str();
        let function = self.schedule.name;
        let span = tracing::info_span!("run", request_id, function);
        let tally = telemetry::begin(request_id, event.context.xray_trace_id.as_deref());
        // A run that hangs is told of, too, before the service ends it together with its environment.
        let end = run.deadline + RESERVE / 2;
        let work = deadline::by(end, handler(clients, run));
        let result = tally
            .clone()
            .scope(work.instrument(span.clone()))
            .await
            .unwrap_or_else(|unfinished| Err(unfinished.into()));
        let report = result.as_ref().map(serde_json::to_value);
        let ended = Ended {
            request_id,
            trace_id: telemetry::trace_id(event.context.xray_trace_id.as_deref()),
            function,
            duration: started.elapsed(),
            tally: &tally,
            cold_start: self.cold_start,
            outcome: report
                .map(Result::unwrap_or_default)
                .map_err(ToString::to_string),
        };
        self.tell(ended).instrument(span).await;
        result
    }

    /// Nobody waits for a run, so it tells everything before it ends.
    async fn tell(&self, ended: Ended<'_>) {
        telemetry::ended(&ended, Utc::now());
        counters::flush(self.counts.as_ref()).await;
        if let Err(cause) = ended.outcome {
            // The error may be that of a password which a rotation has changed: the next run begins with a new one.
            secrets::doubt();
            db::doubt();
            let fault = Fault {
                function: ended.function,
                request_id: ended.request_id,
                trace_id: ended.trace_id,
                transaction: ended.function.to_owned(),
                code: "SCHEDULED_RUN_FAILED",
                cause,
                answer_by: None,
            };
            faults::report(fault).await;
        }
    }
}
