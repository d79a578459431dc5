//! Validations: what independent validators were asked of agents, and what they answered.

mod list;

pub use list::{Validation, ValidationQuery, ValidationResponse, list};
