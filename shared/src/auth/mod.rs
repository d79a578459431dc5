//! Who asks: API keys that a wallet signs in for.
//!
//! A wallet asks for a challenge, signs it (EIP-4361), and gets a key in return. The key is checked on every request:
//! in this process, then in the cache, then in the database.

mod authenticator;
mod base62;
mod caller;
mod challenges;
mod key;
mod keys;
mod known;
mod requests;
mod sign_in;
mod signature;
mod siwe;
#[cfg(test)]
mod siwe_tests;

pub use authenticator::{Authenticator, Refused};
pub use caller::{Caller, Holder};
pub use challenges::Challenge;
pub use key::{ApiKey, KeyHash};
pub use keys::{KEYS_PER_WALLET_MAX, KeyRecord, NewKey};
pub use requests::{ChallengeReply, CreateApiKey, CreateChallenge, KeyList, KeyPath};
pub use sign_in::{SignIn, sign_in};
pub(crate) use signature::{Undecided, is_signed};
pub use siwe::{Message, MessageError};
