//! A chain with one agent and two tokens, and the API that indexes it.

use std::sync::Arc;

use alloy_primitives::{Address, U256, hex};
use serde_json::{Value, json};
use sqlx::Executor as _;
use tokio::task::JoinSet;
use xtask::replay;

use super::token::{self, USDC};
use crate::access::wallet::{Wallet, sign_in};
use crate::harness::indexed::Indexed;
use crate::harness::{Node, Reply, World, request};
use crate::sync::chain::Log;
use crate::sync::contracts::{Contracts, IDENTITY};

/// The agent as paths name it.
pub const AGENT: &str = "31337:0";
/// Where its payments are.
pub const PAYMENTS: &str = "/v1/agents/31337:0/payments";

/// The chain, the API, and the state of the identity registry.
pub struct Market {
    pub node: Node,
    pub world: World,
    contracts: Contracts,
}

impl Market {
    /// Who pays.
    pub fn payer() -> Wallet {
        Wallet::number(11)
    }

    /// Who owns the agent, and is paid for it.
    pub fn owner() -> Wallet {
        Wallet::number(12)
    }

    /// Somebody else.
    pub fn stranger() -> Wallet {
        Wallet::number(13)
    }

    pub fn address(wallet: &Wallet) -> Address {
        wallet.address().parse().unwrap()
    }

    /// A chain on which payments count after so many blocks. The agent is registered and indexed, and everyone is rich.
    pub async fn open(confirmations: u32) -> Self {
        let node = Node::start();
        node.call("anvil_autoImpersonateAccount", json!([true]))
            .await;
        let mut world = World::empty().await;
        configure(&world, confirmations).await;
        world.set_rpc(Node::ID, &[node.url()]);
        let mut market = Self {
            node,
            world,
            contracts: Contracts::default(),
        };
        market.plant().await;
        let registered = market
            .contracts
            .register(Self::address(&Self::owner()), "", &[], None);
        market.emit(&registered).await;
        market.world.sync().await;
        market
    }

    async fn plant(&self) {
        let plant = |address: Address, code: String| async move {
            let params = json!([address, code]);
            self.node.call("anvil_setCode", params).await;
        };
        plant(IDENTITY, hex::encode_prefixed(replay::EMITTER)).await;
        plant(
            replay::ROUTER.into(),
            hex::encode_prefixed(replay::ROUTER_CODE),
        )
        .await;
        for address in [USDC, token::OTHER] {
            plant(address, token::CODE.trim().to_owned()).await;
        }
        for wallet in [Self::payer(), Self::owner(), Self::stranger()] {
            let rich = U256::from(10).pow(U256::from(20));
            let params = json!([wallet.address(), rich]);
            self.node.call("anvil_setBalance", params).await;
            for address in [USDC, token::OTHER] {
                let mint = token::mintCall {
                    to: Self::address(&wallet),
                    value: U256::from(1_000_000_000),
                };
                self.send(&wallet, address, 0, &token::call(&mint)).await;
            }
        }
    }

    /// Has the identity registry emit logs, in one transaction.
    async fn emit(&self, logs: &[Log]) {
        let logs: Vec<replay::Log> = logs.iter().map(replay::Log::from).collect();
        let calldata = replay::calldata(&logs);
        self.send(&Self::stranger(), replay::ROUTER.into(), 0, &calldata)
            .await;
    }

    /// Gives the agent to another owner, who is paid for it from now on.
    pub async fn hand_over(&mut self, to: &Wallet) {
        let logs = self.contracts.transfer(0, Self::address(to));
        self.emit(&logs).await;
    }

    /// Sends a transaction, which may be reverted, waits for its block, and returns its hash.
    pub async fn send(&self, from: &Wallet, to: Address, value: u64, calldata: &[u8]) -> String {
        let transaction = transaction(from, to, value, calldata);
        let sent = self
            .node
            .call("eth_sendTransactionSync", json!([transaction]));
        let receipt = sent.await;
        receipt["transactionHash"].as_str().unwrap().to_owned()
    }

    /// Pays the agent's owner in USDC.
    pub async fn pay(&self, value: u64) -> String {
        let calldata = token::transfer(Self::address(&Self::owner()), value);
        self.send(&Self::payer(), USDC, 0, &calldata).await
    }

    /// Sends what [`Self::pay`] sends, into a pool that nobody mines.
    pub async fn pay_in_no_block(&self, value: u64) -> String {
        let calldata = token::transfer(Self::address(&Self::owner()), value);
        let transaction = transaction(&Self::payer(), USDC, 0, &calldata);
        let sent = self.node.call("eth_sendTransaction", json!([transaction]));
        let hash = sent.await;
        hash.as_str().unwrap().to_owned()
    }

