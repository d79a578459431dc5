//! Work that is waited for until a moment, and no longer.

use std::future::Future;
use std::time::{Duration, Instant};

use tokio::task::JoinError;
use tracing::Instrument as _;

use crate::telemetry::parts;
use crate::{db, runtime};

tokio::task_local! {
    static DEADLINE: Instant;
}

/// Why work has no result.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Unfinished {
    /// It was not done in time.
    #[error("it was not done in time: {0}")]
    Late(#[from] tokio::time::error::Elapsed),
    /// It panicked.
    #[error("{0}")]
    Panicked(String),
}

impl From<JoinError> for Unfinished {
    /// Nobody aborts it.
    fn from(error: JoinError) -> Self {
        Self::Panicked(match error.try_into_panic() {
            Ok(panic) => runtime::panic_message(panic.as_ref()),
            Err(error) => error.to_string(),
        })
    }
}

/// The result of work, if it is there by `deadline`.
///
/// Work that is late is not dropped but let to its end, unheard: a query that is dropped leaves its connection out of
/// step, and the pool would hand that connection to the next request.
///
/// # Errors
/// When it is late, and when it panics.
pub(crate) async fn by<F>(deadline: Instant, work: F) -> Result<F::Output, Unfinished>
where
    F: Future + Send + 'static,
    F::Output: Send,
{
    let work = parts::carried(parts::current(), DEADLINE.scope(deadline, work));
    let work = tokio::spawn(work.in_current_span());
    let result = tokio::time::timeout_at(deadline.into(), work).await;
    // It may wait for a connection that will never answer.
    Ok(result.inspect_err(|_| db::doubt())??)
}

/// How long the current work may wait for something: at most `most`, and `reserve` less than the time that is left to it,
/// where somebody waits for the work.
pub(crate) fn patience(most: Duration, reserve: Duration) -> Duration {
    DEADLINE
        .try_with(|deadline| deadline.saturating_duration_since(Instant::now()))
        .map_or(most, |left| left.saturating_sub(reserve).min(most))
}
