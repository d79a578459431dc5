//! Agents: how they are named, what they are, and the SQL that reads them.

mod reference;
pub mod registration;

pub use reference::{AgentId, AgentRef};
