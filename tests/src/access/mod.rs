//! Who may call, and how often: sign-in, API keys, tiers, rate limits.

mod keys;
mod limits;
mod sign_in;
pub mod wallet;
