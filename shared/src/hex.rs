//! Bytes that are shown as 0x-hex.

use std::fmt;

use alloy_primitives::hex;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// Bytes, shown as `0x` and lower-case hex digits: hashes, transaction ids, metadata values.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, ToSchema)]
#[serde(try_from = "String", into = "String")]
#[schema(
    value_type = String,
    pattern = "^0x([0-9a-fA-F]{2})*$",
    example = "0x5c1f38e2a6c4c0a2a4f3a1f1c2c5e9d7b8a69f0e1d2c3b4a5968778695a4b3c2"
)]
pub struct Hex(pub Vec<u8>);

impl fmt::Display for Hex {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&hex::encode_prefixed(&self.0))
    }
}

impl fmt::Debug for Hex {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl From<Hex> for String {
    fn from(bytes: Hex) -> Self {
        bytes.to_string()
    }
}

impl TryFrom<String> for Hex {
    type Error = &'static str;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        let digits = text.strip_prefix("0x").ok_or("does not begin with 0x")?;
        hex::decode(digits)
            .map(Self)
            .map_err(|_| "is not 0x and an even number of hex digits")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_are_shown_as_lower_case_hex_and_read_in_any_case() {
        let bytes = Hex::try_from("0x00FfAb".to_owned()).expect("it is hex");
        assert_eq!(bytes.to_string(), "0x00ffab");
        assert_eq!(Hex(Vec::new()).to_string(), "0x");
        for text in ["", "00", "0x0", "0xzz"] {
            assert!(Hex::try_from(text.to_owned()).is_err(), "{text}");
        }
    }
}
