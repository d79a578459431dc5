//! What must never be written anywhere.

use std::fmt;

use subtle::ConstantTimeEq;

/// A secret text. It prints as `[redacted]`, so that no log line and no error can hold it by accident.
#[derive(Clone)]
pub struct Secret(String);

impl Secret {
    /// From its text.
    pub fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    /// The text, for the one who has to use it.
    #[must_use]
    pub fn expose(&self) -> &str {
        &self.0
    }

    /// Writes the text itself, for the one reply that shows it: `#[serde(serialize_with = "Secret::reveal")]`.
    ///
    /// # Errors
    /// When the serialiser fails.
    pub fn reveal<S: serde::Serializer>(secret: &Self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&secret.0)
    }

    /// Whether `guess` is the secret, in a time that does not tell how much of it is right.
    #[must_use]
    pub fn matches(&self, guess: &str) -> bool {
        self.0.as_bytes().ct_eq(guess.as_bytes()).into()
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("[redacted]")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_does_not_print_itself() {
        let secret = Secret::new("hunter2");
        assert_eq!(format!("{:?}", Some(&secret)), "Some([redacted])");
        assert!(secret.matches("hunter2") && !secret.matches("hunter3"));
    }
}
