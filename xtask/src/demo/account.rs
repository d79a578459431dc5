//! An account whose key the local chain holds: it signs what it is asked to, as a wallet would
//! after its owner's nod.

use anyhow::{Result, ensure};
use serde_json::{Value, json};

use super::show;
use crate::stack::http;

/// An account of a development chain.
#[derive(Clone, Debug)]
pub struct Account {
    rpc_url: String,
    /// In hex, with its checksum.
    pub address: String,
}

/// The accounts that the chain holds.
///
/// # Errors
///
/// When the chain does not answer.
pub async fn all(rpc_url: &str) -> Result<Vec<String>> {
    let accounts = call(rpc_url, "eth_accounts", json!([])).await?;
    Ok(serde_json::from_value(accounts)?)
}

impl Account {
    /// The account with an address.
    #[must_use]
    pub fn new(rpc_url: &str, address: &str) -> Self {
        Self {
            rpc_url: rpc_url.to_owned(),
            address: address.to_owned(),
        }
    }

    /// `personal_sign` of a text.
    ///
    /// # Errors
    ///
    /// When the chain refuses.
    pub async fn sign(&self, text: &str) -> Result<String> {
        let text = format!("0x{}", hex::encode(text));
        let signature = call(&self.rpc_url, "personal_sign", json!([text, self.address])).await?;
        Ok(string(&signature))
    }

    /// Signs and sends a transaction, waits until it is in a block, and says so. Returns its hash.
    ///
    /// # Errors
    ///
    /// When the chain refuses it, or it reverts.
    pub async fn send(&self, transaction: &Value) -> Result<String> {
        let hash = self.send_quietly(transaction).await?;
        show::say(&format!("{hash} is in a block, signed by {}", self.address));
        Ok(hash)
    }

    /// The same without a word.
    ///
    /// # Errors
    ///
    /// When the chain refuses it, or it reverts.
    pub async fn send_quietly(&self, transaction: &Value) -> Result<String> {
        let mut call_object = json!({ "from": self.address, "to": transaction["to"] });
        let members = [
            ("data", "input"),
            ("value", "value"),
            ("gasPrice", "gasPrice"),
        ];
        for (member, name) in members {
            if let Some(value) = transaction.get(member) {
                call_object[name] = value.clone();
            }
        }
        if let Some(gas) = transaction["gas"].as_u64() {
            call_object["gas"] = json!(format!("{gas:#x}"));
        }
        let sent = call(
            &self.rpc_url,
            "eth_sendTransactionSync",
            json!([call_object]),
        )
        .await;
        let receipt = sent?;
        let hash = string(&receipt["transactionHash"]);
        ensure!(
            receipt["status"] == "0x1",
            "the transaction {hash} failed: {receipt}"
        );
        Ok(hash)
    }
}

async fn call(rpc_url: &str, method: &str, params: Value) -> Result<Value> {
    let question = json!({ "jsonrpc": "2.0", "id": 1, "method": method, "params": params });
    let reply = http::post_json(rpc_url, question).await?;
    ensure!(
        reply.get("error").is_none(),
        "{method}: {}",
        reply["error"]["message"]
    );
    Ok(reply["result"].clone())
}

fn string(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}
