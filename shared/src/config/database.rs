//! Where the database is and how an execution environment uses it.

use std::time::Duration;

use super::{ConfigError, optional, parsed, required};

/// Settings of one pool.
#[derive(Clone)]
pub struct DatabaseConfig {
    /// The connection URL. Holds a password: this type has no `Debug`.
    pub url: String,
    /// `DATABASE_POOL_MAX`: connections of one execution environment.
    pub pool_max: u32,
    /// `DATABASE_STATEMENT_CACHE`: prepared statements kept a connection. They are named ones whatever the number, so a
    /// pooler in transaction mode must know them (RDS Proxy does, pgbouncer from 1.21).
    pub statement_cache: usize,
    /// `DATABASE_ACQUIRE_TIMEOUT_MS`: how long a request waits for a connection.
    pub acquire_timeout: Duration,
}

impl DatabaseConfig {
    /// The writer: `DATABASE_URL`.
    ///
    /// # Errors
    /// When it is absent, or another setting is malformed.
    pub fn writer_from_env() -> Result<Self, ConfigError> {
        Self::from_env(required("DATABASE_URL")?)
    }

    /// The reader: `DATABASE_READER_URL`, else the writer.
    ///
    /// # Errors
    /// When both are absent, or another setting is malformed.
    pub fn reader_from_env() -> Result<Self, ConfigError> {
        Self::from_env(
            optional("DATABASE_READER_URL").map_or_else(|| required("DATABASE_URL"), Ok)?,
        )
    }

    fn from_env(url: String) -> Result<Self, ConfigError> {
        Ok(Self {
            url,
            pool_max: parsed("DATABASE_POOL_MAX", 2)?,
            statement_cache: parsed("DATABASE_STATEMENT_CACHE", 100)?,
            acquire_timeout: Duration::from_millis(parsed("DATABASE_ACQUIRE_TIMEOUT_MS", 3_000)?),
        })
    }
}
