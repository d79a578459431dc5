//! Writes that can be sent again: one effect and one reply for each `Idempotency-Key` of a caller.
//!
//! A lease is committed first. The effect and the reply are then committed together, and only by the holder of the
//! lease; so whatever is interrupted where, the effect happens once, and its reply is there from the same moment on.

mod fingerprint;
mod key;
mod lease;
mod once;
#[cfg(test)]
mod tests;

pub use fingerprint::Fingerprint;
pub use key::IdempotencyKey;
pub use lease::{Begun, Lease, StoredReply, begin};
pub use once::{Once, Rendered};
