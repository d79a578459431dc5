//! Tasks: functions that are run in a deployment, by CloudFormation or by hand.
//!
//! As a custom resource, a task is told where to send its report, and sends it there; called by hand, it returns it.
//! <https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/crpg-ref.html>

mod deployment;

use std::future::Future;
use std::panic::AssertUnwindSafe;
use std::process::ExitCode;
use std::time::Instant;

use futures_util::FutureExt;
use lambda_runtime::{LambdaEvent, service_fn};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use tracing::Instrument;

use crate::capability::Capabilities;
use crate::runtime::{self, Failure};
use deployment::Deployment;

/// A task, as data.
#[derive(Debug)]
pub struct Task {
    /// `<verb>` or `<verb>-<noun>`; use `env!("CARGO_PKG_NAME")`.
    pub name: &'static str,
    /// One line for lists.
    pub summary: &'static str,
}

type Error = Box<dyn std::error::Error + Send + Sync>;

/// Runs a task, or prints its declaration when called with `--describe`. Its order is the event of whoever calls it by
/// hand; CloudFormation orders nothing.
pub fn run<O, D, R, F, Fut>(task: &'static Task, handler: F) -> ExitCode
where
    O: DeserializeOwned + Default + Send + 'static,
    D: Capabilities,
    R: Serialize + Send + 'static,
    F: Fn(O, D) -> Fut + Clone + Send + Sync + 'static,
    Fut: Future<Output = Result<R, Error>> + Send + 'static,
{
    if runtime::wants_description() {
        return runtime::print(&json!({
            "kind": "task",
            "name": task.name,
            "summary": task.summary,
            "capabilities": D::names(),
        }));
    }
    runtime::block_on(task.name, || async move {
        let clients = D::connect()?;
        lambda_runtime::run(service_fn(move |event: LambdaEvent<Value>| {
            invoke(task, event, handler.clone(), clients.clone())
        }))
        .await
        .map_err(|e| Failure::new("the Lambda runtime stopped", e))
    })
}

async fn invoke<O, D, R, F, Fut>(
    task: &'static Task,
    event: LambdaEvent<Value>,
    handler: F,
    clients: D,
) -> Result<Value, Error>
where
    O: DeserializeOwned + Default,
    R: Serialize,
    F: Fn(O, D) -> Fut,
    Fut: Future<Output = Result<R, Error>> + Send + 'static,
{
    let request_id = event.context.request_id;
    let span = tracing::info_span!("task", request_id, function = task.name);
    let (deployment, order) = match Deployment::of(&event.payload)? {
        Some(deployment) => (Some(deployment), O::default()),
        None => (None, serde_json::from_value(event.payload)?),
    };
    if deployment.as_ref().is_some_and(Deployment::is_end) {
        // What was done stays done: the stack goes, the data does not.
        return report(deployment, Ok(Value::Null)).await;
    }
    let started = Instant::now();
    let work = AssertUnwindSafe(async { handler(order, clients).await }).catch_unwind();
    let result = work
        .instrument(span.clone())
        .await
        .unwrap_or_else(|panic| Err(runtime::panic_message(panic.as_ref()).into()));
    let result = result.and_then(|report| Ok(serde_json::to_value(report)?));
    span.in_scope(|| {
        let duration_us = u64::try_from(started.elapsed().as_micros()).unwrap_or(u64::MAX);
        match &result {
            Ok(report) => tracing::info!(duration_us, %report, "task"),
            Err(error) => tracing::error!(duration_us, %error, "task"),
        }
    });
    report(deployment, result).await
}

/// To CloudFormation, where it asked: a failure is then told in the report, and the invocation has succeeded.
async fn report(
    deployment: Option<Deployment>,
    result: Result<Value, Error>,
) -> Result<Value, Error> {
    let Some(deployment) = deployment else {
        return result;
    };
    deployment.answer(&result).await?;
    Ok(result.unwrap_or_default())
}
