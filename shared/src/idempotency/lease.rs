//! The row of a key: leased, then answered.

use std::time::Duration;

use chrono::{DateTime, Utc};
use sqlx::postgres::PgConnection;
use uuid::Uuid;

use super::{Fingerprint, IdempotencyKey};
use crate::address::Address;
use crate::db::Writer;
use crate::http::{Code, Problem};
use crate::limits::IDEMPOTENCY_AGE_MAX;

/// The right to carry a key's request out, until the time that the lease ends.
#[derive(Clone, Debug)]
pub struct Lease {
    wallet: Address,
    key: IdempotencyKey,
    /// Another for each attempt: an attempt whose lease went to another can store nothing.
    id: Uuid,
}

/// A reply as it was sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoredReply {
    /// The status.
    pub status: u16,
    /// The headers that the handler gave it, the media type included.
    pub headers: Vec<(String, String)>,
    /// The body's bytes.
    pub body: Vec<u8>,
}

/// What becomes of a request with a key.
#[derive(Debug)]
pub enum Begun {
    /// It is to be carried out.
    Leased(Lease),
    /// It was carried out, with this reply.
    Answered(StoredReply),
}

/// A row as it is met.
struct Met {
    fingerprint: Vec<u8>,
    leased_until: DateTime<Utc>,
    status: Option<i16>,
    headers: Option<serde_json::Value>,
    body: Option<Vec<u8>>,
}

/// Leases a key, or says why not. Committed before anything is done, in one round trip.
///
/// # Errors
/// `IDEMPOTENCY_KEY_IN_USE` while another attempt holds the lease, `IDEMPOTENCY_KEY_REUSED` for another request.
pub async fn begin(
    writer: &Writer,
    (wallet, key): (Address, IdempotencyKey),
    fingerprint: Fingerprint,
    (now, leased_until): (DateTime<Utc>, DateTime<Utc>),
) -> Result<Begun, Problem> {
    // A row that this statement met but could not see was committed in between; the second look sees it. It may be gone
    // again by then, if its attempt failed; but not often.
    for _ in 0..3 {
        let id = Uuid::new_v4();
        if take(writer, (wallet, &key, id), fingerprint, (now, leased_until)).await? {
            return Ok(Begun::Leased(Lease { wallet, key, id }));
        }
        if let Some(met) = meet(writer, wallet, &key).await? {
            return answer(met, fingerprint, now);
        }
    }
    Err(in_use(Duration::from_secs(1)))
}

/// Whether the lease is ours. A row that has expired, or whose lease ended without a reply, is taken over; those that
/// expired are cleared away by whoever comes, a few at a time.
async fn take(
    writer: &Writer,
    (wallet, key, id): (Address, &IdempotencyKey, Uuid),
    fingerprint: Fingerprint,
    (now, leased_until): (DateTime<Utc>, DateTime<Utc>),
) -> Result<bool, sqlx::Error> {
    let taken = sqlx::query!(
        "WITH expired AS (
             DELETE FROM idempotency_keys WHERE (wallet, key) IN (
                 SELECT wallet, key FROM idempotency_keys
                 WHERE expires_at <= $5 AND (wallet, key) <> ($1, $2)
                 ORDER BY expires_at LIMIT 20 FOR UPDATE SKIP LOCKED))
         INSERT INTO idempotency_keys AS k
             (wallet, key, lease, fingerprint, created_at, leased_until, expires_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7)
         ON CONFLICT (wallet, key) DO UPDATE SET
             lease = excluded.lease, fingerprint = excluded.fingerprint,
             created_at = excluded.created_at, leased_until = excluded.leased_until,
             expires_at = excluded.expires_at, status = NULL, headers = NULL, body = NULL
         WHERE k.expires_at <= $5
             OR (k.status IS NULL AND k.leased_until <= $5 AND k.fingerprint = excluded.fingerprint)",
        wallet.as_bytes(),
        key.as_str(),
        id,
        fingerprint.as_bytes(),
        now,
        leased_until,
        now + IDEMPOTENCY_AGE_MAX,
    )
    .execute(writer.pool())
    .await?;
    Ok(taken.rows_affected() == 1)
}

async fn meet(
    writer: &Writer,
    wallet: Address,
    key: &IdempotencyKey,
) -> Result<Option<Met>, sqlx::Error> {
    sqlx::query_as!(
        Met,
        "SELECT fingerprint, leased_until, status, headers, body
         FROM idempotency_keys WHERE wallet = $1 AND key = $2",
        wallet.as_bytes(),
        key.as_str(),
    )
    .fetch_optional(writer.pool())
    .await
}

fn answer(met: Met, fingerprint: Fingerprint, now: DateTime<Utc>) -> Result<Begun, Problem> {
    if met.fingerprint != fingerprint.as_bytes() {
        return Err(Problem::new(
            Code::IdempotencyKeyReused,
            "This idempotency key was used with another method, path or body.",
        ));
    }
    let (Some(status), Some(headers), Some(body)) = (met.status, met.headers, met.body) else {
        let left = (met.leased_until - now).to_std().unwrap_or_default();
        return Err(in_use(left));
    };
    Ok(Begun::Answered(StoredReply {
        status: u16::try_from(status).map_err(Problem::internal)?,
        headers: serde_json::from_value(headers).map_err(Problem::internal)?,
        body,
    }))
}

fn in_use(left: Duration) -> Problem {
    let detail = "A request with this idempotency key is under way.";
    Problem::new(Code::IdempotencyKeyInUse, detail).retry_after(left.max(Duration::from_secs(1)))
}

impl Lease {
    /// Stores the reply, in the transaction of the effect.
    ///
    /// # Errors
    /// `IDEMPOTENCY_KEY_IN_USE` where the lease has gone to another attempt; the transaction must not be committed.
    pub(super) async fn store(
        &self,
        connection: &mut PgConnection,
        reply: &StoredReply,
    ) -> Result<(), Problem> {
        let status = i16::try_from(reply.status).map_err(Problem::internal)?;
        let headers = serde_json::to_value(&reply.headers).map_err(Problem::internal)?;
        let stored = sqlx::query!(
            "UPDATE idempotency_keys SET status = $4, headers = $5, body = $6
             WHERE wallet = $1 AND key = $2 AND lease = $3 AND status IS NULL",
            self.wallet.as_bytes(),
            self.key.as_str(),
            self.id,
            status,
            headers,
            reply.body,
        )
        .execute(connection)
        .await?;
        if stored.rows_affected() == 1 {
            Ok(())
        } else {
            Err(in_use(Duration::ZERO))
        }
    }

    /// Gives the lease back after an attempt without effect, so that the next need not wait for its end. Harmless after
    /// one that had an effect: its reply stays.
    ///
    /// # Errors
    /// When the database does not answer; the lease then ends by itself.
    pub async fn release(&self, writer: &Writer) -> Result<(), sqlx::Error> {
        sqlx::query!(
            "DELETE FROM idempotency_keys
             WHERE wallet = $1 AND key = $2 AND lease = $3 AND status IS NULL",
            self.wallet.as_bytes(),
            self.key.as_str(),
            self.id,
        )
        .execute(writer.pool())
        .await
        .map(drop)
    }
}
