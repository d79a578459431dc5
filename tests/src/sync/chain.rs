//! A chain model: blocks that name their parents, logs that can be taken back.

use alloy::primitives::{Address, B256, Bloom, Bytes, keccak256};
use serde_json::{Value, json};
use xtask::replay;

/// What a transaction emitted.
#[derive(Clone, Debug)]
pub struct Log {
    pub address: Address,
    pub topics: Vec<B256>,
    pub data: Bytes,
}

impl From<&Log> for replay::Log {
    fn from(log: &Log) -> Self {
        Self {
            block: 0,
            index: 0,
            timestamp: None,
            transaction: None,
            address: log.address.into_array(),
            topics: log.topics.iter().map(|topic| topic.0).collect(),
            data: log.data.to_vec(),
        }
    }
}

#[derive(Clone, Debug)]
pub struct Block {
    pub number: u64,
    pub hash: B256,
    pub parent: B256,
    pub time: u64,
    /// Logs by transaction.
    pub transactions: Vec<Vec<Log>>,
}

impl Block {
    /// The filter of its logs.
    fn bloom(&self) -> Bloom {
        let mut bloom = Bloom::ZERO;
        for log in self.transactions.iter().flatten() {
            bloom.accrue_raw_log(log.address, &log.topics);
        }
        bloom
    }
}

/// Blocks from 0 on.
#[derive(Clone, Debug)]
pub struct Chain {
    pub id: u64,
    pub blocks: Vec<Block>,
    /// Another number makes other hashes of the same contents.
    pub branch: u64,
    pub with_timestamps: bool,
    /// The block from which on the contracts have code.
    pub code_from: u64,
}

impl Chain {
    pub fn new(id: u64) -> Self {
        let mut chain = Self {
            id,
            blocks: Vec::new(),
            branch: 0,
            with_timestamps: true,
            code_from: 0,
        };
        chain.push(Vec::new());
        chain
    }

    pub fn head(&self) -> &Block {
        self.blocks.last().unwrap()
    }

    pub fn push(&mut self, transactions: Vec<Vec<Log>>) {
        let number = self.blocks.len() as u64;
        let parent = self.blocks.last().map_or(B256::ZERO, |block| block.hash);
        let name = format!("{parent} {number} {} {transactions:?}", self.branch);
        let hash = keccak256(name.as_bytes());
        let time = 1_700_000_000 + 12 * number;
        self.blocks.push(Block {
            number,
            hash,
            parent,
            time,
            transactions,
        });
    }

    /// Takes the last blocks back; what is pushed from now on is another branch.
    pub fn cut(&mut self, depth: usize) {
        let kept = self.blocks.len() - depth;
        self.blocks.truncate(kept);
        self.branch += 1;
    }

    pub fn code(&self, number: u64) -> &'static str {
        if number < self.code_from {
            "0x"
        } else {
            "0x60"
        }
    }

    pub fn number_of(&self, hash: &Value) -> Option<u64> {
        let hash: B256 = serde_json::from_value(hash.clone()).unwrap();
        let block = self.blocks.iter().find(|block| block.hash == hash)?;
        Some(block.number)
    }

    pub fn header(&self, number: u64) -> Value {
        let Some(block) = usize::try_from(number)
            .ok()
            .and_then(|place| self.blocks.get(place))
        else {
            return Value::Null;
        };
        json!({
            "number": quantity(block.number),
            "hash": block.hash,
            "parentHash": block.parent,
            "timestamp": quantity(block.time),
            "logsBloom": block.bloom(),
            "transactions": [],
        })
    }

    pub fn logs(&self, from: u64, to: u64, addresses: &[Address], topics: &[B256]) -> Vec<Value> {
        let inside = self
            .blocks
            .iter()
            .filter(|block| (from..=to).contains(&block.number));
        inside
            .flat_map(|block| self.block_logs(block, addresses, topics))
            .collect()
    }

    fn block_logs(&self, block: &Block, addresses: &[Address], topics: &[B256]) -> Vec<Value> {
        let mut logs = Vec::new();
        let mut index = 0;
        for (place, transaction) in block.transactions.iter().enumerate() {
            let hash = keccak256(format!("{} {place}", block.hash));
            for log in transaction {
                if addresses.contains(&log.address) && topics.contains(&log.topics[0]) {
                    let mut value = json!({
                        "address": log.address,
                        "topics": log.topics,
                        "data": log.data,
                        "blockNumber": quantity(block.number),
                        "blockHash": block.hash,
                        "transactionHash": hash,
                        "transactionIndex": quantity(place as u64),
                        "logIndex": quantity(index),
                        "removed": false,
                    });
                    if self.with_timestamps {
                        value["blockTimestamp"] = quantity(block.time).into();
                    }
                    logs.push(value);
                }
                index += 1;
            }
        }
        logs
    }
}

pub fn quantity(number: u64) -> String {
    format!("{number:#x}")
}
