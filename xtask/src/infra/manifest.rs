//! `infra/functions.json`: what the stacks know of the functions.

use std::fs;
use std::path::PathBuf;

use anyhow::{Context as _, Result};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use crate::functions::{Declaration, Kind};

/// What the stacks need to know of a function.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub struct Entry {
    /// Its name.
    pub name: String,
    /// The rest: kind, route or rate, capabilities.
    #[serde(flatten)]
    pub rest: Map<String, Value>,
}

/// Where the committed manifest is.
#[must_use]
pub fn file() -> PathBuf {
    super::folder().join("functions.json")
}

/// The text of the manifest.
///
/// # Errors
///
/// Never in practice: everything in it is JSON already.
pub fn text(functions: &[Declaration]) -> Result<String> {
    let entries: Vec<Value> = functions.iter().map(entry).collect();
    Ok(serde_json::to_string_pretty(&entries)? + "\n")
}

/// Members in this order, as the workspace builds `serde_json` with the order kept.
fn entry(function: &Declaration) -> Value {
    let mut entry = match &function.kind {
        Kind::Http(endpoint) => {
            json!({ "name": function.name, "kind": "http", "method": endpoint.method, "path": endpoint.path })
        }
        Kind::Schedule(schedule) => {
            json!({ "name": function.name, "kind": "schedule", "rate": schedule.rate })
        }
        Kind::Task => json!({ "name": function.name, "kind": "task" }),
    };
    let capabilities = function.settings.get("capabilities");
    entry["capabilities"] = capabilities.cloned().unwrap_or_else(|| json!([]));
    entry
}

/// The committed manifest.
///
/// # Errors
///
/// When it is not there or malformed.
pub fn read() -> Result<Vec<Entry>> {
    let text = fs::read_to_string(file()).context("reading infra/functions.json")?;
    serde_json::from_str(&text).context("infra/functions.json")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_stacks_know_routes_rates_and_capabilities() {
        let declared = json!([
            { "kind": "http", "name": "get-agent", "method": "GET", "path": "/v1/agents/{agent}", "tier": "free",
              "capabilities": ["database-read"] },
            { "kind": "schedule", "name": "sync-chain", "rate": "rate(1 minute)", "capabilities": ["chain-rpc"] },
            { "kind": "task", "name": "migrate", "capabilities": ["schema"] },
        ]);
        let functions: Vec<Declaration> = serde_json::from_value(declared).unwrap();
        let read: Value = serde_json::from_str(&text(&functions).unwrap()).unwrap();
        assert_eq!(
            read,
            json!([
                { "name": "get-agent", "kind": "http", "method": "GET", "path": "/v1/agents/{agent}",
                  "capabilities": ["database-read"] },
                { "name": "sync-chain", "kind": "schedule", "rate": "rate(1 minute)", "capabilities": ["chain-rpc"] },
                { "name": "migrate", "kind": "task", "capabilities": ["schema"] },
            ])
        );
    }
}
