//! The copy of the chain: logs are fetched, checked, stored whole and folded into tables.
//!
//! - [`abi`] is what the registries' contracts say of themselves;
//! - [`rpc`] asks a chain's endpoints and believes none of them;
//! - [`events`] decodes one log, or says that it cannot be decoded;
//! - [`fold`] is the meaning of the events: pure, in memory, without I/O;
//! - [`apply`] loads what the events touch, folds, and writes the difference in one transaction;
//! - [`transaction`] is what callers sign;
//! - [`sync`] moves a chain's cursor range by range, and back again when the chain does.

pub mod abi;
pub mod apply;
pub mod events;
pub mod fold;
pub mod registry;
pub mod rpc;
pub mod sync;
pub mod transaction;

use alloy_primitives::{Address, B256, Bytes, U256};

/// Where in a chain something happened: logs are ordered by block, then by index in the block.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Position {
    /// The block's number.
    pub block: u64,
    /// The log's index in the block.
    pub log: u32,
}

/// An agent within one chain.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct AgentKey {
    /// The identity registry that minted it.
    pub registry: Address,
    /// The registry's token id; the first one is 0.
    pub agent_id: U256,
}

/// A log as the chain gave it, checked against what was asked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RawLog {
    /// Its place in the chain.
    pub at: Position,
    /// The hash of its block.
    pub block_hash: B256,
    /// Seconds since 1970 of its block.
    pub time_s: u64,
    /// The transaction that emitted it.
    pub transaction_hash: B256,
    /// The transaction's index in the block.
    pub transaction_index: u32,
    /// The registry that emitted it.
    pub address: Address,
    /// At most four; the first names the event.
    pub topics: Vec<B256>,
    /// The fields that are not indexed.
    pub data: Bytes,
}
