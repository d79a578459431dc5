//! Requests on a schedule: an open model. Each is due at its moment whatever became of those before, and its time counts
//! from then, so what waits in a queue before the server is seen (<https://www.usenix.org/conference/nsdi-06/open-versus-closed-cautionary-tale>).

use std::sync::Arc;
use std::time::{Duration, Instant};

use tokio::sync::mpsc::{self, UnboundedReceiver};
use tokio::time::{MissedTickBehavior, interval, sleep_until};

use super::asked::{Asked, Operation};
use super::client::Client;
use crate::bench::latency::{Latencies, milliseconds};

/// A caller gives up then, as API Gateway does.
const PATIENCE: Duration = Duration::from_secs(30);
/// Requests that wait for their answer. More means that the server is far behind, and this machine would be next.
const WAITING_MAX: usize = 5_000;

/// One request.
#[derive(Clone, Copy, Debug)]
pub struct Sample {
    /// What was asked.
    pub operation: Operation,
    /// When it was due, from the beginning.
    pub due: Duration,
    /// From when it was due to the end of the reply.
    pub latency: Duration,
    /// The status of the reply; 0 where there was none.
    pub status: u16,
}

impl Sample {
    /// Whether it was answered as it should be.
    pub const fn is_success(&self) -> bool {
        self.status == 200 || self.status == 201
    }
}

/// Sends `rate` requests a second for so many seconds; `show` gets a line each second.
pub async fn drive(
    client: Arc<Client>,
    mut asked: Asked,
    rate: u32,
    seconds: u32,
    show: &dyn Fn(&str),
) -> Vec<Sample> {
    let (sender, mut done) = mpsc::unbounded_channel();
    let count = u64::from(rate) * u64::from(seconds);
    let began = Instant::now();
    let due_of = |number: u64| Duration::from_nanos(1_000_000_000 * number / u64::from(rate));
    let mut samples: Vec<Sample> = Vec::new();
    let mut ticks = interval(Duration::from_secs(1));
    ticks.set_missed_tick_behavior(MissedTickBehavior::Skip);
    let mut number = 0;
    while number < count {
        let due = due_of(number);
        tokio::select! {
            biased;
            () = sleep_until((began + due).into()) => {
                let (operation, request) = asked.next();
                let waiting = usize::try_from(number).unwrap_or_default() - samples.len();
                number += 1;
                if waiting > WAITING_MAX {
                    samples.push(Sample { operation, due, latency: PATIENCE, status: 0 });
                    continue;
                }
                let (client, sender) = (Arc::clone(&client), sender.clone());
                tokio::spawn(async move {
                    let reply = tokio::time::timeout(PATIENCE, client.send(request)).await;
                    let status = reply.ok().and_then(Result::ok).unwrap_or_default();
                    let latency = began.elapsed().saturating_sub(due);
                    // Nobody listens when the run was interrupted.
                    let _ = sender.send(Sample { operation, due, latency, status });
                });
            }
            _ = ticks.tick() => {
                take(&mut done, &mut samples);
                show(&line(&samples, began.elapsed(), number));
            }
        }
        if number % 64 == 0 {
            take(&mut done, &mut samples);
        }
    }
    drop(sender);
    while let Some(sample) = done.recv().await {
        samples.push(sample);
    }
    samples
}

fn take(done: &mut UnboundedReceiver<Sample>, samples: &mut Vec<Sample>) {
    while let Ok(sample) = done.try_recv() {
        samples.push(sample);
    }
}

/// What the last second was like.
fn line(samples: &[Sample], now: Duration, sent: u64) -> String {
    let since = now.saturating_sub(Duration::from_secs(1));
    let recent = samples
        .iter()
        .rev()
        .take_while(|sample| sample.due + sample.latency >= since);
    let mut latencies = Latencies::default();
    for sample in recent {
        latencies.push(sample.latency);
    }
    let errors = samples.iter().filter(|sample| !sample.is_success()).count();
    format!(
        "{:>4} s: {:>5} answered/s, p50 {} ms, p95 {} ms, {} waiting, {errors} errors",
        now.as_secs(),
        latencies.count(),
        milliseconds(latencies.percentile(50)),
        milliseconds(latencies.percentile(95)),
        sent.saturating_sub(u64::try_from(samples.len()).unwrap_or_default()),
    )
}
