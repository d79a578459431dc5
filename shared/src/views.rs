//! The materialized views: refreshed when what they read moved, not when time passed.
//!
//! Writers bump the version of what they change in their own transaction (`data_versions`); a view remembers the sum
//! that it was built from (`view_refreshes`). The sum is read before the refresh, so a write that lands between the
//! two makes one refresh too many at worst, and never one too few.

use std::time::{Duration, Instant};

use serde::Serialize;
use sqlx::{PgConnection, PgPool};

/// A refresh is not begun with less time left than this.
const REFRESH_DURATION_MIN: Duration = Duration::from_secs(1);

/// A view, and the tables and views whose versions it follows.
struct View {
    name: &'static str,
    refresh: &'static str,
    reads_data: &'static [&'static str],
    reads_views: &'static [&'static str],
}

/// In the order in which they read each other.
const VIEWS: &[View] = &[
    View {
        name: "mv_agent_reputation",
        refresh: "REFRESH MATERIALIZED VIEW CONCURRENTLY mv_agent_reputation",
        reads_data: &["agents", "feedback", "payments"],
        reads_views: &[],
    },
    View {
        name: "mv_agent_payments",
        refresh: "REFRESH MATERIALIZED VIEW CONCURRENTLY mv_agent_payments",
        reads_data: &["payments"],
        reads_views: &[],
    },
    View {
        name: "mv_agent_ranking",
        refresh: "REFRESH MATERIALIZED VIEW CONCURRENTLY mv_agent_ranking",
        reads_data: &[],
        reads_views: &["mv_agent_reputation", "mv_agent_payments"],
    },
    View {
        name: "mv_chain_totals",
        refresh: "REFRESH MATERIALIZED VIEW CONCURRENTLY mv_chain_totals",
        reads_data: &["agents", "feedback"],
        reads_views: &[],
    },
];

/// What a run did with each view.
#[derive(Debug, Serialize)]
pub struct Report {
    /// In the order in which they were looked at.
    pub views: Vec<ViewReport>,
}

/// What a run did with one view.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ViewReport {
    /// The view.
    pub view: &'static str,
    /// What was done.
    pub outcome: Outcome,
    /// Why.
    pub reason: String,
    /// How long the refresh took.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub duration_ms: Option<i64>,
    /// Rows that the view has since.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rows: Option<i64>,
}

/// What a run did with a view.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub enum Outcome {
    /// It is up to date now.
    Refreshed,
    /// It was up to date.
    Fresh,
    /// Another run is at it.
    Busy,
    /// There was no time left.
    Postponed,
    /// The database refused; the next run tries again.
    Failed,
}

/// Refreshes each view that is stale. One that fails does not keep the others from theirs.
pub async fn refresh(pool: &PgPool, deadline: Instant) -> Report {
    let mut views = Vec::with_capacity(VIEWS.len());
    for view in VIEWS {
        let report = match refresh_one(pool, view, deadline).await {
            Ok(report) => report,
            Err(error) => view.report(Outcome::Failed, error.to_string()),
        };
        views.push(report);
    }
    Report { views }
}

impl Report {
    /// Whether any view holds something else than before.
    #[must_use]
    pub fn has_refreshed(&self) -> bool {
        let mut outcomes = self.views.iter().map(|view| view.outcome);
        outcomes.any(|outcome| outcome == Outcome::Refreshed)
    }

    /// The views that could not be refreshed, where there are any.
    #[must_use]
    pub fn failure(&self) -> Option<String> {
        let failed = self.views.iter().filter(|v| v.outcome == Outcome::Failed);
        let lines: Vec<String> = failed
            .map(|v| format!("{}: {}", v.view, v.reason))
            .collect();
        (!lines.is_empty()).then(|| lines.join("; "))
    }
}

