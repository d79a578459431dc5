//! One agent: who holds it, where its registration file is, what its registry says of it.

use alloy_primitives::map::HashMap;
use alloy_primitives::{Address, B256, Bytes};
use uuid::Uuid;

use super::super::events::{Event, EventLog};
use super::super::{AgentKey, Position};
use super::{Seat, Stats, Tag, TagKey, agent_uuid};

/// What is known of an agent's registration.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Status {
    /// Prepared here, not on chain yet.
    Prepared,
    /// Its registration was seen.
    Registered,
    /// It was seen by another event than its registration.
    Incomplete,
    /// Its registry suspended it.
    Suspended,
}

impl Status {
    /// The table's word for it.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Prepared => "prepared",
            Self::Registered => "registered",
            Self::Incomplete => "incomplete",
            Self::Suspended => "suspended",
        }
    }

    /// The status that the table's word means.
    #[must_use]
    pub fn parse(word: &str) -> Option<Self> {
        [
            Self::Prepared,
            Self::Registered,
            Self::Incomplete,
            Self::Suspended,
        ]
        .into_iter()
        .find(|status| status.as_str() == word)
    }
}

/// What the tables had of an agent before these events.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Known {
    /// Nothing.
    New,
    /// Its UUID only.
    Named,
    /// Its row, which has no id on chain so far.
    Prepared,
    /// Its row.
    Stored,
}

/// Where an agent was registered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Registered {
    /// The log.
    pub at: Position,
    /// Its transaction.
    pub transaction_hash: B256,
    /// Seconds since 1970.
    pub time_s: u64,
}

/// A metadata entry as last written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Metadata {
    /// The key.
    pub key: String,
    /// The value; empty is what the contract gives for a key that was never set, too.
    pub value: Bytes,
    /// The log that wrote it.
    pub at: Position,
    /// Seconds since 1970.
    pub time_s: u64,
}

/// An agent as loaded or first seen, and what changed.
#[derive(Clone, Debug)]
pub struct Agent {
    /// Its registry and id.
    pub key: AgentKey,
    /// Its UUID.
    pub id: Uuid,
    /// What the tables had of it when it was loaded.
    pub known: Known,
    /// Whether anything of the agent itself changed, not only its statistics.
    pub changed: bool,
    /// What is known of its registration.
    pub status: Status,
    /// Who owns it.
    pub owner: Seat,
    /// Where it is paid.
    pub wallet: Seat,
    /// Who else may act for it.
    pub approved: Seat,
    /// The registration, if it was seen.
    pub registered: Option<Registered>,
    /// The URI, if it changed.
    pub uri: Option<String>,
    /// Whether it has a URI at all.
    pub has_uri: bool,
    /// The first event that was seen of it, in seconds since 1970.
    pub created_s: u64,
    /// The block of the last event about the agent itself (feedback does not change an agent).
    pub updated_block: u64,
    /// Its time.
    pub updated_s: u64,
    /// Entries that were written, by the hash of the key.
    pub metadata: HashMap<B256, Metadata>,
    /// What to add to its statistics.
    pub stats: Stats,
    /// What to add to its statistics by tag.
    pub tags: HashMap<TagKey, Tag>,
    registering: Option<B256>,
}

impl Agent {
    /// An agent that no table has, at its first event.
    #[must_use]
    pub fn first_seen(chain_id: u64, key: AgentKey, at: Position, time_s: u64) -> Self {
        let id = agent_uuid(chain_id, key.registry, key.agent_id);
        let mut agent = Self::loaded(key, id);
        agent.known = Known::New;
        agent.seen(at, time_s);
        agent
    }

    /// An agent that was prepared here, and that the chain is about to know by this key.
    #[must_use]
    pub fn prepared(key: AgentKey, id: Uuid) -> Self {
        Self {
            known: Known::Prepared,
            ..Self::loaded(key, id)
        }
    }

    /// An agent that the tables have; the caller fills in what it is.
    #[must_use]
    pub fn loaded(key: AgentKey, id: Uuid) -> Self {
        Self {
            key,
            id,
            known: Known::Stored,
            changed: false,
            status: Status::Prepared,
            owner: Seat::default(),
            wallet: Seat::default(),
            approved: Seat::default(),
            registered: None,
            uri: None,
            has_uri: false,
            created_s: 0,
            updated_block: 0,
            updated_s: 0,
            metadata: HashMap::default(),
            stats: Stats::default(),
            tags: HashMap::default(),
            registering: None,
        }
    }

    /// Whether its row is to be updated; otherwise it is inserted.
    #[must_use]
    pub fn is_stored(&self) -> bool {
        matches!(self.known, Known::Stored | Known::Prepared)
    }

    /// The chain knows it: at least incomplete from here on.
    pub(super) fn seen(&mut self, at: Position, time_s: u64) {
        if self.status == Status::Prepared {
            self.status = Status::Incomplete;
            self.created_s = time_s;
        }
        self.changed = true;
        self.updated_block = at.block;
        self.updated_s = time_s;
    }

    pub(super) fn push(&mut self, log: EventLog) {
        self.seen(log.at, log.time_s);
        let at = log.at;
        match log.event {
            Event::Registered { uri, owner, .. } => {
                self.registered(owner, uri, at, log.transaction_hash, log.time_s);
            }
            Event::UriUpdated { uri, .. } => self.set_uri(uri),
            Event::MetadataSet {
                is_wallet: true,
                value,
                ..
            } => {
                self.set_wallet(&value, at, log.transaction_hash);
            }
            Event::MetadataSet {
                key_hash,
                key,
                value,
                ..
            } => {
                self.metadata.insert(
                    key_hash,
                    Metadata {
                        key,
                        value,
                        at,
                        time_s: log.time_s,
                    },
                );
            }
            Event::Transfer { from, to, .. } => {
                self.owner.set(Some(to), at);
                self.wallet.set(from.is_zero().then_some(to), at);
                self.approved.set(None, at);
            }
            Event::Approval { approved, .. } => self.approved.set(Some(approved), at),
            Event::AgentSuspended { .. } => self.status = Status::Suspended,
            Event::AgentRestored { .. } => {
                self.status = match self.registered {
                    Some(_) => Status::Registered,
                    None => Status::Incomplete,
                };
            }
            _ => {}
        }
    }

    fn registered(&mut self, owner: Address, uri: String, at: Position, tx: B256, time_s: u64) {
        if self.registered.is_none() {
            self.registered = Some(Registered {
                at,
                transaction_hash: tx,
                time_s,
            });
            if self.status == Status::Incomplete {
                self.status = Status::Registered;
            }
            if self.owner.holder().is_none() {
                self.owner.set(Some(owner), at);
                self.wallet.set(Some(owner), at);
            }
            self.registering = Some(tx);
        }
        // `register()` without a URI stores none: what the mint's callback set meanwhile stays.
        if !(uri.is_empty() && self.has_uri) {
            self.set_uri(uri);
        }
    }

    fn set_uri(&mut self, uri: String) {
        self.has_uri = !uri.is_empty();
        self.uri = Some(uri);
    }

    /// The first entry after `Registered` repeats what the mint did, too late to be true still.
    fn set_wallet(&mut self, value: &Bytes, at: Position, tx: B256) {
        if self.registering.take() == Some(tx) {
            return;
        }
        match value.len() {
            0 => self.wallet.set(None, at),
            20 => self.wallet.set(Some(Address::from_slice(value)), at),
            32 if value[..12] == [0; 12] => {
                self.wallet.set(Some(Address::from_slice(&value[12..])), at);
            }
            // Not an address: no contract that keeps to the ERC emits it.
            _ => {}
        }
    }
}
