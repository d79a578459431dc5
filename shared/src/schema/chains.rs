//! Chains that a deployment is told to copy.

use alloy_primitives::Address;
use serde::{Deserialize, Serialize};
use sqlx::PgConnection;

/// A chain, as an operator names it: `cargo xtask add-chain NAME --event` prints one.
#[derive(Debug, Deserialize, Serialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct NewChain {
    /// EIP-155 chain id.
    chain_id: i64,
    /// What it is called here.
    name: String,
    /// Where a first sync begins, unless it finds the registries' first block itself.
    start_block: i64,
    /// Blocks behind the head after which a block counts as final, where the chain has no `finalized` tag.
    confirmations: i32,
    has_finalized_tag: bool,
    /// The time from one block to the next.
    block_time_ms: i32,
    /// An identity registry is one of them.
    registries: Vec<NewRegistry>,
}

/// A registry contract.
#[derive(Debug, Deserialize, Serialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct NewRegistry {
    kind: Kind,
    address: Address,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "lowercase")]
enum Kind {
    Identity,
    Reputation,
    Validation,
}

type Error = Box<dyn std::error::Error + Send + Sync>;

/// Adds a chain, or sets one that is there active again.
///
/// # Errors
/// When none of its registries is an identity registry, or the database refuses.
pub(super) async fn add(connection: &mut PgConnection, chain: &NewChain) -> Result<(), Error> {
    let mut kinds = chain.registries.iter().map(|registry| registry.kind);
    if !kinds.any(|kind| kind == Kind::Identity) {
        return Err(format!(
            "{}: none of its contracts is an identity registry",
            chain.name
        )
        .into());
    }
    sqlx::query_file!("src/schema/chain.sql", serde_json::to_value(chain)?)
        .execute(connection)
        .await?;
    Ok(())
}
