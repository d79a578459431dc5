//! Feeds a planned dump to an anvil, and reads it back.

use std::collections::BTreeSet;

use anyhow::{Context as _, Result, anyhow, bail, ensure};
use serde_json::{Value, json};

use super::dump::{self, Log};
use super::emitter;
use super::plan::{BLOCK_SECONDS, Block};
use crate::stack::http;

/// Blocks are mined on request only, in the order of the transactions, for nothing.
///
/// Two flags make 20,000 empty blocks take half a second in place of minutes: a hardfork before
/// Prague has no contract that stores every block's hash (anvil hashes its whole storage again for
/// each block), and without history anvil does not copy its state for each block.
const FLAGS: [&str; 14] = [
    "--no-mining",
    "--order",
    "fifo",
    "--base-fee",
    "0",
    "--gas-price",
    "0",
    "--disable-min-priority-fee",
    "--no-request-size-limit",
    "--hardfork",
    "cancun",
    "--prune-history",
    // The first sends what is replayed; the others are there for whoever tries writes out.
    "--accounts",
    "12",
];

/// Fits any dump: what a transaction costs does not matter here, and no block may be full.
const BLOCK_GAS: u64 = 1 << 52;
const TRANSACTION_GAS: u64 = 1 << 32;
/// What the chain goes on with: Ethereum's limit in 2026.
const BLOCK_GAS_AFTERWARDS: u64 = 60_000_000;

/// Logs are read back in ranges of at most this much data, so that replies stay below 10 MB.
const READ_BACK_BYTES_MAX: usize = 2 << 20;
/// … and of at most this many logs.
const READ_BACK_LOGS_MAX: usize = 2_000;

/// anvil's arguments for a chain that begins right before `first`.
pub fn arguments(chain_id: u64, first: &Block<'_>) -> Vec<String> {
    let values = [
        ("--chain-id", chain_id),
        ("--number", first.number - 1),
        ("--timestamp", first.timestamp - BLOCK_SECONDS),
        ("--gas-limit", BLOCK_GAS),
    ];
    let values = values
        .iter()
        .flat_map(|(flag, value)| [(*flag).to_owned(), value.to_string()]);
    FLAGS
        .iter()
        .map(|flag| (*flag).to_owned())
        .chain(values)
        .collect()
}

/// The chain that answers at a URL.
pub struct Chain<'a> {
    url: &'a str,
}

impl<'a> Chain<'a> {
    /// Talks to the anvil at `url`.
    pub fn new(url: &'a str) -> Self {
        Self { url }
    }

