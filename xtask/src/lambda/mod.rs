//! Runs a function's binary as Lambda does: in a Lambda environment, fed through the Runtime API.
//!
//! The integration tests and the benchmark use it; the local stack serves functions with
//! `cargo lambda watch`.

pub mod event;
mod function;
mod runtime_api;

pub use function::{Failure, Function, Settings};
pub use runtime_api::{Outcome, RuntimeApi};
