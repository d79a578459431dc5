//! A node of a test's own that takes transactions: an anvil with chain id 31337.

use std::io::{BufRead as _, BufReader};
use std::process::{Child, Command, Stdio};

use serde_json::{Value, json};
use sqlx::PgConnection;

use super::settings;

/// A node. It ends with this value.
#[derive(Debug)]
pub struct Node {
    process: Child,
    url: String,
}

impl Drop for Node {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

impl Node {
    /// Its EIP-155 id.
    pub const ID: u64 = 31_337;

    /// Starts one on a free port. Each transaction gets a block of its own.
    pub fn start() -> Self {
        let mut process = Command::new(settings::anvil())
            .args(["--port", "0"])
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut lines = BufReader::new(process.stdout.take().unwrap()).lines();
        let address = lines
            .find_map(|line| Some(line.unwrap().strip_prefix("Listening on ")?.to_owned()))
            .expect("anvil says where it listens");
        // It must not wait for somebody to read on.
        std::thread::spawn(move || lines.for_each(drop));
        let url = format!("http://{address}");
        Self { process, url }
    }

    /// Where it answers.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// Calls a JSON-RPC method that must succeed.
    pub async fn call(&self, method: &str, params: Value) -> Value {
        let reply = self.try_call(method, params).await;
        assert!(reply.get("error").is_none(), "{method}: {reply}");
        reply["result"].clone()
    }

    /// Calls a JSON-RPC method, and returns what it answers.
    pub async fn try_call(&self, method: &str, params: Value) -> Value {
        let url = self.url.clone();
        let call = json!({"jsonrpc": "2.0", "id": 1, "method": method, "params": params});
        let reply = move || {
            ureq::post(url)
                .send_json(call)
                .unwrap()
                .body_mut()
                .read_json()
        };
        tokio::task::spawn_blocking(reply).await.unwrap().unwrap()
    }

    /// Has a database index this chain from its first block, with these registries (kind, address). A block counts as
    /// final when ten follow it.
    pub async fn configure(connection: &mut PgConnection, registries: &[(&str, &str)]) {
        let id = i64::try_from(Self::ID).unwrap();
        sqlx::query(
            "INSERT INTO chains (chain_id, name, start_block, confirmations, block_time_ms)
             VALUES ($1, 'anvil', 0, 10, 12000)",
        )
        .bind(id)
        .execute(&mut *connection)
        .await
        .unwrap();
        for (kind, address) in registries {
            sqlx::query(
                "INSERT INTO registries (chain_id, address, kind, identity_registry)
                 VALUES ($1, decode(substr($2, 3), 'hex'), $3, decode(substr($4, 3), 'hex'))",
            )
            .bind(id)
            .bind(address)
            .bind(kind)
            .bind(registries[0].1)
            .execute(&mut *connection)
            .await
            .unwrap();
        }
    }
}
