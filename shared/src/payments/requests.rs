//! What callers hand in, and what they get for it.

use alloy_primitives::B256;
use garde::Validate;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

use super::Payment;
use crate::hex::Hex;

/// A transaction that paid an agent.
#[derive(Debug, Deserialize, Validate, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct LinkPayment {
    /// The chain of the transaction, which is the agent's.
    #[garde(range(min = 1))]
    #[schema(example = 8453, minimum = 1)]
    pub chain_id: i64,
    /// The transaction.
    #[garde(custom(is_hash))]
    pub transaction_hash: Hex,
    /// The one transfer that is meant, by its log's index in the block as receipts show it; −1 for native value. Every
    /// transfer to the agent when left out.
    #[garde(inner(range(min = -1)))]
    #[schema(example = 12, minimum = -1)]
    pub log_index: Option<i32>,
}

/// A transaction that paid a payment back.
#[derive(Debug, Deserialize, Validate, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct LinkRefund {
    /// The transaction, on the payment's chain.
    #[garde(custom(is_hash))]
    pub transaction_hash: Hex,
    /// The transfer that is meant, where the transaction has several that fit; −1 for native value.
    #[garde(inner(range(min = -1)))]
    #[schema(example = 3, minimum = -1)]
    pub log_index: Option<i32>,
}

/// The payments that a transaction was found to hold.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct LinkedPayments {
    /// Those that this request has linked, in the order of their logs.
    pub items: Vec<Payment>,
}

/// Which payment.
#[derive(Debug, Deserialize, Validate, IntoParams)]
#[serde(deny_unknown_fields)]
pub struct PaymentPath {
    /// The payment's id, as lists show it.
    #[garde(skip)]
    pub payment: Uuid,
}

/// The hash of a body that was validated.
pub(super) fn hash(bytes: &Hex) -> B256 {
    B256::try_from(bytes.0.as_slice()).unwrap_or_default()
}

#[expect(
    clippy::trivially_copy_pass_by_ref,
    reason = "the form that garde calls"
)]
fn is_hash(bytes: &Hex, (): &()) -> garde::Result {
    if bytes.0.len() == B256::len_bytes() {
        return Ok(());
    }
    Err(garde::Error::new("is not 0x and 64 hex digits"))
}
