//! A real node: dumps replayed on anvil, and blocks that `anvil_reorg` takes back.

use std::time::{Duration, Instant};

use alloy::primitives::{Address, U256};
use pretty_assertions::assert_eq;
use serde_json::{Value, json};
use shared::chain::rpc::RpcUrls;
use shared::chain::sync::{ChainReport, sync};
use sqlx::PgPool;

use super::chain::Log;
use super::contracts::{Contracts, IDENTITY};
use super::history::account;
use super::tables;
use super::world::configure;
use crate::harness::node::Node;
use crate::harness::{Chain, TestDatabase, settings};

/// Three topics from the first 96 bytes of the call, the rest as data: `LOG3`.
const EMITTER: &str = "0x604035602035600035606036038060606000376000a300";

/// A node whose identity registry emits what it is called with.
async fn node() -> Node {
    let node = Node::start();
    node.call("anvil_setCode", json!([IDENTITY, EMITTER])).await;
    node
}

/// Emits a log in a block of its own.
async fn emit(node: &Node, log: &Log) {
    node.call("eth_sendTransactionSync", json!([transaction(log)]))
        .await;
}

/// What emits a log with three topics.
fn transaction(log: &Log) -> Value {
    let topics = log.topics.iter().flat_map(|topic| topic.0);
    let input: Vec<u8> = topics.chain(log.data.iter().copied()).collect();
    json!({
        "from": "0xf39Fd6e51aad88F6F4ce6aB8827279cffFb92266",
        "to": log.address,
        "input": alloy::primitives::hex::encode_prefixed(input),
        "gas": "0x100000",
    })
}

/// The `Registered` of agent `id`.
fn registered(id: usize, owner: Address) -> Log {
    let mut contracts = Contracts::default();
    let logs = contracts.register(owner, "ipfs://x", &[], None);
    let mut log = logs.into_iter().nth(1).unwrap();
    log.topics[1] = U256::from(id).into();
    log
}

async fn catch_up(id: u64, url: &str, database: &TestDatabase) -> ChainReport {
    let pool = PgPool::connect_lazy(&database.url()).unwrap();
    let urls = RpcUrls::parse(&json!({ id.to_string(): [url] }).to_string());
    let deadline = Instant::now() + Duration::from_mins(1);
    let mut report = sync((&pool, None), &urls.unwrap(), None, deadline)
        .await
        .unwrap();
    pool.close().await;
    let report = report.chains.remove(0);
    assert!(report.caught_up, "{report:?}");
    report
}

#[tokio::test]
async fn a_replayed_dump_is_indexed_to_its_head() {
    let chain = Chain::own().await;
    let database = TestDatabase::migrated().await;
    chain.configure(&mut database.connect().await).await;
    let report = catch_up(chain.id(), chain.url(), &database).await;
    assert_eq!(report.to_block, Some(chain.last_block()));
    assert_eq!(report.events.get("malformed"), None, "{report:?}");
    assert_eq!(report.events.get("other"), None, "{report:?}");
    let stored: i64 = sqlx::query_scalar("SELECT count(*) FROM chain_events")
        .fetch_one(&mut database.connect().await)
        .await
        .unwrap();
    let counted = report.events.values().sum::<u64>();
    assert_eq!(i64::try_from(counted).unwrap(), stored);
    let again = catch_up(chain.id(), chain.url(), &database).await;
    assert!(again.events.is_empty(), "{again:?}");
}

#[tokio::test]
async fn what_anvil_takes_back_is_gone_and_what_it_puts_there_is_in() {
    let node = node().await;
    let database = TestDatabase::migrated().await;
    configure(&mut database.connect().await, Node::ID).await;
    for id in 0..100 {
        emit(&node, &registered(id, account(id % 5))).await;
    }
    catch_up(Node::ID, node.url(), &database).await;
    for depth in [1_u64, 5, 30, 64] {
        // Another owner gets the last agent's id.
        let log = registered(99, account(7));
        let others = json!([[transaction(&log), depth - 1]]);
        node.call("anvil_reorg", json!([depth, others])).await;
        let report = catch_up(Node::ID, node.url(), &database).await;
        assert_eq!(report.reorgs.len(), 1, "{report:?}");
        assert_eq!(report.reorgs[0].depth, depth, "{report:?}");
        let owner: Vec<u8> = sqlx::query_scalar("SELECT owner FROM agents WHERE agent_id = 99")
            .fetch_one(&mut database.connect().await)
            .await
            .unwrap();
        assert_eq!(owner, account(7).to_vec());
    }
    let fresh = TestDatabase::migrated().await;
    configure(&mut fresh.connect().await, Node::ID).await;
    catch_up(Node::ID, node.url(), &fresh).await;
    let left = tables::dump(&mut database.connect().await).await;
    let right = tables::dump(&mut fresh.connect().await).await;
    assert!(left["agents"].len() > 30);
    tables::assert_same(&left, &right, "after anvil_reorg");
}

#[tokio::test]
async fn mainnet_has_73_agents_and_16_incomplete_ones() {
    let Some(dump) = settings::mainnet_logs() else {
        return;
    };
    let chain = Chain::replay(&dump).await;
    let database = TestDatabase::migrated().await;
    chain.configure(&mut database.connect().await).await;
    let report = catch_up(chain.id(), chain.url(), &database).await;
    let events: Vec<_> = report.events.into_iter().collect();
    assert_eq!(events, [("Registered", 73), ("URIUpdated", 33)]);
    let counts: Vec<(String, i64)> =
        sqlx::query_as("SELECT status, count(*) FROM agents GROUP BY status ORDER BY status")
            .fetch_all(&mut database.connect().await)
            .await
            .unwrap();
    let counts: Vec<(&str, i64)> = counts.iter().map(|(s, n)| (s.as_str(), *n)).collect();
    assert_eq!(counts, [("incomplete", 16), ("registered", 73)]);
}
