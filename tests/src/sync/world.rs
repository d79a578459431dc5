//! A database of the test's own, and the sync run in this process against a model chain.

use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use shared::chain::apply::rebuild;
use shared::chain::rpc::RpcUrls;
use shared::chain::sync::{ChainReport, sync};
use sqlx::postgres::PgPoolOptions;
use sqlx::{PgConnection, PgPool};

use super::chain::Chain;
use super::contracts::{IDENTITY, REPUTATION, VALIDATION};
use super::history::History;
use super::server::Server;
use super::{reckoning, tables};
use crate::harness::TestDatabase;
use crate::harness::indexed::Indexed;

pub struct World {
    pub server: Server,
    pub pool: PgPool,
    database: TestDatabase,
    chain_id: u64,
    /// The server's, made once: making an HTTP client costs more than most runs.
    urls: RpcUrls,
}

fn urls(chain_id: u64, endpoints: &[&str]) -> RpcUrls {
    let urls = serde_json::json!({ chain_id.to_string(): endpoints });
    RpcUrls::parse(&urls.to_string()).unwrap()
}

impl World {
    pub async fn new(chain: &Chain) -> Self {
        let database = TestDatabase::migrated().await;
        let pool = PgPoolOptions::new()
            .max_connections(4)
            .connect_lazy(&database.url())
            .unwrap();
        let server = Server::start(Arc::new(Mutex::new(chain.clone()))).await;
        let world = Self {
            urls: urls(chain.id, &[&server.url]),
            server,
            pool,
            database,
            chain_id: chain.id,
        };
        configure(&mut world.connection().await, chain.id).await;
        world
    }

    pub async fn connection(&self) -> PgConnection {
        self.database.connect().await
    }

    /// What the endpoint serves from now on.
    pub fn serve(&self, history: &History) {
        *self.server.chain.lock().unwrap() = history.chain.clone();
    }

    pub fn urls(&self, endpoints: &[&str]) -> RpcUrls {
        urls(self.chain_id, endpoints)
    }

    /// One run with time enough.
    pub async fn sync(&self) -> ChainReport {
        self.run(&self.urls).await
    }

    pub async fn sync_from(&self, endpoints: &[&str]) -> ChainReport {
        self.run(&self.urls(endpoints)).await
    }

    /// One run that is to stop by itself after so long.
    pub async fn sync_for(&self, time: Duration) -> ChainReport {
        self.run_for(&self.urls, time).await
    }

    async fn run(&self, urls: &RpcUrls) -> ChainReport {
        self.run_for(urls, Duration::from_mins(1)).await
    }

    async fn run_for(&self, urls: &RpcUrls, time: Duration) -> ChainReport {
        let deadline = Instant::now() + time;
        let mut report = sync((&self.pool, None), urls, None, deadline)
            .await
            .unwrap();
        report.chains.remove(0)
    }

    /// One run that must reach the head.
    pub async fn catch_up(&self) -> ChainReport {
        let report = self.sync().await;
        assert!(report.caught_up, "{report:?}");
        report
    }

    /// The tables are those of a fresh sync and of a rebuild, say what the contracts hold, and tell
    /// their history as the logs do.
    pub async fn assert_exact(&self, history: &History, about: &str) {
        let fresh = Self::new(&history.chain).await;
        fresh.catch_up().await;
        let mut here = self.connection().await;
        let mut there = fresh.connection().await;
        let left = tables::dump(&mut here).await;
        let right = tables::dump(&mut there).await;
        tables::assert_same(&left, &right, about);
        let said = tables::agents(&mut here).await;
        pretty_assertions::assert_eq!(said, tables::expected(history.state()), "{about}");
        reckoning::assert_follows(&mut here, &history.chain, about).await;
        let rebuilt = rebuild(here, &|_, _| {}).await.unwrap();
        assert!(rebuilt.is_same(), "{about}: {rebuilt:#?}");
    }
}

pub async fn configure(connection: &mut PgConnection, chain_id: u64) {
    let chain = Indexed {
        id: chain_id,
        name: "model",
        first_block: 0,
        confirmations: 10,
    };
    let registries = [
        ("identity", IDENTITY),
        ("reputation", REPUTATION),
        ("validation", VALIDATION),
    ];
    let registries = registries.map(|(kind, address)| (kind, address.to_string()));
    chain.add(connection, registries).await;
}
