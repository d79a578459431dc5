//! Chains that a database is told to index, as `migrate` is told of them.

use serde_json::{Value, json};
use sqlx::PgConnection;

/// A chain without a `finalized` tag.
#[derive(Clone, Copy, Debug)]
pub struct Indexed<'a> {
    pub id: u64,
    pub name: &'a str,
    pub first_block: u64,
    pub confirmations: u32,
}

impl Indexed<'_> {
    /// With its registries (kind, address); all speak of the first identity registry.
    pub fn row<'a>(self, registries: impl IntoIterator<Item = (&'a str, String)>) -> Value {
        let registries = registries
            .into_iter()
            .map(|(kind, address)| json!({ "kind": kind, "address": address }));
        json!({
            "chainId": self.id, "name": self.name, "startBlock": self.first_block, "confirmations": self.confirmations,
            "hasFinalizedTag": false, "blockTimeMs": 12_000, "registries": registries.collect::<Vec<_>>(),
        })
    }

    /// Has a database index it.
    pub async fn add<'a>(
        self,
        connection: &mut PgConnection,
        registries: impl IntoIterator<Item = (&'a str, String)>,
    ) {
        let row = self.row(registries);
        xtask::chains::insert(connection, &row).await.unwrap();
    }
}
