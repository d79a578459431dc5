//! The environment of a function, in one place: what the cloud stack sets, with local values.

use std::collections::BTreeMap;

use anyhow::Result;
use serde_json::{Map, Value, json};

use super::{Stack, database, dynamodb, valkey};
use crate::chains::Chain;

/// Every variable that a function may read, for a stack whose stores run.
///
/// # Errors
///
/// When a store does not run.
pub fn functions(stack: &Stack, gateway: u16) -> Result<BTreeMap<String, String>> {
    let variables = [
        ("ENVIRONMENT", "local".to_owned()),
        ("LOG_LEVEL", "info".to_owned()),
        ("PUBLIC_URL", format!("http://127.0.0.1:{gateway}")),
        ("DATABASE_URL", database::url(stack)?),
        ("CACHE_URL", valkey::url(stack)?),
        ("RATE_LIMIT_TABLE", dynamodb::RATE_LIMIT_TABLE.to_owned()),
        ("AWS_ENDPOINT_URL_DYNAMODB", dynamodb::url(stack)?),
        ("AWS_REGION", "us-east-1".to_owned()),
        ("AWS_ACCESS_KEY_ID", "local".to_owned()),
        ("AWS_SECRET_ACCESS_KEY", "local".to_owned()),
        ("CHAIN_RPC_URLS", rpc_urls(&stack.state.chains)),
    ];
    Ok(variables
        .into_iter()
        .map(|(name, value)| (name.to_owned(), value))
        .chain(stack.settings.clone())
        .collect())
}

/// `{"<chain id>": ["<url>", …]}`: the endpoints of all chains.
#[must_use]
pub fn rpc_urls(chains: &[Chain]) -> String {
    let urls: Map<String, Value> = chains
        .iter()
        .map(|chain| (chain.id.to_string(), json!([chain.rpc_url])))
        .collect();
    Value::Object(urls).to_string()
}
