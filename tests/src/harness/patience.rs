//! Waiting for what must come, and saying what did not.

use std::fmt;
use std::future::Future;
use std::time::Duration;

/// How long one phase of a test may take, on a machine that is busy.
pub const PHASE_MAX: Duration = Duration::from_mins(1);

/// What `work` comes to; a phase that takes longer fails, by its name.
pub async fn within_phase<T>(what: impl fmt::Display, work: impl Future<Output = T>) -> T {
    let done = tokio::time::timeout(PHASE_MAX, work).await;
    done.unwrap_or_else(|late| panic!("{what}, within {PHASE_MAX:?}: {late}"))
}
