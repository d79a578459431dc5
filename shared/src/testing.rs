//! What tests of several modules use.

use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{SystemTime, UNIX_EPOCH};

use sqlx::postgres::{PgConnectOptions, PgPoolOptions};
use sqlx::{AssertSqlSafe, ConnectOptions as _, Executor as _};

use crate::db::Writer;

/// Pseudo-random numbers with a printed seed (`SplitMix64`): a failing test is run again with `TEST_SEED`.
#[derive(Clone, Debug)]
pub(crate) struct Random {
    state: u64,
    /// What it began with.
    pub(crate) seed: u64,
}

impl Random {
    /// Begins with `TEST_SEED`, or with the time.
    pub(crate) fn new() -> Self {
        let from_clock = || {
            SystemTime::now()
                .duration_since(UNIX_EPOCH)
                .map_or(0, |now| u64::try_from(now.as_nanos()).unwrap_or(u64::MAX))
        };
        let seed = std::env::var("TEST_SEED").map_or_else(
            |_| from_clock(),
            |seed| seed.parse().expect("TEST_SEED is a number"),
        );
        println!("TEST_SEED={seed}");
        Self { state: seed, seed }
    }

    /// The next number.
    pub(crate) fn next(&mut self) -> u64 {
        self.state = self.state.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.state;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    }

    /// A number below `end`.
    pub(crate) fn below(&mut self, end: u64) -> u64 {
        self.next() % end.max(1)
    }

    /// Moves on, for a stream of numbers of its own.
    pub(crate) fn skip(&mut self, by: u64) {
        self.state ^= by;
    }
}

/// A database of the test's own with the schema, a table of effects and two counters; `None`, with a word about it,
/// where `TEST_DATABASE_URL` names no server to make it on.
pub(crate) async fn database() -> Option<Writer> {
    static NEXT: AtomicU32 = AtomicU32::new(0);
    let Ok(url) = std::env::var("TEST_DATABASE_URL") else {
        eprintln!("skipped: TEST_DATABASE_URL is not set");
        return None;
    };
    let server: PgConnectOptions = url.parse().unwrap();
    let number = NEXT.fetch_add(1, Ordering::Relaxed);
    // Named like those of the integration tests, which clear away what processes that are gone have left.
    let name = format!("test_{}_{}", std::process::id(), 900_000 + number);
    let create = AssertSqlSafe(format!("CREATE DATABASE {name}"));
    let mut admin = server.connect().await.unwrap();
    admin.execute(create).await.unwrap();
    let pool = PgPoolOptions::new().max_connections(8);
    let pool = pool.connect_with(server.database(&name)).await.unwrap();
    sqlx::migrate!("../migrations").run(&pool).await.unwrap();
    let tables = "CREATE TABLE effects (number bigint GENERATED ALWAYS AS IDENTITY, at integer);
                  CREATE TABLE counters (id integer PRIMARY KEY, value integer NOT NULL);
                  INSERT INTO counters VALUES (1, 0), (2, 0)";
    pool.execute(tables).await.unwrap();
    Some(Writer::from_pool(pool))
}
