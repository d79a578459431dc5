//! Logs are believed when they fit the question, their blocks and each other.

use std::collections::BTreeMap;

use alloy_primitives::{Address, B256, Bloom, BloomInput, U64};

use super::super::events::{emitter_of, topics};
use super::super::registry::Registries;
use super::super::rpc::{Filtered, Header, WireLog};
use super::super::{Position, RawLog};

/// What was asked for.
#[derive(Clone, Copy, Debug)]
pub struct Asked<'a> {
    /// The first block.
    pub from: u64,
    /// The last block.
    pub to: u64,
    /// The contracts.
    pub registries: &'a Registries,
}

/// A log that fits the question; its block's time may be missing yet.
#[derive(Clone, Debug)]
pub struct Checked {
    /// The log, with a time of 0 where it is missing.
    pub log: RawLog,
    /// Whether the endpoint gave the time.
    pub timed: bool,
}

/// Puts logs in order and refuses those that were not asked for or contradict each other.
///
/// # Errors
///
/// Says what is wrong.
pub fn check(logs: Vec<WireLog>, asked: Asked<'_>) -> Result<Vec<Checked>, String> {
    let mut checked = logs
        .into_iter()
        .map(|log| one(log, asked))
        .collect::<Result<Vec<_>, _>>()?;
    checked.sort_unstable_by_key(|checked| checked.log.at);
    for pair in checked.windows(2) {
        neighbours(&pair[0], &pair[1])?;
    }
    Ok(checked)
}

fn one(wire: WireLog, asked: Asked<'_>) -> Result<Checked, String> {
    let number =
        |field: Option<U64>, name| field.map(|n| n.to::<u64>()).ok_or_else(|| missing(name));
    let hash = |field: Option<B256>, name| field.ok_or_else(|| missing(name));
    let block = number(wire.block_number, "blockNumber")?;
    let log_index = number(wire.log_index, "logIndex")?;
    let small = |number: u64, name| {
        i32::try_from(number)
            .ok()
            .and_then(|number| u32::try_from(number).ok())
            .ok_or_else(|| format!("a log of block {block} has {name} {number}"))
    };
    if wire.removed {
        return Err(format!(
            "log {log_index} of block {block} is marked as removed"
        ));
    }
    if !(asked.from..=asked.to).contains(&block) {
        let Asked { from, to, .. } = asked;
        return Err(format!("a log of block {block} in answer to {from}–{to}"));
    }
    if !asked.registries.contains_key(&wire.address) {
        return Err(format!(
            "a log of {}, which was not asked for, in block {block}",
            wire.address
        ));
    }
    if wire.topics.len() > 4
        || wire
            .topics
            .first()
            .is_none_or(|first| !topics().contains(first))
    {
        return Err(format!(
            "log {log_index} of block {block} has a topic that was not asked for"
        ));
    }
    let log = RawLog {
        at: Position {
            block,
            log: small(log_index, "logIndex")?,
        },
        block_hash: hash(wire.block_hash, "blockHash")?,
        time_s: wire.block_timestamp.map_or(0, |time| time.to()),
        transaction_hash: hash(wire.transaction_hash, "transactionHash")?,
        transaction_index: small(
            number(wire.transaction_index, "transactionIndex")?,
            "transactionIndex",
        )?,
        address: wire.address,
        topics: wire.topics,
        data: wire.data,
    };
    Ok(Checked {
        log,
        timed: wire.block_timestamp.is_some(),
    })
}

fn missing(name: &str) -> String {
    format!("a log without {name}")
}

