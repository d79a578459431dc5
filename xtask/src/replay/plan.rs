//! Decides which block each log goes to, and when that block was made.

use std::time::{SystemTime, UNIX_EPOCH};

use anyhow::{Result, ensure};

use super::dump::Log;

/// The longest stretch of blocks that is made as it was. anvil makes 50,000 to 60,000 empty blocks
/// a second and keeps each in memory (1.6 KB), so this is five seconds and 400 MB.
pub const BLOCKS_MAX: u64 = 250_000;

/// The time of the first block when the dump tells none: 2026-01-01T00:00:00Z. With [`BLOCKS_MAX`]
/// the last block is at most 35 days later, so no block is of the future.
const FIRST_BLOCK_AT: u64 = 1_767_225_600;

/// The time between blocks when the dump tells none, as on Ethereum.
pub const BLOCK_SECONDS: u64 = 12;

/// One block that holds logs.
#[derive(Debug, PartialEq, Eq)]
pub struct Block<'a> {
    /// Its number on the replayed chain.
    pub number: u64,
    /// Its time, in seconds since 1970.
    pub timestamp: u64,
    /// Its logs, in order.
    pub logs: &'a [Log],
}

/// The blocks that hold logs. They have the numbers of the dump, unless those lie more than
/// `blocks_max` apart: then the longest gaps are cut, all to the same length, so that blocks that
/// were adjacent stay adjacent and the order of everything stays.
///
/// # Errors
///
/// When the times in the dump contradict its order or are of the future.
pub fn blocks(logs: &[Log], blocks_max: u64) -> Result<Vec<Block<'_>>> {
    let timed = logs.iter().all(|log| log.timestamp.is_some());
    let groups: Vec<&[Log]> = logs.chunk_by(|a, b| a.block == b.block).collect();
    let gaps: Vec<u64> = groups
        .windows(2)
        .map(|pair| pair[1][0].block - pair[0][0].block)
        .collect();
    let gap_max = longest_gap(&gaps, blocks_max);
    let mut number = groups.first().map_or(0, |group| group[0].block);
    let first = number;
    let mut blocks = Vec::with_capacity(groups.len());
    for (place, group) in groups.into_iter().enumerate() {
        if place > 0 {
            number += gaps[place - 1].min(gap_max);
        }
        let made_at = FIRST_BLOCK_AT + (number - first) * BLOCK_SECONDS;
        let timestamp = group[0].timestamp.filter(|_| timed).unwrap_or(made_at);
        blocks.push(Block {
            number,
            timestamp,
            logs: group,
        });
    }
    if timed {
        check_times(&blocks)?;
    }
    Ok(blocks)
}

/// The greatest length to which gaps can be cut so that they all fit into `blocks_max`; at least 1,
/// because blocks that were apart must not become one.
fn longest_gap(gaps: &[u64], blocks_max: u64) -> u64 {
    let fits = |gap_max: u64| {
        gaps.iter()
            .try_fold(0u64, |sum, gap| sum.checked_add(*gap.min(&gap_max)))
            .is_some_and(|sum| sum <= blocks_max)
    };
    if fits(u64::MAX) {
        return u64::MAX;
    }
    let (mut low, mut high) = (1, blocks_max.max(1));
    while low < high {
        let middle = high - (high - low) / 2;
        if fits(middle) {
            low = middle;
        } else {
            high = middle - 1;
        }
    }
    low
}

fn check_times(blocks: &[Block<'_>]) -> Result<()> {
    let now = SystemTime::now().duration_since(UNIX_EPOCH)?.as_secs();
    let mut before = BLOCK_SECONDS; // the genesis block is that much older than the first
    for block in blocks {
        let (at, dumped) = (block.timestamp, block.logs[0].block);
        let agree = block.logs.iter().all(|log| log.timestamp == Some(at));
        ensure!(
            agree,
            "the logs of block {dumped} disagree about its `blockTimestamp`"
        );
        ensure!(
            at >= before,
            "block {dumped} claims to be older than the block before it"
        );
        ensure!(at <= now, "block {dumped} claims to be of the future: {at}");
        before = at;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn log(block: u64, timestamp: Option<u64>) -> Log {
        Log {
            block,
            index: 0,
            timestamp,
            transaction: None,
            address: [0; 20],
            topics: Vec::new(),
            data: Vec::new(),
        }
    }

    fn numbers(dumped: &[u64], blocks_max: u64) -> Vec<u64> {
        let logs: Vec<Log> = dumped.iter().map(|block| log(*block, None)).collect();
        let planned = blocks(&logs, blocks_max).unwrap();
        planned.iter().map(|block| block.number).collect()
    }

    #[test]
    fn blocks_keep_their_numbers_and_twelve_seconds_apart() {
        assert_eq!(
            numbers(&[100, 100, 101, 20_000], 20_000),
            [100, 101, 20_000]
        );
        let logs = [log(100, None), log(110, None)];
        let planned = blocks(&logs, BLOCKS_MAX).unwrap();
        assert_eq!(planned[1].timestamp - planned[0].timestamp, 120);
    }

    #[test]
    fn gaps_that_are_too_long_are_cut_to_the_same_length() {
        assert_eq!(
            numbers(&[5, 6, 1_000_006, 1_000_016, 9_000_016], 100),
            [5, 6, 50, 60, 104]
        );
        assert_eq!(numbers(&[5, u64::MAX], 100), [5, 105]);
        assert_eq!(numbers(&[5, 10, 15], 1), [5, 6, 7]);
    }

    #[test]
    fn times_of_the_dump_are_kept_unless_they_contradict_it() {
        let planned = |times: [u64; 2]| {
            let logs = [log(1, Some(times[0])), log(2, Some(times[1]))];
            let planned = blocks(&logs, BLOCKS_MAX).map_err(|error| error.to_string())?;
            Ok::<_, String>([planned[0].timestamp, planned[1].timestamp])
        };
        assert_eq!(planned([1_000, 1_000]), Ok([1_000, 1_000]));
        assert!(
            planned([1_000, 999])
                .unwrap_err()
                .contains("block 2 claims to be older")
        );
        assert!(
            planned([1_000, u64::MAX])
                .unwrap_err()
                .contains("of the future")
        );
    }
}