    pub async fn mine(&self, blocks: u64) {
        let blocks = format!("{blocks:#x}");
        self.node.call("anvil_mine", json!([blocks])).await;
    }

    /// A key of a wallet.
    pub async fn key(&self, wallet: &Wallet) -> String {
        let made = sign_in(&self.world, wallet, Node::ID).await;
        made["key"].as_str().unwrap().to_owned()
    }

    /// Sends a body with a key.
    pub async fn post(&self, key: &str, target: &str, body: &Value) -> Reply {
        self.world.send(&post(key, target, body)).await
    }

    /// Links a transaction so many times at once, by several processes.
    pub async fn link_at_once(
        &self,
        keys: &[String],
        transaction: &str,
        times: usize,
    ) -> Vec<Reply> {
        let mut functions = Vec::new();
        for _ in 0..4 {
            functions.push(Arc::new(self.world.start("link-payment").await));
        }
        let body = json!({ "chainId": Node::ID, "transactionHash": transaction });
        let mut links = JoinSet::new();
        for time in 0..times {
            let event = post(&keys[time % keys.len()], PAYMENTS, &body);
            let function = functions[time % functions.len()].clone();
            links.spawn(async move { function.invoke(&event, World::RUN).await.unwrap() });
        }
        let answers = links.join_all().await;
        answers.iter().map(Reply::from_lambda).collect()
    }

    /// Links a transaction with a key.
    pub async fn link(&self, key: &str, transaction: &str) -> Reply {
        let body = json!({ "chainId": Node::ID, "transactionHash": transaction });
        self.post(key, PAYMENTS, &body).await
    }

    /// Links a transaction in the payer's name; the payments that were linked.
    pub async fn linked(&self, transaction: &str) -> Vec<Value> {
        let key = self.key(&Self::payer()).await;
        let reply = self.link(&key, transaction).await.expect(201);
        reply["items"].as_array().unwrap().clone()
    }

    /// Runs `confirm-payments`, and returns what it says of the chain.
    pub async fn confirm(&self) -> Value {
        let report = self.world.run("confirm-payments").await.unwrap();
        let chain = report["chains"].get(0).cloned().unwrap_or_default();
        assert!(chain.get("error").is_none(), "{report}");
        chain
    }

    /// What is counted of the agent's payments.
    pub async fn stats(&self) -> Value {
        let stats = self.world.get(&format!("/v1/agents/{AGENT}/stats")).await;
        stats.expect(200)
    }

    /// `linked`, `succeeded`, `failed` and `refunded` of the stats, which the reputation repeats.
    pub async fn counts(&self) -> [u64; 4] {
        let reputation = format!("/v1/agents/{AGENT}/reputation");
        let reputation = self.world.get(&reputation).await.expect(200);
        let stats = self.stats().await;
        assert_eq!(stats["payments"], reputation["payments"]);
        let count = |name: &str| stats["payments"][name].as_u64().unwrap();
        ["linked", "succeeded", "failed", "refunded"].map(count)
    }

    /// One payment as it is now.
    pub async fn payment(&self, payment: &Value) -> Value {
        let id = payment["id"].as_str().unwrap();
        let found = self.world.get(&format!("/v1/payments/{id}")).await;
        found.expect(200)
    }
}

fn post(key: &str, target: &str, body: &Value) -> Value {
    let authorization = format!("Bearer {key}");
    let headers = [
        ("authorization", authorization.as_str()),
        ("content-type", "application/json"),
    ];
    request("POST", target, &headers, Some(body.to_string().as_bytes()))
}

/// A transaction as anvil takes it, with gas enough to be sent though it will be reverted.
pub fn transaction(from: &Wallet, to: Address, value: u64, calldata: &[u8]) -> Value {
    json!({
        "from": from.address(),
        "to": to,
        "value": format!("{value:#x}"),
        "input": token::data(calldata),
        "gas": "0x100000",
        // The same call is the same transaction, whatever the block's base fee.
        "gasPrice": "0x77359400",
    })
}

async fn configure(world: &World, confirmations: u32) {
    let mut connection = world.connect().await;
    let chain = Indexed {
        name: "market",
        confirmations,
        ..Node::INDEXED
    };
    let registries = [("identity", IDENTITY.to_string())];
    chain.add(&mut connection, registries).await;
    let token = sqlx::query(
        "INSERT INTO payment_tokens (chain_id, address, symbol, decimals) VALUES (31337, $1, 'USDC', 6)",
    );
    connection
        .execute(token.bind(USDC.as_slice()))
        .await
        .unwrap();
}
