//! The pools of a process, and what becomes of connections that fall silent.

use std::str::FromStr;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use sqlx::Connection as _;
use sqlx::postgres::{PgConnectOptions, PgConnection, PgPool, PgPoolOptions};

use crate::config::{ConfigError, DatabaseConfig};
use crate::secret::Secret;
use crate::secrets;

/// A connection that was idle for longer is tried before it is used: the environment may have been frozen since.
const IDLE_UNCHECKED_MAX: Duration = Duration::from_secs(20);
/// How long it may take to answer then.
const PING_MAX: Duration = Duration::from_secs(1);

/// A pool of this process, and what it was made of.
struct Made {
    url: String,
    username: Option<String>,
    password: Option<Secret>,
    pool: PgPool,
    life: Life,
}

/// When a pool last handed a connection out.
#[derive(Clone, Debug)]
struct Life(Arc<Mutex<Instant>>);

impl Life {
    fn begin() -> Self {
        Self(Arc::new(Mutex::new(Instant::now())))
    }

    fn go_on(&self) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Instant::now();
    }

    fn age(&self) -> Duration {
        let last = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        last.elapsed()
    }
}

impl Made {
    /// Whether connections are out, and for longer than a request waits for one none of them came back and none was made.
    fn is_silent(&self) -> bool {
        let out = usize::try_from(self.pool.size()).unwrap_or(usize::MAX) > self.pool.num_idle();
        out && self.life.age() >= self.pool.options().get_acquire_timeout()
    }
}

static POOLS: Mutex<Vec<Made>> = Mutex::new(Vec::new());

/// Says that the database was waited for in vain.
///
/// A connection whose other end is gone without a word is waited for without end: the driver has no limit for an answer,
/// and TCP none for a peer that it has nothing to send to. Such connections use their pool up. A pool that has come to a
/// stop is left to them, and the clients are made anew, with another pool, before the next event. A database that is only
/// slow can look the same: the time-outs of its roles bound how many pools wait for it.
pub(crate) fn doubt() {
    let mut pools = POOLS.lock().unwrap_or_else(PoisonError::into_inner);
    let before = pools.len();
    pools.retain(|made| !made.is_silent());
    if pools.len() < before {
        tracing::warn!("connections of the database fell silent: others are made");
        secrets::renew();
    }
}

/// One pool a URL, role and process: the handler and the check of keys share it, and so do reader and writer where they
/// are one. For a password that has changed there is a new one; who still uses the old one keeps it.
pub(super) fn shared(config: &DatabaseConfig) -> Result<PgPool, ConfigError> {
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
    let life = Life::begin();
    let pool = living(config, life.clone())?;
    pools.retain(|made| !known(made));
    pools.push(Made {
        url: config.url.clone(),
        username,
        password,
        pool: pool.clone(),
        life,
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
    living(config, Life::begin())
}

fn living(config: &DatabaseConfig, life: Life) -> Result<PgPool, ConfigError> {
    let reused = life.clone();
    let pool = PgPoolOptions::new()
        .max_connections(config.pool_max)
        .acquire_timeout(config.acquire_timeout)
        // Telemetry adds up how long connections and statements take from what sqlx says of them.
        .acquire_time_level(log::LevelFilter::Debug)
        // The default pings before each use: a round trip more for every request.
        .test_before_acquire(false)
        .before_acquire(move |connection, meta| {
            let life = reused.clone();
            Box::pin(async move {
                if meta.idle_for > IDLE_UNCHECKED_MAX {
                    ping(connection).await?;
                }
                life.go_on();
                Ok(true)
            })
        })
        .after_connect(move |_, _| {
            life.go_on();
            Box::pin(async { Ok(()) })
        })
        .connect_lazy_with(connect_options(config)?);
    Ok(pool)
}

/// One that does not answer is closed, and the pool tries another while there is time.
async fn ping(connection: &mut PgConnection) -> Result<(), sqlx::Error> {
    let answer = tokio::time::timeout(PING_MAX, connection.ping()).await;
    answer.map_err(|late| sqlx::Error::Io(late.into()))?
}
