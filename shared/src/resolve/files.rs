//! The table of files: what is due, and what became of it.

use chrono::{DateTime, TimeDelta, Utc};
use sqlx::PgPool;
use sqlx::postgres::PgConnection;

use super::fetch::{FetchError, Fetched, Validators};
use super::pace;
use super::source::Found;

/// Longer than fetching a file takes from all gateways: an attempt that crashed is made again after this.
const LEASE: TimeDelta = TimeDelta::minutes(2);
/// Files that are given to agents without fetching, by one run. Each may hold 256 KiB.
const KNOWN_MAX: i64 = 200;
/// New files taken up by one run.
const DISCOVERED_MAX: i64 = 5_000;

/// A file whose turn it is.
#[derive(Clone, Debug)]
pub(super) struct Due {
    pub(super) uri: String,
    pub(super) known: Validators,
    hash: Vec<u8>,
    attempts: i32,
}

/// What a file is now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Settled {
    /// It came.
    Fetched,
    /// It is what it was.
    Unchanged,
    /// It did not come, and is asked for again.
    Waiting,
    /// It did not come, and is not asked for again.
    Over,
}

/// Takes up the files that agents point to and nobody has asked for yet; says how many.
pub(super) async fn discover(pool: &PgPool, now: DateTime<Utc>) -> Result<u64, sqlx::Error> {
    let done = sqlx::query!(
        "INSERT INTO remote_files (uri_hash, uri, state, next_attempt_at)
         SELECT DISTINCT ON (hash) hash, agent_uri, 'waiting', $1
         FROM agents, sha256(convert_to(agent_uri, 'UTF8')) AS hash
         WHERE registration_state = 'pending'
             AND NOT EXISTS (SELECT FROM remote_files WHERE uri_hash = hash)
         LIMIT $2
         ON CONFLICT DO NOTHING",
        now,
        DISCOVERED_MAX,
    )
    .execute(pool)
    .await?;
    Ok(done.rows_affected())
}

/// Takes up the files that feedback points to; in the caller's transaction. A feedback's file is fetched until it came
/// once, for what it said then is what counts.
///
/// # Errors
/// Fails as the database does.
pub(crate) async fn queue(
    connection: &mut PgConnection,
    uris: &[String],
) -> Result<(), sqlx::Error> {
    if uris.is_empty() {
        return Ok(());
    }
    // In one order, lest two transactions wait for each other.
    sqlx::query!(
        "INSERT INTO remote_files (uri_hash, uri, state, next_attempt_at)
         SELECT DISTINCT ON (hash) hash, uri, 'waiting', '-infinity'::timestamptz
         FROM unnest($1::text[]) AS uri, sha256(convert_to(uri, 'UTF8')) AS hash
         ORDER BY hash
         ON CONFLICT DO NOTHING",
        uris,
    )
    .execute(connection)
    .await
    .map(drop)
}

/// Takes files whose turn it is, the longest due first; another run takes others.
pub(super) async fn claim(
    pool: &PgPool,
    now: DateTime<Utc>,
    count: usize,
) -> Result<Vec<Due>, sqlx::Error> {
    let rows = sqlx::query!(
        "UPDATE remote_files SET next_attempt_at = $2
         WHERE uri_hash IN (
             SELECT uri_hash FROM remote_files WHERE next_attempt_at <= $1
             ORDER BY next_attempt_at LIMIT $3 FOR UPDATE SKIP LOCKED)
         RETURNING uri_hash, uri, attempts, etag, last_modified",
        now,
        now + LEASE,
        i64::try_from(count).unwrap_or(i64::MAX),
    )
    .fetch_all(pool)
    .await?;
    let due = rows.into_iter().map(|row| Due {
        uri: row.uri,
        known: Validators {
            etag: row.etag,
            last_modified: row.last_modified,
        },
        hash: row.uri_hash,
        attempts: row.attempts,
    });
    Ok(due.collect())
}

/// A file that needs no fetching, of which some agents do not know yet.
pub(super) struct Known {
    pub(super) uri: String,
    /// `None`: it was given up, or refused.
    pub(super) content: Option<Vec<u8>>,
}

/// Files that are settled, of agents that still wait for them; a limited number.
pub(super) async fn settled_for_pending(pool: &PgPool) -> Result<Vec<Known>, sqlx::Error> {
    sqlx::query_as!(
        Known,
        "SELECT uri, content FROM remote_files
         WHERE state <> 'waiting' AND uri_hash IN (
             SELECT sha256(convert_to(agent_uri, 'UTF8')) FROM agents
             WHERE registration_state = 'pending')
         LIMIT $1",
        KNOWN_MAX,
    )
    .fetch_all(pool)
    .await
}

