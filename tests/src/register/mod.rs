//! Agents that are prepared here and registered by their wallets, on a node that takes transactions.

mod adopted;
mod contract;
mod crashes;
mod file;
mod once;
mod refused;
pub mod registrar;
mod reorgs;
mod trips;

pub use registrar::Registrar;
