//! Keys in the database.

use chrono::{DateTime, Utc};
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use super::{ApiKey, KeyHash, SignIn};
use crate::address::Address;
use crate::db::Writer;
use crate::http::{Code, Problem, Tier};
use crate::secret::Secret;

/// Keys of one wallet that work at the same time.
pub const KEYS_PER_WALLET_MAX: i64 = 20;
/// Keys in a list: those that work, and the newest of those that no longer do.
const KEYS_LISTED_MAX: i64 = 100;

/// A key as its owner sees it: everything but the key.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = ApiKey)]
pub struct KeyRecord {
    /// Its id, by which it is revoked.
    pub id: Uuid,
    /// What its owner calls it.
    #[schema(example = "marketplace, production")]
    pub name: String,
    /// The wallet that signed in for it, in whose name it acts.
    pub wallet: Address,
    /// The wallet's tier.
    pub tier: Tier,
    /// When it was made.
    pub created_at: DateTime<Utc>,
    /// When it ends.
    pub expires_at: DateTime<Utc>,
    /// When it was revoked; absent while it was not.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub revoked_at: Option<DateTime<Utc>>,
    /// When it was last used, to the minute; absent while it was not.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub last_used_at: Option<DateTime<Utc>>,
}

/// A key that was just made: the only time that it is shown.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct NewKey {
    /// The key. It is not stored; whoever loses it makes another.
    #[serde(serialize_with = "Secret::reveal")]
    #[schema(value_type = String, pattern = "^erc8004_[0-9A-Za-z]{49}$")]
    pub key: Secret,
    /// All else.
    #[serde(flatten)]
    pub record: KeyRecord,
}

/// What a check needs to know of a key.
#[derive(Clone, Debug)]
pub(super) struct Found {
    pub(super) id: Uuid,
    pub(super) hash: KeyHash,
    pub(super) wallet: Address,
    pub(super) tier: Tier,
    pub(super) expires_at: DateTime<Utc>,
    pub(super) last_used_at: Option<DateTime<Utc>>,
}

/// A row as the macros read it.
struct Row {
    id: Uuid,
    wallet: Vec<u8>,
    tier: String,
    name: String,
    created_at: DateTime<Utc>,
    expires_at: DateTime<Utc>,
    revoked_at: Option<DateTime<Utc>>,
    last_used_at: Option<DateTime<Utc>>,
}

impl TryFrom<Row> for KeyRecord {
    type Error = Problem;

    fn try_from(row: Row) -> Result<Self, Problem> {
        let (wallet, tier) = owner(&row.wallet, &row.tier)?;
        Ok(Self {
            id: row.id,
            name: row.name,
            wallet,
            tier,
            created_at: row.created_at,
            expires_at: row.expires_at,
            revoked_at: row.revoked_at,
            last_used_at: row.last_used_at,
        })
    }
}

/// The schema bounds both columns, so what does not fit is a fault of ours.
fn owner(wallet: &[u8], tier: &str) -> Result<(Address, Tier), Problem> {
    let wallet = Address::from_slice(wallet).ok_or_else(|| Problem::internal("a wallet's length"));
    let tier = Tier::from_name(tier).ok_or_else(|| Problem::internal("an unknown tier"));
    Ok((wallet?, tier?))
}

impl NewKey {
    /// Makes a key for a wallet that has signed in. The nonce is used up in the same statement: of two that come at
    /// once, one gets a key.
    ///
    /// # Errors
    /// `UNAUTHORIZED` where the nonce is no longer open, `VALIDATION_ERROR` where the wallet has its keys already.
    pub async fn create(
        writer: &Writer,
        sign_in: &SignIn,
        name: &str,
        (now, expires_at): (DateTime<Utc>, DateTime<Utc>),
    ) -> Result<Self, Problem> {
        let key = ApiKey::generate().map_err(Problem::internal)?;
        let (id, hash) = (Uuid::new_v4(), key.hash());
        let made = sqlx::query!(
            r#"WITH used AS (
                 DELETE FROM sign_in_challenges
                 WHERE nonce = $1 AND wallet = $2 AND expires_at > $6 RETURNING wallet
             ), made AS (
                 INSERT INTO api_keys (id, key_hash, wallet, name, created_at, expires_at)
                 SELECT $3, $4, wallet, $5, $6, $7 FROM used
                 WHERE (SELECT count(*) FROM api_keys WHERE wallet = $2
                        AND revoked_at IS NULL AND expires_at > $6) < $8
                 RETURNING id
             )
             SELECT EXISTS (SELECT FROM used) AS "used!", EXISTS (SELECT FROM made) AS "made!",
                 coalesce((SELECT tier FROM wallet_tiers WHERE wallet = $2), 'free') AS "tier!""#,
            sign_in.nonce,
            sign_in.wallet.as_bytes(),
            id,
            hash.as_bytes(),
            name,
            now,
            expires_at,
            KEYS_PER_WALLET_MAX,
        )
        .fetch_one(writer.pool())
        .await?;
        if !made.used {
            let detail = "The nonce was used in the meantime, or has expired.";
            return Err(Problem::new(Code::Unauthorized, detail));
        }
        if !made.made {
            let detail = format!(
                "is of a wallet that has {KEYS_PER_WALLET_MAX} keys already; revoke one first"
            );
            return Err(Problem::at("/body/message", detail));
        }
        tracing::info!(key = %id, wallet = %sign_in.wallet, "an API key was made");
        let (wallet, tier) = owner(sign_in.wallet.as_bytes(), &made.tier)?;
        Ok(Self {
            key: key.into_secret(),
            record: KeyRecord {
                id,
                name: name.to_owned(),
                wallet,
                tier,
                created_at: now,
                expires_at,
                revoked_at: None,
                last_used_at: None,
            },
        })
    }
}

