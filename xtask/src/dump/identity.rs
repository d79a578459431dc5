//! The identity registry: which events each of its calls emits, in which order.

use std::collections::HashMap;

use super::abi::{self, Address, Value};
use super::ledger::account;
use super::world::World;

const TRANSFER: &str = "Transfer(address,address,uint256)";
const APPROVAL: &str = "Approval(address,address,uint256)";
const APPROVAL_FOR_ALL: &str = "ApprovalForAll(address,address,bool)";
const METADATA_UPDATE: &str = "MetadataUpdate(uint256)";
const REGISTERED: &str = "Registered(uint256,string,address)";
const METADATA_SET: &str = "MetadataSet(uint256,string,string,bytes)";
const URI_UPDATED: &str = "URIUpdated(uint256,string,address)";

const WALLET: &[u8] = b"agentWallet";

/// The registry's state, as far as its events depend on it.
pub struct Identity {
    /// Its address.
    pub contract: Address,
    next: u64,
    owners: HashMap<u64, Address>,
}

impl Identity {
    /// An empty registry.
    pub fn new() -> Self {
        Self {
            contract: account("identity registry"),
            next: 0,
            owners: HashMap::new(),
        }
    }
}

/// What is registered. The default is `register()`.
#[derive(Default)]
pub struct Registration<'a> {
    /// The agentURI; none for the call that takes none.
    pub uri: Option<&'a [u8]>,
    /// Metadata entries beside the wallet.
    pub entries: &'a [(&'a [u8], &'a [u8])],
    /// To whom the receiving contract sends the token while it is minted.
    pub passed_on_to: Option<&'a str>,
}

impl World {
    /// `register` called by `caller`; returns the agent's id.
    pub fn register_as(&mut self, caller: &str, registration: &Registration<'_>) -> u64 {
        self.ledger.transaction();
        let agent = self.identity.next;
        self.identity.next += 1;
        let owner = account(caller);
        self.transfer_event([0; 20], owner, agent);
        self.identity.owners.insert(agent, owner);
        if let Some(receiver) = registration.passed_on_to {
            self.pass_on(agent, account(receiver));
        }
        if registration.uri.is_some() {
            self.identity_event(METADATA_UPDATE, &[], &[Value::Word(abi::uint(agent))]);
        }
        let uri = [Value::Bytes(registration.uri.unwrap_or_default())];
        self.identity_event(REGISTERED, &[abi::uint(agent), abi::address(owner)], &uri);
        self.metadata_event(agent, WALLET, &owner);
        for (key, value) in registration.entries {
            self.metadata_event(agent, key, value);
        }
        agent
    }

    /// `register(uri)` called by `caller`; returns the agent's id.
    pub fn register(&mut self, caller: &str, uri: &[u8]) -> u64 {
        self.register_as(
            caller,
            &Registration {
                uri: Some(uri),
                ..Registration::default()
            },
        )
    }

    /// An agent whose registration the dump lacks takes an id.
    pub fn register_unseen(&mut self, caller: &str) -> u64 {
        let agent = self.identity.next;
        self.identity.next += 1;
        self.identity.owners.insert(agent, account(caller));
        agent
    }

    /// `setAgentURI` called by `caller`.
    pub fn set_uri(&mut self, caller: &str, agent: u64, uri: &[u8]) {
        self.ledger.transaction();
        self.identity_event(METADATA_UPDATE, &[], &[Value::Word(abi::uint(agent))]);
        let topics = [abi::uint(agent), abi::address(account(caller))];
        self.identity_event(URI_UPDATED, &topics, &[Value::Bytes(uri)]);
    }

    /// `URIUpdated` alone: what a dump holds that was filtered by that event.
    pub fn set_uri_filtered(&mut self, caller: &str, agent: u64, uri: &[u8]) {
        self.ledger.transaction();
        let topics = [abi::uint(agent), abi::address(account(caller))];
        self.identity_event(URI_UPDATED, &topics, &[Value::Bytes(uri)]);
    }

    /// `setMetadata`.
    pub fn set_metadata(&mut self, agent: u64, key: &[u8], value: &[u8]) {
        self.ledger.transaction();
        self.metadata_event(agent, key, value);
    }

    /// `setAgentWallet`.
    pub fn set_wallet(&mut self, agent: u64, wallet: &str) {
        self.set_metadata(agent, WALLET, &account(wallet));
    }

    /// `unsetAgentWallet`.
    pub fn unset_wallet(&mut self, agent: u64) {
        self.set_metadata(agent, WALLET, b"");
    }

    /// `transferFrom` by the owner or whoever may.
    pub fn transfer(&mut self, agent: u64, to: &str) {
        self.ledger.transaction();
        self.pass_on(agent, account(to));
    }

    /// `approve`.
    pub fn approve(&mut self, agent: u64, approved: Address) {
        self.ledger.transaction();
        let owner = self.owner(agent);
        let topics = [
            abi::address(owner),
            abi::address(approved),
            abi::uint(agent),
        ];
        self.identity_event(APPROVAL, &topics, &[]);
    }

    /// `setApprovalForAll`.
    pub fn approve_for_all(&mut self, owner: &str, operator: &str, approved: bool) {
        self.ledger.transaction();
        let topics = [
            abi::address(account(owner)),
            abi::address(account(operator)),
        ];
        let approved = Value::Word(abi::uint(u64::from(approved)));
        self.identity_event(APPROVAL_FOR_ALL, &topics, &[approved]);
    }

    /// Who owns `agent` now; the zero address when nobody does.
    pub fn owner(&self, agent: u64) -> Address {
        self.identity
            .owners
            .get(&agent)
            .copied()
            .unwrap_or_default()
    }

    /// A transfer within a transaction: the wallet is cleared before the token moves.
    fn pass_on(&mut self, agent: u64, to: Address) {
        self.metadata_event(agent, WALLET, b"");
        self.transfer_event(self.owner(agent), to, agent);
        self.identity.owners.insert(agent, to);
    }

    fn transfer_event(&mut self, from: Address, to: Address, agent: u64) {
        let topics = [abi::address(from), abi::address(to), abi::uint(agent)];
        self.identity_event(TRANSFER, &topics, &[]);
    }

    fn metadata_event(&mut self, agent: u64, key: &[u8], value: &[u8]) {
        let topics = [abi::uint(agent), abi::keccak(key)];
        self.identity_event(
            METADATA_SET,
            &topics,
            &[Value::Bytes(key), Value::Bytes(value)],
        );
    }

    fn identity_event(&mut self, event: &str, topics: &[abi::Word], data: &[Value<'_>]) {
        self.ledger
            .emit(self.identity.contract, event, topics, data);
    }
}
