//! The project's own registries on a chain of their own, used as `script/devchain.mjs` uses them.

use std::process::Child;

use alloy::primitives::{Address, hex};
use alloy::sol_types::SolCall;
use serde_json::{Value, json};
use xtask::contracts::devchain;

use super::chain::{scratch_dir, watchdog};
use super::indexed::Indexed;
use super::{World, settings};

/// An anvil with the registries, for one test alone. It ends with this value.
#[derive(Debug)]
pub struct Devchain {
    chain: devchain::Devchain,
    watchdog: Child,
    /// Unlocked; the first is the registries' admin.
    pub accounts: Vec<Address>,
    pub identity: Address,
    pub reputation: Address,
    pub validation: Address,
}

impl Devchain {
    pub async fn start() -> Self {
        let dir = scratch_dir();
        std::fs::create_dir_all(&dir).unwrap();
        let record = dir.join("record.json");
        let chain = devchain::start("devchain", &settings::anvil(), &dir, 0, Some(&record))
            .await
            .unwrap();
        let watchdog = watchdog(chain.process.pid, &dir);
        let [identity, reputation, validation] = [
            &chain.deployed.identity_registry,
            &chain.deployed.reputation_registry,
            &chain.deployed.validation_registry,
        ]
        .map(|address| address.parse().unwrap());
        let mut started = Self {
            chain,
            watchdog,
            accounts: Vec::new(),
            identity,
            reputation,
            validation,
        };
        let accounts = started.call("eth_accounts", json!([])).await;
        started.accounts = serde_json::from_value(accounts).unwrap();
        started
    }

    /// A database that is to index this chain and no other, and functions that know where it is.
    pub async fn world(&self) -> World {
        let mut world = World::empty().await;
        let deployed = &self.chain.deployed;
        let registries = [
            ("identity", deployed.identity_registry.clone()),
            ("reputation", deployed.reputation_registry.clone()),
            ("validation", deployed.validation_registry.clone()),
        ];
        let chain = Indexed {
            id: devchain::ID,
            name: "devchain",
            first_block: deployed.block_number,
            confirmations: 0,
        };
        chain.add(&mut world.connect().await, registries).await;
        world.set_rpc(devchain::ID, &[&self.chain.rpc_url]);
        world
    }

    /// Calls a JSON-RPC method that must succeed.
    pub async fn call(&self, method: &str, params: Value) -> Value {
        let call = json!({ "jsonrpc": "2.0", "id": 1, "method": method, "params": params });
        let url = self.chain.rpc_url.clone();
        let reply = move || {
            let mut reply = ureq::post(url).send_json(call).unwrap();
            reply.body_mut().read_json::<Value>().unwrap()
        };
        let reply = tokio::task::spawn_blocking(reply).await.unwrap();
        assert!(reply.get("error").is_none(), "{method}: {reply}");
        reply["result"].clone()
    }

    /// Asks a contract.
    pub async fn read<C: SolCall>(&self, to: Address, call: C) -> C::Return {
        let call = json!({ "to": to, "data": hex::encode_prefixed(call.abi_encode()) });
        let answer = self.call("eth_call", json!([call, "latest"])).await;
        let answer = hex::decode(answer.as_str().unwrap()).unwrap();
        C::abi_decode_returns_validate(&answer).unwrap()
    }

    /// Sends a transaction, which must succeed.
    pub async fn send<C: SolCall>(&self, from: Address, to: Address, call: C) {
        let data = hex::encode_prefixed(call.abi_encode());
        let transaction = json!({ "from": from, "to": to, "data": data, "gas": "0x1000000" });
        // Without `Sync` the call returns before the block is there.
        let receipt = self
            .call("eth_sendTransactionSync", json!([transaction]))
            .await;
        assert_eq!(receipt["status"], "0x1", "{receipt}");
    }
}

impl Drop for Devchain {
    fn drop(&mut self) {
        drop(self.watchdog.stdin.take());
        let _ = self.watchdog.wait();
        // Asking whether it is alive reaps it.
        let _ = self.chain.process.is_alive();
    }
}
