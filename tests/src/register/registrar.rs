//! A chain with an identity registry, wallets that register agents there, and the functions that index it.

use alloy::consensus::{SignableTransaction as _, TxEip1559, TxEnvelope};
use alloy::eips::eip2718::Encodable2718 as _;
use alloy::primitives::{Address, TxKind, U256, hex};
use alloy::sol_types::SolCall as _;
use serde_json::{Value, json};

use crate::access::wallet::{Wallet, sign_in};
use crate::harness::node::Node;
use crate::harness::{Reply, World, request};

/// Where the registry is.
pub const REGISTRY: &str = "0x8004A169FB4a3325136EB29fA0ceB6D2e539a432";
/// Where feedback would be; there is no contract.
const REPUTATION: &str = "0x8004BAa17C55a88189AE136b182e5fdA19dE9b63";
/// `register(string,(string,bytes)[])` as far as events tell of it: counts in slot 0, and emits
/// `Transfer(0, caller, id)` and `Registered(id, uri, caller)`. Whatever else it is called with, it does the same.
const CODE: &str = "0x5f54806001015f55\
    80335f7fddf252ad1be2c89b69c2b068fc378daa952ba7f163c4a11628f55a4df523b3ef5f5fa4\
    33907fca52e62c367d81bb2e328eb795f7c7ba24afb478408a26c0e201d155c449bc4a\
    60205f526004356004018035603f01601f191680916020376020015fa300";

/// A registration file that has no fault.
pub fn file(name: &str) -> Value {
    json!({
        "type": "https://eips.ethereum.org/EIPS/eip-8004#registration-v1",
        "name": name,
        "description": "Forecasts for any place.",
        "image": "https://agent.example/picture.png",
        "services": [{ "name": "MCP", "endpoint": "https://agent.example/mcp", "version": "2025-06-18" }],
        "x402Support": true,
        "active": true,
        "registrations": [],
        "supportedTrust": ["reputation"]
    })
}

/// A world that indexes a node.
pub struct Registrar {
    pub node: Node,
    pub world: World,
}

impl Registrar {
    pub async fn new() -> Self {
        let node = Node::start();
        node.call("anvil_setCode", json!([REGISTRY, CODE])).await;
        let mut world = World::empty().await;
        let registries = [("identity", REGISTRY), ("reputation", REPUTATION)];
        let registries = registries.map(|(kind, address)| (kind, address.to_owned()));
        let connection = &mut world.connect().await;
        Node::INDEXED.add(connection, registries).await;
        world.set_rpc(Node::ID, &[node.url()]);
        Self { node, world }
    }

    /// An API key of a wallet that has funds.
    pub async fn key(&self, wallet: &Wallet) -> String {
        let funds = json!([wallet.address(), "0xde0b6b3a7640000"]);
        self.node.call("anvil_setBalance", funds).await;
        let made = sign_in(&self.world, wallet, Node::ID).await;
        made["key"].as_str().unwrap().to_owned()
    }

    /// Has `register-agent` answer a body.
    pub async fn register(&self, key: &str, body: &Value) -> Reply {
        self.world.send(&post(key, None, body)).await
    }

    /// Prepares an agent that nothing is wrong with.
    pub async fn prepare(&self, key: &str, name: &str) -> Value {
        let body = json!({ "chainId": Node::ID, "registration": file(name) });
        self.register(key, &body).await.expect(201)
    }

    /// Signs a transaction that was prepared, sends it and has it mined. Returns its hash.
    pub async fn send(&self, wallet: &Wallet, transaction: &Value) -> String {
        let raw = self.sign(wallet, transaction, 0).await;
        let sent = self.node.call("eth_sendRawTransactionSync", json!([raw]));
        let receipt = sent.await;
        assert_eq!(receipt["status"], "0x1", "{receipt}");
        receipt["transactionHash"].as_str().unwrap().to_owned()
    }

    /// A transaction that was prepared, as a wallet signs it that has sent what it had some blocks ago.
    pub async fn sign(&self, wallet: &Wallet, transaction: &Value, blocks_ago: u64) -> String {
        let head = self.node.call("eth_blockNumber", json!([])).await;
        let head = number(&head) - blocks_ago;
        let count = json!([wallet.address(), format!("{head:#x}")]);
        let nonce = self.node.call("eth_getTransactionCount", count).await;
        signed(wallet, number(&nonce), transaction)
    }

    /// The agent as `get-agent` shows it.
    pub async fn agent(&self, name: &str) -> Value {
        self.world
            .get(&format!("/v1/agents/{name}"))
            .await
            .expect(200)
    }

    /// The ids of agents that a search finds.
    pub async fn found(&self, query: &str) -> Vec<String> {
        let page = self.world.get(&format!("/v1/agents?{query}")).await;
        let page = page.expect(200);
        let items = page["items"].as_array().unwrap().iter();
        items
            .map(|item| item["id"].as_str().unwrap().to_owned())
            .collect()
    }
}

/// The event of a `POST /v1/agents`.
pub fn post(key: &str, idempotency_key: Option<&str>, body: &Value) -> Value {
    post_to("/v1/agents", key, idempotency_key, body)
}

/// The event of a write.
pub fn post_to(path: &str, key: &str, idempotency_key: Option<&str>, body: &Value) -> Value {
    let authorization = format!("Bearer {key}");
    let mut headers = vec![
        ("authorization", authorization.as_str()),
        ("content-type", "application/json"),
    ];
    headers.extend(idempotency_key.map(|key| ("idempotency-key", key)));
    let body = body.to_string();
    request("POST", path, &headers, Some(body.as_bytes()))
}

/// A transaction that was prepared, as a wallet signs it that has sent `nonce` before.
pub fn signed(wallet: &Wallet, nonce: u64, transaction: &Value) -> String {
    let text = |member: &str| transaction[member].as_str().unwrap();
    let unsigned = TxEip1559 {
        chain_id: transaction["chainId"].as_u64().unwrap(),
        nonce,
        gas_limit: transaction["gas"].as_u64().unwrap(),
        max_fee_per_gas: 20_000_000_000,
        max_priority_fee_per_gas: 1,
        to: TxKind::Call(text("to").parse::<Address>().unwrap()),
        value: U256::ZERO,
        input: hex::decode(text("data")).unwrap().into(),
        ..TxEip1559::default()
    };
    let signature = wallet.sign_hash(unsigned.signature_hash());
    let signed = TxEnvelope::from(unsigned.into_signed(signature));
    hex::encode_prefixed(signed.encoded_2718())
}

/// A quantity of JSON-RPC.
pub fn number(quantity: &Value) -> u64 {
    let digits = quantity.as_str().unwrap().trim_start_matches("0x");
    u64::from_str_radix(digits, 16).unwrap()
}

/// The call that registers an agent with a URI, made here.
pub fn call(uri: &str) -> String {
    alloy::sol! {
        struct MetadataEntry { string metadataKey; bytes metadataValue; }
        function register(string agentURI, MetadataEntry[] metadata) returns (uint256);
    }
    let call = registerCall {
        agentURI: uri.to_owned(),
        metadata: Vec::new(),
    };
    hex::encode_prefixed(call.abi_encode())
}

/// The id of a prepared agent.
pub fn id(prepared: &Value) -> &str {
    prepared["agent"]["id"].as_str().unwrap()
}

/// An agent without the block that it is true as of.
pub fn itself(agent: &Value) -> Value {
    let mut agent = agent.clone();
    agent.as_object_mut().unwrap().remove("asOf");
    agent
}
