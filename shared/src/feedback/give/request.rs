//! What callers hand in: the parts of a feedback file (ERC-8004, "Off-Chain Feedback File Structure") that are theirs to
//! say, and their signature.

use std::fmt;
use std::str::FromStr;

use alloy_primitives::Bytes;
use chrono::{DateTime, Utc};
use garde::Validate;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::address::Address;
use crate::hex::Hex;
use crate::limits::{CONTEXT_ITEM_CHARS_MAX, CONTEXT_ITEMS_MAX, TAG_BYTES_MAX, URI_BYTES_MAX};
use crate::rules::{printable, signature_length};

/// Fraction digits of a value, as the reputation registry bounds them.
const DECIMALS_MAX: u8 = 18;

/// What a client says of an agent.
#[derive(Debug, Deserialize, Validate, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct NewFeedback {
    /// The value: a whole number of at most 39 digits (−10^38 to 10^38), in units of 10^-`valueDecimals`.
    #[garde(skip)]
    pub value: Value,
    /// The value's scale.
    #[garde(range(max = DECIMALS_MAX))]
    #[serde(default)]
    #[schema(example = 0)]
    pub value_decimals: u8,
    /// What was measured.
    #[garde(length(bytes, max = TAG_BYTES_MAX), custom(printable))]
    #[serde(default)]
    #[schema(example = "starred")]
    pub tag1: String,
    /// What was measured, closer.
    #[garde(length(bytes, max = TAG_BYTES_MAX), custom(printable))]
    #[serde(default)]
    #[schema(example = "")]
    pub tag2: String,
    /// The endpoint that was used.
    #[garde(length(bytes, max = URI_BYTES_MAX), custom(printable))]
    #[serde(default)]
    #[schema(example = "https://agent.example/GetPrice")]
    pub endpoint: String,
    /// What was used of an MCP server.
    #[garde(dive)]
    pub mcp: Option<Mcp>,
    /// What an A2A agent did.
    #[garde(dive)]
    pub a2a: Option<A2a>,
    /// Which skills and domains of the Open Agentic Schema Framework it was about.
    #[garde(dive)]
    pub oasf: Option<Oasf>,
    /// The payment for what was done. Feedback counts as paid if that payment is linked to the agent, succeeded, and is
    /// this client's.
    #[garde(skip)]
    pub proof_of_payment: Option<ProofOfPayment>,
    /// The client's own signature over all of it.
    #[garde(dive)]
    pub signature: Option<Signature>,
}

/// What was used of an MCP server.
#[derive(Debug, Serialize, Deserialize, Validate, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Mcp {
    /// A tool.
    #[garde(inner(custom(item)))]
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(example = "get_price")]
    pub tool: Option<String>,
    /// A prompt.
    #[garde(inner(custom(item)))]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub prompt: Option<String>,
    /// A resource.
    #[garde(inner(custom(item)))]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub resource: Option<String>,
}

/// What an A2A agent did.
#[derive(Debug, Serialize, Deserialize, Validate, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct A2a {
    /// Ids of skills, as the agent's card has them.
    #[garde(length(max = CONTEXT_ITEMS_MAX), inner(custom(item)))]
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub skills: Vec<String>,
    /// The context.
    #[garde(inner(custom(item)))]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub context_id: Option<String>,
    /// The task.
    #[garde(inner(custom(item)))]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub task_id: Option<String>,
}

/// Skills and domains of the Open Agentic Schema Framework.
#[derive(Debug, Serialize, Deserialize, Validate, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Oasf {
    /// Names of skills.
    #[garde(length(max = CONTEXT_ITEMS_MAX), inner(custom(item)))]
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub skills: Vec<String>,
    /// Names of domains.
    #[garde(length(max = CONTEXT_ITEMS_MAX), inner(custom(item)))]
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub domains: Vec<String>,
}

/// A payment, as the ERC's feedback file names it.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ProofOfPayment {
    /// Who paid.
    pub from_address: Address,
    /// Who was paid.
    pub to_address: Address,
    /// EIP-155 chain id, as text.
    pub chain_id: ChainId,
    /// The transaction.
    pub tx_hash: TransactionHash,
}

/// The client's EIP-712 signature; `docs/WRITES.md` has the type.
#[derive(Debug, Deserialize, Validate, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Signature {
    /// When it was signed, in whole seconds; the file's `createdAt`.
    #[garde(custom(whole_seconds))]
    pub issued_at: DateTime<Utc>,
    /// Until when it may be handed in, in whole seconds.
    #[garde(custom(whole_seconds))]
    pub expires_at: DateTime<Utc>,
    /// 65 bytes, 64 (EIP-2098), or whatever the contract wallet takes (ERC-1271).
    #[garde(custom(signature_length))]
    #[schema(value_type = String, pattern = "^0x([0-9a-fA-F]{2})+$")]
    pub signature: Bytes,
}

