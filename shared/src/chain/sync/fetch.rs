//! One range of blocks: its logs, checked, and the headers of its blocks.

use std::collections::{BTreeMap, BTreeSet};

use alloy_primitives::{Address, B256};

use super::super::RawLog;
use super::super::registry::Registries;
use super::super::rpc::{Endpoint, Filtered, Header, RpcError};
use super::check::{Asked, Checked, against_blocks, chained, check, doubtful};
use super::store::WINDOW_BLOCKS;

/// So many blocks below the head are fetched one by one: there a fork is to be expected, and a node
/// that has blocks and not their logs yet.
pub const RECENT_BLOCKS: u64 = WINDOW_BLOCKS;
/// So many blocks with logs are held against their headers in older ranges, evenly spread.
const SAMPLE_BLOCKS: usize = 32;

/// What to ask for.
#[derive(Clone, Copy, Debug)]
pub struct Question<'a> {
    /// The first block.
    pub from: u64,
    /// The last block.
    pub to: u64,
    /// The chain's latest block.
    pub head: u64,
    /// The contracts.
    pub registries: &'a Registries,
}

/// A range that fits together.
#[derive(Clone, Debug)]
pub struct Range {
    /// The first block.
    pub from: u64,
    /// The hash of the block before that.
    pub parent: B256,
    /// The last block.
    pub end: Header,
    /// Its logs in order.
    pub logs: Vec<RawLog>,
    /// The headers that were fetched, for the window in which forks are found.
    pub blocks: BTreeMap<u64, Header>,
}

/// Asks one endpoint for a range. What does not fit together is asked once more, because the
/// chain may have moved between two questions; after that it is a lie.
///
/// # Errors
///
/// Fails where the endpoint does or lies.
pub async fn fetch(endpoint: Endpoint, question: Question<'_>) -> Result<Range, RpcError> {
    match attempt(&endpoint, question).await {
        Err(RpcError::Lie(_)) => attempt(&endpoint, question).await,
        other => other,
    }
}

async fn attempt(endpoint: &Endpoint, question: Question<'_>) -> Result<Range, RpcError> {
    let Question {
        from,
        to,
        registries,
        ..
    } = question;
    let addresses: Vec<Address> = registries.keys().copied().collect();
    let asked = Asked {
        from,
        to,
        registries,
    };
    let logs = check(endpoint.logs(from, to, &addresses).await?, asked).map_err(RpcError::Lie)?;
    let filtered = endpoint.filtered(&wanted(question, &logs)).await?;
    complete(endpoint, &logs, &filtered, asked).await?;
    let blocks: BTreeMap<u64, Header> = filtered
        .iter()
        .map(|block| (block.header.number, block.header))
        .collect();
    chained(&blocks).map_err(RpcError::Lie)?;
    let logs = against_blocks(logs, &blocks).map_err(RpcError::Lie)?;
    let block = |number| {
        let block = blocks.get(&number).copied();
        block.ok_or_else(|| RpcError::Lie(format!("no block {number}")))
    };
    let (parent, end) = (block(from)?.parent_hash, block(to)?);
    Ok(Range {
        from,
        parent,
        end,
        logs,
        blocks,
    })
}

/// Asks for the blocks of which logs may be missing one by one.
async fn complete(
    endpoint: &Endpoint,
    logs: &[Checked],
    blocks: &[Filtered],
    asked: Asked<'_>,
) -> Result<(), RpcError> {
    let doubtful = doubtful(logs, blocks, asked.registries);
    if doubtful.is_empty() {
        return Ok(());
    }
    let addresses: Vec<Address> = asked.registries.keys().copied().collect();
    let hashes: Vec<B256> = doubtful.iter().map(|(_, hash)| *hash).collect();
    let again = endpoint.block_logs(&hashes, &addresses).await?;
    let again = check(again, asked).map_err(RpcError::Lie)?;
    for (number, _) in doubtful {
        let count = |logs: &[Checked]| {
            let of_block = logs.iter().filter(|checked| checked.log.at.block == number);
            of_block.count()
        };
        if count(logs) != count(&again) {
            let text = format!("logs of block {number} are missing from its answer");
            return Err(RpcError::Lie(text));
        }
    }
    Ok(())
}

/// The blocks whose headers are needed.
fn wanted(question: Question<'_>, logs: &[Checked]) -> Vec<u64> {
    let Question { from, to, head, .. } = question;
    let mut numbers = BTreeSet::from([from, to]);
    numbers.extend(from.max(head.saturating_sub(RECENT_BLOCKS))..=to);
    let mut with_logs: Vec<u64> = logs.iter().map(|checked| checked.log.at.block).collect();
    with_logs.dedup();
    let step = with_logs.len().div_ceil(SAMPLE_BLOCKS).max(1);
    numbers.extend(with_logs.iter().step_by(step));
    numbers.extend(
        logs.iter()
            .filter(|log| !log.timed)
            .map(|log| log.log.at.block),
    );
    numbers.into_iter().collect()
}
