//! Agents that are prepared here and registered by their wallets, on a node that takes transactions.

mod adopted;
mod contract;
mod crashes;
mod file;
mod once;
mod refused;
mod registrar;
mod reorgs;
mod trips;

use registrar::Registrar;
