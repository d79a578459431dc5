//! Replays against a real anvil, named by `ANVIL`; skipped, saying so, without one.

use std::path::PathBuf;
use std::process::Command;

use serde_json::{Value, json};

use super::*;
use crate::stack::http;

#[tokio::test]
async fn a_dump_comes_back_as_it_was() {
    let word = |byte: u8| format!("0x{}", hex::encode([byte; 32]));
    let log = |block: u64, index: u64, address: u8, topics: u8, data: &str, transaction: u8| {
        json!({
            "blockNumber": block, "logIndex": index, "data": data,
            "address": format!("0x{}", hex::encode([address; 20])),
            "topics": (1..=topics).map(word).collect::<Vec<_>>(),
            "transactionHash": word(transaction),
        })
    };
    let huge = format!("0x{}", "5a".repeat(40_001));
    let dump = json!({ "chainId": 42161, "logs": [
        log(24_000_000, 2, 0x51, 0, "0x", 1),
        log(24_000_000, 5, 0x52, 1, "0x01", 1), // another contract, the same transaction
        log(24_000_000, 9, 0x51, 2, "0x0203", 2), // another transaction, the same block
        log(24_000_001, 0, 0x51, 3, &huge, 3), // the next block
        log(24_020_000, 7, 0x51, 4, &format!("0x{}", "00".repeat(64)), 4),
    ]});
    let Some((replayed, _dir)) = replay("own", &dump.to_string()).await else {
        return;
    };
    assert_eq!(replayed.chain_id, 42_161);
    assert!(replayed.same_numbers);
    assert_eq!(
        (replayed.first_block, replayed.last_block),
        (24_000_000, 24_020_000)
    );

    let rpc = async |method: &str, params: Value| {
        let request = json!({ "jsonrpc": "2.0", "id": 1, "method": method, "params": params });
        http::post_json(&replayed.rpc_url, request).await.unwrap()["result"].clone()
    };
    assert_eq!(rpc("eth_blockNumber", json!([])).await, "0x16e8420");
    let filter = json!([{ "fromBlock": "earliest", "toBlock": "latest" }]);
    let logs = rpc("eth_getLogs", filter).await;
    assert_eq!(logs[0]["transactionHash"], logs[1]["transactionHash"]);
    assert_ne!(logs[1]["transactionHash"], logs[2]["transactionHash"]);
    let at = async |number: u64| {
        let block = rpc(
            "eth_getBlockByNumber",
            json!([format!("{number:#x}"), false]),
        )
        .await;
        let time = block["timestamp"]
            .as_str()
            .unwrap()
            .trim_start_matches("0x")
            .to_owned();
        (
            u64::from_str_radix(&time, 16).unwrap(),
            block["hash"].clone(),
            block["parentHash"].clone(),
        )
    };
    let (first, hash, _) = at(24_000_000).await;
    assert_eq!(at(24_000_001).await.2, hash);
    assert_eq!(at(24_010_000).await.0 - first, 120_000);
    assert_eq!(at(24_020_000).await.0 - first, 240_000);
    replayed.process.stop(Signal::SIGTERM, STOP_WITHIN).await;
}

#[tokio::test]
async fn the_projects_own_dump_comes_back_with_its_times() {
    let dump = std::fs::read_to_string(crate::paths::root().join(crate::dump::PATH)).unwrap();
    let Some((replayed, _dir)) = replay("agents", &dump).await else {
        return;
    };
    let request = json!({
        "jsonrpc": "2.0", "id": 1, "method": "eth_getBlockByNumber", "params": ["latest", false],
    });
    let reply = http::post_json(&replayed.rpc_url, request).await.unwrap();
    replayed.process.stop(Signal::SIGTERM, STOP_WITHIN).await;
    let dump: Value = serde_json::from_str(&dump).unwrap();
    let last = dump["logs"].as_array().unwrap().last().unwrap();
    assert_eq!(reply["result"]["number"], last["blockNumber"]);
    assert_eq!(reply["result"]["timestamp"], last["blockTimestamp"]);
    let roles: Vec<Role> = replayed
        .registries
        .iter()
        .map(|registry| registry.role)
        .collect();
    assert_eq!(roles, [Role::Identity, Role::Reputation, Role::Validation]);
}

/// `ERC8004_MAINNET_LOGS` names a dump of the canonical identity registry.
#[tokio::test]
async fn the_mainnet_dump_comes_back_in_seconds() {
    let Some(path) = std::env::var_os("ERC8004_MAINNET_LOGS") else {
        return skipped("ERC8004_MAINNET_LOGS is not set");
    };
    let started = std::time::Instant::now();
    let dump = std::fs::read_to_string(path).unwrap();
    let Some((replayed, _dir)) = replay("mainnet", &dump).await else {
        return;
    };
    replayed.process.stop(Signal::SIGTERM, STOP_WITHIN).await;
    assert!(
        started.elapsed() < Duration::from_secs(30),
        "took {:?}",
        started.elapsed()
    );
    assert!(replayed.same_numbers);
    assert_eq!(replayed.registries.len(), 1);
    assert_eq!(replayed.registries[0].role, Role::Identity);
}

#[tokio::test]
async fn a_dump_that_is_none_starts_nothing() {
    let dir = Scratch::new("none");
    let dump = dir.0.join("dump.json");
    std::fs::write(&dump, "[{}]").unwrap();
    let error = start(&dump, Path::new("/nonexistent/anvil"), &dir.0, 0, &|_| ())
        .await
        .unwrap_err();
    assert!(
        format!("{error:#}").ends_with("log 0: `blockNumber` is missing"),
        "{error:#}"
    );
}

async fn replay(name: &str, dump: &str) -> Option<(Replayed, Scratch)> {
    let Some(anvil) = anvil() else {
        skipped("no anvil: neither ANVIL nor PATH has one");
        return None;
    };
    let dir = Scratch::new(name);
    let path = dir.0.join("dump.json");
    std::fs::write(&path, dump).unwrap();
    let replayed = start(&path, &anvil, &dir.0, 0, &|_| ()).await.unwrap();
    Some((replayed, dir))
}

fn anvil() -> Option<PathBuf> {
    if let Some(anvil) = std::env::var_os("TEST_ANVIL") {
        return Some(anvil.into());
    }
    let version = Command::new("anvil").arg("--version").output();
    version.is_ok().then(|| "anvil".into())
}

fn skipped(why: &str) {
    eprintln!("SKIPPED: {why}");
}

/// A folder that is removed when the test ends.
struct Scratch(PathBuf);

impl Scratch {
    fn new(name: &str) -> Self {
        let dir = std::env::temp_dir().join(format!("xtask-replay-{name}-{}", std::process::id()));
        std::fs::create_dir_all(&dir).unwrap();
        Self(dir)
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}
