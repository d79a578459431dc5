//! Where the cache is.

use std::time::Duration;

use super::{ConfigError, Credentials, optional, parsed, required};

/// Settings of the cache client.
#[derive(Clone)]
pub struct CacheConfig {
    /// `CACHE_URL`: `redis://` or `rediss://`. May hold a password: this type has no `Debug`.
    pub url: String,
    /// `CACHE_CLUSTER`: `on` where the URL leads to a cluster, whose shards are then found by themselves.
    pub cluster: bool,
    /// `CACHE_CA_FILE`: the certificates (PEM) of whom to trust for `rediss://`, where it is none that the system trusts.
    pub authorities: Option<Vec<u8>>,
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
    /// When the URL is absent, or another is malformed or names a file that cannot be read.
    pub fn from_env() -> Result<Self, ConfigError> {
        Ok(Self {
            url: required("CACHE_URL")?,
            cluster: switch("CACHE_CLUSTER", false)?,
            authorities: file("CACHE_CA_FILE")?,
            credentials: Credentials::of("CACHE")?,
            timeout: Duration::from_millis(parsed("CACHE_TIMEOUT_MS", 250)?),
            answers: switch("CACHE_ANSWERS", true)?,
            settling: Duration::from_millis(parsed("CACHE_SETTLING_MS", 1_000)?),
            search_pause: Duration::from_millis(parsed("CACHE_SEARCH_PAUSE_MS", 5_000)?),
        })
    }
}

fn switch(name: &'static str, default: bool) -> Result<bool, ConfigError> {
    match optional(name).as_deref() {
        None => Ok(default),
        Some("on") => Ok(true),
        Some("off") => Ok(false),
        Some(_) => Err(ConfigError::Invalid {
            name,
            reason: "is neither `on` nor `off`".into(),
        }),
    }
}

/// What is in the file that a variable names.
fn file(name: &'static str) -> Result<Option<Vec<u8>>, ConfigError> {
    let read = |path| {
        std::fs::read(path).map_err(|error| ConfigError::Invalid {
            name,
            reason: format!("names a file that cannot be read: {error}"),
        })
    };
    optional(name).map(read).transpose()
}
