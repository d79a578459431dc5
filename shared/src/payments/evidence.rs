//! What a chain says of a transaction, and what of it pays an agent.

use alloy_primitives::{Address, B256};
use serde::Deserialize;

use super::transfer::{self, Transfer};
use crate::chain::rpc::{Header, Rpc, RpcUrls, Sighting};
use crate::http::{Code, Problem};
use crate::limits::PAYMENTS_PER_TRANSACTION_MAX;

/// So many accounts are named in a reason.
const NAMED_MAX: usize = 3;

/// A transaction's transfers, and where they stand.
#[derive(Clone, Debug)]
pub struct Evidence {
    /// The chain's latest block when it was asked.
    pub head: u64,
    /// The transaction's block; `None` while it has none.
    pub place: Option<Place>,
    /// The transfers that it made, or was to make.
    pub transfers: Vec<Transfer>,
}

/// A transaction's block, and what became of it there.
#[derive(Clone, Copy, Debug)]
pub struct Place {
    /// The block.
    pub block: Header,
    /// `false`: the transaction was reverted.
    pub succeeded: bool,
}

/// A token that agents can be paid with.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct Token {
    /// Its contract.
    pub address: Address,
    /// What it is called.
    pub symbol: String,
    /// Fraction digits of one token.
    pub decimals: i16,
}

/// What a transfer is held against.
#[derive(Clone, Copy, Debug)]
pub struct Terms<'a> {
    /// The tokens of the chain.
    pub tokens: &'a [Token],
    /// The agent's wallet and owner in the transfer's block: those that it had at any moment of it.
    pub holders: &'a [Address],
    /// Who links it.
    pub caller: Address,
    /// The one transfer that is meant, by the index of its log; −1 for what has none.
    pub index: Option<i32>,
}

/// What a chain knows of some transactions.
///
/// # Errors
/// Where no endpoint of the chain is configured, or none answers.
pub async fn look(
    rpc: &RpcUrls,
    chain_id: i64,
    hashes: &[B256],
) -> Result<Vec<Option<Evidence>>, Problem> {
    let chain_id = chain_id.unsigned_abs();
    let rpc = rpc
        .chain(chain_id)
        .ok_or_else(|| Problem::unavailable("chain", "no endpoint is configured"))?;
    ask(&rpc, chain_id, hashes).await
}

/// What a chain knows of one transaction.
///
/// # Errors
/// As [`look`], and `PAYMENT_NOT_FOUND` where the chain does not know it.
pub async fn look_at(rpc: &RpcUrls, chain_id: i64, hash: B256) -> Result<Evidence, Problem> {
    let seen = look(rpc, chain_id, &[hash]).await?;
    seen.into_iter().next().flatten().ok_or_else(|| {
        let detail = format!(
            "Chain {chain_id} does not know the transaction; if it was sent a moment ago, ask again in a few seconds."
        );
        Problem::new(Code::PaymentNotFound, detail)
    })
}

async fn ask(rpc: &Rpc, chain_id: u64, hashes: &[B256]) -> Result<Vec<Option<Evidence>>, Problem> {
    let seen = rpc
        .ask(|endpoint| async move { endpoint.transactions(chain_id, hashes).await })
        .await
        .map_err(|error| Problem::unavailable("chain", error))?;
    let head = seen.head;
    let of = |sighting| Evidence::of(head, sighting);
    Ok(seen.transactions.into_iter().map(of).collect())
}

impl Evidence {
    fn of(head: u64, sighting: Sighting) -> Option<Self> {
        let (place, transfers) = match sighting {
            Sighting::Unknown => return None,
            Sighting::Waiting(call) => (None, transfer::meant(&call)),
            Sighting::Mined(mined) => {
                let transfers = if mined.succeeded {
                    transfer::made(&mined.call, &mined.logs)
                } else {
                    transfer::meant(&mined.call)
                };
                let place = Place {
                    block: mined.block,
                    succeeded: mined.succeeded,
                };
                (Some(place), transfers)
            }
        };
        Some(Self {
            head,
            place,
            transfers,
        })
    }

