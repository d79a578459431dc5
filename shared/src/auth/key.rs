//! The key itself: `erc8004_`, 43 random characters, 6 characters of checksum.
//!
//! The fixed prefix lets scanners find leaked keys (`erc8004_[0-9A-Za-z]{49}`); the checksum lets a typo fail without
//! a query, and scanners without asking us.

use std::fmt;

use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;

use super::base62;
use crate::secret::Secret;

const PREFIX: &str = "erc8004_";
/// 256 bits.
const RANDOM_CHARS: usize = 43;
const CHECKSUM_CHARS: usize = 6;

/// A well-formed key: the checksum is right, which says nothing of whether it was ever issued.
#[derive(Clone, Debug)]
pub struct ApiKey(Secret);

/// SHA-256 of a key: all that is stored of it. A key has 256 random bits, so a slow hash would protect nothing more.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct KeyHash([u8; 32]);

impl ApiKey {
    /// A new key.
    ///
    /// # Errors
    /// When the operating system gives no randomness.
    pub fn generate() -> Result<Self, getrandom::Error> {
        let body = format!("{PREFIX}{}", base62::random(RANDOM_CHARS)?);
        let checksum = checksum(&body);
        Ok(Self(Secret::new(
            body + &String::from_utf8_lossy(&checksum),
        )))
    }

    /// Reads a key; `None` where the form or the checksum is wrong.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let rest = text.strip_prefix(PREFIX)?;
        let right_form = rest.len() == RANDOM_CHARS + CHECKSUM_CHARS
            && rest.bytes().all(|c| c.is_ascii_alphanumeric());
        if !right_form {
            return None;
        }
        let (body, sum) = text.split_at(text.len() - CHECKSUM_CHARS);
        (checksum(body) == *sum.as_bytes()).then(|| Self(Secret::new(text)))
    }

    /// Its hash.
    #[must_use]
    pub fn hash(&self) -> KeyHash {
        KeyHash(Sha256::digest(self.0.expose()).into())
    }

    /// The key as it is shown once.
    #[must_use]
    pub fn into_secret(self) -> Secret {
        self.0
    }
}

/// CRC-32 (IEEE 802.3) over everything before it.
fn checksum(body: &str) -> [u8; CHECKSUM_CHARS] {
    base62::encode(crc32fast::hash(body.as_bytes()))
}

impl KeyHash {
    /// From a column; `None` when it does not hold 32 bytes.
    #[must_use]
    pub fn from_slice(bytes: &[u8]) -> Option<Self> {
        bytes.try_into().ok().map(Self)
    }

    /// Its bytes.
    #[must_use]
    pub const fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }

    /// Whether both are the same, in a time that does not tell how much of them is.
    #[must_use]
    pub fn matches(&self, other: &Self) -> bool {
        self.0.ct_eq(&other.0).into()
    }
}

/// Not the whole hash: with it a log would tell who used which key.
impl fmt::Debug for KeyHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "KeyHash({:02x}{:02x}…)", self.0[0], self.0[1])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_generated_key_is_read_back_and_does_not_print_itself() {
        let key = ApiKey::generate().unwrap();
        let text = key.clone().into_secret().expose().to_owned();
        assert_eq!(text.len(), 57);
        assert!(text.starts_with("erc8004_"));
        assert!(ApiKey::parse(&text).unwrap().hash().matches(&key.hash()));
        assert!(!format!("{key:?}").contains(&text[8..]));
    }

    #[test]
    fn a_typo_at_any_place_is_seen() {
        let text = ApiKey::generate()
            .unwrap()
            .into_secret()
            .expose()
            .to_owned();
        for place in 0..text.len() {
            let mut typo = text.clone().into_bytes();
            typo[place] = if typo[place] == b'a' { b'b' } else { b'a' };
            let typo = String::from_utf8(typo).unwrap();
            assert!(ApiKey::parse(&typo).is_none(), "{place}");
        }
        assert!(ApiKey::parse(&text[..56]).is_none());
        assert!(ApiKey::parse(&format!("{text}0")).is_none());
        assert!(ApiKey::parse("").is_none());
    }
}
