//! How callers name an agent.

use std::fmt;
use std::str::FromStr;

use alloy_primitives::U256;
use serde::{Deserialize, Serialize};
use utoipa::openapi::{ObjectBuilder, RefOr, Schema, Type};
use utoipa::{PartialSchema, ToSchema};
use uuid::Uuid;

use crate::address::Address;

/// An ERC-721 token id: a uint256, shown as a decimal string because JSON numbers lose digits.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, ToSchema,
)]
#[serde(try_from = "String", into = "String")]
#[schema(value_type = String, pattern = "^[0-9]{1,78}$", example = "22")]
pub struct AgentId(U256);

/// The name of one agent: `{chainId}:{agentId}` in the chain's default registry,
/// `eip155:{chainId}:{registry}:{agentId}` in full, or its UUID.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub enum AgentRef {
    /// In the chain's default identity registry.
    Default {
        /// EIP-155 chain id.
        chain_id: u64,
        /// The token id.
        agent_id: AgentId,
    },
    /// In a named registry.
    Full {
        /// EIP-155 chain id.
        chain_id: u64,
        /// The identity registry.
        registry: Address,
        /// The token id.
        agent_id: AgentId,
    },
    /// By our own id; the only name of an agent that is not on chain yet.
    Id(Uuid),
}

/// Why a text names no agent.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum InvalidAgentRef {
    /// None of the three forms.
    #[error(
        "is not {{chainId}}:{{agentId}}, eip155:{{chainId}}:{{registry}}:{{agentId}} or a UUID"
    )]
    Form,
    /// The chain id is not a positive number.
    #[error("has a chain id that is not a number from 1 to 9223372036854775807")]
    ChainId,
    /// The registry is not an address.
    #[error("has a registry that {0}")]
    Registry(#[from] crate::address::InvalidAddress),
    /// The agentId is not a uint256.
    #[error("has an agentId that is not a decimal uint256")]
    AgentId,
}

impl PartialSchema for AgentRef {
    fn schema() -> RefOr<Schema> {
        ObjectBuilder::new()
            .schema_type(Type::String)
            .description(Some(
                "`{chainId}:{agentId}`, `eip155:{chainId}:{registry}:{agentId}` or a UUID.",
            ))
            .examples(["8453:22"])
            .into()
    }
}

impl ToSchema for AgentRef {}

impl AgentRef {
    /// The full name of a row; `None` where the agent has no agentId yet.
    #[must_use]
    pub fn full(chain_id: i64, registry: Address, agent_id: Option<AgentId>) -> Option<Self> {
        Some(Self::Full {
            chain_id: u64::try_from(chain_id).ok()?,
            registry,
            agent_id: agent_id?,
        })
    }
}

impl From<U256> for AgentId {
    fn from(id: U256) -> Self {
        Self(id)
    }
}

impl FromStr for AgentId {
    type Err = InvalidAgentRef;

    fn from_str(text: &str) -> Result<Self, InvalidAgentRef> {
        // One spelling a number, so that one agent has one name (and one cache key).
        let canonical = text == "0" || (!text.starts_with('0') && (1..=78).contains(&text.len()));
        if !canonical || !text.bytes().all(|b| b.is_ascii_digit()) {
            return Err(InvalidAgentRef::AgentId);
        }
        U256::from_str_radix(text, 10)
            .map(Self)
            .map_err(|_| InvalidAgentRef::AgentId)
    }
}

impl FromStr for AgentRef {
    type Err = InvalidAgentRef;

    fn from_str(text: &str) -> Result<Self, InvalidAgentRef> {
        let parts: Vec<&str> = text.split(':').collect();
        match parts.as_slice() {
            [chain_id, agent_id] => Ok(Self::Default {
                chain_id: chain(chain_id)?,
                agent_id: agent_id.parse()?,
            }),
            ["eip155", chain_id, registry, agent_id] => Ok(Self::Full {
                chain_id: chain(chain_id)?,
                registry: registry.parse()?,
                agent_id: agent_id.parse()?,
            }),
            [id] => id.parse().map(Self::Id).map_err(|_| InvalidAgentRef::Form),
            _ => Err(InvalidAgentRef::Form),
        }
    }
}

/// Chain ids fit PostgreSQL's bigint; EIP-2294 bounds them to about that.
fn chain(text: &str) -> Result<u64, InvalidAgentRef> {
    let plain =
        !text.is_empty() && !text.starts_with('0') && text.bytes().all(|b| b.is_ascii_digit());
    let id = if plain {
        text.parse::<i64>().ok()
    } else {
        None
    };
    id.and_then(|id| u64::try_from(id).ok())
        .ok_or(InvalidAgentRef::ChainId)
}

impl fmt::Display for AgentId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.0, f)
    }
}

impl fmt::Display for AgentRef {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Default { chain_id, agent_id } => write!(f, "{chain_id}:{agent_id}"),
            Self::Full {
                chain_id,
                registry,
                agent_id,
            } => write!(f, "eip155:{chain_id}:{registry}:{agent_id}"),
            Self::Id(id) => fmt::Display::fmt(id, f),
        }
    }
}

impl TryFrom<String> for AgentId {
    type Error = InvalidAgentRef;

    fn try_from(text: String) -> Result<Self, InvalidAgentRef> {
        text.parse()
    }
}

impl From<AgentId> for U256 {
    fn from(id: AgentId) -> Self {
        id.0
    }
}

impl From<AgentId> for String {
    fn from(id: AgentId) -> Self {
        id.to_string()
    }
}

impl TryFrom<String> for AgentRef {
    type Error = InvalidAgentRef;

    fn try_from(text: String) -> Result<Self, InvalidAgentRef> {
        text.parse()
    }
}

impl From<AgentRef> for String {
    fn from(agent: AgentRef) -> Self {
        agent.to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_form_is_read_and_shown_again() {
        let max = U256::MAX.to_string();
        for text in [
            "1:0".to_owned(),
            format!("8453:{max}"),
            "eip155:1:0x8004A169FB4a3325136EB29fA0ceB6D2e539a432:22".to_owned(),
            "67e55044-10b1-426f-9247-bb680e5fe0c8".to_owned(),
        ] {
            assert_eq!(
                text.parse::<AgentRef>().expect("it is a name").to_string(),
                text
            );
        }
    }

    #[test]
    fn anything_else_is_refused_with_its_reason() {
        use InvalidAgentRef as E;
        let over = "115792089237316195423570985008687907853269984665640564039457584007913129639936";
        for (text, reason) in [
            ("", E::Form),
            ("1:2:3", E::Form),
            ("agent", E::Form),
            ("0:1", E::ChainId),
            ("-1:1", E::ChainId),
            ("9223372036854775808:1", E::ChainId),
            ("1:", E::AgentId),
            ("1:01", E::AgentId),
            ("1:+1", E::AgentId),
            (&format!("1:{over}"), E::AgentId),
            (
                "eip155:1:0x00:1",
                E::Registry(crate::address::InvalidAddress::Form),
            ),
        ] {
            assert_eq!(text.parse::<AgentRef>(), Err(reason), "{text}");
        }
    }
}