    /// The transfers that pay the agent.
    ///
    /// # Errors
    /// `PAYMENT_REJECTED` with the reason why there is none, `UNAUTHORIZED_OPERATION` where the caller has no part in
    /// them.
    pub fn payments(&self, terms: &Terms<'_>) -> Result<Vec<Transfer>, Problem> {
        let of_tokens = |t: &Transfer| {
            t.token
                .is_none_or(|token| terms.tokens.iter().any(|known| known.address == token))
        };
        let found = keep(
            self.transfers.clone(),
            |t| {
                let is_meant = |index| self.place.is_some() && index == t.index();
                terms.index.is_none_or(is_meant)
            },
            |rest| self.nothing(rest, terms.index),
        )?;
        let found = keep(found, of_tokens, other_tokens)?;
        let found = keep(
            found,
            |t| terms.holders.contains(&t.payee),
            |rest| self.other_payees(rest, terms.holders),
        )?;
        // Anyone can have a token move nothing in another's name.
        let found = keep(
            found,
            |t| !t.amount.is_zero(),
            |_| "It moves an amount of 0.".to_owned(),
        )?;
        let found = keep(
            found,
            |t| !terms.holders.contains(&t.payer),
            |_| "The agent's own wallet or owner paid it.".to_owned(),
        )?;
        let own: Vec<Transfer> = found
            .into_iter()
            .filter(|t| [t.payer, t.payee].contains(&terms.caller))
            .collect();
        if own.is_empty() {
            let detail = format!(
                "Your wallet {} is neither payer nor payee of it.",
                terms.caller
            );
            return Err(Problem::new(Code::UnauthorizedOperation, detail));
        }
        if own.len() > PAYMENTS_PER_TRANSACTION_MAX {
            return Err(rejected(format!(
                "The transaction has {} transfers to the agent: name one by `logIndex`.",
                own.len()
            )));
        }
        Ok(own)
    }

    /// Why there is no transfer, or not the one that was named.
    fn nothing(&self, transfers: &[Transfer], index: Option<i32>) -> String {
        match (index, &self.place) {
            (Some(_), None) => "The transaction is in no block yet, so its logs have no index: leave `logIndex` out.",
            (Some(index), Some(_)) if !transfers.is_empty() => {
                return format!("The transaction has no transfer with the log index {index}.");
            }
            (_, None) => "The transaction is in no block yet, and what it calls is no plain transfer: link it when it is.",
            (_, Some(place)) if !place.succeeded => {
                "The transaction was reverted, and what it called is no transfer that can be read."
            }
            (_, Some(_)) => "The transaction moves neither native value nor an ERC-20 token.",
        }
        .to_owned()
    }

    fn other_payees(&self, transfers: &[Transfer], holders: &[Address]) -> String {
        let payees = named(transfers.iter().map(|t| t.payee));
        let holders = named(holders.iter().copied());
        let at = self.place.map_or_else(
            || "are".to_owned(),
            |place| format!("in block {} were", place.block.number),
        );
        if holders.is_empty() {
            return format!("It pays {payees}; the agent had neither wallet nor owner then.");
        }
        format!("It pays {payees}; the agent's wallet and owner {at} {holders}.")
    }
}

/// Those that pass, or the reason why none does.
fn keep(
    transfers: Vec<Transfer>,
    pass: impl Fn(&Transfer) -> bool,
    why: impl FnOnce(&[Transfer]) -> String,
) -> Result<Vec<Transfer>, Problem> {
    let (kept, rest): (Vec<_>, Vec<_>) = transfers.into_iter().partition(|t| pass(t));
    if kept.is_empty() {
        Err(rejected(why(&rest)))
    } else {
        Ok(kept)
    }
}

fn other_tokens(transfers: &[Transfer]) -> String {
    let tokens = named(transfers.iter().filter_map(|t| t.token));
    format!(
        "It moves {tokens}, which agents are not paid with on this chain; `GET /v1/chains` lists the tokens."
    )
}

fn named(accounts: impl Iterator<Item = Address>) -> String {
    let mut names: Vec<String> = Vec::new();
    for account in accounts {
        let name = account.to_checksum(None);
        if !names.contains(&name) {
            names.push(name);
        }
    }
    if names.len() > NAMED_MAX {
        names.truncate(NAMED_MAX);
        names.push("…".to_owned());
    }
    names.join(", ")
}

/// A transaction that pays nothing here.
pub fn rejected(detail: impl Into<String>) -> Problem {
    Problem::new(Code::PaymentRejected, detail)
}

#[cfg(test)]
#[path = "evidence_tests.rs"]
mod tests;
