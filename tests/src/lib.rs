//! Integration tests: the built functions as processes, against real stores.
//!
//! `cargo xtask test` starts the stores and names them in the environment; see [`harness::settings`].

#![cfg(test)]

mod access;
mod cached;
mod devchain;
mod docs;
mod events;
mod feedback;
mod harness;
mod health;
mod migrations;
mod observe;
mod payments;
mod pipeline;
mod register;
mod replayed;
mod resolve;
mod scale;
mod sync;
