//! Atomic work: all of it or nothing, tried again when it met other work.

use std::time::Duration;

use backon::{ExponentialBuilder, Retryable as _};
use sqlx::postgres::PgConnection;
use sqlx::{Acquire as _, Postgres};
use tracing::Instrument as _;

use super::Writer;

/// How often work is tried again.
const RETRIES_MAX: usize = 5;
const PAUSE_MIN: Duration = Duration::from_millis(5);
const PAUSE_MAX: Duration = Duration::from_millis(200);

/// What the work sees of other work that commits meanwhile.
/// <https://www.postgresql.org/docs/current/transaction-iso.html>
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Isolation {
    /// Each statement sees what was committed before it.
    ReadCommitted,
    /// The outcome is that of some order in which the transactions ran one by one; those that had none are tried again.
    Serializable,
}

/// An error that says whether the same work may succeed when it is tried again.
pub trait Conflict: From<sqlx::Error> + std::fmt::Display {
    /// Whether it is a serialisation failure or a deadlock.
    fn is_conflict(&self) -> bool;
}

impl Conflict for sqlx::Error {
    fn is_conflict(&self) -> bool {
        // serialization_failure, deadlock_detected
        // https://www.postgresql.org/docs/current/errcodes-appendix.html
        let code = self.as_database_error().and_then(|error| error.code());
        code.is_some_and(|code| code == "40001" || code == "40P01")
    }
}

/// A transaction, or a savepoint in one.
#[derive(Debug)]
pub struct Atomic<'c> {
    connection: &'c mut PgConnection,
    depth: u32,
}

impl Atomic<'_> {
    /// Where statements are run.
    pub const fn connection(&mut self) -> &mut PgConnection {
        self.connection
    }

    /// 0 in the transaction itself, one more in each savepoint.
    #[must_use]
    pub const fn depth(&self) -> u32 {
        self.depth
    }

    /// Does a part of the work in a savepoint: when it fails its changes are undone, and the work around it can go on.
    ///
    /// # Errors
    /// Those of the work, and those of the database.
    pub async fn nested<T, E: From<sqlx::Error>>(
        &mut self,
        work: impl AsyncFnOnce(&mut Atomic<'_>) -> Result<T, E>,
    ) -> Result<T, E> {
        let depth = self.depth + 1;
        let span = tracing::debug_span!("savepoint", depth);
        async {
            let mut savepoint = self.connection.begin().await?;
            let mut inner = Atomic {
                connection: &mut savepoint,
                depth,
            };
            match work(&mut inner).await {
                Ok(value) => {
                    savepoint.commit().await?;
                    Ok(value)
                }
                Err(error) => {
                    savepoint.rollback().await?;
                    Err(error)
                }
            }
        }
        .instrument(span)
        .await
    }
}

/// Does `work` in one transaction. After a serialisation failure or a deadlock it is begun anew, a few times, after
/// random and growing pauses; so it must be free of effects outside of the database.
///
/// # Errors
/// Those of the work, and those of the database; the last conflict where there was no end to them.
pub async fn atomically<T, E: Conflict>(
    writer: &Writer,
    isolation: Isolation,
    work: impl AsyncFn(&mut Atomic<'_>) -> Result<T, E>,
) -> Result<T, E> {
    let pauses = ExponentialBuilder::default()
        .with_min_delay(PAUSE_MIN)
        .with_max_delay(PAUSE_MAX)
        .with_max_times(RETRIES_MAX)
        .with_jitter();
    (|| attempt(writer, isolation, &work))
        .retry(pauses)
        .when(Conflict::is_conflict)
        .notify(|error: &E, pause| {
            tracing::info!(%error, ?pause, "a transaction met another and is tried again");
        })
        .await
}

async fn attempt<T, E: Conflict>(
    writer: &Writer,
    isolation: Isolation,
    work: &impl AsyncFn(&mut Atomic<'_>) -> Result<T, E>,
) -> Result<T, E> {
    let span = tracing::debug_span!("transaction", depth = 0);
    async {
        // In BEGIN itself: a pooler in transaction mode keeps no setting of a session.
        let begin = match isolation {
            Isolation::ReadCommitted => "BEGIN ISOLATION LEVEL READ COMMITTED",
            Isolation::Serializable => "BEGIN ISOLATION LEVEL SERIALIZABLE",
        };
        let mut transaction: sqlx::Transaction<'_, Postgres> =
            writer.pool().begin_with(begin).await?;
        let mut atomic = Atomic {
            connection: &mut transaction,
            depth: 0,
        };
        match work(&mut atomic).await {
            Ok(value) => {
                transaction.commit().await?;
                Ok(value)
            }
            Err(error) => {
                // What failed is reported, not that undoing it failed too: the connection is then closed, which undoes.
                let _ = transaction.rollback().await;
                Err(error)
            }
        }
    }
    .instrument(span)
    .await
}
