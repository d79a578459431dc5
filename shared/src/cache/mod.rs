//! The cache client. Nothing depends on it: without the cache every read still answers, slower.

use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use redis::aio::{ConnectionManager, ConnectionManagerConfig};
use tokio::sync::OnceCell;

use crate::capability::{Capability, Name};
use crate::config::{CacheConfig, ConfigError};
use crate::secrets::Shared;
use crate::telemetry::{self, Part, list, timed};

/// A lazily connected cache that reconnects by itself.
#[derive(Clone)]
pub struct Cache(Arc<Inner>);

struct Inner {
    client: redis::Client,
    config: CacheConfig,
    connection: OnceCell<ConnectionManager>,
    outage: Outage,
}

/// A cache that could not be connected to is not tried again for a moment: with nobody there, each request would wait
/// for the same refusal.
#[derive(Debug, Default)]
struct Outage(Mutex<Option<Instant>>);

impl Outage {
    const LENGTH: Duration = Duration::from_secs(1);

    fn begin(&self) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Some(Instant::now());
    }

    fn check(&self) -> Result<(), redis::RedisError> {
        let began = *self.0.lock().unwrap_or_else(PoisonError::into_inner);
        match began {
            Some(began) if began.elapsed() < Self::LENGTH => {
                let error = std::io::Error::new(
                    std::io::ErrorKind::NotConnected,
                    "the cache was out of reach a moment ago",
                );
                Err(error.into())
            }
            _ => Ok(()),
        }
    }
}

/// Why something was not added.
#[derive(Debug)]
pub enum Unsent {
    /// It never left.
    Never(redis::RedisError),
    /// It may have arrived.
    Perhaps(redis::RedisError),
}

impl Capability for Cache {
    const NAME: Name = Name::Cache;

    /// One connection a process: the handler and the check of keys share it.
    fn connect() -> Result<Self, ConfigError> {
        static SHARED: Shared<Cache> = Shared::new();
        SHARED.get_or_make(|| Self::new(CacheConfig::from_env()?))
    }
}

impl Cache {
    /// A client; nothing is sent before the first use.
    ///
    /// # Errors
    /// When the URL cannot be read.
    pub fn new(config: CacheConfig) -> Result<Self, ConfigError> {
        let unreadable = |_| ConfigError::Invalid {
            name: "CACHE_URL",
            reason: "is not a redis:// URL".into(),
        };
        let mut info = redis::IntoConnectionInfo::into_connection_info(config.url.as_str())
            .map_err(unreadable)?;
        if let Some(who) = &config.credentials {
            let as_user = info.redis_settings().clone();
            let as_user = as_user
                .set_username(&who.username)
                .set_password(who.password.expose());
            info = info.set_redis_settings(as_user);
        }
        let client = redis::Client::open(info).map_err(unreadable)?;
        Ok(Self(Arc::new(Inner {
            client,
            config,
            connection: OnceCell::new(),
            outage: Outage::default(),
        })))
    }

    /// Asks whether the cache answers.
    ///
    /// # Errors
    /// When it does not within the configured time.
    pub async fn ping(&self) -> Result<(), redis::RedisError> {
        let mut connection = self.connection().await?;
        redis::cmd("PING").query_async(&mut connection).await
    }

    /// The value of a key.
    ///
    /// # Errors
    /// When the cache does not answer within the configured time.
    pub async fn get(&self, key: &str) -> Result<Option<Vec<u8>>, redis::RedisError> {
        let asked = timed(Part::Cache, async {
            let mut connection = self.connection().await?;
            redis::cmd("GET")
                .arg(key)
                .query_async(&mut connection)
                .await
        });
        let answer = asked.await;
        count(key, &answer);
        answer
    }

    /// The whole numbers of a hash, by field.
    ///
    /// # Errors
    /// When the cache does not answer within the configured time.
    pub async fn hash(&self, key: &str) -> Result<BTreeMap<String, i64>, redis::RedisError> {
        let mut connection = self.connection().await?;
        redis::cmd("HGETALL")
            .arg(key)
            .query_async(&mut connection)
            .await
    }

    /// Adds to whole numbers of a hash, in one round trip.
    ///
    /// # Errors
    /// When the cache does not answer within the configured time; says whether it may have been done all the same.
    pub async fn add_to_hash(&self, key: &str, more: &HashMap<String, u64>) -> Result<(), Unsent> {
        let mut connection = self.connection().await.map_err(Unsent::Never)?;
        let mut add = redis::pipe();
        for (field, more) in more {
            add.cmd("HINCRBY").arg(key).arg(field).arg(more).ignore();
        }
        let added = add.query_async(&mut connection).await;
        added.map_err(|error: redis::RedisError| {
            if error.is_connection_refusal() {
                Unsent::Never(error)
            } else {
                Unsent::Perhaps(error)
            }
        })
    }

    /// Sets a key, whatever it was.
    ///
    /// # Errors
    /// When the cache does not answer within the configured time.
    pub async fn set(
        &self,
        key: &str,
        value: &[u8],
        age: Duration,
    ) -> Result<(), redis::RedisError> {
        let mut connection = self.connection().await?;
        let mut set = redis::cmd("SET");
        set.arg(key).arg(value).arg("PX").arg(milliseconds(age));
        timed(Part::Cache, set.query_async(&mut connection)).await
    }

    /// Sets a key unless it has a value already.
    ///
    /// # Errors
    /// When the cache does not answer within the configured time.
    pub async fn add(
        &self,
        key: &str,
        value: &[u8],
        age: Duration,
    ) -> Result<(), redis::RedisError> {
        let mut connection = self.connection().await?;
        let mut set = redis::cmd("SET");
        set.arg(key)
            .arg(value)
            .arg("NX")
            .arg("PX")
            .arg(milliseconds(age));
        timed(Part::Cache, set.query_async(&mut connection)).await
    }

    async fn connection(&self) -> Result<ConnectionManager, redis::RedisError> {
        let settings = ConnectionManagerConfig::new()
            .set_number_of_retries(1)
            .set_connection_timeout(Some(self.0.config.timeout))
            .set_response_timeout(Some(self.0.config.timeout));
        let connect = async || {
            // Asked again here: whoever waited for another's attempt need not repeat it.
            self.0.outage.check()?;
            let connected = ConnectionManager::new_with_config(self.0.client.clone(), settings);
            connected.await.inspect_err(|_| self.0.outage.begin())
        };
        self.0.outage.check()?;
        self.0.connection.get_or_try_init(connect).await.cloned()
    }
}

/// Keys are `v1:<operation>:…`.
fn count<T>(key: &str, answer: &Result<Option<T>, redis::RedisError>) {
    let operation = key.split(':').nth(1).unwrap_or_default();
    let result = match answer {
        Ok(Some(_)) => "hit",
        Ok(None) => "miss",
        Err(_) => "error",
    };
    telemetry::count(&list::CACHE_REQUESTS, &[operation, result], 1);
}

fn milliseconds(age: Duration) -> u64 {
    u64::try_from(age.as_millis()).unwrap_or(u64::MAX)
}
