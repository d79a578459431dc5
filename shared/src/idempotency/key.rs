//! The key that a caller chooses.

use crate::http::Problem;
use crate::limits::IDEMPOTENCY_KEY_CHARS_MAX;

/// The value of `Idempotency-Key`, taken as it is: a caller that quotes it, as the IETF draft has it, does so each time.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct IdempotencyKey(String);

impl IdempotencyKey {
    /// The header's name.
    pub const HEADER: &str = "idempotency-key";

    /// Reads a header's value.
    ///
    /// # Errors
    /// When it is empty, too long, or not of visible ASCII characters.
    pub fn parse(value: &str) -> Result<Self, Problem> {
        let right_length = (1..=IDEMPOTENCY_KEY_CHARS_MAX).contains(&value.len());
        if right_length && value.bytes().all(|c| c.is_ascii_graphic()) {
            return Ok(Self(value.to_owned()));
        }
        let detail = format!("is not of 1 to {IDEMPOTENCY_KEY_CHARS_MAX} visible ASCII characters");
        Err(Problem::at("/headers/idempotency-key", detail))
    }

    /// Its text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_is_of_visible_characters_and_bounded() {
        assert!(IdempotencyKey::parse("8e03978e-40d5-43dd-bc93-6894a57f9324").is_ok());
        assert!(IdempotencyKey::parse(&"k".repeat(255)).is_ok());
        for wrong in ["", "a b", "\u{e9}", "\n", &"k".repeat(256)] {
            assert!(IdempotencyKey::parse(wrong).is_err(), "{wrong:?}");
        }
    }
}
