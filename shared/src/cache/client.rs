//! The client: one lazily opened connection a process.

use std::collections::{BTreeMap, HashMap};
use std::fmt;
use std::sync::Arc;
use std::time::{Duration, Instant};

use futures_util::future::join_all;
use redis::{Cmd, FromRedisValue, Pipeline, RedisError};
use tokio::sync::Mutex;

use super::breaker::Breaker;
use super::connection::{Connection, Server};
use super::milliseconds;
use crate::capability::{Capability, Name};
use crate::config::{CacheConfig, ConfigError};
use crate::secrets::Shared;
use crate::telemetry::{self, Part, list, timed};

/// A lazily connected cache that reconnects by itself.
#[derive(Clone)]
pub struct Cache(Arc<Inner>);

struct Inner {
    server: Server,
    config: CacheConfig,
    /// Held while it is made: one attempt at a time.
    connection: Mutex<Option<Arc<Connection>>>,
    breaker: Breaker,
}

/// Where it is may come with a password.
impl fmt::Debug for Cache {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Cache")
    }
}

/// Why something was not added.
#[derive(Debug)]
pub enum Unsent {
    /// It never left.
    Never(RedisError),
    /// It may have arrived.
    Perhaps(RedisError),
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
    /// When the URL or the certificates cannot be read.
    pub fn new(config: CacheConfig) -> Result<Self, ConfigError> {
        Ok(Self(Arc::new(Inner {
            server: Server::of(&config)?,
            breaker: Breaker::new(config.cluster),
            config,
            connection: Mutex::new(None),
        })))
    }

    /// Asks whether the cache answers.
    ///
    /// # Errors
    /// When it does not within the configured time.
    pub async fn ping(&self) -> Result<(), RedisError> {
        let ping = redis::cmd("PING");
        self.send(|mut connection| async move { ping.query_async(&mut connection).await })
            .await
    }

    /// The value of a key.
    ///
    /// # Errors
    /// When the cache does not answer within the configured time.
    pub async fn get(&self, key: &str) -> Result<Option<Vec<u8>>, RedisError> {
        let answer = self.ask(redis::cmd("GET").arg(key)).await;
        count(key, &answer);
        answer
    }

    /// The whole numbers of a hash, by field.
    ///
    /// # Errors
    /// When the cache does not answer within the configured time.
    pub async fn hash(&self, key: &str) -> Result<BTreeMap<String, i64>, RedisError> {
        self.ask(redis::cmd("HGETALL").arg(key)).await
    }

    /// Adds to whole numbers of a hash, in one round trip.
    ///
    /// # Errors
    /// When the cache does not answer within the configured time; says whether it may have been done all the same.
    pub async fn add_to_hash(&self, key: &str, more: &HashMap<String, u64>) -> Result<(), Unsent> {
        let connection = self.connection().await.map_err(Unsent::Never)?;
        let mut add = redis::pipe();
        for (field, more) in more {
            add.cmd("HINCRBY").arg(key).arg(field).arg(more).ignore();
        }
        let added = add.query_async(&mut Connection::clone(&connection)).await;
        self.judge(&connection, added).await.map_err(|error| {
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
    pub async fn set(&self, key: &str, value: &[u8], age: Duration) -> Result<(), RedisError> {
        let mut set = redis::cmd("SET");
        set.arg(key).arg(value).arg("PX").arg(milliseconds(age));
        self.ask(&set).await
    }

    /// Sets a key unless it has a value already.
    ///
    /// # Errors
    /// When the cache does not answer within the configured time.
    pub async fn add(&self, key: &str, value: &[u8], age: Duration) -> Result<(), RedisError> {
        let mut set = redis::cmd("SET");
        set.arg(key).arg(value).arg("NX");
        set.arg("PX").arg(milliseconds(age));
        self.ask(&set).await
    }

    pub(super) fn config(&self) -> &CacheConfig {
        &self.0.config
    }

    /// Sends one command.
    pub(super) async fn ask<T: FromRedisValue>(&self, command: &Cmd) -> Result<T, RedisError> {
        let asked =
            self.send(|mut connection| async move { command.query_async(&mut connection).await });
        timed(Part::Cache, asked).await
    }

    /// Sends several commands, whose keys lie on one shard, in one round trip.
    pub(super) async fn ask_all<T: FromRedisValue>(
        &self,
        commands: &Pipeline,
    ) -> Result<T, RedisError> {
        let asked =
            self.send(|mut connection| async move { commands.query_async(&mut connection).await });
        timed(Part::Cache, asked).await
    }

    /// Sends several commands at once, wherever their keys lie.
    pub(super) async fn ask_each(&self, commands: Vec<Cmd>) -> Result<(), RedisError> {
        if self.0.config.cluster {
            let commands = &commands;
            let asked = self.send(|connection| async move {
                // They go out together, each to its own shard.
                let each = commands.iter().map(|command| {
                    let mut connection = connection.clone();
                    async move { command.query_async::<()>(&mut connection).await }
                });
                // One that fails holds none of the others up.
                join_all(each).await.into_iter().collect()
            });
            return timed(Part::Cache, asked).await;
        }
        let mut pipe = redis::pipe();
        for command in commands {
            pipe.add_command(command).ignore();
        }
        self.ask_all(&pipe).await
    }

    async fn send<T, Fut>(&self, ask: impl FnOnce(Connection) -> Fut) -> Result<T, RedisError>
    where
        Fut: Future<Output = Result<T, RedisError>>,
    {
        let connection = self.connection().await?;
        let answer = ask(Connection::clone(&connection)).await;
        self.judge(&connection, answer).await
    }

    /// Learns from what came of a question. A connection on which no answer came in time is given up: its other end may
    /// be gone without a word, and nothing else would tell.
    async fn judge<T>(
        &self,
        connection: &Arc<Connection>,
        answer: Result<T, RedisError>,
    ) -> Result<T, RedisError> {
        self.0.breaker.learn(&answer, Instant::now());
        if answer.as_ref().is_err_and(RedisError::is_timeout) {
            let mut kept = self.0.connection.lock().await;
            if kept
                .as_ref()
                .is_some_and(|kept| Arc::ptr_eq(kept, connection))
            {
                *kept = None;
            }
        }
        answer
    }

    async fn connection(&self) -> Result<Arc<Connection>, RedisError> {
        let breaker = &self.0.breaker;
        let is_trial = breaker.check(Instant::now())?;
        let mut kept = self.0.connection.lock().await;
        if let Some(connection) = &*kept {
            return Ok(connection.clone());
        }
        if !is_trial {
            // Whoever waited for another's attempt need not repeat it.
            breaker.check(Instant::now())?;
        }
        let connected = self.0.server.connect().await;
        let connected = connected.inspect_err(|_| breaker.open(Instant::now()))?;
        Ok(kept.insert(Arc::new(connected)).clone())
    }
}

/// Keys are `v1:<operation>:…`.
fn count<T>(key: &str, answer: &Result<Option<T>, RedisError>) {
    let operation = key.split(':').nth(1).unwrap_or_default();
    let result = match answer {
        Ok(Some(_)) => "hit",
        Ok(None) => "miss",
        Err(_) => "error",
    };
    telemetry::count(&list::CACHE_REQUESTS, &[operation, result], 1);
}