impl KeyRecord {
    /// The keys of a wallet: those that work first, then by age, newest first.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn list(
        writer: &Writer,
        wallet: Address,
        now: DateTime<Utc>,
    ) -> Result<Vec<Self>, Problem> {
        let rows = sqlx::query_as!(
            Row,
            r#"SELECT id, wallet, name, created_at, expires_at, revoked_at, last_used_at,
                 coalesce((SELECT tier FROM wallet_tiers t WHERE t.wallet = k.wallet), 'free') AS "tier!"
             FROM api_keys k WHERE wallet = $1
             ORDER BY (revoked_at IS NULL AND expires_at > $2) DESC, created_at DESC, id LIMIT $3"#,
            wallet.as_bytes(),
            now,
            KEYS_LISTED_MAX,
        )
        .fetch_all(writer.pool())
        .await?;
        rows.into_iter().map(Self::try_from).collect()
    }

    /// Marks a key of this wallet as revoked; one that was revoked before keeps its time. The hash is for the caches
    /// that know it. `None` where the wallet has no such key.
    pub(super) async fn revoke(
        writer: &Writer,
        id: Uuid,
        wallet: Address,
        now: DateTime<Utc>,
    ) -> Result<Option<(Self, KeyHash)>, Problem> {
        let row = sqlx::query!(
            r#"UPDATE api_keys k SET revoked_at = coalesce(revoked_at, $3)
             WHERE id = $1 AND wallet = $2
             RETURNING key_hash, wallet, name, created_at, expires_at, revoked_at, last_used_at,
                 coalesce((SELECT tier FROM wallet_tiers t WHERE t.wallet = k.wallet), 'free') AS "tier!""#,
            id,
            wallet.as_bytes(),
            now,
        )
        .fetch_optional(writer.pool())
        .await?;
        let Some(row) = row else {
            return Ok(None);
        };
        let hash = KeyHash::from_slice(&row.key_hash)
            .ok_or_else(|| Problem::internal("a key hash's length"))?;
        let record = Self::try_from(Row {
            id,
            wallet: row.wallet,
            tier: row.tier,
            name: row.name,
            created_at: row.created_at,
            expires_at: row.expires_at,
            revoked_at: row.revoked_at,
            last_used_at: row.last_used_at,
        })?;
        Ok(Some((record, hash)))
    }
}

/// The key with this hash, unless it was revoked.
pub(super) async fn find(writer: &Writer, hash: &KeyHash) -> Result<Option<Found>, Problem> {
    let row = sqlx::query!(
        r#"SELECT id, key_hash, wallet, expires_at, last_used_at,
             coalesce((SELECT tier FROM wallet_tiers t WHERE t.wallet = k.wallet), 'free') AS "tier!"
         FROM api_keys k WHERE key_hash = $1 AND revoked_at IS NULL"#,
        hash.as_bytes(),
    )
    .fetch_optional(writer.pool())
    .await?;
    let Some(row) = row else {
        return Ok(None);
    };
    let (wallet, tier) = owner(&row.wallet, &row.tier)?;
    Ok(Some(Found {
        id: row.id,
        hash: KeyHash::from_slice(&row.key_hash)
            .ok_or_else(|| Problem::internal("a key hash's length"))?,
        wallet,
        tier,
        expires_at: row.expires_at,
        last_used_at: row.last_used_at,
    }))
}

/// Notes that a key was used, at most once a minute.
pub(super) async fn touch(
    writer: &Writer,
    id: Uuid,
    now: DateTime<Utc>,
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "UPDATE api_keys SET last_used_at = $2
         WHERE id = $1 AND (last_used_at IS NULL OR last_used_at < $2::timestamptz - interval '1 minute')",
        id,
        now,
    )
    .execute(writer.pool())
    .await
    .map(drop)
}
