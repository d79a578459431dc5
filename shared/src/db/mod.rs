//! The database pools, sized for an execution environment.

mod columns;
mod transaction;

use std::str::FromStr;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use sqlx::postgres::{PgConnectOptions, PgPool, PgPoolOptions};

pub use scoped_futures::ScopedFutureExt;
pub use transaction::{Atomic, Conflict, Isolation, Work, atomically};

use crate::capability::{Capability, Name};
use crate::config::{ConfigError, DatabaseConfig};
use crate::secret::Secret;

/// A connection that was idle for longer is tried before it is used: the environment may have been frozen since.
const IDLE_UNCHECKED_MAX: Duration = Duration::from_secs(20);

/// Reads only.
#[derive(Clone, Debug)]
pub struct Reader(PgPool);

/// Reads and writes.
#[derive(Clone, Debug)]
pub struct Writer(PgPool);

impl Reader {
    /// The pool to query.
    #[must_use]
    pub const fn pool(&self) -> &PgPool {
        &self.0
    }
}

impl Writer {
    /// On a pool that is there already.
    #[must_use]
    pub const fn from_pool(pool: PgPool) -> Self {
        Self(pool)
    }

    /// The pool to query.
    #[must_use]
    pub const fn pool(&self) -> &PgPool {
        &self.0
    }
}

impl Capability for Reader {
    const NAME: Name = Name::DatabaseRead;

    fn connect() -> Result<Self, ConfigError> {
        shared(&DatabaseConfig::reader_from_env()?).map(Self)
    }
}

impl Capability for Writer {
    const NAME: Name = Name::DatabaseWrite;

    fn connect() -> Result<Self, ConfigError> {
        shared(&DatabaseConfig::writer_from_env()?).map(Self)
    }
}

/// A pool of this process, and what it was made of.
struct Made {
    url: String,
    username: Option<String>,
    password: Option<Secret>,
    pool: PgPool,
}

/// One pool a URL, role and process: the handler and the check of keys share it, and so do reader and writer where they
/// are one. For a password that has changed there is a new one; who still uses the old one keeps it.
fn shared(config: &DatabaseConfig) -> Result<PgPool, ConfigError> {
    static POOLS: Mutex<Vec<Made>> = Mutex::new(Vec::new());
    let username = config.credentials.as_ref().map(|c| c.username.clone());
    let password = config.credentials.as_ref().map(|c| c.password.clone());
    let mut pools = POOLS.lock().unwrap_or_else(PoisonError::into_inner);
    let known = |made: &Made| made.url == config.url && made.username == username;
    if let Some(made) = pools.iter().find(|made| known(made)) {
        let same = |new: &Secret| {
            made.password
                .as_ref()
                .is_some_and(|p| p.matches(new.expose()))
        };
        if password.as_ref().is_none_or(same) {
            return Ok(made.pool.clone());
        }
    }
    let pool = pool(config)?;
    pools.retain(|made| !known(made));
    pools.push(Made {
        url: config.url.clone(),
        username,
        password,
        pool: pool.clone(),
    });
    Ok(pool)
}

/// What connections are made with: the settings of a URL, and credentials where they are not in it.
///
/// # Errors
/// When the URL cannot be read.
fn connect_options(config: &DatabaseConfig) -> Result<PgConnectOptions, ConfigError> {
    // The parser's error could quote the URL, which may hold a password.
    let unreadable = |_| ConfigError::Invalid {
        name: "DATABASE_URL",
        reason: "is not a PostgreSQL URL".into(),
    };
    let options = PgConnectOptions::from_str(&config.url)
        .map_err(unreadable)?
        .statement_cache_capacity(config.statement_cache)
        .application_name(env!("CARGO_PKG_NAME"));
    Ok(match &config.credentials {
        Some(who) => options
            .username(&who.username)
            .password(who.password.expose()),
        None => options,
    })
}

/// A lazy pool: it connects at the first use, and its size bounds what one environment takes from the database.
///
/// # Errors
/// When the URL cannot be read.
pub fn pool(config: &DatabaseConfig) -> Result<PgPool, ConfigError> {
    let pool = PgPoolOptions::new()
        .max_connections(config.pool_max)
        .acquire_timeout(config.acquire_timeout)
        // Telemetry adds up how long connections and statements take from what sqlx says of them.
        .acquire_time_level(log::LevelFilter::Debug)
        // The default pings before each use: a round trip more for every request.
        .test_before_acquire(false)
        .before_acquire(|connection, meta| {
            Box::pin(async move {
                if meta.idle_for > IDLE_UNCHECKED_MAX {
                    sqlx::Connection::ping(connection).await?;
                }
                Ok(true)
            })
        })
        .connect_lazy_with(connect_options(config)?);
    Ok(pool)
}
