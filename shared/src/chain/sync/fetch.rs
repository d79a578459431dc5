//! One range of blocks: its logs, checked, and the headers of its blocks.

use std::collections::{BTreeMap, BTreeSet};

use alloy_primitives::{Address, B256};

use super::super::RawLog;
use super::super::registry::Registries;
use super::super::rpc::{Endpoint, Header, RpcError};
use super::check::{Asked, Checked, against_blocks, chained, check};

/// So many blocks below the head are fetched one by one: there a fork is to be expected.
pub const RECENT_BLOCKS: u64 = 64;
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
    /// The hash of the block before the first, where it is known.
    pub parent: Option<B256>,
    /// The contracts.
    pub registries: &'a Registries,
}

/// A range that fits together.
#[derive(Clone, Debug)]
pub struct Range {
    /// The first block.
    pub from: u64,
    /// The last block.
    pub end: Header,
    /// Its logs in order.
    pub logs: Vec<RawLog>,
    /// The headers that were fetched, for the window in which forks are found.
    pub blocks: BTreeMap<u64, Header>,
}

/// What a range's question comes to.
#[derive(Clone, Debug)]
pub enum Answer {
    /// The range.
    Range(Range),
    /// The first block does not follow the one that was applied last: the chain went another way.
    Moved,
}

/// Asks one endpoint for a range. What does not fit together is asked once more, because the
/// chain may have moved between two questions; after that it is a lie.
///
/// # Errors
///
/// Fails where the endpoint does or lies.
pub async fn fetch(endpoint: Endpoint, question: Question<'_>) -> Result<Answer, RpcError> {
    match attempt(&endpoint, question).await {
        Err(RpcError::Lie(_)) => attempt(&endpoint, question).await,
        other => other,
    }
}

async fn attempt(endpoint: &Endpoint, question: Question<'_>) -> Result<Answer, RpcError> {
    let Question {
        from,
        to,
        registries,
        ..
    } = question;
    let addresses: Vec<Address> = registries.keys().copied().collect();
    let logs = endpoint.logs(from, to, &addresses).await?;
    let logs = check(
        logs,
        Asked {
            from,
            to,
            registries,
        },
    )
    .map_err(RpcError::Lie)?;
    let numbers = wanted(question, &logs);
    let headers = endpoint.headers(&numbers).await?;
    let blocks: BTreeMap<u64, Header> = numbers.into_iter().zip(headers).collect();
    let follows = |first: &Header| {
        question
            .parent
            .is_none_or(|parent| parent == first.parent_hash)
    };
    if !blocks.get(&from).is_some_and(follows) {
        return Ok(Answer::Moved);
    }
    chained(&blocks).map_err(RpcError::Lie)?;
    let logs = against_blocks(logs, &blocks).map_err(RpcError::Lie)?;
    let end = *blocks
        .get(&to)
        .ok_or_else(|| RpcError::Lie(format!("no block {to}")))?;
    Ok(Answer::Range(Range {
        from,
        end,
        logs,
        blocks,
    }))
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
