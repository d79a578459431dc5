//! Atomic work: all of it or nothing, tried again when it met other work.

use std::time::Duration;

use backon::{BackoffBuilder as _, ExponentialBuilder};
use scoped_futures::ScopedBoxFuture;
use sqlx::postgres::PgConnection;
use sqlx::{AssertSqlSafe, Executor as _, Postgres, Transaction};
use tracing::Instrument as _;

use super::Writer;
use crate::telemetry::{Part, timed};

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
pub trait Conflict: From<sqlx::Error> + std::fmt::Display + Send {
    /// Whether it is a serialisation failure or a deadlock.
    fn is_conflict(&self) -> bool;
}

impl Conflict for sqlx::Error {
    fn is_conflict(&self) -> bool {
        // serialization_failure, deadlock_detected
        // https://www.postgresql.org/docs/current/errcodes-appendix.html
        let code = self
            .as_database_error()
            .and_then(sqlx::error::DatabaseError::code);
        code.is_some_and(|code| code == "40001" || code == "40P01")
    }
}

/// A part of a transaction, as `|atomic| async move { … }.scope_boxed()` makes it: it may borrow from around it (`'a`)
/// and from the transaction (`'t`).
pub type Work<'a, 't, T, E> = ScopedBoxFuture<'a, 't, Result<T, E>>;

/// A transaction. One that is dropped, with the future that it runs in, is undone.
#[derive(Debug)]
pub struct Atomic {
    transaction: Transaction<'static, Postgres>,
    depth: u32,
}

impl Atomic {
    /// Where statements are run.
    pub fn connection(&mut self) -> &mut PgConnection {
        &mut self.transaction
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
    pub async fn nested<'a, T, E, F>(&mut self, work: F) -> Result<T, E>
    where
        E: From<sqlx::Error>,
        F: for<'t> FnOnce(&'t mut Self) -> Work<'a, 't, T, E>,
    {
        let depth = self.depth + 1;
        let span = tracing::debug_span!("savepoint", depth);
        async {
            self.execute(format!("SAVEPOINT level_{depth}")).await?;
            self.depth = depth;
            let result = work(self).await;
            self.depth = depth - 1;
            let end = match result {
                Ok(_) => format!("RELEASE SAVEPOINT level_{depth}"),
                Err(_) => {
                    format!("ROLLBACK TO SAVEPOINT level_{depth}; RELEASE SAVEPOINT level_{depth}")
                }
            };
            match (self.execute(end).await, result) {
                (Err(error), Ok(_)) => Err(error.into()),
                (_, result) => result,
            }
        }
        .instrument(span)
        .await
    }

    /// A statement of our own making.
    async fn execute(&mut self, sql: String) -> Result<(), sqlx::Error> {
        let done = self.transaction.execute(AssertSqlSafe(sql)).await;
        done.map(drop)
    }
}

/// Does `work` in one transaction. After a serialisation failure or a deadlock it is begun anew, a few times, after
/// random and growing pauses; so it must be free of effects outside of the database.
///
/// # Errors
/// Those of the work, and those of the database; the last conflict where there was no end to them.
pub async fn atomically<'a, T, E, F>(writer: &Writer, isolation: Isolation, work: F) -> Result<T, E>
where
    E: Conflict,
    F: for<'t> Fn(&'t mut Atomic) -> Work<'a, 't, T, E>,
{
    let mut pauses = ExponentialBuilder::default()
        .with_min_delay(PAUSE_MIN)
        .with_max_delay(PAUSE_MAX)
        .with_max_times(RETRIES_MAX)
        .with_jitter()
        .build();
    loop {
        let result = attempt(writer, isolation, &work).await;
        let pause = match &result {
            Err(error) if error.is_conflict() => pauses.next(),
            _ => None,
        };
        let (Err(error), Some(pause)) = (&result, pause) else {
            return result;
        };
        tracing::info!(%error, ?pause, "a transaction met another and is tried again");
        tokio::time::sleep(pause).await;
    }
}

async fn attempt<'a, T, E, F>(writer: &Writer, isolation: Isolation, work: &F) -> Result<T, E>
where
    E: Conflict,
    F: for<'t> Fn(&'t mut Atomic) -> Work<'a, 't, T, E>,
{
    let span = tracing::debug_span!("transaction", depth = 0);
    async {
        // In BEGIN itself: a pooler in transaction mode keeps no setting of a session.
        let begin = match isolation {
            Isolation::ReadCommitted => "BEGIN ISOLATION LEVEL READ COMMITTED",
            Isolation::Serializable => "BEGIN ISOLATION LEVEL SERIALIZABLE",
        };
        let mut atomic = Atomic {
            transaction: writer.pool().begin_with(begin).await?,
            depth: 0,
        };
        match work(&mut atomic).await {
            Ok(value) => {
                timed(Part::Database, atomic.transaction.commit()).await?;
                Ok(value)
            }
            Err(error) => {
                // What failed is reported, not that undoing it failed too: the connection is then closed, which undoes.
                let _ = atomic.transaction.rollback().await;
                Err(error)
            }
        }
    }
    .instrument(span)
    .await
}
