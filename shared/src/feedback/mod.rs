//! Feedback: what clients say of agents, row by row and summed up.

mod list;
mod reputation;

pub use list::{Feedback, FeedbackQuery, FeedbackSource, Response, list};
pub use reputation::{LargestClient, Reputation, TagSummary, reputation};
