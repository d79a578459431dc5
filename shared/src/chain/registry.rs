//! The registries that are indexed on a chain, as the table `registries` names them.

use std::collections::BTreeMap;

use alloy_primitives::Address;

/// Which of the three ERC-8004 registries a contract is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum RegistryKind {
    /// Who the agents are.
    Identity,
    /// What clients say of them.
    Reputation,
    /// What validators found of their work.
    Validation,
}

impl RegistryKind {
    /// The kind that the table's column means; `None` for a word that it does not allow.
    #[must_use]
    pub fn parse(word: &str) -> Option<Self> {
        match word {
            "identity" => Some(Self::Identity),
            "reputation" => Some(Self::Reputation),
            "validation" => Some(Self::Validation),
            _ => None,
        }
    }
}

/// One registry contract.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Registry {
    /// Which of the three it is.
    pub kind: RegistryKind,
    /// The identity registry that it speaks of; an identity registry names itself.
    pub identity: Address,
}

/// A chain's registries by address.
pub type Registries = BTreeMap<Address, Registry>;
