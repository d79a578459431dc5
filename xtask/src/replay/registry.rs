//! Which contracts of a dump are ERC-8004 registries, told by what they emitted.

use std::collections::BTreeSet;

use super::dump::Log;

/// What a contract is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Role {
    /// It emitted `Registered`, `URIUpdated` or `MetadataSet`.
    Identity,
    /// It emitted `NewFeedback`, `FeedbackRevoked` or `ResponseAppended`.
    Reputation,
    /// It emitted `ValidationRequest` or `ValidationResponse`.
    Validation,
}

impl Role {
    /// What the database calls it.
    #[must_use]
    pub const fn kind(self) -> &'static str {
        match self {
            Self::Identity => "identity",
            Self::Reputation => "reputation",
            Self::Validation => "validation",
        }
    }
}

/// A registry of the replayed chain.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Registry {
    /// Its address, `0x` and lower case.
    pub address: String,
    /// Which of the three it is.
    pub role: Role,
}

/// The first topic of each event that only one kind of registry emits.
const TOPICS: [(&str, Role); 8] = [
    // Registered, URIUpdated, MetadataSet
    (
        "ca52e62c367d81bb2e328eb795f7c7ba24afb478408a26c0e201d155c449bc4a",
        Role::Identity,
    ),
    (
        "3a2c7fffc2cba7582c690e3b82c453ea02a308326a98a3ad7576c606336409fb",
        Role::Identity,
    ),
    (
        "2c149ed548c6d2993cd73efe187df6eccabe4538091b33adbd25fafdb8a1468b",
        Role::Identity,
    ),
    // NewFeedback, FeedbackRevoked, ResponseAppended
    (
        "6a4a61743519c9d648a14e6493f47dbe3ff1aa29e7785c96c8326a205e58febc",
        Role::Reputation,
    ),
    (
        "25156fd3288212246d8b008d5921fde376c71ed14ac2e072a506eb06fde6d09d",
        Role::Reputation,
    ),
    (
        "b1c6be0b5b8aef6539e2fac0fd131a2faa7b49edf8e505b5eb0ad487d56051d4",
        Role::Reputation,
    ),
    // ValidationRequest, ValidationResponse
    (
        "530436c3634a98e1e626b0898be2f1e9980cc1bd2a78c07a0aba52d0a48a5059",
        Role::Validation,
    ),
    (
        "afddf629e874ccc3963b6a888c477bd464a6c8525024fc88759ea3b2326349ae",
        Role::Validation,
    ),
];

/// The registries among the emitters of `logs`, by role and address.
pub fn registries(logs: &[Log]) -> Vec<Registry> {
    let mut found = BTreeSet::new();
    for log in logs {
        let Some(topic) = log.topics.first().map(hex::encode) else {
            continue;
        };
        if let Some((_, role)) = TOPICS.iter().find(|(known, _)| *known == topic) {
            found.insert((*role, log.address));
        }
    }
    let registry = |(role, address)| Registry {
        address: format!("0x{}", hex::encode(address)),
        role,
    };
    found.into_iter().map(registry).collect()
}
