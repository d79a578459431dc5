//! Reads a dump: what `eth_getLogs` returned, as a bare array or as an object with `chainId` and
//! `logs`. Every complaint names the log by its place in the file.

use std::collections::HashMap;
use std::path::Path;

use anyhow::{Context as _, Result, anyhow, bail, ensure};
use serde_json::{Map, Value};

/// The chain id of a bare array, which names none: the one that local development chains use.
pub const CHAIN_ID_DEFAULT: u64 = 31_337;

/// The EVM has LOG0 to LOG4.
const TOPICS_MAX: usize = 4;

/// A dump, its logs in chain order.
#[derive(Debug)]
pub struct Dump {
    /// The chain that the logs come from.
    pub chain_id: u64,
    /// The logs, sorted by block and log index.
    pub logs: Vec<Log>,
}

/// One log as far as a replay can give it back.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Log {
    /// The block that holds it.
    pub block: u64,
    /// Its place among the logs of the block.
    pub index: u64,
    /// When the block was made, if the dump says.
    pub timestamp: Option<u64>,
    /// The transaction that emitted it, if the dump says.
    pub transaction: Option<[u8; 32]>,
    /// The contract that emitted it.
    pub address: [u8; 20],
    /// Its topics, at most four.
    pub topics: Vec<[u8; 32]>,
    /// Its data.
    pub data: Vec<u8>,
}

/// Reads the dump at `path`.
///
/// # Errors
///
/// When the file cannot be read or is no dump.
pub fn read(path: &Path) -> Result<Dump> {
    let text = std::fs::read(path).with_context(|| format!("reading {}", path.display()))?;
    let json =
        serde_json::from_slice(&text).with_context(|| format!("{} is not JSON", path.display()))?;
    parse(&json).with_context(|| format!("{} is not a dump of eth_getLogs", path.display()))
}

/// Makes a dump of JSON.
///
/// # Errors
///
/// When a log lacks a field, a field is malformed, or two logs claim the same place.
pub fn parse(json: &Value) -> Result<Dump> {
    let (chain_id, logs) = match json {
        Value::Array(logs) => (CHAIN_ID_DEFAULT, logs),
        Value::Object(dump) => {
            let logs = dump.get("logs").and_then(Value::as_array);
            let logs = logs.context("the object has no array `logs`")?;
            (quantity(dump, "chainId")?, logs)
        }
        _ => bail!("neither an array of logs nor an object with `chainId` and `logs`"),
    };
    ensure!(!logs.is_empty(), "it holds no logs");
    let mut places = HashMap::new();
    let mut parsed = Vec::with_capacity(logs.len());
    for (place, json) in logs.iter().enumerate() {
        let log = log(json).with_context(|| format!("log {place}"))?;
        if let Some(other) = places.insert((log.block, log.index), place) {
            let (block, index) = (log.block, log.index);
            bail!("log {place}: block {block}, log index {index} is log {other} already");
        }
        parsed.push(log);
    }
    parsed.sort_by_key(|log| (log.block, log.index));
    Ok(Dump {
        chain_id,
        logs: parsed,
    })
}

/// Reads one log.
///
/// # Errors
///
/// When it lacks a field or a field is malformed.
pub fn log(json: &Value) -> Result<Log> {
    let fields = json.as_object().context("is not an object")?;
    let pending = fields.get("blockNumber").is_some_and(Value::is_null);
    ensure!(
        !pending,
        "`blockNumber` is null: the log is not in a block yet"
    );
    let removed = fields.get("removed").and_then(Value::as_bool);
    ensure!(
        removed != Some(true),
        "was removed from the chain by a reorganisation"
    );
    let block = quantity(fields, "blockNumber")?;
    ensure!(block > 0, "is in block 0, where nothing can be emitted");
    let topics = fields.get("topics").context("`topics` is missing")?;
    let topics = topics.as_array().context("`topics` is not an array")?;
    ensure!(
        topics.len() <= TOPICS_MAX,
        "has {} topics, more than {TOPICS_MAX}",
        topics.len()
    );
    let topic = |(place, json)| exactly(json).with_context(|| format!("`topics[{place}]`"));
    Ok(Log {
        block,
        index: quantity(fields, "logIndex")?,
        timestamp: optional(fields, "blockTimestamp")
            .map(|_| quantity(fields, "blockTimestamp"))
            .transpose()?,
        transaction: optional(fields, "transactionHash")
            .map(|hash| exactly(hash).context("`transactionHash`"))
            .transpose()?,
        address: exactly(fields.get("address").context("`address` is missing")?)
            .context("`address`")?,
        topics: topics
            .iter()
            .enumerate()
            .map(topic)
            .collect::<Result<_>>()?,
        data: bytes(fields.get("data").context("`data` is missing")?).context("`data`")?,
    })
}

fn optional<'a>(fields: &'a Map<String, Value>, name: &str) -> Option<&'a Value> {
    fields.get(name).filter(|value| !value.is_null())
}

/// A number, which nodes write as `"0x1b4"` and export tools as `436`.
fn quantity(fields: &Map<String, Value>, name: &str) -> Result<u64> {
    let value = fields
        .get(name)
        .with_context(|| format!("`{name}` is missing"))?;
    let number = match value {
        Value::Number(number) => number.as_u64(),
        Value::String(text) => text
            .strip_prefix("0x")
            .and_then(|digits| u64::from_str_radix(digits, 16).ok()),
        _ => None,
    };
    number.with_context(|| format!("`{name}` is neither an integer nor 0x and hex digits: {value}"))
}

fn bytes(json: &Value) -> Result<Vec<u8>> {
    let digits = json.as_str().and_then(|text| text.strip_prefix("0x"));
    let digits = digits.with_context(|| format!("is not 0x and hex digits: {json}"))?;
    hex::decode(digits).map_err(|error| anyhow!("is not hex: {error}"))
}

fn exactly<const N: usize>(json: &Value) -> Result<[u8; N]> {
    let bytes = bytes(json)?;
    let length = bytes.len();
    bytes
        .try_into()
        .map_err(|_| anyhow!("is {length} bytes long, not {N}"))
}

#[cfg(test)]
#[path = "dump_tests.rs"]
mod tests;