/// Two logs that follow each other.
fn neighbours(first: &Checked, second: &Checked) -> Result<(), String> {
    let (a, b) = (&first.log, &second.log);
    if a.at == b.at {
        return Err(format!("log {} of block {} twice", a.at.log, a.at.block));
    }
    let timed = first.timed && second.timed;
    if a.at.block == b.at.block {
        if a.block_hash != b.block_hash {
            return Err(format!("two hashes of block {}", a.at.block));
        }
        if timed && a.time_s != b.time_s {
            return Err(format!("two times of block {}", a.at.block));
        }
        if a.transaction_index > b.transaction_index
            || (a.transaction_index == b.transaction_index)
                != (a.transaction_hash == b.transaction_hash)
        {
            return Err(format!(
                "transactions and logs of block {} in two orders",
                a.at.block
            ));
        }
    } else if a.block_hash == b.block_hash {
        return Err(format!(
            "one hash of blocks {} and {}",
            a.at.block, b.at.block
        ));
    } else if timed && a.time_s > b.time_s {
        return Err(format!(
            "block {} is older than block {}",
            b.at.block, a.at.block
        ));
    }
    Ok(())
}

/// The blocks whose filters allow for a registry's event of which no log came, as far as the blocks
/// are there: a node that has a block may not have its logs yet, and answers as if there were none.
/// A filter allows for more than there is, so such a block must be asked for by its hash.
#[must_use]
pub fn doubtful(
    logs: &[Checked],
    blocks: &[Filtered],
    registries: &Registries,
) -> Vec<(u64, B256)> {
    let kinds: Vec<(Address, B256, Bloom)> = registries
        .iter()
        .flat_map(|(address, registry)| {
            let own = topics()
                .iter()
                .filter(|topic| emitter_of(topic) == Some(registry.kind));
            own.map(|topic| (*address, *topic, trace(*address, *topic)))
        })
        .collect();
    let doubtful = blocks.iter().filter(|block| {
        let Some(bloom) = &block.bloom else {
            return false;
        };
        let number = block.header.number;
        let first = logs.partition_point(|checked| checked.log.at.block < number);
        let its: Vec<&Checked> = logs[first..]
            .iter()
            .take_while(|checked| checked.log.at.block == number)
            .collect();
        kinds.iter().any(|(address, topic, trace)| {
            bloom.contains(trace)
                && !its.iter().any(|checked| {
                    checked.log.address == *address && checked.log.topics.first() == Some(topic)
                })
        })
    });
    doubtful
        .map(|block| (block.header.number, block.header.hash))
        .collect()
}

/// What a log leaves in its block's filter at least.
fn trace(address: Address, topic: B256) -> Bloom {
    let mut bloom = Bloom::ZERO;
    bloom.accrue(BloomInput::Raw(address.as_slice()));
    bloom.accrue(BloomInput::Raw(topic.as_slice()));
    bloom
}

/// Holds the logs against their blocks' headers, as far as those are there, and takes missing
/// times from them.
///
/// # Errors
///
/// Says what is wrong; a reorg between the two questions looks the same as a lie.
pub fn against_blocks(
    logs: Vec<Checked>,
    blocks: &BTreeMap<u64, Header>,
) -> Result<Vec<RawLog>, String> {
    logs.into_iter()
        .map(|Checked { mut log, timed }| {
            let number = log.at.block;
            if let Some(block) = blocks.get(&number) {
                if block.hash != log.block_hash {
                    return Err(format!("a log's hash of block {number} is not the block's"));
                }
                if timed && log.time_s != block.time_s {
                    return Err(format!("a log's time of block {number} is not the block's"));
                }
                log.time_s = block.time_s;
            } else if !timed {
                return Err(format!("no time of block {number}"));
            }
            Ok(log)
        })
        .collect()
}

/// Whether each block names the one before it as its parent, where both are there.
///
/// # Errors
///
/// Says which does not.
pub fn chained(blocks: &BTreeMap<u64, Header>) -> Result<(), String> {
    for (number, block) in blocks {
        let before = number.checked_sub(1).and_then(|before| blocks.get(&before));
        if before.is_some_and(|before| before.hash != block.parent_hash) {
            return Err(format!(
                "block {number} does not follow block {}",
                number - 1
            ));
        }
    }
    Ok(())
}
