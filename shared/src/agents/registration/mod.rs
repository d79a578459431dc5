//! The registration file that an agentURI holds or points to: what the URI is, what can be decoded
//! of it without asking anyone, what the file says, and what is wrong with it.
//!
//! Pure functions over text that anyone may have put on chain. Nothing is ever refused: a file that
//! breaks the rules is kept as it is with a list of its [`Fault`]s.

mod data;
mod document;
mod fault;
mod file;
mod json;
mod judge;
mod text;
mod uri;

#[cfg(test)]
mod tests;

pub use document::{Document, State, judge, read};
pub use fault::{Fault, FaultCode, Severity};
pub use file::{Registration, RegistrationRef, Service};
pub use uri::{AgentUri, UriKind};

/// What the field `type` of a registration file must be.
pub const TYPE: &str = "https://eips.ethereum.org/EIPS/eip-8004#registration-v1";
