//! How long a function takes from its start to its first poll of the Runtime API, and whether work
//! hides behind that: what its first request takes beside its second.

use std::path::Path;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result};
use serde_json::Value;

use super::latency::Latencies;
use crate::lambda::{Function, Settings};

const INVOCATION: Duration = Duration::from_mins(1);

/// What was measured of one function.
#[derive(Debug, Default)]
pub struct StartUp {
    /// From the start of the process to its first poll.
    pub ready: Latencies,
    /// The first request of each process.
    pub first: Latencies,
    /// The second.
    pub second: Latencies,
}

/// Starts a function so many times, one after the other.
///
/// # Errors
///
/// When it does not start or does not answer the event.
pub async fn measure(
    binary: &Path,
    settings: &Settings,
    event: &Value,
    times: usize,
) -> Result<StartUp> {
    let mut measured = StartUp::default();
    for _ in 0..times {
        let function = Function::start(binary, settings).await?;
        let name = || function.name().to_owned();
        measured
            .ready
            .push(function.start_up().await.with_context(name)?);
        for latencies in [&mut measured.first, &mut measured.second] {
            let sent = Instant::now();
            function
                .invoke(event, INVOCATION)
                .await
                .with_context(name)?;
            latencies.push(sent.elapsed());
        }
        function.kill().await;
    }
    Ok(measured)
}
