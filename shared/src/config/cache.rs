//! Where the cache is.

use std::time::Duration;

use super::{ConfigError, Credentials, optional, parsed, required};

/// Settings of the cache client.
#[derive(Clone)]
pub struct CacheConfig {
    /// `CACHE_URL`: `redis://` or `rediss://`. May hold a password: this type has no `Debug`.
    pub url: String,
    /// In place of those of the URL: of the secret that `CACHE_SECRET_ID` names.
    pub credentials: Option<Credentials>,
    /// `CACHE_TIMEOUT_MS`: a slower cache counts as absent.
    pub timeout: Duration,
    /// `CACHE_ANSWERS`: whether answers are kept; `off` has every read ask the database.
    pub answers: bool,
    /// `CACHE_SETTLING_MS`: for how long nothing is kept of an agent that has just changed. Longer than a replica of the
    /// database is behind; 0 where readers ask the writer.
    pub settling: Duration,
    /// `CACHE_SEARCH_PAUSE_MS`: the least time between two changes that outdate all searches.
    pub search_pause: Duration,
}

impl CacheConfig {
    /// Reads the variables above.
    ///
    /// # Errors
    /// When the URL is absent, or another is malformed.
    pub fn from_env() -> Result<Self, ConfigError> {
        Ok(Self {
            url: required("CACHE_URL")?,
            credentials: Credentials::of("CACHE")?,
            timeout: Duration::from_millis(parsed("CACHE_TIMEOUT_MS", 250)?),
            answers: switch("CACHE_ANSWERS")?,
            settling: Duration::from_millis(parsed("CACHE_SETTLING_MS", 1_000)?),
            search_pause: Duration::from_millis(parsed("CACHE_SEARCH_PAUSE_MS", 5_000)?),
        })
    }
}

/// On, unless it is `off`.
fn switch(name: &'static str) -> Result<bool, ConfigError> {
    match optional(name).as_deref() {
        None | Some("on") => Ok(true),
        Some("off") => Ok(false),
        Some(_) => Err(ConfigError::Invalid {
            name,
            reason: "is neither `on` nor `off`".into(),
        }),
    }
}