/// An int128 that the reputation registry takes, as decimal text.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(try_from = "String")]
#[schema(value_type = String, pattern = "^-?[0-9]{1,39}$", example = "87")]
pub struct Value(i128);

impl Value {
    /// The reference contract's bound.
    const MAX: i128 = 10_i128.pow(38);

    /// The number.
    #[must_use]
    pub const fn get(self) -> i128 {
        self.0
    }
}

/// An EIP-155 chain id as decimal text.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(try_from = "String", into = "String")]
#[schema(value_type = String, pattern = "^[1-9][0-9]*$", example = "8453")]
pub struct ChainId(i64);

impl ChainId {
    /// The number.
    #[must_use]
    pub const fn get(self) -> i64 {
        self.0
    }
}

/// 32 bytes of hex.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(try_from = "Hex", into = "String")]
#[schema(value_type = String, pattern = "^0x[0-9a-fA-F]{64}$")]
pub struct TransactionHash(Hex);

impl TransactionHash {
    /// Its bytes.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8] {
        &self.0.0
    }
}

/// Why a text is not one of these.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Malformed {
    /// Not decimal digits, or too large.
    #[error("is not a whole number from -10^38 to 10^38")]
    Value,
    /// Not a chain id.
    #[error("is not a number from 1 to 9223372036854775807")]
    ChainId,
    /// Not 32 bytes.
    #[error("is not 0x and 64 hex digits")]
    TransactionHash,
}

/// Digits only: `parse` would take a plus sign.
fn digits<T: FromStr>(text: &str) -> Option<T> {
    let digits = text.strip_prefix('-').unwrap_or(text);
    let is_digits = !digits.is_empty() && digits.bytes().all(|c| c.is_ascii_digit());
    is_digits.then(|| text.parse().ok()).flatten()
}

impl TryFrom<String> for Value {
    type Error = Malformed;

    fn try_from(text: String) -> Result<Self, Malformed> {
        match digits::<i128>(&text) {
            Some(value) if (-Self::MAX..=Self::MAX).contains(&value) => Ok(Self(value)),
            _ => Err(Malformed::Value),
        }
    }
}

impl TryFrom<String> for ChainId {
    type Error = Malformed;

    fn try_from(text: String) -> Result<Self, Malformed> {
        let id = digits::<i64>(&text).filter(|id| *id > 0);
        id.map(Self).ok_or(Malformed::ChainId)
    }
}

impl From<ChainId> for String {
    fn from(id: ChainId) -> Self {
        id.0.to_string()
    }
}

impl TryFrom<Hex> for TransactionHash {
    type Error = Malformed;

    fn try_from(hex: Hex) -> Result<Self, Malformed> {
        if hex.0.len() == 32 {
            Ok(Self(hex))
        } else {
            Err(Malformed::TransactionHash)
        }
    }
}

impl From<TransactionHash> for String {
    fn from(hash: TransactionHash) -> Self {
        hash.0.to_string()
    }
}

impl fmt::Display for Value {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

#[expect(
    clippy::trivially_copy_pass_by_ref,
    reason = "the form that garde calls"
)]
fn item(text: &str, (): &()) -> garde::Result {
    printable(text, &())?;
    if (1..=CONTEXT_ITEM_CHARS_MAX).contains(&text.chars().count()) {
        return Ok(());
    }
    let detail = format!("is not of 1 to {CONTEXT_ITEM_CHARS_MAX} characters");
    Err(garde::Error::new(detail))
}

#[expect(
    clippy::trivially_copy_pass_by_ref,
    reason = "the form that garde calls"
)]
fn whole_seconds(time: &DateTime<Utc>, (): &()) -> garde::Result {
    if time.timestamp() >= 0 && time.timestamp_subsec_nanos() == 0 {
        return Ok(());
    }
    Err(garde::Error::new("is not in whole seconds since 1970"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_is_what_the_registry_takes() {
        let value = |text: &str| Value::try_from(text.to_owned()).map(Value::get);
        assert_eq!(value("-32"), Ok(-32));
        assert_eq!(value(&Value::MAX.to_string()), Ok(Value::MAX));
        assert_eq!(value(&(-Value::MAX).to_string()), Ok(-Value::MAX));
        let beyond = (Value::MAX + 1).to_string();
        for wrong in [
            "",
            "-",
            "+1",
            "1.5",
            "1e3",
            " 1",
            "0x1",
            &beyond,
            &i128::MIN.to_string(),
        ] {
            assert_eq!(value(wrong), Err(Malformed::Value), "{wrong}");
        }
    }

    #[test]
    fn a_chain_id_is_positive() {
        let id = |text: &str| ChainId::try_from(text.to_owned()).map(ChainId::get);
        assert_eq!(id("8453"), Ok(8453));
        for wrong in ["0", "-1", "", "base", "9223372036854775808"] {
            assert_eq!(id(wrong), Err(Malformed::ChainId), "{wrong}");
        }
    }
}
