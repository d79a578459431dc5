//! Everything that a function finds when it runs: database, cache, chain, settings.

use std::collections::HashMap;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use serde_json::{Value, json};
use sqlx::PgConnection;
use tokio::sync::{Mutex, OnceCell};
use xtask::lambda::event::scheduled;
use xtask::lambda::{Failure, Function, Settings};

use super::buckets::TestBuckets;
use super::cache::TestCache;
use super::database::TestDatabase;
use super::{Chain, Reply, functions, get};

/// API Gateway gives up after 30 seconds.
const REQUEST: Duration = Duration::from_secs(29);
/// Functions and what they stand on. Nothing in it is shared with another test.
#[derive(Debug)]
pub struct World {
    /// Its database.
    pub database: TestDatabase,
    /// Held, as what the settings name.
    _cache: TestCache,
    settings: Settings,
    /// Functions that answer requests, started when the first one comes.
    running: Mutex<HashMap<String, Arc<Function>>>,
}

impl World {
    /// What a scheduled function is given.
    pub const RUN: Duration = Duration::from_mins(1);

    /// The schema, no chain.
    pub async fn empty() -> Self {
        Self::with(TestDatabase::migrated().await).await
    }

    /// A chain that is to be indexed from its first block.
    pub async fn unsynced(chain: &Chain) -> Self {
        let mut world = Self::empty().await;
        chain.configure(&mut world.connect().await).await;
        world.set_rpc(chain.id(), &[chain.url()]);
        world
    }

    /// The project's own dump, indexed by `sync-chain`; views are as stale as they can be.
    pub async fn synced() -> Self {
        static TEMPLATE: OnceCell<TestDatabase> = OnceCell::const_new();
        let template = TEMPLATE.get_or_init(|| async {
            let world = Self::unsynced(Chain::own().await).await;
            world.sync().await;
            world.into_database().await
        });
        Self::of_own_dump(template.await).await
    }

    /// The project's own dump, indexed, with fresh views.
    pub async fn indexed() -> Self {
        static TEMPLATE: OnceCell<TestDatabase> = OnceCell::const_new();
        let template = TEMPLATE.get_or_init(|| async {
            let world = Self::synced().await;
            world.run("refresh-views").await.unwrap();
            world.into_database().await
        });
        Self::of_own_dump(template.await).await
    }

    /// A copy of a database that has the project's own dump.
    pub async fn of_own_dump(template: &TestDatabase) -> Self {
        let chain = Chain::own().await;
        let mut world = Self::with(template.copy().await).await;
        world.set_rpc(chain.id(), &[chain.url()]);
        world
    }

    async fn with(database: TestDatabase) -> Self {
        let cache = TestCache::take().await;
        let settings = [
            ("ENVIRONMENT", "test".to_owned()),
            ("LOG_LEVEL", "info".to_owned()),
            ("PUBLIC_URL", "https://api.example.com".to_owned()),
            ("DATABASE_URL", database.url()),
            ("CACHE_URL", cache.url()),
            // There is no replica, and nobody here waits for a search to be outdated.
            ("CACHE_SETTLING_MS", "0".to_owned()),
            ("CACHE_SEARCH_PAUSE_MS", "0".to_owned()),
            ("CHAIN_RPC_URLS", "{}".to_owned()),
        ];
        let buckets = TestBuckets::create().await;
        let settings = settings
            .into_iter()
            .chain(buckets.settings())
            .map(|(name, value)| (name.to_owned(), value))
            .collect();
        Self {
            database,
            _cache: cache,
            settings,
            running: Mutex::default(),
        }
    }

    /// Another with the same rows and settings. Nobody may be connected to this one's database.
    pub async fn copy(&self) -> Self {
        for function in self.running.lock().await.drain() {
            drop(function);
        }
        self.database.wait_for_quiet().await;
        let mut copy = Self::with(self.database.copy().await).await;
        copy.set("CHAIN_RPC_URLS", self.settings["CHAIN_RPC_URLS"].clone());
        copy
    }

    /// Stops the functions and keeps the database, to be copied.
    /// Its database alone, with nobody connected to it.
    pub async fn into_database(self) -> TestDatabase {
        for function in self.running.lock().await.drain() {
            function.1.kill().await;
        }
        self.database.wait_for_quiet().await;
        self.database
    }

    /// Changes a setting for functions that start from now on.
    pub fn set(&mut self, name: &str, value: impl Into<String>) {
        self.settings.insert(name.to_owned(), value.into());
    }

    /// What functions that start from now on are told.
    pub fn setting(&self, name: &str) -> &str {
        &self.settings[name]
    }

    /// All that functions are told.
    pub fn settings(&self) -> Settings {
        self.settings.clone()
    }

    /// Has functions ask these endpoints about a chain.
    pub fn set_rpc(&mut self, chain: u64, urls: &[&str]) {
        self.set(
            "CHAIN_RPC_URLS",
            json!({ chain.to_string(): urls }).to_string(),
        );
    }

    /// A connection to the database.
    pub async fn connect(&self) -> PgConnection {
        self.database.connect().await
    }

    /// A new process of a function.
    pub async fn start(&self, name: &str) -> Function {
        self.start_binary(&functions::binary(name)).await
    }

    /// A process of a function that is none of the API's.
    pub async fn start_binary(&self, binary: &Path) -> Function {
        Function::start(binary, &self.settings).await.unwrap()
    }

    /// Has the function `name` answer an API Gateway event.
    pub async fn answer(&self, name: &str, event: &Value) -> Reply {
        let function = self.running(name).await;
        let answer = function.invoke(event, REQUEST).await;
        Reply::from_lambda(&answer.unwrap_or_else(|failure| panic!("{name}: {failure}")))
    }

    /// Sends an event to the function that its method and path lead to.
    pub async fn send(&self, event: &Value) -> Reply {
        let http = &event["requestContext"]["http"];
        let (method, path) = (
            http["method"].as_str().unwrap(),
            http["path"].as_str().unwrap(),
        );
        self.answer(functions::route(method, path), event).await
    }

    /// `GET`s a path with its query.
    pub async fn get(&self, target: &str) -> Reply {
        self.send(&get(target)).await
    }

    /// Runs a scheduled function once, in a process of its own.
    pub async fn run(&self, name: &str) -> Result<Value, Failure> {
        self.start(name).await.invoke(&scheduled(), Self::RUN).await
    }

    /// Runs `sync-chain`, which must reach the head of every chain, and returns its report.
    pub async fn sync(&self) -> Value {
        let report = self.run("sync-chain").await.unwrap();
        for chain in report["chains"].as_array().unwrap() {
            assert_eq!(
                (&chain["status"], &chain["caughtUp"]),
                (&json!("ok"), &json!(true)),
                "{report}"
            );
        }
        report
    }

    async fn running(&self, name: &str) -> Arc<Function> {
        let mut running = self.running.lock().await;
        if let Some(function) = running.get(name) {
            return function.clone();
        }
        let function = Arc::new(self.start(name).await);
        running.insert(name.to_owned(), function.clone());
        function
    }
}
