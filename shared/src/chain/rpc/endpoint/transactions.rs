//! What a chain knows of single transactions.

use std::collections::BTreeSet;

use alloy::rpc::client::Waiter;
use alloy_primitives::{B256, U64};

use super::super::wire::{Call, Receipt};
use super::super::{Header, RpcError, WireLog};
use super::{BATCH_MAX, Endpoint};

/// So many transactions can be asked for at once: two calls for each, and two for all.
pub const TRANSACTIONS_MAX: usize = (BATCH_MAX - 2) / 2;

/// What the chain knows of a transaction.
#[derive(Clone, Debug)]
pub enum Sighting {
    /// Nothing.
    Unknown,
    /// It was sent, and is in no block.
    Waiting(Call),
    /// It is in a block.
    Mined(Box<Mined>),
}

/// A transaction in a block.
#[derive(Clone, Debug)]
pub struct Mined {
    /// As it was sent.
    pub call: Call,
    /// Its block, as the chain has it at that height.
    pub block: Header,
    /// `false`: it was reverted.
    pub succeeded: bool,
    /// What it emitted.
    pub logs: Vec<WireLog>,
}

/// The chain's height, and what it knows of each transaction that was asked for, in the same order.
#[derive(Clone, Debug)]
pub struct Sightings {
    /// The latest block.
    pub head: u64,
    /// One a transaction.
    pub transactions: Vec<Sighting>,
}

impl Endpoint {
    /// What the chain knows of at most [`TRANSACTIONS_MAX`] transactions: one round trip, and one more for the blocks
    /// of those that have one.
    ///
    /// What does not fit together is asked once more, because the chain may have moved between the two.
    ///
    /// # Errors
    ///
    /// Fails where the endpoint does or lies, and where it speaks for another chain.
    pub async fn transactions(
        &self,
        chain_id: u64,
        hashes: &[B256],
    ) -> Result<Sightings, RpcError> {
        match self.look(chain_id, hashes).await {
            Err(RpcError::Lie(_)) => self.look(chain_id, hashes).await,
            other => other,
        }
    }

    async fn look(&self, chain_id: u64, hashes: &[B256]) -> Result<Sightings, RpcError> {
        let (id, head, pairs) = self.patiently(|| self.calls_and_receipts(hashes)).await?;
        if id != chain_id {
            let text = format!("it speaks for chain {id}, not {chain_id}");
            return Err(RpcError::Lie(text));
        }
        let receipts = pairs.iter().filter_map(|(_, receipt)| receipt.as_ref());
        let numbers: BTreeSet<u64> = receipts.map(|receipt| receipt.block_number.to()).collect();
        let numbers: Vec<u64> = numbers.into_iter().collect();
        let headers = self.headers(&numbers).await?;
        let transactions = hashes
            .iter()
            .zip(pairs)
            .map(|(hash, (call, receipt))| sighting(*hash, call, receipt, &headers))
            .collect::<Result<_, _>>()
            .map_err(RpcError::Lie)?;
        Ok(Sightings { head, transactions })
    }

    async fn calls_and_receipts(
        &self,
        hashes: &[B256],
    ) -> Result<(u64, u64, Vec<(Option<Call>, Option<Receipt>)>), RpcError> {
        let mut batch = self.client.new_batch();
        let id: Waiter<U64> = batch.add_call("eth_chainId", &())?;
        let head: Waiter<U64> = batch.add_call("eth_blockNumber", &())?;
        let mut waiters = Vec::with_capacity(hashes.len());
        for hash in hashes {
            let call: Waiter<Option<Call>> =
                batch.add_call("eth_getTransactionByHash", &(*hash,))?;
            let receipt: Waiter<Option<Receipt>> =
                batch.add_call("eth_getTransactionReceipt", &(*hash,))?;
            waiters.push((call, receipt));
        }
        batch.send().await?;
        let (id, head) = (id.await?.to(), head.await?.to());
        let mut pairs = Vec::with_capacity(waiters.len());
        for (call, receipt) in waiters {
            pairs.push((call.await?, receipt.await?));
        }
        Ok((id, head, pairs))
    }
}

/// A transaction is believed when its parts fit the question, the block and each other.
fn sighting(
    hash: B256,
    call: Option<Call>,
    receipt: Option<Receipt>,
    headers: &[Header],
) -> Result<Sighting, String> {
    let (call, receipt) = match (call, receipt) {
        (None, None) => return Ok(Sighting::Unknown),
        (None, Some(_)) => return Err(format!("a receipt of {hash} without the transaction")),
        (Some(call), _) if call.hash != hash => {
            return Err(format!("transaction {} in answer to {hash}", call.hash));
        }
        (Some(call), None) => return Ok(Sighting::Waiting(call)),
        (Some(call), Some(receipt)) => (call, receipt),
    };
    let is_of_it = |log: &WireLog| {
        log.transaction_hash == Some(hash)
            && log.block_hash == Some(receipt.block_hash)
            && log.log_index.is_some()
            && !log.removed
    };
    if receipt.transaction_hash != hash || !receipt.logs.iter().all(is_of_it) {
        return Err(format!("a receipt that does not fit transaction {hash}"));
    }
    let number: u64 = receipt.block_number.to();
    let block = headers.iter().find(|header| header.number == number);
    let block = block
        .filter(|block| block.hash == receipt.block_hash)
        .ok_or_else(|| format!("transaction {hash} in a block {number} that is another"))?;
    Ok(Sighting::Mined(Box::new(Mined {
        call,
        block: *block,
        succeeded: receipt.status == U64::from(1),
        logs: receipt.logs,
    })))
}
