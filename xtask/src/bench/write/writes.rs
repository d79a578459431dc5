//! The three writes, each time another: a new agent, a client's first word on an agent, a payment
//! that nobody has linked.

use std::collections::VecDeque;
use std::time::{SystemTime, UNIX_EPOCH};

use anyhow::{Context as _, Result, bail, ensure};
use serde_json::json;

use super::super::load::Request;
use crate::chains::Chain;
use crate::demo::{Account, Api, sign_in};
use crate::stack::Stack;

/// What is measured.
pub const WRITES: [&str; 3] = ["register-agent", "submit-feedback", "link-payment"];
/// Agents of the dump that take feedback and payments: those with an owner and a wallet.
const AGENTS: u64 = 21;
/// In wei, and in hex.
const AMOUNT: &str = "0x1";
/// A gwei, in wei and in hex.
const GAS_PRICE: &str = "0x3b9aca00";

/// Makes requests that are answered with success.
#[derive(Debug)]
pub struct Writer {
    chain: Chain,
    callers: Vec<(Account, String)>,
    payee: String,
    /// Callers and agents that have not met, or not for the longest time.
    pairs: VecDeque<(usize, u64)>,
    made: usize,
    run: u64,
}

impl Writer {
    /// Signs in with every account that the chain holds.
    ///
    /// # Errors
    ///
    /// When the API or the chain refuses.
    pub async fn new(stack: &Stack, port: u16) -> Result<Self> {
        let chain = stack.state.chains.first().context("there is no chain")?;
        let url = format!("http://127.0.0.1:{port}");
        let api = Api::new(url.clone());
        let mut callers = Vec::new();
        for address in crate::demo::accounts(&chain.rpc_url).await? {
            let account = Account::new(&chain.rpc_url, &address);
            let key = sign_in(&api, &account, chain.id).await?;
            callers.push((account, key));
        }
        Self::of(chain, &url, callers).await
    }

    /// By callers who have signed in.
    ///
    /// # Errors
    ///
    /// When there are none, or the API refuses.
    pub async fn of(chain: &Chain, url: &str, callers: Vec<(Account, String)>) -> Result<Self> {
        let api = Api::new(url.to_owned());
        ensure!(!callers.is_empty(), "the chain has no accounts of its own");
        let agent = api.peek(&format!("/v1/agents/{}:0", chain.id)).await?;
        let payee = agent["agentWallet"].as_str();
        let payee = payee.context("agent 0 has no wallet")?.to_owned();
        // Agent after agent, so that keys take turns.
        let pairs = (0..AGENTS).flat_map(|agent| (0..callers.len()).map(move |who| (who, agent)));
        Ok(Self {
            pairs: pairs.collect(),
            chain: chain.clone(),
            callers,
            payee,
            made: 0,
            run: SystemTime::now().duration_since(UNIX_EPOCH)?.as_secs(),
        })
    }

    /// The next request of a function.
    ///
    /// # Errors
    ///
    /// When the chain refuses a payment.
    pub async fn next(&mut self, function: &str) -> Result<Request> {
        self.made += 1;
        let chain = self.chain.id;
        let (account, key) = &self.callers[self.made % self.callers.len()];
        let (path, key, body) = match function {
            "register-agent" => ("/v1/agents".to_owned(), key, self.file()),
            "submit-feedback" => {
                let pair = self.pairs.pop_front();
                let (who, agent) = pair.context("there is nobody to rate anything")?;
                self.pairs.push_back((who, agent));
                let body = json!({ "value": "80", "tag1": "starred" });
                let path = format!("/v1/agents/{chain}:{agent}/feedback");
                (path, &self.callers[who].1, body)
            }
            "link-payment" => {
                // Priced, because the chain of a dump has no fees that anvil could go by.
                let transfer = json!({ "to": self.payee, "value": AMOUNT, "gasPrice": GAS_PRICE });
                let transaction = account.send_quietly(&transfer).await?;
                let body = json!({ "chainId": chain, "transactionHash": transaction });
                (format!("/v1/agents/{chain}:0/payments"), key, body)
            }
            other => bail!("{other} is not measured"),
        };
        Ok(Request::post(path, key, body.to_string()))
    }

    fn file(&self) -> serde_json::Value {
        json!({
            "chainId": self.chain.id,
            "registration": {
                "type": "https://eips.ethereum.org/EIPS/eip-8004#registration-v1",
                "name": format!("Agent {} of run {}", self.made, self.run),
                "description": "Forecasts for any place, paid by x402.",
                "image": "https://agent.example/picture.png",
                "services": [
                    { "name": "A2A", "endpoint": "https://agent.example/.well-known/agent-card.json" },
                ],
                "active": true,
            },
            "metadata": [{ "key": "version", "text": "1.4.2" }],
        })
    }
}
