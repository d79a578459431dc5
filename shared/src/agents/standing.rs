//! The closed sets of words that say where an agent stands.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// Where an agent is between preparation and suspension: `prepared` here and not yet on chain, `registered` on chain,
/// `incomplete` (seen on chain, but its registration lies before the first block that was read), or `suspended` by its
/// registry.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, ToSchema, sqlx::Type,
)]
#[serde(rename_all = "camelCase")]
#[sqlx(type_name = "text", rename_all = "lowercase")]
pub enum AgentStatus {
    /// Prepared here and not yet registered on chain.
    Prepared,
    /// Registered on chain.
    Registered,
    /// Seen on chain, but its registration lies before the first block that was read.
    Incomplete,
    /// Suspended by its registry.
    Suspended,
}

/// How far an agent can be trusted, by what was paid and said: `excellent` (payment success of at least 95 %, a score
/// of at least 80, at least 10 payments), `good` (85 %, 70, 5), `fair` (75 %, 60, 1), `poor` (none of these), or `new`
/// (neither feedback nor a payment yet).
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, ToSchema, sqlx::Type,
)]
#[serde(rename_all = "camelCase")]
#[sqlx(type_name = "text", rename_all = "lowercase")]
pub enum TrustLevel {
    /// Payment success of at least 95 %, a score of at least 80, and at least 10 payments.
    Excellent,
    /// Payment success of at least 85 %, a score of at least 70, and at least 5 payments.
    Good,
    /// Payment success of at least 75 %, a score of at least 60, and at least 1 payment.
    Fair,
    /// None of these, though there is feedback or a payment.
    Poor,
    /// Neither feedback nor a payment yet.
    New,
}

impl TrustLevel {
    /// The level's name, on the wire and in the views.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Excellent => "excellent",
            Self::Good => "good",
            Self::Fair => "fair",
            Self::Poor => "poor",
            Self::New => "new",
        }
    }
}

/// What a score is the average of: feedback tagged `starred` with values from 0 to 100 or, where an agent has none,
/// feedback without a tag (`untagged`) with such values.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema, sqlx::Type)]
#[serde(rename_all = "camelCase")]
#[sqlx(type_name = "text", rename_all = "lowercase")]
pub enum ScoreBasis {
    /// Of feedback tagged `starred` with values from 0 to 100.
    Starred,
    /// Of feedback without a tag with values from 0 to 100: the agent has none that is `starred`.
    Untagged,
}
