//! Payments, on a chain where tokens move.

mod confirm;
mod link;
pub mod market;
mod proofs;
mod refund;
mod rejected;
mod token;

use market::Market;
