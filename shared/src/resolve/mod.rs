//! Files that agents only point to: fetched from the open web, by URLs that anyone may have put on chain.
//!
//! The sync leaves such an agent's registration pending; a scheduled run takes up what is pending, fetches what is due
//! under a [`Guard`], judges it as it would have been judged on chain, and gives it to every agent that points to it.

mod address;
mod dns;
mod domains;
mod fetch;
mod files;
mod guard;
mod ipfs;
mod pace;
mod run;
mod source;
mod web;

pub use address::is_public;
pub use domains::{DomainReport, verify_domains};
pub use fetch::{FetchError, Fetched, Fetcher, Validators};
pub(crate) use files::queue;
pub use guard::{Guard, Refused};
pub use ipfs::{IpfsUri, Verdict};
pub use run::{Failure, Report, resolve};
pub use source::Found;
pub use web::OpenWeb;
