//! Which currency a list is of.

use std::str::FromStr;

use serde::{Deserialize, Serialize};
use utoipa::openapi::{ObjectBuilder, RefOr, Schema, Type};
use utoipa::{PartialSchema, ToSchema};

use crate::address::{Address, InvalidAddress};

/// A token's contract, or the chain's native currency.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub enum TokenFilter {
    /// `native`.
    Native,
    /// A token's contract.
    Token(Address),
}

impl PartialSchema for TokenFilter {
    fn schema() -> RefOr<Schema> {
        ObjectBuilder::new()
            .schema_type(Type::String)
            .description(Some("A token's contract, or `native`."))
            .examples(["0x833589fCD6eDb6E08f4c7C32D4f71b54bdA02913"])
            .into()
    }
}

impl ToSchema for TokenFilter {}

impl FromStr for TokenFilter {
    type Err = InvalidAddress;

    fn from_str(text: &str) -> Result<Self, InvalidAddress> {
        if text == "native" {
            return Ok(Self::Native);
        }
        text.parse().map(Self::Token)
    }
}

impl TryFrom<String> for TokenFilter {
    type Error = InvalidAddress;

    fn try_from(text: String) -> Result<Self, InvalidAddress> {
        text.parse()
    }
}

impl From<TokenFilter> for String {
    fn from(filter: TokenFilter) -> Self {
        match filter {
            TokenFilter::Native => "native".to_owned(),
            TokenFilter::Token(token) => token.to_string(),
        }
    }
}
