//! Feedback: what clients say of agents, row by row and summed up, on chain and here.

mod all;
mod file;
mod give;
mod list;
mod reputation;
mod revoke;
mod row;

pub use all::{AgentFeedback, AllFeedbackQuery, list_all};
pub use file::{FeedbackFile, FeedbackPath, hosted_file};
pub use give::{
    A2a, Malformed, Mcp, NewFeedback, Oasf, ProofOfPayment, Signature, SubmitFeedback,
    SubmittedFeedback, submit,
};
pub use list::{FeedbackQuery, list};
pub use reputation::{LargestClient, OffChainReputation, Reputation, TagSummary, reputation};
pub use revoke::{Revocation, revoke};
pub use row::{Feedback, FeedbackSource, Response, SignatureProof};
