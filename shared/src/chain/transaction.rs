//! Transactions that are ready to be signed, by the caller's wallet and never here.

use alloy_primitives::Bytes;
use serde::Serialize;
use utoipa::ToSchema;

use super::rpc::RpcUrls;
use crate::address::Address;
use crate::hex::Hex;
use crate::limits::GAS_ESTIMATE_DURATION_MAX;

/// A transaction that moves no value, ready to be signed and sent. Its nonce and fees are the wallet's business.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct UnsignedTransaction {
    /// EIP-155 chain id.
    #[schema(example = 8453)]
    pub chain_id: u64,
    /// Who has to sign it.
    pub from: Address,
    /// The contract.
    pub to: Address,
    /// The call.
    pub data: Hex,
    /// The gas that it needs.
    #[schema(example = 172_317)]
    pub gas: u64,
    /// How that is known.
    pub gas_basis: GasBasis,
}

/// How the gas of a transaction is known: by an `estimate` of the chain (`eth_estimateGas`), or as an upper `bound` that
/// follows from its size, where the chain did not answer in time or the call would fail at the moment.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub enum GasBasis {
    /// The chain's own estimate.
    Estimate,
    /// What follows from its size.
    Bound,
}

/// What a call does, as far as its gas depends on it.
#[derive(Clone, Copy, Debug, Default)]
pub struct Work {
    /// Storage slots that it writes for the first time.
    pub slots: u64,
    /// Events that it emits.
    pub events: u64,
    /// Bytes in those events.
    pub event_bytes: u64,
}

impl UnsignedTransaction {
    /// A call from a wallet to a contract. The chain's endpoints have a second to estimate its gas.
    pub async fn new(
        rpc: &RpcUrls,
        chain_id: u64,
        (from, to): (Address, Address),
        data: Vec<u8>,
        work: Work,
    ) -> Self {
        let data = Bytes::from(data);
        let call = (from.into(), to.into(), &data);
        let asked = tokio::time::timeout(GAS_ESTIMATE_DURATION_MAX, estimate(rpc, chain_id, call));
        let estimate = asked.await.unwrap_or_else(|_| {
            tracing::warn!(chain_id, "the chain did not estimate in time");
            None
        });
        let (gas, gas_basis) = match estimate {
            Some(gas) => (gas, GasBasis::Estimate),
            None => (gas_bound(&data, work), GasBasis::Bound),
        };
        Self {
            chain_id,
            from,
            to,
            data: Hex(data.into()),
            gas,
            gas_basis,
        }
    }
}

type Call<'a> = (
    alloy_primitives::Address,
    alloy_primitives::Address,
    &'a Bytes,
);

async fn estimate(rpc: &RpcUrls, chain_id: u64, (from, to, data): Call<'_>) -> Option<u64> {
    let chain = rpc.chain(chain_id)?;
    let asked = chain
        .ask(|endpoint| async move { endpoint.estimate_gas(from, to, data).await })
        .await;
    asked.unwrap_or_else(|error| {
        tracing::warn!(chain_id, %error, "no endpoint estimated");
        None
    })
}

/// Slots that Solidity stores a text or bytes in: 32 bytes and more have one for their length and one for each 32.
#[must_use]
pub fn text_slots(bytes: usize) -> u64 {
    1 + count(bytes.div_ceil(32))
}

/// A length as what it adds to gas; more than a `u64` holds is too much anyway.
#[must_use]
pub fn count(number: usize) -> u64 {
    u64::try_from(number).unwrap_or(u64::MAX)
}

/// More than a call can need: calldata (EIP-2028, and the floor of EIP-7623), new storage slots (EIP-2929), events,
/// memory for twice the calldata (yellow paper, appendix H), and the contract's own steps behind its proxy.
#[must_use]
pub fn gas_bound(data: &[u8], work: Work) -> u64 {
    const TRANSACTION: u64 = 21_000;
    const SLOT: u64 = 22_100;
    const EVENT: u64 = 375 * 5;
    const STEPS: u64 = 60_000;
    let zeros: u64 = data.iter().map(|byte| u64::from(*byte == 0)).sum();
    let others = count(data.len()) - zeros;
    let words = 2 * count(data.len()).div_ceil(32);
    let memory = 3 * words + words * words / 512;
    let events = EVENT * work.events + 8 * work.event_bytes;
    let executed = 4 * zeros + 16 * others + SLOT * work.slots + events + memory + STEPS;
    let floor = 10 * zeros + 40 * others;
    TRANSACTION + executed.max(floor)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_bound_grows_with_whatever_costs_gas() {
        let bound = |data: &[u8], slots, event_bytes| {
            let events = 1;
            gas_bound(
                data,
                Work {
                    slots,
                    events,
                    event_bytes,
                },
            )
        };
        let least = bound(&[0; 4], 0, 0);
        assert!(least > 21_000);
        assert!(bound(&[1; 4], 0, 0) > least);
        assert_eq!(bound(&[0; 4], 2, 0), least + 44_200);
        assert_eq!(bound(&[0; 4], 0, 10), least + 80);
    }

    #[test]
    fn much_calldata_costs_its_floor_though_nothing_is_done_with_it() {
        let none = Work::default();
        assert!(gas_bound(&vec![1; 100_000], none) >= 21_000 + 40 * 100_000);
    }
}
