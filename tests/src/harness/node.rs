//! A node of a test's own that takes transactions: an anvil with chain id 31337.

use std::io::{BufRead as _, BufReader};
use std::process::{Child, Command, Stdio};

use serde_json::{Value, json};

use super::indexed::Indexed;
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

    /// This chain from its first block. A block counts as final when ten follow it.
    pub const INDEXED: Indexed<'static> = Indexed {
        id: Self::ID,
        name: "anvil",
        first_block: 0,
        confirmations: 10,
    };
}