    /// Plants the emitters, makes every block, and leaves a chain that mines as usual.
    pub async fn feed(&self, blocks: &[Block<'_>], progress: &dyn Fn(&str)) -> Result<()> {
        let logs: usize = blocks.iter().map(|block| block.logs.len()).sum();
        self.plant(blocks).await?;
        let sender = self.call("eth_accounts", json!([])).await?[0].clone();
        let (mut nonce, mut emitted, mut told) = (0, 0, 0);
        let mut head = blocks
            .first()
            .map(|first| (first.number - 1, first.timestamp - BLOCK_SECONDS));
        for block in blocks {
            if let Some(head) = head {
                self.skip(head, block).await?;
            }
            nonce = self.emit(block, &sender, nonce).await?;
            emitted += block.logs.len();
            head = Some((block.number, block.timestamp));
            if emitted * 10 / logs > told {
                told = emitted * 10 / logs;
                progress(&format!("block {}: {emitted} of {logs} logs", block.number));
            }
        }
        self.call("evm_setBlockGasLimit", json!([BLOCK_GAS_AFTERWARDS]))
            .await?;
        self.call("anvil_setBlockTimestampInterval", json!([BLOCK_SECONDS]))
            .await?;
        self.call("evm_setAutomine", json!([true])).await?;
        Ok(())
    }

    async fn plant(&self, blocks: &[Block<'_>]) -> Result<()> {
        let logs = blocks.iter().flat_map(|block| block.logs);
        let addresses: BTreeSet<[u8; 20]> = logs.map(|log| log.address).collect();
        ensure!(
            !addresses.contains(&emitter::ROUTER),
            "the dump has logs of the replay's router"
        );
        self.set_code(emitter::ROUTER, emitter::ROUTER_CODE).await?;
        for address in addresses {
            self.set_code(address, emitter::EMITTER).await?;
        }
        Ok(())
    }

    async fn set_code(&self, address: [u8; 20], code: &[u8]) -> Result<()> {
        self.call("anvil_setCode", json!([data(&address), data(code)]))
            .await
            .map(drop)
    }

    /// Makes the empty blocks between `head` and `block`, evenly spread in time.
    async fn skip(&self, head: (u64, u64), block: &Block<'_>) -> Result<()> {
        let distance = block.number - head.0;
        if distance > 1 {
            let interval = (block.timestamp - head.1) / distance;
            self.call("anvil_setBlockTimestampInterval", json!([interval]))
                .await?;
            self.call("anvil_mine", json!([format!("{:#x}", distance - 1)]))
                .await?;
        }
        Ok(())
    }

    /// Makes `block`, one transaction for each of the dump, and returns the next nonce.
    async fn emit(&self, block: &Block<'_>, sender: &Value, mut nonce: u64) -> Result<u64> {
        let mut batch = Vec::new();
        for logs in block.logs.chunk_by(share_a_transaction) {
            let transaction = json!({
                "from": sender,
                "to": data(&emitter::ROUTER),
                "nonce": format!("{nonce:#x}"),
                "gas": format!("{TRANSACTION_GAS:#x}"),
                "gasPrice": "0x0",
                "input": data(&emitter::calldata(logs)),
            });
            batch.push(request("eth_sendTransaction", &json!([transaction])));
            nonce += 1;
        }
        let replies = http::post_json(self.url, Value::Array(batch)).await?;
        for reply in replies
            .as_array()
            .context("anvil did not answer a batch with an array")?
        {
            result(reply)
                .with_context(|| format!("emitting the logs of block {}", block.number))?;
        }
        let at = json!([{ "timestamp": block.timestamp, "blocks": 1 }]);
        self.call("evm_mine", at).await?;
        Ok(nonce)
    }

    /// Reads all logs back and compares them with those of the dump.
    pub async fn verify(&self, blocks: &[Block<'_>]) -> Result<()> {
        let mut from = blocks.first().map_or(0, |first| first.number - 1);
        let mut rest = blocks;
        while !rest.is_empty() {
            let (range, later) = rest.split_at(readable(rest));
            let to = range.last().map_or(from, |last| last.number);
            let filter =
                json!([{ "fromBlock": format!("{from:#x}"), "toBlock": format!("{to:#x}") }]);
            let read = self.call("eth_getLogs", filter).await?;
            compare(
                range,
                read.as_array().context("eth_getLogs returned no array")?,
            )?;
            (from, rest) = (to + 1, later);
        }
        Ok(())
    }

    async fn call(&self, method: &str, params: Value) -> Result<Value> {
        let reply = http::post_json(self.url, request(method, &params)).await?;
        result(&reply)
            .cloned()
            .with_context(|| format!("calling {method}"))
    }
}

fn data(bytes: &[u8]) -> String {
    format!("0x{}", hex::encode(bytes))
}

fn request(method: &str, params: &Value) -> Value {
    json!({ "jsonrpc": "2.0", "id": 1, "method": method, "params": params })
}

fn result(reply: &Value) -> Result<&Value> {
    match reply.get("error") {
        Some(error) => Err(anyhow!("anvil said {error}")),
        None => reply
            .get("result")
            .with_context(|| format!("anvil said {reply}")),
    }
}

/// Logs without a transaction hash get a transaction each.
fn share_a_transaction(a: &Log, b: &Log) -> bool {
    a.transaction.is_some() && a.transaction == b.transaction
}

/// How many of `blocks` can be read in one reply; at least one.
fn readable(blocks: &[Block<'_>]) -> usize {
    let (mut bytes, mut logs) = (0, 0);
    let fits = |block: &&Block<'_>| {
        bytes += block.logs.iter().map(|log| log.data.len()).sum::<usize>();
        logs += block.logs.len();
        bytes <= READ_BACK_BYTES_MAX && logs <= READ_BACK_LOGS_MAX
    };
    blocks.iter().take_while(fits).count().max(1)
}

fn compare(blocks: &[Block<'_>], read: &[Value]) -> Result<()> {
    let dumped: Vec<(u64, &Log)> = blocks
        .iter()
        .flat_map(|block| block.logs.iter().map(|log| (block.number, log)))
        .collect();
    if read.len() != dumped.len() {
        let block = blocks.first().map_or(0, |block| block.number);
        bail!(
            "{} logs from block {block} on, not {}",
            read.len(),
            dumped.len()
        );
    }
    for ((number, log), json) in dumped.into_iter().zip(read) {
        let emitted = dump::log(json).context("anvil returned a log that")?;
        let same = emitted.block == number
            && emitted.address == log.address
            && emitted.topics == log.topics
            && emitted.data == log.data;
        ensure!(
            same,
            "block {} log {} of the dump came out as {json}",
            log.block,
            log.index
        );
    }
    Ok(())
}
