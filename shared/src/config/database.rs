//! Where the database is and how an execution environment uses it.

use std::time::Duration;

use super::{ConfigError, Credentials, optional, parsed, required};

/// Settings of one pool.
#[derive(Clone)]
pub struct DatabaseConfig {
    /// The connection URL. May hold a password: this type has no `Debug`.
    pub url: String,
    /// In place of those of the URL.
    pub credentials: Option<Credentials>,
    /// `DATABASE_POOL_MAX`: connections of one execution environment.
    pub pool_max: u32,
    /// `DATABASE_STATEMENT_CACHE`: prepared statements kept a connection. They are named ones whatever the number, so a
    /// pooler in transaction mode must know them (RDS Proxy does, pgbouncer from 1.21).
    pub statement_cache: usize,
    /// `DATABASE_ACQUIRE_TIMEOUT_MS`: how long a request waits for a connection.
    pub acquire_timeout: Duration,
}

impl DatabaseConfig {
    /// The writer: `DATABASE_URL`, and the secret that `DATABASE_SECRET_ID` names.
    ///
    /// # Errors
    /// When it is absent, or another setting is malformed.
    pub fn writer_from_env() -> Result<Self, ConfigError> {
        Self::from_env(required("DATABASE_URL")?, Credentials::of("DATABASE")?)
    }

    /// The owner of the schema, at the writer: `DATABASE_OWNER_SECRET_ID` names its secret.
    ///
    /// # Errors
    /// When the URL is absent, or another setting is malformed.
    pub fn owner_from_env() -> Result<Self, ConfigError> {
        Self::from_env(
            required("DATABASE_URL")?,
            Credentials::of("DATABASE_OWNER")?,
        )
    }

    /// The reader: `DATABASE_READER_URL` and the secret that `DATABASE_READER_SECRET_ID` names, else the writer.
    ///
    /// # Errors
    /// When both are absent, or another setting is malformed.
    pub fn reader_from_env() -> Result<Self, ConfigError> {
        match optional("DATABASE_READER_URL") {
            Some(url) => Self::from_env(url, Credentials::of("DATABASE_READER")?),
            None => Self::writer_from_env(),
        }
    }

    fn from_env(url: String, credentials: Option<Credentials>) -> Result<Self, ConfigError> {
        Ok(Self {
            url,
            credentials,
            pool_max: parsed("DATABASE_POOL_MAX", 2)?,
            statement_cache: parsed("DATABASE_STATEMENT_CACHE", 100)?,
            acquire_timeout: Duration::from_millis(parsed("DATABASE_ACQUIRE_TIMEOUT_MS", 3_000)?),
        })
    }
}
