//! Every agent of a dump, as the API shows it, against the raw logs.

use std::path::Path;

use serde_json::Value;

use super::raw_logs::{self, Agent};
use crate::harness::World;

/// What a few compressed bytes become beyond this is not read: a documented limit.
const FILE_BYTES_MAX: usize = 256 * 1024;

/// What was compared.
#[derive(Debug, Default)]
pub struct Compared {
    /// Agents whose registration is in the dump.
    pub registered: u64,
    /// The others.
    pub incomplete: u64,
    /// Registration files that the chain holds.
    pub files: u64,
}

/// Compares owner, agent URI and registration of every agent.
pub async fn compare_all(world: &World, chain: u64, dump: &Path) -> Compared {
    let mut compared = Compared::default();
    for (id, agent) in raw_logs::agents(dump) {
        let path = format!("/v1/agents/{chain}:{id}");
        let shown = world.get(&path).await.expect(200);
        compare(&shown, &agent, &path);
        if agent.registered {
            compared.registered += 1;
        } else {
            compared.incomplete += 1;
        }
        let reply = world.get(&format!("{path}/registration")).await;
        let state = reply.header("registration-state");
        assert_eq!(shown["registration"]["state"], state, "{path}");
        let file = raw_logs::file(&agent.uri).filter(|file| file.len() <= FILE_BYTES_MAX);
        if reply.status == 200 {
            assert_eq!(Some(&reply.body), file.as_ref(), "{path}/registration");
            compared.files += 1;
        } else {
            assert!(
                !["valid", "faulty"].contains(&state),
                "{path} is {state} without a file"
            );
        }
        let json = file.and_then(|file| serde_json::from_slice::<Value>(&file).ok());
        if let Some(json) = json {
            assert_eq!(reply.status, 200, "{path} has a file");
            compare_file(&shown["registration"], &json, &path);
        } else {
            assert_ne!(state, "valid", "{path}");
        }
    }
    compared
}

fn compare(shown: &Value, agent: &Agent, path: &str) {
    let status = if agent.registered {
        "registered"
    } else {
        "incomplete"
    };
    assert_eq!(shown["status"], status, "{path}");
    let owner = shown["owner"].as_str();
    assert_eq!(owner.map(str::to_ascii_lowercase), agent.owner, "{path}");
    let uri = String::from_utf8_lossy(&agent.uri);
    assert_eq!(shown["agentUri"].as_str(), Some(&*uri), "{path}");
}

/// What the API says of a file is what stands in it.
fn compare_file(shown: &Value, file: &Value, path: &str) {
    for member in ["name", "description", "image"] {
        if file[member].is_string() {
            assert_eq!(shown[member], file[member], "{member} of {path}");
        }
    }
    if shown["state"] != "valid" {
        return;
    }
    let either = |one: &str, other: &str| file.get(one).or(file.get(other)).cloned();
    let active = file["active"].as_bool().unwrap_or_default();
    assert_eq!(shown["active"], active, "active of {path}");
    let x402 = either("x402Support", "x402support").is_some_and(|value| value == true);
    assert_eq!(shown["x402Support"], x402, "x402Support of {path}");
    let services = either("services", "endpoints").unwrap_or_default();
    let names = |list: &Value| -> Vec<Value> {
        list.as_array()
            .into_iter()
            .flatten()
            .map(|service| service["name"].clone())
            .collect()
    };
    assert_eq!(
        names(&shown["services"]),
        names(&services),
        "services of {path}"
    );
}
