//! Chains: what is indexed on each, and how far.

mod as_of;
mod list;

pub use as_of::AsOf;
pub use list::{
    Chain, ChainStatus, Chains, PaymentTerms, PaymentToken, Registry, RegistryKind, SyncState,
    Totals, list,
};
