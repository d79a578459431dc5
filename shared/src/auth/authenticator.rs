//! Checking a key: this process's memory, then the cache, then the database.
//!
//! A revoked key stops working everywhere within 5 s. Revoking writes a mark into the cache that nothing overwrites:
//! whoever read the row just before finds the mark when it comes to cache what it read. Memory is younger than 3 s.

use std::net::IpAddr;
use std::sync::Arc;
use std::time::{Duration, Instant};

use chrono::{DateTime, TimeDelta, Utc};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::keys::{self, Found, KeyRecord};
use super::known::{Known, Unknown};
use super::{ApiKey, Caller, Holder, KeyHash};
use crate::address::Address;
use crate::cache::Cache;
use crate::capability::{Capability, Name};
use crate::config::ConfigError;
use crate::db::Writer;
use crate::http::{Auth, Code, Problem, Tier};
use crate::secret::Secret;
use crate::secrets::Shared;

/// How long a key is cached; a changed tier shows after this.
const CACHED: Duration = Duration::from_mins(1);
/// How long the mark of a revoked key stays: longer than any request that could still cache the key.
const MARKED: Duration = Duration::from_mins(10);
const REVOKED: &[u8] = b"revoked";
/// How often the last use is written.
const LAST_USE_EVERY: TimeDelta = TimeDelta::minutes(1);

/// Checks keys. Clones share what they remember.
#[derive(Clone)]
pub struct Authenticator(Arc<Inner>);

struct Inner {
    cache: Cache,
    /// The writer even to read: a replica could be behind, and a new key would not work at once.
    writer: Writer,
    known: Known,
}

/// Why a caller is not known.
#[derive(Debug)]
pub enum Refused {
    /// It gave no valid key.
    Failed(Problem),
    /// It could not be found out.
    Undecided(Problem),
}

/// A key in the cache.
#[derive(Serialize, Deserialize)]
struct Cached {
    id: Uuid,
    hash: [u8; 32],
    wallet: Address,
    tier: Tier,
    expires_at: DateTime<Utc>,
}

impl Capability for Authenticator {
    const NAME: Name = Name::ApiKeys;

    /// One a process: the pipeline's and that of a handler that revokes keys are the same.
    fn connect() -> Result<Self, ConfigError> {
        static SHARED: Shared<Authenticator> = Shared::new();
        SHARED.get_or_make(|| {
            let cache = <Cache as Capability>::connect()?;
            Ok(Self::new(cache, <Writer as Capability>::connect()?))
        })
    }
}

impl Authenticator {
    /// An authenticator on these stores.
    #[must_use]
    pub fn new(cache: Cache, writer: Writer) -> Self {
        Self(Arc::new(Inner {
            cache,
            writer,
            known: Known::default(),
        }))
    }

    /// Names the caller by its `Authorization` header (RFC 6750 section 2.1).
    ///
    /// # Errors
    /// For a key that is not valid even where a key is optional, so that a caller never believes itself known when it
    /// is not; for a missing one where one is required.
    pub async fn identify(
        &self,
        auth: Auth,
        authorization: Option<&Secret>,
        ip: Option<IpAddr>,
        now: DateTime<Utc>,
    ) -> Result<Caller, Refused> {
        let Some(authorization) = authorization else {
            return match auth {
                Auth::None | Auth::Optional => Ok(Caller::Anonymous(ip)),
                Auth::Required => Err(failed("This endpoint needs an API key.")),
            };
        };
        let key = authorization
            .expose()
            .split_once(' ')
            .filter(|(scheme, _)| scheme.eq_ignore_ascii_case("bearer"))
            .and_then(|(_, key)| ApiKey::parse(key.trim()))
            .ok_or_else(|| failed("The Authorization header is not `Bearer` and an API key."))?;
        let found = self.find(&key.hash(), now).await;
        let found = found
            .map_err(Refused::Undecided)?
            .map_err(|Unknown| failed("The API key is unknown or was revoked."))?;
        if found.expires_at <= now {
            return Err(failed("The API key has expired."));
        }
        Ok(Caller::Key(Holder {
            key: found.id,
            wallet: found.wallet,
            tier: found.tier,
        }))
    }

