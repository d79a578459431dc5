//! Where the cache is.

use std::time::Duration;

use super::{ConfigError, Credentials, parsed, required};

/// Settings of the cache client.
#[derive(Clone)]
pub struct CacheConfig {
    /// `CACHE_URL`: `redis://` or `rediss://`. May hold a password: this type has no `Debug`.
    pub url: String,
    /// In place of those of the URL: of the secret that `CACHE_SECRET_ID` names.
    pub credentials: Option<Credentials>,
    /// `CACHE_TIMEOUT_MS`: a slower cache counts as absent.
    pub timeout: Duration,
}

impl CacheConfig {
    /// Reads `CACHE_URL` and `CACHE_TIMEOUT_MS`.
    ///
    /// # Errors
    /// When the URL is absent, or the time-out malformed.
    pub fn from_env() -> Result<Self, ConfigError> {
        Ok(Self {
            url: required("CACHE_URL")?,
            credentials: Credentials::of("CACHE")?,
            timeout: Duration::from_millis(parsed("CACHE_TIMEOUT_MS", 250)?),
        })
    }
}
