//! What endpoints send. Only the fields that are used: providers differ in the rest.

use alloy_primitives::{Address, B256, Bloom, Bytes, U64, U256};
use serde::Deserialize;

/// A log as `eth_getLogs` gives it.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct WireLog {
    /// The contract.
    pub address: Address,
    /// The topics.
    pub topics: Vec<B256>,
    /// The data.
    pub data: Bytes,
    /// The block's number; absent while it is pending.
    pub block_number: Option<U64>,
    /// The block's hash.
    pub block_hash: Option<B256>,
    /// The block's time, from providers that send it.
    #[serde(default)]
    pub block_timestamp: Option<U64>,
    /// The transaction's hash.
    pub transaction_hash: Option<B256>,
    /// The transaction's index in the block.
    pub transaction_index: Option<U64>,
    /// The log's index in the block.
    pub log_index: Option<U64>,
    /// Whether a reorg took it back.
    #[serde(default)]
    pub removed: bool,
}

/// A transaction as it was sent.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct Call {
    /// Its hash.
    pub hash: B256,
    /// Who sent it.
    pub from: Address,
    /// Who was called; `None` for a new contract.
    pub to: Option<Address>,
    /// The native value that it brought, in wei.
    pub value: U256,
    /// The calldata.
    pub input: Bytes,
}

/// What became of a transaction.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Receipt {
    pub transaction_hash: B256,
    pub block_number: U64,
    pub block_hash: B256,
    /// 1, or 0 where it was reverted (EIP-658).
    pub status: U64,
    pub logs: Vec<WireLog>,
}

/// A block without its transactions.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(from = "WireHeader")]
pub struct Header {
    /// Its number.
    pub number: u64,
    /// Its hash.
    pub hash: B256,
    /// The hash of the one before.
    pub parent_hash: B256,
    /// Seconds since 1970.
    pub time_s: u64,
}

/// A block's header with its filter.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(from = "WireHeader")]
pub struct Filtered {
    /// The header.
    pub header: Header,
    /// Whatever this does not contain, the block's logs are not about; the reverse does not hold
    /// (Yellow Paper, section 4.4.1). `None` where the endpoint sends none, or an empty one.
    pub bloom: Option<Box<Bloom>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct WireHeader {
    number: U64,
    hash: B256,
    parent_hash: B256,
    timestamp: U64,
    #[serde(default)]
    logs_bloom: Option<Box<Bloom>>,
}

impl From<WireHeader> for Filtered {
    fn from(mut wire: WireHeader) -> Self {
        let bloom = wire.logs_bloom.take().filter(|bloom| !bloom.is_zero());
        Self {
            header: wire.into(),
            bloom,
        }
    }
}

impl From<WireHeader> for Header {
    fn from(wire: WireHeader) -> Self {
        Self {
            number: wire.number.to(),
            hash: wire.hash,
            parent_hash: wire.parent_hash,
            time_s: wire.timestamp.to(),
        }
    }
}