    async fn find(
        &self,
        hash: &KeyHash,
        now: DateTime<Utc>,
    ) -> Result<Result<Found, Unknown>, Problem> {
        if let Some(answer) = self.0.known.get(hash) {
            return Ok(answer);
        }
        let asked = Instant::now();
        let answer = match self.0.cache.get(&name(hash)).await {
            Ok(Some(bytes)) if bytes == REVOKED => Err(Unknown),
            Ok(Some(bytes)) if let Some(found) = read(&bytes, hash) => Ok(found),
            // A cache out of reach costs a query.
            _ => self.load(hash, now).await?.ok_or(Unknown),
        };
        self.0.known.put(*hash, asked, answer.clone());
        Ok(answer)
    }

    /// Reads the database, fills the cache, and notes the use. As the cache keeps a key for a minute, this is where a
    /// key in use comes by once a minute.
    async fn load(&self, hash: &KeyHash, now: DateTime<Utc>) -> Result<Option<Found>, Problem> {
        let Some(found) = keys::find(&self.0.writer, hash).await? else {
            return Ok(None);
        };
        // The index found it by bytes that the caller chose; what decides is a comparison in constant time.
        if !found.hash.matches(hash) {
            return Ok(None);
        }
        let _ = self.0.cache.add(&name(hash), &write(&found), CACHED).await;
        let is_due = found
            .last_used_at
            .is_none_or(|at| now - at > LAST_USE_EVERY);
        if is_due && found.expires_at > now {
            let (writer, id) = (self.0.writer.clone(), found.id);
            // Nobody waits for it, and nothing is lost if the environment is frozen before it is done.
            tokio::spawn(async move {
                if let Err(error) = keys::touch(&writer, id, now).await {
                    tracing::debug!(%error, "the last use of a key was not noted");
                }
            });
        }
        Ok(Some(found))
    }

    /// Revokes a key of a wallet, everywhere.
    ///
    /// # Errors
    /// `UNAUTHORIZED_OPERATION` where the wallet has no such key; `DEPENDENCY_UNAVAILABLE` where the cache could not be
    /// told, in which case the key is revoked, and asking again makes sure that no copy of it is believed.
    pub async fn revoke(
        &self,
        id: Uuid,
        wallet: Address,
        now: DateTime<Utc>,
    ) -> Result<KeyRecord, Problem> {
        let revoked = KeyRecord::revoke(&self.0.writer, id, wallet, now).await?;
        let Some((record, hash)) = revoked else {
            let detail = "Your wallet has no key with this id.";
            return Err(Problem::new(Code::UnauthorizedOperation, detail));
        };
        tracing::info!(key = %id, %wallet, "an API key was revoked");
        self.0.known.remove(&hash);
        self.0
            .cache
            .set(&name(&hash), REVOKED, MARKED)
            .await
            .map_err(|error| Problem::unavailable("cache", error))?;
        Ok(record)
    }
}

fn failed(detail: &str) -> Refused {
    Refused::Failed(Problem::new(Code::Unauthorized, detail))
}

/// Half of the hash names it; the whole hash inside is what is compared.
fn name(hash: &KeyHash) -> String {
    let half = &hash.as_bytes()[..16];
    format!("v1:api-key:{}", alloy_primitives::hex::encode(half))
}

fn write(found: &Found) -> Vec<u8> {
    let cached = Cached {
        id: found.id,
        hash: *found.hash.as_bytes(),
        wallet: found.wallet,
        tier: found.tier,
        expires_at: found.expires_at,
    };
    serde_json::to_vec(&cached).unwrap_or_default()
}

fn read(bytes: &[u8], hash: &KeyHash) -> Option<Found> {
    let cached: Cached = serde_json::from_slice(bytes).ok()?;
    let stored = KeyHash::from_slice(&cached.hash)?;
    stored.matches(hash).then_some(Found {
        id: cached.id,
        hash: stored,
        wallet: cached.wallet,
        tier: cached.tier,
        expires_at: cached.expires_at,
        last_used_at: None,
    })
}
