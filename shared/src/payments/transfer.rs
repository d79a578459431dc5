//! The transfers of a transaction: those that it made, by its logs, and those that it was to make, by its calldata.

use alloy_primitives::{Address, B256, U256, b256, keccak256};

use crate::chain::rpc::{Call, WireLog};
use crate::http::Problem;

/// `Transfer(address,address,uint256)` of ERC-20.
const TRANSFER: B256 = b256!("ddf252ad1be2c89b69c2b068fc378daa952ba7f163c4a11628f55a4df523b3ef");

/// A call that moves tokens.
struct Function {
    /// As the ABI hashes it.
    signature: &'static str,
    /// Whether the first argument is the payer; else it is the caller.
    names_payer: bool,
    /// Words that its arguments have at least.
    words: usize,
}

/// ERC-20, and ERC-3009 as Circle's tokens have it: with the signature in three parts, or as bytes (version 2.2).
/// x402 settles by `transferWithAuthorization`.
const FUNCTIONS: [Function; 6] = [
    function("transfer(address,uint256)", false, 2),
    function("transferFrom(address,address,uint256)", true, 3),
    function(
        "transferWithAuthorization(address,address,uint256,uint256,uint256,bytes32,uint8,bytes32,bytes32)",
        true,
        9,
    ),
    function(
        "transferWithAuthorization(address,address,uint256,uint256,uint256,bytes32,bytes)",
        true,
        8,
    ),
    function(
        "receiveWithAuthorization(address,address,uint256,uint256,uint256,bytes32,uint8,bytes32,bytes32)",
        true,
        9,
    ),
    function(
        "receiveWithAuthorization(address,address,uint256,uint256,uint256,bytes32,bytes)",
        true,
        8,
    ),
];

const fn function(signature: &'static str, names_payer: bool, words: usize) -> Function {
    Function {
        signature,
        names_payer,
        words,
    }
}

impl Function {
    /// The first four bytes of its calldata.
    fn selector(&self) -> [u8; 4] {
        let [a, b, c, d, ..] = keccak256(self.signature).0;
        [a, b, c, d]
    }
}

/// Value that went from one account to another, or was to go.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Transfer {
    /// The index of its log in the block; `None` for native value, and for what left no log.
    pub log: Option<u32>,
    /// The token's contract; `None` for the chain's native currency.
    pub token: Option<Address>,
    /// Who paid.
    pub payer: Address,
    /// Who was paid.
    pub payee: Address,
    /// In base units.
    pub amount: U256,
}

impl Transfer {
    /// Its index in the table and on the wire: −1 stands for what has no log.
    #[must_use]
    pub fn index(&self) -> i32 {
        self.log
            .and_then(|log| i32::try_from(log).ok())
            .unwrap_or(-1)
    }

    /// As a row has it: index, token, payer and payee, amount.
    ///
    /// # Errors
    /// Where a column is not what it should be.
    pub fn stored(
        index: Option<i32>,
        token: Option<&[u8]>,
        (from, to): (&[u8], &[u8]),
        amount: &str,
    ) -> Result<Self, Problem> {
        let address = |bytes: &[u8]| Address::try_from(bytes).map_err(Problem::internal);
        Ok(Self {
            log: index.and_then(|index| u32::try_from(index).ok()),
            token: token.map(address).transpose()?,
            payer: address(from)?,
            payee: address(to)?,
            amount: amount.parse().map_err(Problem::internal)?,
        })
    }

    /// Whether both move the same, wherever they stand.
    #[must_use]
    pub fn is_like(&self, other: &Self) -> bool {
        Self { log: None, ..*self }
            == Self {
                log: None,
                ..*other
            }
    }
}

/// What a transaction moved that succeeded: the native value of the call itself, and ERC-20 transfers. Native value
/// that contracts passed on among themselves leaves no trace in a receipt.
#[must_use]
pub fn made(call: &Call, logs: &[WireLog]) -> Vec<Transfer> {
    native(call)
        .into_iter()
        .chain(logs.iter().filter_map(of_log))
        .collect()
}

/// What a transaction is to move, or was to move before it was reverted.
#[must_use]
pub fn meant(call: &Call) -> Vec<Transfer> {
    native(call).into_iter().chain(of_calldata(call)).collect()
}

fn native(call: &Call) -> Option<Transfer> {
    let payee = call.to.filter(|_| !call.value.is_zero())?;
    Some(Transfer {
        log: None,
        token: None,
        payer: call.from,
        payee,
        amount: call.value,
    })
}

fn of_log(log: &WireLog) -> Option<Transfer> {
    // ERC-721 has the same event with a fourth topic.
    let [TRANSFER, from, to] = *log.topics.as_slice() else {
        return None;
    };
    Some(Transfer {
        log: Some(u32::try_from(log.log_index?.to::<u64>()).ok()?),
        token: Some(log.address),
        payer: address(from)?,
        payee: address(to)?,
        amount: U256::try_from_be_slice(&log.data).filter(|_| log.data.len() == 32)?,
    })
}

fn of_calldata(call: &Call) -> Option<Transfer> {
    let (selector, arguments) = call.input.split_first_chunk::<4>()?;
    let function = FUNCTIONS.iter().find(|f| f.selector() == *selector)?;
    let words: Vec<B256> = arguments
        .chunks_exact(32)
        .map(B256::from_slice)
        .take(function.words)
        .collect();
    if words.len() < function.words {
        return None;
    }
    let (payer, rest) = if function.names_payer {
        (address(words[0])?, &words[1..])
    } else {
        (call.from, &words[..])
    };
    Some(Transfer {
        log: None,
        token: Some(call.to?),
        payer,
        payee: address(*rest.first()?)?,
        amount: U256::from_be_bytes(rest.get(1)?.0),
    })
}

/// The address in a word; `None` where there are bits above it.
fn address(word: B256) -> Option<Address> {
    let (padding, address) = word.split_first_chunk::<12>()?;
    (*padding == [0; 12]).then(|| Address::from_slice(address))
}

#[cfg(test)]
#[path = "transfer_tests.rs"]
mod tests;
