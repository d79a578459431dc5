//! Databases: each test has its own, copied from a template that is made once a run.

use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use sqlx::migrate::Migrator;
use sqlx::postgres::PgConnectOptions;
use sqlx::{AssertSqlSafe, ConnectOptions as _, Connection as _, Executor as _, PgConnection};
use tokio::sync::OnceCell;

use super::settings;

/// Owns every test database. No superuser: as in the cloud, nothing may need one.
pub const ROLE: &str = "integration_tests";

/// A database that is dropped with this value.
#[derive(Debug)]
pub struct TestDatabase {
    name: String,
}

impl TestDatabase {
    /// A database with the schema and nothing in it.
    pub async fn migrated() -> Self {
        static TEMPLATE: OnceCell<TestDatabase> = OnceCell::const_new();
        let template = TEMPLATE.get_or_init(|| async {
            let database = Self::blank().await;
            let mut connection = database.connect().await;
            migrator().await.run(&mut connection).await.unwrap();
            connection.close().await.unwrap();
            database
        });
        template.await.copy().await
    }

    /// A database without a schema.
    pub async fn blank() -> Self {
        static PREPARED: OnceCell<()> = OnceCell::const_new();
        PREPARED.get_or_init(prepare_server).await;
        Self::create("template1").await
    }

    /// A copy of this database. Nobody may be connected to it.
    pub async fn copy(&self) -> Self {
        Self::create(&self.name).await
    }

    async fn create(template: &str) -> Self {
        static NEXT: AtomicU32 = AtomicU32::new(0);
        let number = NEXT.fetch_add(1, Ordering::Relaxed);
        let name = format!("test_{}_{number}", std::process::id());
        let sql = format!("CREATE DATABASE {name} OWNER {ROLE} TEMPLATE {template}");
        let mut admin = admin().await;
        admin.execute(AssertSqlSafe(sql)).await.unwrap();
        admin.close().await.unwrap();
        Self { name }
    }

    /// Its URL, as functions get it.
    pub fn url(&self) -> String {
        let server = settings::pooler_url().map_or_else(server, |url| url.parse().unwrap());
        self.options_at(server).to_url_lossy().to_string()
    }

    /// Its URL for another role, past any pooler.
    pub fn url_as(&self, role: &str, password: &str) -> String {
        let options = server().username(role).password(password);
        options.database(&self.name).to_url_lossy().to_string()
    }

    /// A connection of the role that functions have.
    pub async fn connect(&self) -> PgConnection {
        PgConnection::connect_with(&self.options()).await.unwrap()
    }

    fn options(&self) -> PgConnectOptions {
        self.options_at(server())
    }

    fn options_at(&self, server: PgConnectOptions) -> PgConnectOptions {
        server.username(ROLE).password(ROLE).database(&self.name)
    }

    /// Waits until nobody is connected: a killed function's connection outlives it for a moment.
    pub async fn wait_for_quiet(&self) {
        let mut admin = admin().await;
        let sql = "SELECT count(*) FROM pg_stat_activity WHERE datname = $1";
        for _ in 0..500 {
            let query = sqlx::query_scalar::<_, i64>(sql).bind(&self.name);
            if query.fetch_one(&mut admin).await.unwrap() == 0 {
                return;
            }
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        panic!("{} is still in use after 5 s", self.name);
    }
}

impl Drop for TestDatabase {
    fn drop(&mut self) {
        let sql = format!("DROP DATABASE IF EXISTS {} WITH (FORCE)", self.name);
        // A test's own runtime is not to be blocked, and may be gone already.
        let dropping = std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread()
                .enable_all()
                .build()
                .unwrap();
            runtime.block_on(async { admin().await.execute(AssertSqlSafe(sql)).await.map(drop) })
        });
        if let Ok(Err(error)) = dropping.join() {
            eprintln!("a test database stays behind: {error}");
        }
    }
}

/// The migrations of this checkout.
pub async fn migrator() -> Migrator {
    Migrator::new(settings::root().join("migrations"))
        .await
        .unwrap()
}

fn server() -> PgConnectOptions {
    settings::database_url().parse().unwrap()
}

async fn admin() -> PgConnection {
    PgConnection::connect_with(&server()).await.unwrap()
}

/// Makes the role, and drops the databases of test processes that are gone.
async fn prepare_server() {
    let mut admin = admin().await;
    // Two test processes may do this at once.
    let role = format!(
        "DO $$ BEGIN CREATE ROLE {ROLE} LOGIN PASSWORD '{ROLE}';
         EXCEPTION WHEN duplicate_object OR unique_violation THEN NULL; END $$"
    );
    admin.execute(AssertSqlSafe(role)).await.unwrap();
    let names: Vec<String> = sqlx::query_scalar(
        "SELECT datname FROM pg_database WHERE datname ~ '^test_[0-9]+_[0-9]+$'",
    )
    .fetch_all(&mut admin)
    .await
    .unwrap();
    for name in names {
        let pid = name.split('_').nth(1).unwrap_or_default();
        if !std::path::Path::new("/proc").join(pid).exists() {
            let sql = format!("DROP DATABASE IF EXISTS {name} WITH (FORCE)");
            admin.execute(AssertSqlSafe(sql)).await.unwrap();
        }
    }
    admin.close().await.unwrap();
}
