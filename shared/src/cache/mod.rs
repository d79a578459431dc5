//! The cache: keys that were checked, counts of telemetry, and answers. Nothing depends on it: without the cache every
//! read still answers, slower.
//!
//! Answers are kept aside of the database ([`Cache::answer`]), under `v1:<operation>:<hash of the normalised input>`,
//! for as long as their operation says ([`question`]). A hit is one round trip to the cache and none to the database.
//!
//! - Nobody sees their own write stale: whoever commits a change says of which agents ([`Cache::forget_agents`]), and
//!   what was kept of them does not count any more ([`generation`]).
//! - A question is answered by one at a time over all instances, and what is asked often is made anew before it expires
//!   (`answers`, `entry`).
//! - A cache that is down is not waited for (`breaker`).

mod answers;
mod breaker;
mod client;
mod connection;
mod entry;
mod forget;
mod generation;
mod popular;
mod question;
mod series;

pub use client::{Cache, Unsent};
pub use generation::Changed;
pub use question::{AGENT, Operation, PAYMENTS, Question, REPUTATION, SEARCH, STATS, VALIDATIONS};

fn milliseconds(time: std::time::Duration) -> u64 {
    u64::try_from(time.as_millis()).unwrap_or(u64::MAX)
}
