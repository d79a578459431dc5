//! What endpoints and scheduled functions have in common: starting, ending, and the time between.

use std::any::Any;
use std::error::Error as StdError;
use std::fmt;
use std::future::Future;
use std::io::Write;
use std::process::ExitCode;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use lambda_runtime::{Diagnostic, LambdaEvent, service_fn};
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::config::ConfigError;
use crate::secrets::{self, Renewed};
use crate::telemetry;

/// Why a function could not run at all.
#[derive(Debug)]
pub struct Failure {
    doing: &'static str,
    source: Box<dyn StdError + Send + Sync>,
}

impl Failure {
    /// A failure of `doing`.
    pub fn new(doing: &'static str, source: impl Into<Box<dyn StdError + Send + Sync>>) -> Self {
        Self {
            doing,
            source: source.into(),
        }
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.doing, self.source)
    }
}

impl From<ConfigError> for Failure {
    fn from(error: ConfigError) -> Self {
        Self::new("the configuration is not usable", error)
    }
}

/// Whether the function is asked what it is instead of being run.
pub(crate) fn wants_description() -> bool {
    std::env::args().nth(1).as_deref() == Some("--describe")
}

/// Prints a declaration.
pub(crate) fn print(declaration: &serde_json::Value) -> ExitCode {
    match writeln!(std::io::stdout(), "{declaration:#}") {
        Ok(()) => ExitCode::SUCCESS,
        Err(_) => ExitCode::FAILURE,
    }
}

/// Starts telemetry and an async runtime, and runs the function until the Lambda service ends it.
pub(crate) fn block_on<Fut>(name: &'static str, work: impl FnOnce() -> Fut) -> ExitCode
where
    Fut: Future<Output = Result<(), Failure>>,
{
    if std::env::var_os("AWS_LAMBDA_RUNTIME_API").is_none() {
        let hint = "is a Lambda function: run it with `cargo xtask up`, or ask it what it is with --describe";
        let _ = writeln!(std::io::stderr(), "{name} {hint}");
        return ExitCode::from(2);
    }
    telemetry::init(name);
    let result = runtime()
        .map_err(|e| Failure::new("no async runtime", e))
        .and_then(|rt| rt.block_on(start(work)));
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            tracing::error!(error = %failure, "the function cannot run");
            ExitCode::FAILURE
        }
    }
}

/// Takes invocations until the Lambda service ends the function. Each gets the clients that `connect` makes, anew after a
/// secret has changed, and whether it is the first one of its execution environment.
pub(crate) async fn take_invocations<C, E, R, X, Fut>(
    connect: impl Fn() -> Result<C, ConfigError> + Send + Sync + 'static,
    invoke: impl Fn(C, LambdaEvent<E>, bool) -> Fut + Clone + Send + Sync + 'static,
) -> Result<(), Failure>
where
    C: Clone + Send + Sync + 'static,
    E: DeserializeOwned + Send + 'static,
    R: Serialize + Send + 'static,
    X: Into<Diagnostic> + fmt::Debug + Send + 'static,
    Fut: Future<Output = Result<R, X>> + Send + 'static,
{
    let connected = Arc::new(Renewed::new(connect)?);
    let cold = Arc::new(AtomicBool::new(true));
    lambda_runtime::run_concurrent(service_fn(move |event: LambdaEvent<E>| {
        let cold_start = cold.swap(false, Ordering::Relaxed);
        let (connected, invoke) = (connected.clone(), invoke.clone());
        // On the heap: the future of a whole request is large, and what wraps it is moved about.
        Box::pin(async move {
            secrets::refresh().await;
            invoke(connected.get(), event, cold_start).await
        })
    }))
    .await
    .map_err(|e| Failure::new("the Lambda runtime stopped", e))
}

/// Secrets come first: settings are read from them.
async fn start<Fut>(work: impl FnOnce() -> Fut) -> Result<(), Failure>
where
    Fut: Future<Output = Result<(), Failure>>,
{
    let read = secrets::load().await;
    read.map_err(|e| Failure::new("no secrets", e))?;
    work().await
}

/// One thread serves one request at a time, as Lambda sends them; Lambda Managed Instances send several at once
/// to the same process and have the cores for them.
fn runtime() -> std::io::Result<tokio::runtime::Runtime> {
    let concurrency = std::env::var("AWS_LAMBDA_MAX_CONCURRENCY")
        .ok()
        .and_then(|n| n.parse::<u32>().ok());
    match concurrency {
        Some(2..) => tokio::runtime::Builder::new_multi_thread()
            .enable_all()
            .build(),
        _ => tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build(),
    }
}

/// The time until an invocation's deadline, which Lambda gives in milliseconds since the epoch. A deadline that was
/// past when the invocation came says nothing: `cargo lambda watch` sends the same one, of 1970, with each.
pub(crate) fn time_left(deadline_epoch_ms: u64) -> Option<Duration> {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).ok()?;
    Duration::from_millis(deadline_epoch_ms).checked_sub(now)
}

/// What a panic said.
pub(crate) fn panic_message(panic: &(dyn Any + Send)) -> String {
    let text = panic
        .downcast_ref::<&str>()
        .copied()
        .or_else(|| panic.downcast_ref::<String>().map(String::as_str));
    format!("panicked: {}", text.unwrap_or("no message"))
}
