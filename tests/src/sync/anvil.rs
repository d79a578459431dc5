//! A real node: the project's own dump replayed on anvil, and taken back by `anvil_reorg`.

use std::path::PathBuf;
use std::time::{Duration, Instant};

use pretty_assertions::assert_eq;
use serde_json::json;
use shared::chain::rpc::RpcUrls;
use shared::chain::sync::{ChainReport, sync};
use sqlx::PgPool;

use super::tables;
use crate::harness::{Chain, TestDatabase, settings};

/// A database that indexes `chain`.
async fn database(chain: &Chain) -> TestDatabase {
    let database = TestDatabase::migrated().await;
    chain.configure(&mut database.connect().await).await;
    database
}

async fn catch_up(chain: &Chain, database: &TestDatabase) -> ChainReport {
    let pool = PgPool::connect_lazy(&database.url()).unwrap();
    let urls = RpcUrls::parse(&json!({ chain.id().to_string(): [chain.url()] }).to_string());
    let deadline = Instant::now() + Duration::from_mins(1);
    let mut report = sync(&pool, &urls.unwrap(), None, deadline).await.unwrap();
    pool.close().await;
    let report = report.chains.remove(0);
    assert!(report.caught_up, "{report:?}");
    report
}

#[tokio::test]
async fn a_replayed_dump_is_indexed_to_its_head() {
    let chain = Chain::own().await;
    let database = database(chain).await;
    let report = catch_up(chain, &database).await;
    assert_eq!(report.to_block, Some(chain.last_block()));
    assert_eq!(report.events.get("malformed"), None, "{report:?}");
    assert_eq!(report.events.get("other"), None, "{report:?}");
    let stored: i64 = sqlx::query_scalar("SELECT count(*) FROM chain_events")
        .fetch_one(&mut database.connect().await)
        .await
        .unwrap();
    assert_eq!(
        i64::try_from(report.events.values().sum::<u64>()).unwrap(),
        stored
    );
    let again = catch_up(chain, &database).await;
    assert!(again.events.is_empty(), "{again:?}");
}

#[tokio::test]
async fn what_anvil_takes_back_is_gone() {
    let dump: PathBuf = settings::root().join("tests/dumps/agents.json");
    let chain = Chain::replay(&dump).await;
    let database = database(&chain).await;
    catch_up(&chain, &database).await;
    for depth in [1, 7, 40, 64] {
        chain.rpc("anvil_reorg", json!([depth, []])).await;
        chain.rpc("anvil_mine", json!(["0x3"])).await;
        let report = catch_up(&chain, &database).await;
        assert_eq!(report.reorgs.len(), 1, "{report:?}");
        assert!(report.reorgs[0].depth >= depth, "{report:?}");
    }
    let fresh = self::database(&chain).await;
    catch_up(&chain, &fresh).await;
    let left = tables::dump(&mut database.connect().await).await;
    let right = tables::dump(&mut fresh.connect().await).await;
    tables::assert_same(&left, &right, "after anvil_reorg");
}

#[tokio::test]
async fn mainnet_has_73_agents_and_16_incomplete_ones() {
    let Some(dump) = settings::mainnet_logs() else {
        return;
    };
    let chain = Chain::replay(&dump).await;
    let database = database(&chain).await;
    let report = catch_up(&chain, &database).await;
    let events: Vec<_> = report.events.into_iter().collect();
    assert_eq!(events, [("Registered", 73), ("URIUpdated", 33)]);
    let counts: Vec<(String, i64)> =
        sqlx::query_as("SELECT status, count(*) FROM agents GROUP BY status ORDER BY status")
            .fetch_all(&mut database.connect().await)
            .await
            .unwrap();
    assert_eq!(
        counts,
        [("incomplete".to_owned(), 16), ("registered".to_owned(), 73)]
    );
}
