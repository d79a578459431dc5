//! The sync against a model of a chain: its own endpoint, its own reckoning of what must result.
//!
//! Unlike the other tests these run the library in their own process, to stop it wherever they like.

pub mod chain;
pub mod contracts;
mod history;
mod server;
mod tables;
mod world;

use history::History;
use world::World;

mod anvil;
mod authority;
mod crashes;
mod follows;
mod fuzz;
mod lies;
mod prepared;
mod quorum;
mod rebuild;
mod reckoning;
mod reorgs;
mod simulator;
mod undo;
