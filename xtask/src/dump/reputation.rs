//! The reputation registry: which events each of its calls emits.

use std::collections::HashMap;

use super::abi::{self, Address, Value, Word};
use super::ledger::account;
use super::world::World;

const NEW_FEEDBACK: &str = "NewFeedback(uint256,address,uint64,int128,uint8,string,string,string,\
                            string,string,bytes32)";
const FEEDBACK_REVOKED: &str = "FeedbackRevoked(uint256,address,uint64)";
const RESPONSE_APPENDED: &str = "ResponseAppended(uint256,address,uint64,address,string,bytes32)";

/// The registry's state, as far as its events depend on it.
pub struct Reputation {
    /// Its address.
    pub contract: Address,
    given: HashMap<(u64, Address), u64>,
}

impl Reputation {
    /// An empty registry.
    pub fn new() -> Self {
        Self {
            contract: account("reputation registry"),
            given: HashMap::new(),
        }
    }
}

/// A piece of feedback; the default has nothing in it but the value 0.
#[derive(Clone, Copy, Default)]
pub struct Feedback<'a> {
    /// The value, to be read with `decimals`.
    pub value: i128,
    /// How many of its digits are decimals.
    pub decimals: u8,
    /// The first tag.
    pub tag1: &'a [u8],
    /// The second tag.
    pub tag2: &'a [u8],
    /// What was used.
    pub endpoint: &'a [u8],
    /// Where the feedback file is.
    pub uri: &'a [u8],
    /// The file's hash.
    pub hash: Word,
}

impl World {
    /// `giveFeedback` called by `client`; returns the index that the feedback got.
    pub fn rate(&mut self, agent: u64, client: &str, feedback: &Feedback<'_>) -> u64 {
        self.ledger.transaction();
        let client = account(client);
        let index = self.reputation.given.entry((agent, client)).or_default();
        *index += 1;
        let index = *index;
        let topics = [
            abi::uint(agent),
            abi::address(client),
            abi::keccak(feedback.tag1),
        ];
        let data = [
            Value::Word(abi::uint(index)),
            Value::Word(abi::int(feedback.value)),
            Value::Word(abi::uint(u64::from(feedback.decimals))),
            Value::Bytes(feedback.tag1),
            Value::Bytes(feedback.tag2),
            Value::Bytes(feedback.endpoint),
            Value::Bytes(feedback.uri),
            Value::Word(feedback.hash),
        ];
        self.reputation_event(NEW_FEEDBACK, &topics, &data);
        index
    }

    /// Feedback that is a value and a tag.
    pub fn tag(&mut self, agent: u64, client: &str, tag: &str, value: i128, decimals: u8) -> u64 {
        let tag1 = tag.as_bytes();
        self.rate(
            agent,
            client,
            &Feedback {
                value,
                decimals,
                tag1,
                ..Feedback::default()
            },
        )
    }

    /// `revokeFeedback` called by `client`.
    pub fn revoke(&mut self, agent: u64, client: &str, index: u64) {
        self.ledger.transaction();
        let topics = [
            abi::uint(agent),
            abi::address(account(client)),
            abi::uint(index),
        ];
        self.reputation_event(FEEDBACK_REVOKED, &topics, &[]);
    }

    /// `appendResponse` called by `responder`.
    pub fn respond(&mut self, agent: u64, client: &str, index: u64, responder: &str, uri: &str) {
        self.ledger.transaction();
        let topics = [
            abi::uint(agent),
            abi::address(account(client)),
            abi::address(account(responder)),
        ];
        let hash = if uri.starts_with("ipfs:") {
            [0; 32]
        } else {
            abi::keccak(uri.as_bytes())
        };
        let data = [
            Value::Word(abi::uint(index)),
            Value::Bytes(uri.as_bytes()),
            Value::Word(hash),
        ];
        self.reputation_event(RESPONSE_APPENDED, &topics, &data);
    }

    fn reputation_event(&mut self, event: &str, topics: &[Word], data: &[Value<'_>]) {
        self.ledger
            .emit(self.reputation.contract, event, topics, data);
    }
}
