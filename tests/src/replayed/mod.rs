//! `sync-chain` and `refresh-views` as processes, against replayed chains: what is indexed is what
//! the chain holds, whatever happens on the way.

mod against_raw_logs;
mod beside;
mod endpoints;
mod kill;

mod mainnet;
mod own;
mod raw_logs;
mod views;

use std::collections::BTreeMap;

use serde_json::Value;

use crate::harness::rpc_proxy::{Answer, RpcProxy};
use crate::harness::{Chain, World, tables};

type Tables = BTreeMap<String, Vec<Value>>;

/// A database that is to be filled through `proxy`.
async fn behind(proxy: &RpcProxy, chain: &Chain) -> World {
    let mut world = World::unsynced(chain).await;
    world.set_rpc(chain.id(), &[&proxy.url()]);
    world
}

/// Everything in the database but the window in which forks are found: which blocks are in it
/// depends on where ranges ended.
async fn derived(world: &World) -> Tables {
    let mut tables = tables::all(&mut world.connect().await).await;
    tables.remove("chain_blocks").unwrap();
    tables
}

/// The last block that is indexed; before the first one the cursor has no hash.
async fn cursor(world: &World) -> Option<i64> {
    let sql = "SELECT block_number FROM sync_cursors WHERE block_hash IS NOT NULL";
    let cursor = sqlx::query_scalar(sql);
    cursor
        .fetch_optional(&mut world.connect().await)
        .await
        .unwrap()
}

/// Has the endpoint refuse ranges of more blocks, as providers do, so that a sync has many ranges.
fn refuse_long_ranges(proxy: &RpcProxy, blocks_max: u64) {
    proxy.behave(move |call, reply| {
        let filter = &call["params"][0];
        let block = |member: &str| {
            let text = filter[member].as_str()?.strip_prefix("0x")?;
            u64::from_str_radix(text, 16).ok()
        };
        match (block("fromBlock"), block("toBlock")) {
            (Some(from), Some(to))
                if call["method"] == "eth_getLogs" && to - from >= blocks_max =>
            {
                Answer::error(-32000, "block range exceeds the limit")
            }
            _ => Answer::Reply(reply),
        }
    });
}

/// The part of a report that is about its only chain.
fn only_chain(report: &Value) -> &Value {
    let chains = report["chains"].as_array().unwrap();
    assert_eq!(chains.len(), 1, "{report}");
    &chains[0]
}
