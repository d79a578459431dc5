//! How often a caller may call: one bucket a class and caller, in a table that all execution environments share.
//!
//! [`Rate`] decides, the table keeps the state, [`RateLimiter`] joins them with what this process knows already.

mod bucket;
mod gcra;
#[cfg(test)]
mod gcra_tests;
mod limiter;
mod memory;
mod quota;
mod table;
#[cfg(test)]
mod table_tests;

pub use bucket::Bucket;
pub use gcra::{Rate, Verdict};
pub use limiter::{Decision, RateLimiter, Source};
pub use quota::{WINDOW_S, rate};
pub use table::OutOfReach;
