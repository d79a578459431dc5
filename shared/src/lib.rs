//! Everything that a function may call: the request pipeline, the stores and the domain.
//!
//! A function's `main.rs` declares what it is as data and hands its handler to [`http::serve`] or
//! [`schedule::run`]. Parsing, authentication, limits, errors and telemetry live here, once.

pub mod address;
pub mod agents;
pub mod auth;
mod aws;
pub mod cache;
pub mod capability;
pub mod chain;
pub mod chains;
pub mod config;
pub mod db;
mod deadline;
pub mod decimal;
pub mod feedback;
pub mod health;
pub mod hex;
pub mod http;
pub mod idempotency;
pub mod limits;
pub mod payments;
pub mod rate_limit;
pub mod resolve;
mod rules;
pub mod runtime;
pub mod schedule;
pub mod schema;
pub mod secret;
mod secrets;
pub mod task;
pub mod telemetry;
#[cfg(test)]
mod testing;
pub mod validations;
pub mod views;
pub mod warm;