/// Has a file asked for again that was fetched for feedback alone, now that an agent points to it.
pub(super) async fn keep_fresh(
    connection: &mut PgConnection,
    uri: &str,
    now: DateTime<Utc>,
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "UPDATE remote_files SET next_attempt_at = $2
         WHERE uri_hash = sha256(convert_to($1, 'UTF8')) AND state = 'fetched'
             AND next_attempt_at = 'infinity' AND uri NOT LIKE 'ipfs:%'",
        uri,
        now,
    )
    .execute(connection)
    .await
    .map(drop)
}

/// Writes down what became of a file.
pub(super) async fn settle(
    connection: &mut PgConnection,
    due: &Due,
    outcome: &Result<Found, FetchError>,
    now: DateTime<Utc>,
) -> Result<Settled, sqlx::Error> {
    match outcome {
        Ok(Found {
            fetched:
                Fetched::File {
                    content,
                    validators,
                },
            cid_verified,
        }) => {
            store(connection, due, (content, validators, *cid_verified), now).await?;
            Ok(Settled::Fetched)
        }
        Ok(_) => {
            sqlx::query!(
                "UPDATE remote_files SET attempts = 0, last_error = NULL, next_attempt_at = $2
                 WHERE uri_hash = $1",
                due.hash,
                now + pace::after_success(due.spread()),
            )
            .execute(connection)
            .await?;
            Ok(Settled::Unchanged)
        }
        Err(error) => fail(connection, due, error, now).await,
    }
}

async fn store(
    connection: &mut PgConnection,
    due: &Due,
    (content, validators, cid_verified): (&[u8], &Validators, Option<bool>),
    now: DateTime<Utc>,
) -> Result<(), sqlx::Error> {
    let content_hash = alloy_primitives::keccak256(content);
    // What a CID names never changes, and of feedback the first file counts.
    let next = (!due.uri.starts_with("ipfs:")).then(|| now + pace::after_success(due.spread()));
    sqlx::query!(
        "UPDATE remote_files SET state = 'fetched', content = $2, content_hash = $3,
             cid_verified = $4, etag = $5, last_modified = $6, fetched_at = $7, attempts = 0,
             last_error = NULL, next_attempt_at = CASE WHEN EXISTS (
                 SELECT FROM agents WHERE md5(agent_uri) = md5(uri) AND agent_uri = uri
                     AND uri_kind IN ('https', 'http', 'ipfs'))
                 THEN coalesce($8::timestamptz, 'infinity') ELSE 'infinity' END
         WHERE uri_hash = $1",
        due.hash,
        content,
        content_hash.as_slice(),
        cid_verified,
        validators.etag,
        validators.last_modified,
        now,
        next,
    )
    .execute(connection)
    .await
    .map(drop)
}

/// A file that came before stays as it was: a server that is down takes nothing back.
async fn fail(
    connection: &mut PgConnection,
    due: &Due,
    error: &FetchError,
    now: DateTime<Utc>,
) -> Result<Settled, sqlx::Error> {
    let attempts = due.attempts.saturating_add(1);
    let pause = u32::try_from(attempts)
        .ok()
        .filter(|_| !error.is_final())
        .and_then(|attempts| pace::after_failures(attempts, due.spread()));
    let over = match (error.is_final(), pause) {
        (true, _) => Some("refused"),
        (false, None) => Some("given_up"),
        (false, Some(_)) => None,
    };
    let came_before = sqlx::query_scalar!(
        r#"UPDATE remote_files SET attempts = $2, last_error = $3,
             next_attempt_at = CASE WHEN content IS NULL THEN coalesce($4::timestamptz, 'infinity')
                                    ELSE coalesce($4::timestamptz, $6) END,
             state = CASE WHEN content IS NULL THEN coalesce($5::text, state) ELSE state END
         WHERE uri_hash = $1 RETURNING content IS NOT NULL AS "came_before!""#,
        due.hash,
        attempts,
        error.to_string(),
        pause.map(|pause| now + pause),
        over,
        now + pace::after_success(due.spread()),
    )
    .fetch_one(connection)
    .await?;
    Ok(if over.is_some() && !came_before {
        Settled::Over
    } else {
        Settled::Waiting
    })
}

impl Due {
    /// A byte that is another for another file.
    fn spread(&self) -> u8 {
        self.hash.first().copied().unwrap_or_default()
    }
}
