//! What an agent was paid, token by token. Amounts of different tokens are never added together.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::address::Address;
use crate::decimal;

/// What succeeded payments in one token came to.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct TokenTotal {
    /// The token's contract; absent for the chain's native currency.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub token: Option<Address>,
    /// What it is called; absent for the chain's native currency.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(example = "USDC")]
    pub symbol: Option<String>,
    /// Payments.
    #[schema(example = 10)]
    pub payments: i64,
    /// Their sum in base units, exactly.
    #[schema(example = "25000000")]
    pub amount: String,
    /// Fraction digits of the token.
    #[schema(example = 6)]
    pub decimals: i16,
    /// Both together, as a decimal.
    #[schema(example = "25")]
    pub decimal_amount: String,
}

/// A total as statements give it.
#[derive(Debug, Deserialize)]
pub(crate) struct TotalRow {
    token: Option<Address>,
    symbol: Option<String>,
    payments: i64,
    amount: String,
    decimals: i16,
}

impl From<TotalRow> for TokenTotal {
    fn from(row: TotalRow) -> Self {
        let decimals = usize::try_from(row.decimals).unwrap_or_default();
        Self {
            token: row.token,
            symbol: row.symbol,
            payments: row.payments,
            decimal_amount: decimal::scaled(&row.amount, decimals),
            amount: row.amount,
            decimals: row.decimals,
        }
    }
}
