//! The closed list of events, and the topics that announce them.

use std::sync::LazyLock;

use alloy::sol_types::SolEvent;
use alloy_primitives::B256;

use super::super::abi::{AgentIdentityRegistry, AgentReputationRegistry, AgentValidationRegistry};
use super::super::registry::RegistryKind;

/// Which event a log is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum EventKind {
    /// `Registered`.
    Registered,
    /// `URIUpdated`.
    UriUpdated,
    /// `MetadataSet`.
    MetadataSet,
    /// ERC-721 `Transfer`.
    Transfer,
    /// ERC-721 `Approval`.
    Approval,
    /// ERC-721 `ApprovalForAll`.
    ApprovalForAll,
    /// `AgentSuspended`, of our registries only.
    AgentSuspended,
    /// `AgentRestored`, likewise.
    AgentRestored,
    /// `NewFeedback`.
    NewFeedback,
    /// `FeedbackRevoked`.
    FeedbackRevoked,
    /// `ResponseAppended`.
    ResponseAppended,
    /// `ValidationRequest`.
    ValidationRequest,
    /// `ValidationResponse`.
    ValidationResponse,
    /// One of the above by its topic, but not by the rest.
    Malformed,
    /// Not an event of the registry that emitted it.
    Other,
}

use EventKind as K;
use RegistryKind::{Identity, Reputation, Validation};

/// Every event that is asked for: its topic, the registry that emits it, its kind.
const KNOWN: [(B256, RegistryKind, EventKind); 13] = [
    (
        AgentIdentityRegistry::Registered::SIGNATURE_HASH,
        Identity,
        K::Registered,
    ),
    (
        AgentIdentityRegistry::URIUpdated::SIGNATURE_HASH,
        Identity,
        K::UriUpdated,
    ),
    (
        AgentIdentityRegistry::MetadataSet::SIGNATURE_HASH,
        Identity,
        K::MetadataSet,
    ),
    (
        AgentIdentityRegistry::Transfer::SIGNATURE_HASH,
        Identity,
        K::Transfer,
    ),
    (
        AgentIdentityRegistry::Approval::SIGNATURE_HASH,
        Identity,
        K::Approval,
    ),
    (
        AgentIdentityRegistry::ApprovalForAll::SIGNATURE_HASH,
        Identity,
        K::ApprovalForAll,
    ),
    (
        AgentIdentityRegistry::AgentSuspended::SIGNATURE_HASH,
        Identity,
        K::AgentSuspended,
    ),
    (
        AgentIdentityRegistry::AgentRestored::SIGNATURE_HASH,
        Identity,
        K::AgentRestored,
    ),
    (
        AgentReputationRegistry::NewFeedback::SIGNATURE_HASH,
        Reputation,
        K::NewFeedback,
    ),
    (
        AgentReputationRegistry::FeedbackRevoked::SIGNATURE_HASH,
        Reputation,
        K::FeedbackRevoked,
    ),
    (
        AgentReputationRegistry::ResponseAppended::SIGNATURE_HASH,
        Reputation,
        K::ResponseAppended,
    ),
    (
        AgentValidationRegistry::ValidationRequest::SIGNATURE_HASH,
        Validation,
        K::ValidationRequest,
    ),
    (
        AgentValidationRegistry::ValidationResponse::SIGNATURE_HASH,
        Validation,
        K::ValidationResponse,
    ),
];

static TOPICS: LazyLock<Vec<B256>> = LazyLock::new(|| KNOWN.iter().map(|(t, ..)| *t).collect());

/// The topics to ask a chain for, in a fixed order.
#[must_use]
pub fn topics() -> &'static [B256] {
    &TOPICS
}

/// The kind of registry whose event `topic` announces.
#[must_use]
pub fn emitter_of(topic: &B256) -> Option<RegistryKind> {
    KNOWN
        .iter()
        .find(|(known, ..)| known == topic)
        .map(|(_, of, _)| *of)
}

impl EventKind {
    /// The event that `topic` announces in a registry of this kind.
    #[must_use]
    pub fn of(topic: &B256, registry: RegistryKind) -> Option<Self> {
        KNOWN
            .iter()
            .find(|(known, of, _)| known == topic && *of == registry)
            .map(|(.., k)| *k)
    }

    /// Its name in the table of events and in reports: as on chain, or ours in lower case.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Registered => "Registered",
            Self::UriUpdated => "URIUpdated",
            Self::MetadataSet => "MetadataSet",
            Self::Transfer => "Transfer",
            Self::Approval => "Approval",
            Self::ApprovalForAll => "ApprovalForAll",
            Self::AgentSuspended => "AgentSuspended",
            Self::AgentRestored => "AgentRestored",
            Self::NewFeedback => "NewFeedback",
            Self::FeedbackRevoked => "FeedbackRevoked",
            Self::ResponseAppended => "ResponseAppended",
            Self::ValidationRequest => "ValidationRequest",
            Self::ValidationResponse => "ValidationResponse",
            Self::Malformed => "malformed",
            Self::Other => "other",
        }
    }
}

#[cfg(test)]
mod tests {
    use alloy_primitives::keccak256;

    use super::*;

    /// As the ERC writes them, and ERC-721; the last two are our own.
    const SIGNATURES: [(&str, RegistryKind); 13] = [
        ("Registered(uint256,string,address)", Identity),
        ("URIUpdated(uint256,string,address)", Identity),
        ("MetadataSet(uint256,string,string,bytes)", Identity),
        ("Transfer(address,address,uint256)", Identity),
        ("Approval(address,address,uint256)", Identity),
        ("ApprovalForAll(address,address,bool)", Identity),
        (
            "NewFeedback(uint256,address,uint64,int128,uint8,string,string,string,string,string,bytes32)",
            Reputation,
        ),
        ("FeedbackRevoked(uint256,address,uint64)", Reputation),
        (
            "ResponseAppended(uint256,address,uint64,address,string,bytes32)",
            Reputation,
        ),
        (
            "ValidationRequest(address,uint256,string,bytes32)",
            Validation,
        ),
        (
            "ValidationResponse(address,uint256,bytes32,uint8,string,bytes32,string)",
            Validation,
        ),
        ("AgentSuspended(uint256,address)", Identity),
        ("AgentRestored(uint256,address)", Identity),
    ];

    #[test]
    fn the_events_of_our_contracts_are_those_that_every_registry_emits() {
        for (signature, registry) in SIGNATURES {
            let kind = EventKind::of(&keccak256(signature), registry);
            let name = signature.split('(').next();
            assert_eq!(kind.map(EventKind::as_str), name, "{signature}");
        }
        assert_eq!(topics().len(), SIGNATURES.len());
    }
}
