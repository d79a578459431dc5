//! What a registration file says, as far as it says it in the right types.

use serde::{Deserialize, Serialize};

/// A registration file. What has the wrong type is left out here; the file itself is kept whole.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Registration {
    /// `type`: what kind of file it is.
    #[serde(rename = "type")]
    pub file_type: Option<String>,
    /// The agent's name.
    pub name: Option<String>,
    /// What it does.
    pub description: Option<String>,
    /// A picture of it.
    pub image: Option<String>,
    /// `services`, or `endpoints` as they were once called.
    pub services: Vec<Service>,
    /// `x402Support`, or `x402support`: whether it takes x402 payments.
    pub x402_support: Option<bool>,
    /// Whether it is in use.
    pub active: Option<bool>,
    /// Where it is registered, by its own word.
    pub registrations: Vec<RegistrationRef>,
    /// How it can be trusted.
    pub supported_trust: Vec<String>,
}

/// A service that a registration file names.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Service {
    /// Its place in the file's list.
    pub position: usize,
    /// The protocol: `A2A`, `MCP`, `OASF`, `web`, …
    pub name: Option<String>,
    /// Where it is.
    pub endpoint: Option<String>,
    /// The protocol's version.
    pub version: Option<String>,
    /// `skills` (OASF), and `a2aSkills` (A2A).
    pub skills: Vec<String>,
    /// `domains` (OASF).
    pub domains: Vec<String>,
}

/// A registration that a file claims.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct RegistrationRef {
    /// The agent's id in the registry, in decimal.
    pub agent_id: String,
    /// `{namespace}:{chainId}:{identityRegistry}`
    pub agent_registry: String,
}
