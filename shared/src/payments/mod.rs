//! Payments: transfers on chain that are linked to the agent that they paid.
//!
//! Callers name a transaction; payer, payee, token, amount and time come from the chain. A payment counts once it is
//! deep enough in the chain and its block is indexed, so that who held the agent in that block is known. Until then it
//! is pending, and [`confirm`] goes on with it; what a reorg takes back is pending again.
//!
//! What is counted of an agent, and which feedback a payment proves, is kept by the table's own trigger.

mod book;
mod confirm;
mod evidence;
mod link;
mod list;
mod payment;
mod refund;
mod reorg;
mod requests;
mod settle;
mod standing;
mod token_filter;
mod totals;
mod transfer;

pub use book::is_paid;
pub use confirm::{ChainReport, Report, confirm};
pub use link::link;
pub use list::{PaymentQuery, list};
pub use payment::{Payment, PaymentStatus, Refund, find};
pub use refund::refund;
pub use reorg::take_back;
pub use requests::{LinkPayment, LinkRefund, LinkedPayments, PaymentPath};
pub use token_filter::TokenFilter;
pub use totals::TokenTotal;
pub(crate) use totals::TotalRow;
