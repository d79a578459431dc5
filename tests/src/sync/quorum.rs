//! More than one endpoint must have a range's last block; where registries begin; the chain's own
//! word on what is final.

use std::sync::{Arc, Mutex};

use shared::chain::sync::Outcome;
use sqlx::Executor as _;

use super::server::Server;
use super::{History, World};

async fn set(world: &World, sql: &'static str) {
    world.connection().await.execute(sql).await.unwrap();
}

#[tokio::test]
async fn a_range_is_applied_when_so_many_endpoints_have_its_last_block() {
    let mut history = History::new(31_337, 41);
    history.mine_many(40);
    let world = World::new(&history.chain).await;
    set(&world, "UPDATE chains SET rpc_quorum = 2").await;
    let alone = world.sync().await;
    assert_eq!(alone.status, Outcome::Failed, "{alone:?}");
    assert_eq!(alone.to_block, None);

    let other = Server::start(Arc::new(Mutex::new(history.chain.clone()))).await;
    let urls = [world.server.url.as_str(), other.url.as_str()];
    let both = world.sync_from(&urls).await;
    assert!(both.caught_up, "{both:?}");
    world.assert_exact(&history, "with a quorum").await;
}

#[tokio::test]
async fn an_endpoint_on_another_branch_is_named_and_nothing_is_applied() {
    let mut history = History::new(31_337, 42);
    history.mine_many(40);
    let mut branch = history.clone();
    branch.reorg(5, 5);
    let world = World::new(&history.chain).await;
    set(&world, "UPDATE chains SET rpc_quorum = 2").await;
    let other = Server::start(Arc::new(Mutex::new(branch.chain))).await;
    let report = world.sync_from(&[&world.server.url, &other.url]).await;
    assert_eq!(report.status, Outcome::Failed, "{report:?}");
    let error = report.error.unwrap();
    assert!(error.contains("has another block 40"), "{error}");
    let host = other.url.trim_start_matches("http://");
    assert!(error.contains(host.split('/').next().unwrap()), "{error}");
    assert_eq!(report.to_block, None);
}

#[tokio::test]
async fn the_first_sync_begins_where_the_registries_have_code() {
    let mut history = History::new(31_337, 43);
    history.chain.blocks.truncate(1);
    for _ in 0..700 {
        history.chain.push(Vec::new());
        history.states.push(history.state().clone());
    }
    history.chain.code_from = 701;
    history.mine_many(30);
    let world = World::new(&history.chain).await;
    let report = world.catch_up().await;
    assert_eq!(report.from_block, Some(701));
    let start: i64 = sqlx::query_scalar("SELECT start_block FROM chains")
        .fetch_one(&world.pool)
        .await
        .unwrap();
    assert_eq!(start, 701);
    assert!(!report.events.is_empty(), "{report:?}");
}

#[tokio::test]
async fn an_endpoint_without_history_has_the_sync_begin_where_it_is_told() {
    let mut history = History::new(31_337, 44);
    history.chain.code_from = 30;
    history.mine_many(20);
    let world = World::new(&history.chain).await;
    world.server.temper(|method, params, result| {
        if method == "eth_getCode" && params[1] != "0x14" {
            return Err((-32000, "missing trie node".to_owned()));
        }
        Ok(result)
    });
    let report = world.catch_up().await;
    assert_eq!(report.from_block, Some(0));
}

#[tokio::test]
async fn the_chain_says_itself_which_block_is_final() {
    let mut history = History::new(31_337, 45);
    history.mine_many(100);
    let world = World::new(&history.chain).await;
    set(&world, "UPDATE chains SET has_finalized_tag = true").await;
    assert_eq!(world.catch_up().await.final_block, Some(36));
    let heights: (i64, i64) = sqlx::query_as("SELECT final_block, safe_block FROM sync_cursors")
        .fetch_one(&world.pool)
        .await
        .unwrap();
    assert_eq!(heights, (36, 36));
}
