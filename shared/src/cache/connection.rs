//! The connection: to one node, or to all shards of a cluster.

use redis::aio::{ConnectionLike, ConnectionManager, ConnectionManagerConfig};
use redis::cluster::{ClusterClient, ClusterClientBuilder};
use redis::cluster_async::ClusterConnection;
use redis::{
    Client, Cmd, ConnectionInfo, IntoConnectionInfo as _, Pipeline, RedisError, RedisFuture,
    TlsCertificates, Value,
};

use crate::config::{CacheConfig, ConfigError};

/// A shard that a command was not for names the one that it is for; one that was just lost is looked for once more.
const CLUSTER_RETRIES: u32 = 2;
/// The longest pause before such a try, in milliseconds: a caller waits.
const CLUSTER_PAUSE_MS_MAX: u64 = 10;

/// Whom to connect to.
pub(super) enum Server {
    Node(Box<Client>, ConnectionManagerConfig),
    Cluster(Box<ClusterClient>),
}

/// Many may ask on one at once.
#[derive(Clone)]
pub(super) enum Connection {
    Node(ConnectionManager),
    Cluster(ClusterConnection),
}

impl Server {
    /// As it is configured; nothing is sent yet.
    pub(super) fn of(config: &CacheConfig) -> Result<Self, ConfigError> {
        let info = info(config)?;
        let certificates = config
            .authorities
            .as_ref()
            .map(|authorities| TlsCertificates {
                client_tls: None,
                root_cert: Some(authorities.clone()),
            });
        let server = if config.cluster {
            cluster(info, certificates, config).map(|client| Self::Cluster(Box::new(client)))
        } else {
            let client = match certificates {
                Some(certificates) => Client::build_with_tls(info, certificates),
                None => Client::open(info),
            };
            let settings = ConnectionManagerConfig::new()
                .set_number_of_retries(1)
                .set_connection_timeout(Some(config.timeout))
                .set_response_timeout(Some(config.timeout));
            client.map(|client| Self::Node(Box::new(client), settings))
        };
        // The error could quote the URL, which may hold a password.
        server.map_err(|_| {
            invalid(
                "CACHE_URL",
                "is of no use with the other settings of the cache",
            )
        })
    }

    pub(super) async fn connect(&self) -> Result<Connection, RedisError> {
        match self {
            Self::Node(client, settings) => {
                let connected =
                    ConnectionManager::new_with_config(Client::clone(client), settings.clone());
                connected.await.map(Connection::Node)
            }
            Self::Cluster(client) => {
                let connected = client.get_async_connection().await;
                connected.map(Connection::Cluster)
            }
        }
    }
}

fn info(config: &CacheConfig) -> Result<ConnectionInfo, ConfigError> {
    let info = config.url.as_str().into_connection_info();
    let info = info.map_err(|_| invalid("CACHE_URL", "is not a redis:// or rediss:// URL"))?;
    Ok(match &config.credentials {
        None => info,
        Some(who) => {
            let as_user = info.redis_settings().clone();
            let as_user = as_user
                .set_username(&who.username)
                .set_password(who.password.expose());
            info.set_redis_settings(as_user)
        }
    })
}

fn cluster(
    info: ConnectionInfo,
    certificates: Option<TlsCertificates>,
    config: &CacheConfig,
) -> Result<ClusterClient, RedisError> {
    let mut builder = ClusterClientBuilder::new([info])
        .connection_timeout(config.timeout)
        .response_timeout(config.timeout)
        .retries(CLUSTER_RETRIES)
        .min_retry_wait(1)
        .max_retry_wait(CLUSTER_PAUSE_MS_MAX);
    if let Some(certificates) = certificates {
        builder = builder.certs(certificates);
    }
    builder.build()
}

fn invalid(name: &'static str, reason: &str) -> ConfigError {
    ConfigError::Invalid {
        name,
        reason: reason.to_owned(),
    }
}

impl ConnectionLike for Connection {
    fn req_packed_command<'a>(&'a mut self, command: &'a Cmd) -> RedisFuture<'a, Value> {
        match self {
            Self::Node(node) => node.req_packed_command(command),
            Self::Cluster(cluster) => cluster.req_packed_command(command),
        }
    }

    fn req_packed_commands<'a>(
        &'a mut self,
        commands: &'a Pipeline,
        offset: usize,
        count: usize,
    ) -> RedisFuture<'a, Vec<Value>> {
        match self {
            Self::Node(node) => node.req_packed_commands(commands, offset, count),
            Self::Cluster(cluster) => cluster.req_packed_commands(commands, offset, count),
        }
    }

    fn get_db(&self) -> i64 {
        match self {
            Self::Node(node) => node.get_db(),
            Self::Cluster(cluster) => cluster.get_db(),
        }
    }
}
