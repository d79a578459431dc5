//! What a key was used for.

use sha2::{Digest, Sha256};

/// SHA-256 over method, path and body: the same key with another of them is a mistake of the caller.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Fingerprint([u8; 32]);

impl Fingerprint {
    /// The fingerprint of a request.
    #[must_use]
    pub fn of(method: &str, path: &str, body: &[u8]) -> Self {
        let mut hash = Sha256::new();
        for part in [method.as_bytes(), path.as_bytes(), body] {
            // With its length, so that no part can pass for the end of another.
            hash.update(part.len().to_be_bytes());
            hash.update(part);
        }
        Self(hash.finalize().into())
    }

    /// Its bytes.
    #[must_use]
    pub const fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_part_counts_and_none_runs_into_the_next() {
        let a = Fingerprint::of("POST", "/v1/agents", b"{}");
        assert_eq!(a, Fingerprint::of("POST", "/v1/agents", b"{}"));
        for other in [
            Fingerprint::of("PUT", "/v1/agents", b"{}"),
            Fingerprint::of("POST", "/v1/agent", b"s{}"),
            Fingerprint::of("POST", "/v1/agents", b"{ }"),
        ] {
            assert_ne!(a, other);
        }
    }
}
