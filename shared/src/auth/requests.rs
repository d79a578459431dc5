//! What callers hand in to sign in and to manage keys.

use alloy_primitives::Bytes;
use chrono::{DateTime, Utc};
use garde::Validate;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

use super::{Challenge, KeyRecord};
use crate::address::Address;
use crate::http::Problem;
use crate::limits::{KEY_AGE_MAX, SIGN_IN_MESSAGE_BYTES_MAX};
use crate::rules::{printable, signature_length};

/// Who wants to sign in, and on which chain.
#[derive(Debug, Deserialize, Validate, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct CreateChallenge {
    /// The wallet.
    #[garde(skip)]
    pub address: Address,
    /// The chain on which a contract wallet is asked for its signature; for other wallets any chain that is indexed.
    #[garde(range(min = 1))]
    #[schema(example = 8453)]
    pub chain_id: u64,
}

/// A challenge, with the message to sign.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct ChallengeReply {
    /// Good for one key.
    #[schema(example = "Vb3Ye1CnQ8fKq2LxWm0Zr7Td")]
    pub nonce: String,
    /// An EIP-4361 message, ready for `personal_sign`. A wallet's own is as good, with this nonce and our domain.
    pub message: String,
    /// When the nonce can no longer be used.
    pub expires_at: DateTime<Utc>,
}

impl From<Challenge> for ChallengeReply {
    fn from(challenge: Challenge) -> Self {
        Self {
            message: challenge.message.to_string(),
            nonce: challenge.message.nonce,
            expires_at: challenge.expires_at,
        }
    }
}

/// A signed message, and what the key is to be.
#[derive(Debug, Deserialize, Validate, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct CreateApiKey {
    /// The message that was signed (EIP-4361), byte for byte.
    #[garde(length(bytes, min = 1, max = SIGN_IN_MESSAGE_BYTES_MAX))]
    pub message: String,
    /// The signature: 65 bytes, 64 (EIP-2098), or whatever the contract wallet takes (ERC-1271).
    #[garde(custom(signature_length))]
    #[schema(value_type = String, pattern = "^0x([0-9a-fA-F]{2})+$")]
    pub signature: Bytes,
    /// What its owner calls it.
    #[garde(length(chars, min = 1, max = 100), custom(printable))]
    #[schema(example = "marketplace, production")]
    pub name: String,
    /// When it is to end: at most a year from now, which is also what it is when left out.
    #[garde(skip)]
    pub expires_at: Option<DateTime<Utc>>,
}

impl CreateApiKey {
    /// When the key ends.
    ///
    /// # Errors
    /// Where the end is past, or too far away.
    pub fn end(&self, now: DateTime<Utc>) -> Result<DateTime<Utc>, Problem> {
        let latest = now + KEY_AGE_MAX;
        match self.expires_at {
            None => Ok(latest),
            Some(end) if end <= now => Err(Problem::at("/body/expiresAt", "is past")),
            Some(end) if end > latest => {
                Err(Problem::at("/body/expiresAt", "is more than a year away"))
            }
            Some(end) => Ok(end),
        }
    }
}

/// Which key.
#[derive(Debug, Deserialize, Validate, IntoParams)]
#[serde(deny_unknown_fields)]
pub struct KeyPath {
    /// The key's id, as lists show it.
    #[garde(skip)]
    pub id: Uuid,
}

/// The keys of a wallet.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct KeyList {
    /// Those that work first, then the newest; at most 100.
    pub items: Vec<KeyRecord>,
}
