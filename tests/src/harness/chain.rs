//! Chains: an anvil that has replayed a dump.

use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};

use serde_json::{Value, json};
use sqlx::PgConnection;
use tokio::sync::OnceCell;
use xtask::replay::{self, Replayed};

use std::os::unix::process::CommandExt as _;

use super::indexed::Indexed;
use super::{http, settings};

/// A replayed dump, served until this value is dropped or the test process ends.
#[derive(Debug)]
pub struct Chain {
    replayed: Replayed,
    watchdog: Child,
}

impl Chain {
    /// The project's own dump (`tests/dumps/README.md`). All tests share it: none changes it.
    pub async fn own() -> &'static Self {
        static OWN: OnceCell<Chain> = OnceCell::const_new();
        OWN.get_or_init(Self::copy_of_own).await
    }

    /// The same once more, for tests that add to it.
    pub async fn copy_of_own() -> Self {
        Self::replay(&settings::root().join("tests/dumps/agents.json")).await
    }

    /// A chain of its own for a dump.
    pub async fn replay(dump: &Path) -> Self {
        let dir = scratch_dir();
        std::fs::create_dir_all(&dir).unwrap();
        let replayed = replay::start(dump, &settings::anvil(), &dir, 0, &|_| ())
            .await
            .unwrap();
        let watchdog = watchdog(replayed.process.pid, &dir);
        Self { replayed, watchdog }
    }

    /// Its EIP-155 id.
    pub fn id(&self) -> u64 {
        self.replayed.chain_id
    }

    /// Where it answers.
    pub fn url(&self) -> &str {
        &self.replayed.rpc_url
    }

    /// Calls a JSON-RPC method that must succeed.
    pub async fn rpc(&self, method: &str, params: Value) -> Value {
        let call = json!({ "jsonrpc": "2.0", "id": 1, "method": method, "params": params });
        let (_, text) = http::post(self.url(), &call).await.unwrap();
        let reply: Value = serde_json::from_str(&text).unwrap();
        assert!(reply.get("error").is_none(), "{method}: {reply}");
        reply["result"].clone()
    }

    /// The block of the first log.
    pub fn first_block(&self) -> u64 {
        self.replayed.first_block
    }

    /// The block of the last log, which is the chain's last.
    pub fn last_block(&self) -> u64 {
        self.replayed.last_block
    }

    /// Has a database index this chain, from its first block.
    pub async fn configure(&self, connection: &mut PgConnection) {
        let name = format!("chain-{}", self.id());
        let registries = self.registries();
        self.indexed(&name).add(connection, registries).await;
    }

    /// As it is indexed, by a name.
    pub fn indexed<'a>(&self, name: &'a str) -> Indexed<'a> {
        Indexed {
            id: self.id(),
            name,
            first_block: self.first_block(),
            confirmations: 0,
        }
    }

    /// Its registries, by kind.
    pub fn registries(&self) -> impl Iterator<Item = (&'static str, String)> {
        let registries = self.replayed.registries.iter();
        registries.map(|registry| (registry.role.kind(), registry.address.clone()))
    }
}

impl Drop for Chain {
    fn drop(&mut self) {
        drop(self.watchdog.stdin.take());
        let _ = self.watchdog.wait();
        // Asking whether it is alive reaps it.
        let _ = self.replayed.process.is_alive();
    }
}

/// A folder that nothing else has.
pub fn scratch_dir() -> PathBuf {
    static NEXT: AtomicU32 = AtomicU32::new(0);
    let number = NEXT.fetch_add(1, Ordering::Relaxed);
    std::env::temp_dir().join(format!("erc8004-chain-{}-{number}", std::process::id()))
}

/// Ends the process `pid` and removes `dir` when its standard input closes, which it does at the
/// latest when this process ends, however it ends: what a `static` holds is never dropped.
pub fn watchdog(pid: i32, dir: &Path) -> Child {
    // What is dead and not reaped yet has no `exe`.
    let script =
        r#"read -r _; kill "$0"; while [ -e "/proc/$0/exe" ]; do sleep 0.05; done; rm -rf "$1""#;
    Command::new("sh")
        .args(["-c", script, &pid.to_string()])
        .arg(dir)
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        // Ctrl-C in the terminal ends the tests, not this.
        .process_group(0)
        .spawn()
        .unwrap()
}
