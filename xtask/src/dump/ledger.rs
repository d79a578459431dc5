//! Blocks and transactions, and the logs in them as `eth_getLogs` would return them.

use serde_json::{Value as Json, json};

use super::abi::{self, Address, Value, Word};

/// Every address and hash of the dump is derived from this and a name: it is the dump's seed.
pub const SEED: &str = "erc8004 agents dump 1";

/// 2026-01-15T12:00:00Z, the time of the block before the first.
const STARTED_AT: u64 = 1_768_478_400;
const FIRST_BLOCK: u64 = 4_200_000;
const BLOCK_SECONDS: u64 = 12;

/// A hash that stands for `name`.
pub fn hash(name: &str) -> Word {
    abi::keccak(format!("{SEED}: {name}").as_bytes())
}

/// The address of the account or contract called `name`.
pub fn account(name: &str) -> Address {
    let mut address = [0; 20];
    address.copy_from_slice(&hash(name)[12..]);
    address
}

/// The chain as it grows.
pub struct Ledger {
    block: u64,
    transactions: u64,
    transaction_index: u64,
    log_index: u64,
    held: bool,
    logs: Vec<Json>,
}

impl Ledger {
    /// A chain without logs.
    pub fn new() -> Self {
        let mut ledger = Self {
            block: FIRST_BLOCK,
            transactions: 0,
            transaction_index: 0,
            log_index: 0,
            held: false,
            logs: Vec::new(),
        };
        ledger.advance(1);
        ledger
    }

    /// Goes on `blocks` blocks later. The block begins with transactions and logs of others, which
    /// no filter by address returns.
    pub fn advance(&mut self, blocks: u64) {
        self.block += blocks;
        let others = u64::from(hash(&format!("block {}", self.block))[0]);
        self.transaction_index = others / 4;
        self.log_index = others;
    }

    /// Begins a transaction, unless one is held open.
    pub fn transaction(&mut self) {
        if !self.held {
            self.transactions += 1;
            self.transaction_index += 1;
            self.log_index += u64::from(hash(&format!("gap {}", self.transactions))[0] % 3);
        }
    }

    /// Begins a transaction and holds it open, or ends that.
    pub fn hold(&mut self, held: bool) {
        self.held = false;
        self.transaction();
        self.held = held;
    }

    /// Adds a log of `contract`: `event` is the signature, `topics` are the indexed values.
    pub fn emit(&mut self, contract: Address, event: &str, topics: &[Word], data: &[Value<'_>]) {
        let hex = |bytes: &[u8]| format!("0x{}", hex::encode(bytes));
        let quantity = |number: u64| format!("{number:#x}");
        let signature = abi::keccak(event.as_bytes());
        let topics = [&[signature], topics].concat();
        let made_at = STARTED_AT + (self.block - FIRST_BLOCK) * BLOCK_SECONDS;
        self.logs.push(json!({
            "address": hex(&contract),
            "topics": topics.iter().map(|topic| hex(topic)).collect::<Vec<_>>(),
            "data": hex(&abi::encode(data)),
            "blockHash": hex(&hash(&format!("block {}", self.block))),
            "blockNumber": quantity(self.block),
            "blockTimestamp": quantity(made_at),
            "transactionHash": hex(&hash(&format!("transaction {}", self.transactions))),
            "transactionIndex": quantity(self.transaction_index),
            "logIndex": quantity(self.log_index),
            "removed": false,
        }));
        self.log_index += 1;
    }

    /// All logs, in order.
    pub fn into_logs(self) -> Vec<Json> {
        self.logs
    }
}