async fn refresh_one(
    pool: &PgPool,
    view: &'static View,
    deadline: Instant,
) -> Result<ViewReport, sqlx::Error> {
    let left = deadline.saturating_duration_since(Instant::now());
    if left < REFRESH_DURATION_MIN {
        return Ok(view.report(Outcome::Postponed, "no time was left".to_owned()));
    }
    // The lock and the time-out end with the transaction: neither outlives it behind a pooler.
    let mut transaction = pool.begin().await?;
    if !view.lock(&mut transaction).await? {
        return Ok(view.report(Outcome::Busy, "another run is refreshing it".to_owned()));
    }
    let version = view.version(&mut transaction).await?;
    let Some(reason) = version.stale_because() else {
        let reason = format!("nothing changed since version {}", version.built);
        view.confirm(&mut transaction).await?;
        transaction.commit().await?;
        return Ok(view.report(Outcome::Fresh, reason));
    };
    set_timeout(&mut transaction, left).await?;
    let started = Instant::now();
    sqlx::query(view.refresh).execute(&mut *transaction).await?;
    let duration_ms = i64::try_from(started.elapsed().as_millis()).unwrap_or(i64::MAX);
    let rows = view
        .remember(&mut transaction, &version.current, duration_ms)
        .await?;
    transaction.commit().await?;
    Ok(ViewReport {
        duration_ms: Some(duration_ms),
        rows: Some(rows),
        ..view.report(Outcome::Refreshed, reason)
    })
}

async fn set_timeout(connection: &mut PgConnection, left: Duration) -> Result<(), sqlx::Error> {
    let left_ms = left.as_millis().to_string();
    sqlx::query_scalar!("SELECT set_config('statement_timeout', $1, true)", left_ms)
        .fetch_one(connection)
        .await
        .map(|_| ())
}

/// What a view was built from and what there is now: sums of versions, which only grow.
struct Version {
    current: String,
    built: String,
    ever_refreshed: bool,
}

impl Version {
    fn stale_because(&self) -> Option<String> {
        if !self.ever_refreshed {
            Some("it was never refreshed".to_owned())
        } else if self.current == self.built {
            None
        } else {
            Some(format!(
                "what it reads moved from version {} to {}",
                self.built, self.current
            ))
        }
    }
}

impl View {
    /// Takes the view for this transaction; `false` where another run has it.
    async fn lock(&self, connection: &mut PgConnection) -> Result<bool, sqlx::Error> {
        sqlx::query_scalar!(
            r#"SELECT pg_try_advisory_xact_lock(hashtext('refresh-views'), hashtext($1)) AS "locked!""#,
            self.name
        )
        .fetch_one(connection)
        .await
    }

    async fn version(&self, connection: &mut PgConnection) -> Result<Version, sqlx::Error> {
        let data: Vec<String> = self.reads_data.iter().map(ToString::to_string).collect();
        let views: Vec<String> = self.reads_views.iter().map(ToString::to_string).collect();
        sqlx::query_as!(
            Version,
            r#"
            SELECT ((SELECT coalesce(sum(version), 0) FROM data_versions WHERE data = ANY($2))
                    + (SELECT coalesce(sum(data_version), 0) FROM view_refreshes WHERE view_name = ANY($3))
                   )::text AS "current!",
                   data_version::text AS "built!", refreshed_at IS NOT NULL AS "ever_refreshed!"
            FROM view_refreshes WHERE view_name = $1
            "#,
            self.name,
            &data,
            &views,
        )
        .fetch_one(connection)
        .await
    }

    /// Writes down that the view holds all that its tables hold.
    async fn confirm(&self, connection: &mut PgConnection) -> Result<(), sqlx::Error> {
        sqlx::query!(
            "UPDATE view_refreshes SET fresh_at = now() WHERE view_name = $1",
            self.name
        )
        .execute(connection)
        .await
        .map(drop)
    }

    /// Writes down what the view was built from; returns its rows.
    async fn remember(
        &self,
        connection: &mut PgConnection,
        version: &str,
        duration_ms: i64,
    ) -> Result<i64, sqlx::Error> {
        // A view's name is one of the constants above.
        let rows: i64 = sqlx::query_scalar(sqlx::AssertSqlSafe(format!(
            "SELECT count(*) FROM {}",
            self.name
        )))
        .fetch_one(&mut *connection)
        .await?;
        sqlx::query!(
            "UPDATE view_refreshes SET data_version = $2::text::numeric, refreshed_at = now(), fresh_at = now(), duration_ms = $3, \
             row_count = $4 WHERE view_name = $1",
            self.name,
            version,
            duration_ms,
            rows,
        )
        .execute(connection)
        .await?;
        Ok(rows)
    }

    fn report(&self, outcome: Outcome, reason: String) -> ViewReport {
        ViewReport {
            view: self.name,
            outcome,
            reason,
            duration_ms: None,
            rows: None,
        }
    }
}
