//! From a log to an event. A log that cannot be decoded is an event of its own kind, never an error.

mod decode;
#[cfg(test)]
mod fuzz;
mod kind;

use alloy_primitives::{Address, B256, Bytes, U256};

pub use self::decode::decode;
pub use self::kind::{EventKind, emitter_of, topics};

use super::{AgentKey, Position, RawLog, registry::Registry};

/// What a log says, its fields by their names in the ERC. Texts are as they go into the tables: never with NUL, always UTF-8.
#[allow(missing_docs, reason = "the fields are the ERC's")]
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Event {
    /// An agent was registered.
    Registered {
        agent_id: U256,
        uri: String,
        owner: Address,
    },
    /// An agent's registration file moved.
    UriUpdated { agent_id: U256, uri: String },
    /// A metadata entry was written. The key `agentWallet` is the contract's own.
    MetadataSet {
        agent_id: U256,
        key_hash: B256,
        key: String,
        is_wallet: bool,
        value: Bytes,
    },
    /// An agent changed hands; from the zero address: it was minted.
    Transfer {
        agent_id: U256,
        from: Address,
        to: Address,
    },
    /// One address may act for one agent; the zero address: none may.
    Approval { agent_id: U256, approved: Address },
    /// An operator may, or no longer may, act for all agents of an owner.
    ApprovalForAll {
        owner: Address,
        operator: Address,
        approved: bool,
    },
    /// The registry's administration suspended an agent. Only registries of ours can.
    AgentSuspended { agent_id: U256 },
    /// It took that back.
    AgentRestored { agent_id: U256 },
    /// A client rated an agent.
    NewFeedback(Box<NewFeedback>),
    /// A client took its rating back.
    FeedbackRevoked {
        agent_id: U256,
        client: Address,
        index: u64,
    },
    /// Someone answered a rating.
    ResponseAppended {
        agent_id: U256,
        client: Address,
        index: u64,
        responder: Address,
        uri: String,
        hash: B256,
    },
    /// An agent asked a validator.
    ValidationRequest {
        agent_id: U256,
        validator: Address,
        uri: String,
        request_hash: B256,
    },
    /// A validator answered.
    ValidationResponse {
        agent_id: U256,
        validator: Address,
        request_hash: B256,
        response: u8,
        uri: String,
        hash: B256,
        tag: String,
    },
    /// The topic of an event that we know over topics or data that it cannot have.
    Malformed,
    /// An event that this registry has no part in.
    Other,
}

/// A rating as emitted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewFeedback {
    /// The rated agent.
    pub agent_id: U256,
    /// Who rates.
    pub client: Address,
    /// Counts from 1 for each agent and client.
    pub index: u64,
    /// The value in units of `10^-decimals`.
    pub value: i128,
    /// 0–18 in the reference.
    pub decimals: u8,
    /// What is rated.
    pub tag1: String,
    /// A qualifier of it.
    pub tag2: String,
    /// The endpoint that was used.
    pub endpoint: String,
    /// The file that says more.
    pub uri: String,
    /// Keccak-256 of that file; zero where it is not given.
    pub hash: B256,
}

impl Event {
    /// Its kind, which the table of events names it by.
    #[must_use]
    pub fn kind(&self) -> EventKind {
        match self {
            Self::Registered { .. } => EventKind::Registered,
            Self::UriUpdated { .. } => EventKind::UriUpdated,
            Self::MetadataSet { .. } => EventKind::MetadataSet,
            Self::Transfer { .. } => EventKind::Transfer,
            Self::Approval { .. } => EventKind::Approval,
            Self::ApprovalForAll { .. } => EventKind::ApprovalForAll,
            Self::AgentSuspended { .. } => EventKind::AgentSuspended,
            Self::AgentRestored { .. } => EventKind::AgentRestored,
            Self::NewFeedback(_) => EventKind::NewFeedback,
            Self::FeedbackRevoked { .. } => EventKind::FeedbackRevoked,
            Self::ResponseAppended { .. } => EventKind::ResponseAppended,
            Self::ValidationRequest { .. } => EventKind::ValidationRequest,
            Self::ValidationResponse { .. } => EventKind::ValidationResponse,
            Self::Malformed => EventKind::Malformed,
            Self::Other => EventKind::Other,
        }
    }

    /// The agent that it is about, if it is about one.
    #[must_use]
    pub fn agent_id(&self) -> Option<U256> {
        match self {
            Self::Registered { agent_id, .. }
            | Self::UriUpdated { agent_id, .. }
            | Self::MetadataSet { agent_id, .. }
            | Self::Transfer { agent_id, .. }
            | Self::Approval { agent_id, .. }
            | Self::AgentSuspended { agent_id }
            | Self::AgentRestored { agent_id }
            | Self::FeedbackRevoked { agent_id, .. }
            | Self::ResponseAppended { agent_id, .. }
            | Self::ValidationRequest { agent_id, .. }
            | Self::ValidationResponse { agent_id, .. } => Some(*agent_id),
            Self::NewFeedback(feedback) => Some(feedback.agent_id),
            Self::ApprovalForAll { .. } | Self::Malformed | Self::Other => None,
        }
    }
}

/// An event and where it comes from: what the fold reads.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EventLog {
    /// Its place in the chain.
    pub at: Position,
    /// Seconds since 1970 of its block.
    pub time_s: u64,
    /// The transaction that emitted it.
    pub transaction_hash: B256,
    /// The registry that emitted it.
    pub emitter: Address,
    /// The identity registry that the emitter speaks of.
    pub registry: Address,
    /// What it says.
    pub event: Event,
}

impl EventLog {
    /// Decodes a log of one of our registries.
    #[must_use]
    pub fn new(log: &RawLog, registry: Registry) -> Self {
        Self {
            at: log.at,
            time_s: log.time_s,
            transaction_hash: log.transaction_hash,
            emitter: log.address,
            registry: registry.identity,
            event: decode(registry.kind, &log.topics, &log.data),
        }
    }

    /// The agent that it is about.
    #[must_use]
    pub fn agent(&self) -> Option<AgentKey> {
        let agent_id = self.event.agent_id()?;
        Some(AgentKey {
            registry: self.registry,
            agent_id,
        })
    }
}
