//! Agents: how they are named, what they are, and the SQL that reads them.

mod file;
pub(crate) mod lookup;
mod profile;
mod reference;
mod standing;
mod stats;

pub mod prepare;
pub mod registration;
pub mod search;

pub use file::{RegistrationFile, registration_file};
pub use lookup::{AgentPath, require};
pub use profile::{Agent, MetadataEntry, ProfileFile, ProfileService, profile};
pub use reference::{AgentId, AgentRef};
pub use standing::{AgentStatus, ScoreBasis, TrustLevel};
pub use stats::{AgentStats, FeedbackStats, PaymentStats, Score, ValidationStats, stats};
