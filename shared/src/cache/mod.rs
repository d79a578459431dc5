//! The cache client. Nothing depends on it: without the cache every read still answers, slower.

use std::sync::Arc;

use redis::aio::{ConnectionManager, ConnectionManagerConfig};
use tokio::sync::OnceCell;

use crate::capability::{Capability, Name};
use crate::config::{CacheConfig, ConfigError};

/// A lazily connected cache that reconnects by itself.
#[derive(Clone)]
pub struct Cache(Arc<Inner>);

struct Inner {
    client: redis::Client,
    config: CacheConfig,
    connection: OnceCell<ConnectionManager>,
}

impl Capability for Cache {
    const NAME: Name = Name::Cache;

    fn connect() -> Result<Self, ConfigError> {
        let config = CacheConfig::from_env()?;
        let client =
            redis::Client::open(config.url.as_str()).map_err(|_| ConfigError::Invalid {
                name: "CACHE_URL",
                reason: "is not a redis:// URL".into(),
            })?;
        Ok(Self(Arc::new(Inner {
            client,
            config,
            connection: OnceCell::new(),
        })))
    }
}

impl Cache {
    /// Asks whether the cache answers.
    ///
    /// # Errors
    /// When it does not within the configured time.
    pub async fn ping(&self) -> Result<(), redis::RedisError> {
        let mut connection = self.connection().await?;
        redis::cmd("PING").query_async(&mut connection).await
    }

    async fn connection(&self) -> Result<ConnectionManager, redis::RedisError> {
        let settings = ConnectionManagerConfig::new()
            .set_number_of_retries(1)
            .set_connection_timeout(Some(self.0.config.timeout))
            .set_response_timeout(Some(self.0.config.timeout));
        let connect = || ConnectionManager::new_with_config(self.0.client.clone(), settings);
        self.0.connection.get_or_try_init(connect).await.cloned()
    }
}
