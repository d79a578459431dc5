//! EVM addresses: any case on the way in, EIP-55 on the way out.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// A 20-byte EVM address. Shown with the EIP-55 checksum; read in any case, but a mixed-case address whose
/// checksum is wrong is refused, for it was mistyped.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, ToSchema)]
#[serde(try_from = "String", into = "String")]
#[schema(value_type = String, pattern = "^0x[0-9a-fA-F]{40}$", example = "0x8004A169FB4a3325136EB29fA0ceB6D2e539a432")]
pub struct Address(alloy_primitives::Address);

/// Why a text is not an address.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum InvalidAddress {
    /// Not 0x and 40 hex digits.
    #[error("is not 0x and 40 hex digits")]
    Form,
    /// Mixed case with a wrong checksum (EIP-55).
    #[error("has a wrong EIP-55 checksum")]
    Checksum,
}

impl Address {
    /// From its bytes.
    #[must_use]
    pub const fn new(bytes: [u8; 20]) -> Self {
        Self(alloy_primitives::Address::new(bytes))
    }

    /// From a column; `None` when it does not hold 20 bytes.
    #[must_use]
    pub fn from_slice(bytes: &[u8]) -> Option<Self> {
        <[u8; 20]>::try_from(bytes).ok().map(Self::new)
    }

    /// Its bytes.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8] {
        self.0.as_slice()
    }
}

impl FromStr for Address {
    type Err = InvalidAddress;

    fn from_str(text: &str) -> Result<Self, InvalidAddress> {
        let digits = text
            .strip_prefix("0x")
            .or_else(|| text.strip_prefix("0X"))
            .ok_or(InvalidAddress::Form)?;
        if digits.len() != 40 {
            return Err(InvalidAddress::Form);
        }
        let address: alloy_primitives::Address =
            digits.parse().map_err(|_| InvalidAddress::Form)?;
        let one_case = !digits.contains(|c: char| c.is_ascii_uppercase())
            || !digits.contains(|c: char| c.is_ascii_lowercase());
        if one_case || address.to_checksum(None)[2..] == *digits {
            Ok(Self(address))
        } else {
            Err(InvalidAddress::Checksum)
        }
    }
}

impl From<Address> for alloy_primitives::Address {
    fn from(address: Address) -> Self {
        address.0
    }
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0.to_checksum(None))
    }
}

impl fmt::Debug for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl TryFrom<String> for Address {
    type Error = InvalidAddress;

    fn try_from(text: String) -> Result<Self, InvalidAddress> {
        text.parse()
    }
}

impl From<Address> for String {
    fn from(address: Address) -> Self {
        address.to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const CHECKSUMMED: &str = "0x8004A169FB4a3325136EB29fA0ceB6D2e539a432";

    #[test]
    fn any_single_case_is_read_and_the_checksum_is_shown() {
        for text in [
            CHECKSUMMED.to_owned(),
            CHECKSUMMED.to_lowercase(),
            CHECKSUMMED.to_uppercase(),
        ] {
            assert_eq!(
                text.parse::<Address>()
                    .expect("it is an address")
                    .to_string(),
                CHECKSUMMED
            );
        }
    }

    #[test]
    fn a_mistyped_address_is_refused() {
        assert_eq!(
            "0x8004a169FB4a3325136EB29fA0ceB6D2e539a432".parse::<Address>(),
            Err(InvalidAddress::Checksum)
        );
        for text in [
            "",
            "0x",
            "8004A169FB4a3325136EB29fA0ceB6D2e539a432",
            "0x8004A169FB4a3325136EB29fA0ceB6D2e539a43g",
        ] {
            assert_eq!(text.parse::<Address>(), Err(InvalidAddress::Form), "{text}");
        }
    }
}
