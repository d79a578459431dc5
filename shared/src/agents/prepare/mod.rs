//! Agents before they are on chain: a wallet hands in the registration file, it is checked and hosted here, and the
//! wallet gets the transaction that registers the agent with that file.
//!
//! The sync makes the registration of that wallet with that URI this agent (`chain::apply`); it keeps its UUID.

mod call;
mod check;
mod file;
mod register;
mod request;
mod store;

pub use file::{FilePath, hosted_file};
pub use register::{PreparedAgent, RegisterAgent, register};
pub use request::{NewAgent, NewMetadata};
