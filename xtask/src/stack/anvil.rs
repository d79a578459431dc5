//! anvil, the local EVM chain, with everything that it writes kept in one folder.

use std::fs;
use std::path::Path;
use std::process::Command;
use std::time::Duration;

use anyhow::{Context as _, Result};
use serde_json::json;

use super::process::Process;
use super::{http, ports, strays};

/// Starts an anvil in `dir` on `port`, where it is free, and waits until it answers. `args` come on
/// top of the address and port, for example `["--chain-id", "1"]`.
///
/// anvil keeps its states below HOME and TMPDIR and leaves them behind when it is killed: both
/// point into `dir`, and what an earlier run left there is removed first.
///
/// # Errors
///
/// When anvil cannot be started or does not answer.
pub async fn start(
    name: &str,
    anvil: &Path,
    dir: &Path,
    port: u16,
    args: &[&str],
) -> Result<(Process, String)> {
    let home = dir.join("home");
    remove_leftovers(dir)?;
    fs::create_dir_all(&home).with_context(|| format!("creating {}", home.display()))?;
    let port = ports::free_preferring(port)?;
    let mut command = Command::new(anvil);
    command
        .args([
            "--host",
            "127.0.0.1",
            "--port",
            &port.to_string(),
            "--quiet",
        ])
        .args(args)
        .env("HOME", &home)
        .env("TMPDIR", &home)
        .current_dir(dir);
    let process = Process::spawn(name, strays::mark(command, dir), &dir.join("anvil.log"))?;
    let url = format!("http://127.0.0.1:{port}");
    let ready = process.ready(Duration::from_secs(30), async || {
        let request = json!({ "jsonrpc": "2.0", "id": 1, "method": "eth_chainId", "params": [] });
        http::post_json(&url, request).await.map(drop)
    });
    ready.await?;
    Ok((process, url))
}

/// Removes what a killed anvil left in `dir`.
///
/// # Errors
///
/// When a folder is there and cannot be removed.
pub fn remove_leftovers(dir: &Path) -> Result<()> {
    let home = dir.join("home");
    if home.exists() {
        fs::remove_dir_all(&home).with_context(|| format!("removing {}", home.display()))?;
    }
    Ok(())
}
