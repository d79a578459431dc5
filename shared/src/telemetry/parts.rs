//! Where the time of one request goes: a tally that travels with the request's task.

use std::future::Future;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use tracing::field::{Field, Visit};
use tracing::{Event, Instrument as _, Span, Subscriber};
use tracing_subscriber::Layer;
use tracing_subscriber::filter::{LevelFilter, Targets};
use tracing_subscriber::layer::Context;
use tracing_subscriber::registry::LookupSpan;

tokio::task_local! {
    static CURRENT: Arc<Tally>;
}

/// A part of the work on a request. Parts that run at once each count in full, so their sum can exceed the whole.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Part {
    /// Finding out who asks.
    Auth,
    /// The rate limiter.
    Limit,
    /// The cache.
    Cache,
    /// The database: getting a connection, and statements; not `BEGIN`.
    Database,
    /// Chain endpoints.
    Chain,
}

impl Part {
    fn span(self) -> Span {
        match self {
            Self::Auth => tracing::debug_span!("auth"),
            Self::Limit => tracing::debug_span!("limit"),
            Self::Cache => tracing::debug_span!("cache"),
            Self::Database => tracing::debug_span!("database"),
            Self::Chain => tracing::debug_span!("chain"),
        }
    }
}

/// The time that each part has taken so far.
#[derive(Debug, Default)]
pub struct Tally {
    us: [AtomicU64; 5],
    is_sampled: bool,
    trace: Option<String>,
}

impl Tally {
    /// Nothing yet. Debug lines of what is sampled are written whatever the level; `trace` is the header of the X-Ray
    /// trace that the request is part of.
    pub(super) fn new(is_sampled: bool, trace: Option<String>) -> Self {
        Self {
            is_sampled,
            trace,
            ..Self::default()
        }
    }

    /// What a part has taken, in microseconds; nothing where it had no part.
    pub(super) fn us(&self, part: Part) -> Option<u64> {
        let us = self.us[part as usize].load(Ordering::Relaxed);
        (us > 0).then_some(us)
    }

    /// Runs the work of one request with this tally.
    pub fn scope<F: Future>(self: Arc<Self>, work: F) -> impl Future<Output = F::Output> {
        CURRENT.scope(self, work)
    }
}

/// Counts the time that `work` takes to a part of the current request, in a span of its own; also that of work which is
/// given up.
pub async fn timed<F: Future>(part: Part, work: F) -> F::Output {
    let clock = Clock::start(part);
    let output = work.instrument(part.span()).await;
    drop(clock);
    output
}

/// Counts the time until it is dropped to a part of the current request, where the work is too large to be moved.
#[derive(Debug)]
pub struct Clock {
    part: Part,
    started: Instant,
}

impl Clock {
    /// From now on.
    #[must_use]
    pub fn start(part: Part) -> Self {
        Self {
            part,
            started: Instant::now(),
        }
    }
}

impl Drop for Clock {
    fn drop(&mut self) {
        add(self.part, self.started.elapsed());
    }
}

fn add(part: Part, time: Duration) {
    // Whatever is left of a microsecond shows that the part was there.
    let us = u64::try_from(time.as_micros()).unwrap_or(u64::MAX).max(1);
    let _ = CURRENT.try_with(|tally| tally.us[part as usize].fetch_add(us, Ordering::Relaxed));
}

/// Whether debug lines of the current request are written.
pub(super) fn is_sampled() -> bool {
    CURRENT
        .try_with(|tally| tally.is_sampled)
        .unwrap_or_default()
}

/// The header that has whoever is asked take part in the X-Ray trace of the current request.
pub(crate) fn trace() -> Option<String> {
    CURRENT.try_with(|tally| tally.trace.clone()).ok().flatten()
}

/// Has a task that is spawned count to the request that spawns it.
pub async fn carried<F: Future>(tally: Option<Arc<Tally>>, work: F) -> F::Output {
    match tally {
        Some(tally) => CURRENT.scope(tally, work).await,
        None => work.await,
    }
}

/// The current request's tally.
#[must_use]
pub fn current() -> Option<Arc<Tally>> {
    CURRENT.try_with(Arc::clone).ok()
}

/// Counts what sqlx says of its statements: there is no other place that every query passes.
pub(super) fn database<S>() -> impl Layer<S>
where
    S: Subscriber + for<'a> LookupSpan<'a>,
{
    let of_sqlx = Targets::new()
        .with_target("sqlx::query", LevelFilter::DEBUG)
        .with_target("sqlx::pool::acquire", LevelFilter::DEBUG);
    Layer::with_filter(Statements, of_sqlx)
}

struct Statements;

impl<S: Subscriber> Layer<S> for Statements {
    fn on_event(&self, event: &Event<'_>, _: Context<'_, S>) {
        event.record(&mut Elapsed);
    }
}

struct Elapsed;

impl Visit for Elapsed {
    fn record_f64(&mut self, field: &Field, seconds: f64) {
        if matches!(field.name(), "elapsed_secs" | "acquired_after_secs") {
            add(
                Part::Database,
                Duration::try_from_secs_f64(seconds).unwrap_or_default(),
            );
        }
    }

    fn record_debug(&mut self, _: &Field, _: &dyn std::fmt::Debug) {}
}
