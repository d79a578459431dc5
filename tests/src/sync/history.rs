//! Histories from a seed: what the contracts are called with, block after block.

use alloy::primitives::{Address, B256, keccak256};

use super::chain::{Chain, Log};
use super::contracts::Contracts;
use crate::harness::random::Random;

/// A chain and, for each of its blocks, the contracts' state after it.
#[derive(Clone, Debug)]
pub struct History {
    pub chain: Chain,
    pub states: Vec<Contracts>,
    pub random: Random,
}

const TAGS: [(&str, &str); 6] = [
    ("starred", ""),
    ("starred", "x"),
    ("", ""),
    ("uptime", "day"),
    ("uptime", "week"),
    ("", "y"),
];
const VALUES: [(i128, u8); 9] = [
    (0, 0),
    (100, 0),
    (87, 0),
    (9_977, 2),
    (-32, 1),
    (49_999_999_999_999_999_999, 18),
    (101, 0),
    (100_000_000_000_000_000_000_000_000_000_000_000_000, 0),
    (-100_000_000_000_000_000_000_000_000_000_000_000_000, 18),
];
pub const URIS: [&str; 9] = [
    // What text and jsonb refuse.
    r#"{"name":"a\u0000b","services":[{"name":"\u0000","skills":["\u0000"]}],"x":1e300}"#,
    r#"{"name":"\ud800","x":1e999}"#,
    "data:application/json;base64,eyJuYW1lIjoiQmFzZSJ9",
    "",
    "https://agent.example/registration.json",
    "ipfs://bafkreib",
    r#"data:application/json,{"type":"x","name":"Ada","services":[{"name":"MCP","endpoint":"https://m.example"}]}"#,
    r#"{"name":"bare"}"#,
    "my cool agent",
];

impl History {
    pub fn new(id: u64, seed: u64) -> Self {
        let states = vec![Contracts::default()];
        Self {
            chain: Chain::new(id),
            states,
            random: Random::new(seed),
        }
    }

    pub fn state(&self) -> &Contracts {
        self.states.last().unwrap()
    }

    /// Adds a block of a few transactions, or of none.
    pub fn mine(&mut self) {
        let mut state = self.state().clone();
        let count = [0, 0, 1, 1, 2, 4][self.random.place(6)];
        let transactions = (0..count).map(|_| self.transaction(&mut state)).collect();
        self.chain.push(transactions);
        self.states.push(state);
    }

    /// Adds a block with this many transactions.
    pub fn mine_full(&mut self, transactions: usize) {
        let mut state = self.state().clone();
        let transactions = (0..transactions)
            .map(|_| self.transaction(&mut state))
            .collect();
        self.chain.push(transactions);
        self.states.push(state);
    }

    pub fn mine_many(&mut self, blocks: usize) {
        for _ in 0..blocks {
            self.mine();
        }
    }

    /// Takes blocks back and mines others.
    pub fn reorg(&mut self, depth: usize, blocks: usize) {
        self.chain.cut(depth);
        self.states.truncate(self.chain.blocks.len());
        self.mine_many(blocks);
    }

    /// Takes blocks back and mines their transactions once more, all of them in one block, at a
    /// place among others that are empty.
    pub fn reorder(&mut self, depth: usize, blocks: usize) {
        let last = self.state().clone();
        let kept = self.chain.blocks.len() - depth;
        let transactions = self.chain.blocks[kept..]
            .iter()
            .flat_map(|block| block.transactions.clone())
            .collect();
        self.chain.cut(depth);
        self.states.truncate(kept);
        let empty = self.random.place(blocks);
        self.mine_empty(empty);
        self.chain.push(transactions);
        self.states.push(last);
        self.mine_empty(blocks - 1 - empty);
    }

    /// Takes blocks back and mines as many empty ones.
    pub fn reorg_to_empty(&mut self, depth: usize) {
        self.chain.cut(depth);
        self.states.truncate(self.chain.blocks.len());
        self.mine_empty(depth);
    }

    fn mine_empty(&mut self, blocks: usize) {
        for _ in 0..blocks {
            self.chain.push(Vec::new());
            self.states.push(self.state().clone());
        }
    }

    fn transaction(&mut self, state: &mut Contracts) -> Vec<Log> {
        let calls = 1 + self.random.place(3);
        (0..calls).flat_map(|_| self.call(state)).collect()
    }

    fn call(&mut self, state: &mut Contracts) -> Vec<Log> {
        let random = &mut self.random;
        let someone = account(random.place(6));
        let other = account(random.place(6));
        if state.agents.is_empty() || random.place(5) == 0 {
            let uri = random.one(&URIS);
            let metadata: &[(&str, &[u8])] = match random.place(3) {
                0 => &[("color", b"blue"), ("", b"")],
                _ => &[],
            };
            let callback = (random.place(4) == 0).then_some(other);
            return state.register(someone, uri, metadata, callback);
        }
        let agent = random.place(state.agents.len());
        match random.place(13) {
            0 => state.transfer(agent, someone),
            1 => {
                let uri = random.one(&URIS);
                state.set_uri(agent, uri)
            }
            2 => {
                let (key, value) = *random.one(&[("color", "red"), ("größe", ""), ("", "x")]);
                state.set_metadata(agent, key, value.as_bytes())
            }
            3 => {
                let wallet = if random.place(3) == 0 {
                    Address::ZERO
                } else {
                    someone
                };
                state.set_wallet(agent, wallet)
            }
            4 => {
                let approved = if random.place(3) == 0 {
                    Address::ZERO
                } else {
                    someone
                };
                state.approve(agent, approved)
            }
            5 => state.approve_for_all(someone, other, random.place(2) == 0),
            6..=8 => {
                let ((tag1, tag2), (value, decimals)) = (*random.one(&TAGS), *random.one(&VALUES));
                state.rate(agent, someone, value, decimals, tag1, tag2)
            }
            9 => self.about_a_rating(state, other),
            10 => {
                let hash = B256::from(keccak256(random.next().to_be_bytes()));
                state.request(agent, someone, hash)
            }
            11 => state.moderate(agent, someone),
            _ => {
                let hashes: Vec<B256> = state.validations.keys().copied().collect();
                if hashes.is_empty() {
                    return Vec::new();
                }
                let hash = *random.one(&hashes);
                let response = u8::try_from(random.place(101)).unwrap();
                let tag = *random.one(&["", "hard", "soft"]);
                state.validate(hash, response, tag)
            }
        }
    }

    fn about_a_rating(&mut self, state: &mut Contracts, responder: Address) -> Vec<Log> {
        let places: Vec<(usize, Address)> = state.ratings.keys().copied().collect();
        if places.is_empty() {
            return Vec::new();
        }
        let (agent, client) = *self.random.one(&places);
        let ratings = &state.ratings[&(agent, client)];
        let index = 1 + self.random.place(ratings.len());
        if ratings[index - 1].revoked || self.random.place(2) == 0 {
            state.respond(agent, client, index, responder)
        } else {
            state.revoke(agent, client, index)
        }
    }
}

pub fn account(number: usize) -> Address {
    Address::from_word(keccak256(format!("account {number}")))
}
