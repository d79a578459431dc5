//! Chains to measure with: the logs of registries on which very much happens.

use std::fs;
use std::path::Path;

use anyhow::{Context as _, Result};
use serde_json::{Value as Json, json};

use crate::dump::abi::{self, Address, Value, Word};
use crate::replay::Log;

const REGISTERED: &str = "Registered(uint256,string,address)";
const METADATA_SET: &str = "MetadataSet(uint256,string,string,bytes)";
const NEW_FEEDBACK: &str = "NewFeedback(uint256,address,uint64,int128,uint8,string,string,string,\
                            string,string,bytes32)";
/// The chain's id, which is nobody's.
const CHAIN_ID: u64 = 1_338;
const FIRST_BLOCK: u64 = 1_000;
const FIRST_TIME: u64 = 1_768_478_400;
const BLOCK_SECONDS: u64 = 12;
/// Clients that give feedback.
const CLIENTS: u64 = 5_000;

/// What is on a chain.
#[derive(Clone, Copy, Debug)]
pub struct Made {
    /// What it is called in the table.
    pub name: &'static str,
    /// Agents that are registered.
    pub agents: u64,
    /// How many of them write an entry of metadata.
    pub entries: u64,
    /// Feedback, to one agent after the other.
    pub feedback: u64,
    /// Logs in a block.
    pub logs_a_block: u64,
}

/// 50,000 registrations over 5,000 blocks.
pub const REGISTRATIONS: Made = Made {
    name: "50,000 Registered",
    agents: 50_000,
    entries: 0,
    feedback: 0,
    logs_a_block: 10,
};

/// Everything at once.
pub const MIXED: Made = Made {
    name: "10,000 Registered, 10,000 MetadataSet, 100,000 NewFeedback",
    agents: 10_000,
    entries: 10_000,
    feedback: 100_000,
    logs_a_block: 100,
};

/// Agents that a million feedbacks are about.
pub const FEW: Made = Made {
    name: "1,000 Registered",
    agents: 1_000,
    entries: 0,
    feedback: 1,
    logs_a_block: 100,
};

impl Made {
    /// Its last block.
    pub fn last_block(&self) -> u64 {
        FIRST_BLOCK + (self.logs() - 1) / self.logs_a_block
    }

    /// Its first block.
    pub const fn first_block() -> u64 {
        FIRST_BLOCK
    }

    /// How many logs it has.
    pub const fn logs(&self) -> u64 {
        self.agents + self.entries + self.feedback
    }

    /// Writes it as a dump of `eth_getLogs`.
    ///
    /// # Errors
    ///
    /// When the file cannot be written.
    pub fn write(&self, file: &Path) -> Result<()> {
        let mut logs = Vec::new();
        for agent in 0..self.agents {
            logs.push(registered(agent));
            if agent < self.entries {
                logs.push(metadata(agent));
            }
        }
        for number in 0..self.feedback {
            let (agent, round) = (number % self.agents, number / self.agents);
            logs.push(feedback(agent, (31 * agent + round) % CLIENTS, 1));
        }
        let logs: Vec<Json> = logs
            .iter()
            .zip(0..)
            .map(|(log, place)| self.place(log, place))
            .collect();
        let dump = json!({ "chainId": CHAIN_ID, "logs": logs });
        fs::write(file, dump.to_string()).with_context(|| format!("writing {}", file.display()))
    }

    /// The logs of a block share a transaction.
    fn place(&self, log: &Log, place: u64) -> Json {
        let block = place / self.logs_a_block;
        let hex = |bytes: &[u8]| format!("0x{}", hex::encode(bytes));
        json!({
            "address": hex(&log.address),
            "topics": log.topics.iter().map(|topic| hex(topic)).collect::<Vec<_>>(),
            "data": hex(&log.data),
            "blockNumber": format!("{:#x}", FIRST_BLOCK + block),
            "blockTimestamp": format!("{:#x}", FIRST_TIME + BLOCK_SECONDS * block),
            "transactionHash": hex(&abi::keccak(&block.to_be_bytes())),
            "transactionIndex": "0x0",
            "logIndex": format!("{:#x}", place % self.logs_a_block),
        })
    }
}

fn account(name: &str, number: u64) -> Address {
    let mut address = [0; 20];
    address.copy_from_slice(&abi::keccak(format!("bench {name} {number}").as_bytes())[12..]);
    address
}

fn log(contract: &str, event: &str, indexed: &[Word], data: &[Value<'_>]) -> Log {
    let mut topics = vec![abi::keccak(event.as_bytes())];
    topics.extend_from_slice(indexed);
    Log {
        block: 0,
        index: 0,
        timestamp: None,
        transaction: None,
        address: account(contract, 0),
        topics,
        data: abi::encode(data),
    }
}

fn registered(agent: u64) -> Log {
    let uri = format!("https://agent-{agent}.example/.well-known/agent-registration.json");
    let topics = [abi::uint(agent), abi::address(account("owner", agent))];
    log(
        "identity",
        REGISTERED,
        &topics,
        &[Value::Bytes(uri.as_bytes())],
    )
}

fn metadata(agent: u64) -> Log {
    let key = b"version";
    let topics = [abi::uint(agent), abi::keccak(key)];
    let data = [Value::Bytes(key), Value::Bytes(b"1.4.2")];
    log("identity", METADATA_SET, &topics, &data)
}

/// A client's feedback to an agent.
pub fn feedback(agent: u64, client: u64, index: u64) -> Log {
    let tag = b"starred";
    let value = 60 + i128::from((agent * 7 + client) % 41);
    let topics = [
        abi::uint(agent),
        abi::address(account("client", client)),
        abi::keccak(tag),
    ];
    let data = [
        Value::Word(abi::uint(index)),
        Value::Word(abi::int(value)),
        Value::Word(abi::uint(0)),
        Value::Bytes(tag),
        Value::Bytes(b""),
        Value::Bytes(b"https://agent.example/a2a"),
        Value::Bytes(b"ipfs://bafkreigh2akiscaildcqabsyg3dfr6chu3fgpregiymsck7e7aqa4s52zy"),
        Value::Word(abi::keccak(&client.to_be_bytes())),
    ];
    log("reputation", NEW_FEEDBACK, &topics, &data)
}
