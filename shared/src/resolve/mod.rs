//! Files that agents only point to: fetched from the open web, by URLs that anyone may have put on chain.

mod address;
mod dns;
mod fetch;
mod guard;
mod ipfs;

pub use address::is_public;
pub use fetch::{FetchError, Fetched, Fetcher, Validators};
pub use guard::{Guard, Refused};
pub use ipfs::{IpfsUri, Verdict};
