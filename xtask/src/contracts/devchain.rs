//! A chain with the project's own registries: an anvil on which `script/devchain.mjs` deploys and
//! uses them.
//!
//! The chain begins at a fixed time and what happens on it is fixed, so it has the same blocks
//! wherever it is made. It keeps its state on disk: what is sent to it later outlives a `down`.

use std::fs;
use std::hash::{DefaultHasher, Hash as _, Hasher as _};
use std::path::Path;
use std::time::{Duration, SystemTime};

use anyhow::{Context as _, Result};
use nix::sys::signal::Signal;
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::{artifact, folder, script};
use crate::run;
use crate::stack::process::Process;
use crate::stack::{anvil, http};

/// Its EIP-155 id, which is anvil's own.
pub const ID: u64 = 31_337;
/// The first block's time: midnight of 2026-02-01, UTC.
const GENESIS_S: u64 = 1_769_904_000;
/// Seconds between two copies of the state to the disk, for when anvil is killed.
const STATE_INTERVAL: &str = "10";
/// What is on the chain, and what it was made from.
const FILE: &str = "deployed.json";
const STATE: &str = "chain.json";

/// A chain with the registries on it.
#[derive(Debug)]
pub struct Devchain {
    /// The anvil that serves it.
    pub process: Process,
    /// Where it answers.
    pub rpc_url: String,
    /// Where the registries are.
    pub deployed: Deployed,
}

/// What `script/devchain.mjs` says of the registries.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Deployed {
    /// The first block with a log of theirs is this one or a later one.
    pub block_number: u64,
    /// The proxy of the identity registry, in hex.
    pub identity_registry: String,
    /// Of the reputation registry.
    pub reputation_registry: String,
    /// Of the validation registry.
    pub validation_registry: String,
}

#[derive(Serialize, Deserialize)]
struct Kept {
    stamp: String,
    deployed: Deployed,
}

/// Changes when the contracts or what is done with them do.
///
/// # Errors
///
/// When the contracts are not compiled.
pub fn stamp() -> Result<String> {
    let mut hasher = DefaultHasher::new();
    GENESIS_S.hash(&mut hasher);
    for name in [
        "AgentIdentityRegistry",
        "AgentReputationRegistry",
        "AgentValidationRegistry",
        "ERC1967Proxy",
    ] {
        let file = artifact(name);
        let text = fs::read(&file).with_context(|| format!("reading {}", file.display()))?;
        let artifact: serde_json::Value = serde_json::from_slice(&text)?;
        artifact["bytecode"]["object"].as_str().hash(&mut hasher);
    }
    for file in ["script/devchain.mjs", "script/lib/story.mjs"] {
        fs::read(folder().join(file))?.hash(&mut hasher);
    }
    Ok(format!("registries {:016x}", hasher.finish()))
}

/// Starts the chain in `dir`: with the state that it had there, unless it was made from other
/// contracts; else anew. `port` is the one that it gets if that is free. `record` is where the addresses go, in place of `contracts/deployments/`.
///
/// The contracts must be compiled ([`super::artifacts`]).
///
/// # Errors
///
/// When anvil cannot be started or a transaction fails.
pub async fn start(
    name: &str,
    anvil: &Path,
    dir: &Path,
    port: u16,
    record: Option<&Path>,
) -> Result<Devchain> {
    let stamp = stamp()?;
    let (state, file) = (dir.join(STATE), dir.join(FILE));
    let kept = kept(&file, &state, &stamp);
    if kept.is_none() && state.exists() {
        fs::remove_file(&state).with_context(|| format!("removing {}", state.display()))?;
    }
    let (id, genesis) = (ID.to_string(), GENESIS_S.to_string());
    let at = state.to_str().context("a path that is not UTF-8")?;
    let args = [
        "--chain-id",
        &id,
        "--timestamp",
        &genesis,
        "--state",
        at,
        "--state-interval",
        STATE_INTERVAL,
    ];
    let (process, rpc_url) = anvil::start(name, anvil, dir, port, &args).await?;
    let used = async {
        let deployed = match kept {
            Some(deployed) => deployed,
            None => deploy(&rpc_url, record).await?,
        };
        set_time(&rpc_url).await?;
        fs::write(
            &file,
            serde_json::to_vec_pretty(&Kept {
                stamp,
                deployed: deployed.clone(),
            })?,
        )?;
        Ok(deployed)
    };
    match used.await {
        Ok(deployed) => Ok(Devchain {
            process,
            rpc_url,
            deployed,
        }),
        Err(error) => {
            process.stop(Signal::SIGTERM, Duration::from_secs(5)).await;
            Err(error)
        }
    }
}

/// What is on the chain whose state is at hand; none where it is not all there.
fn kept(file: &Path, state: &Path, stamp: &str) -> Option<Deployed> {
    let kept: Kept = serde_json::from_slice(&fs::read(file).ok()?).ok()?;
    (kept.stamp == stamp && state.exists()).then_some(kept.deployed)
}

async fn deploy(rpc_url: &str, record: Option<&Path>) -> Result<Deployed> {
    let mut command = script("devchain.mjs", &["--rpc-url", rpc_url, "--with-agents"]);
    if let Some(record) = record {
        command.arg("--record").arg(record);
    }
    let output = run::captured(command)
        .await
        .context("deploying and using the registries")?;
    serde_json::from_slice(&output.stdout).context("what script/devchain.mjs printed")
}

/// From here on the chain's clock is the world's: transactions carry deadlines.
async fn set_time(rpc_url: &str) -> Result<()> {
    let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH)?;
    let call =
        json!({ "jsonrpc": "2.0", "id": 1, "method": "anvil_setTime", "params": [now.as_secs()] });
    http::post_json(rpc_url, call).await.map(drop)
}
