//! From an agent that nobody knows to one that was paid and rated.

use anyhow::{Context as _, Result, ensure};
use serde_json::{Value, json};

use super::agent::text;
use super::{Demo, show};

/// A payment on chain.
#[derive(Clone, Debug)]
pub struct Paid {
    to: String,
    transaction: String,
}

/// 0.0025 of the chain's currency, in wei and hex.
const AMOUNT: &str = "0x8e1bc9bf04000";

/// Pays the agent's wallet.
pub async fn pay(demo: &Demo, wallet: &str) -> Result<Paid> {
    let transfer = json!({ "to": wallet, "value": AMOUNT });
    let transaction = demo.client.send(&transfer).await?;
    Ok(Paid {
        to: wallet.to_owned(),
        transaction,
    })
}

/// Links the payment and waits until it counts.
pub async fn link(demo: &Demo, key: &str, agent: &str, paid: &Paid) -> Result<()> {
    let path = format!("/v1/agents/{agent}/payments");
    let named = json!({ "chainId": demo.chain.id, "transactionHash": paid.transaction });
    let linked = demo.api.post(&path, Some(key), &named).await?;
    let payment = text(&linked["items"][0], "id")?;
    let path = format!("/v1/payments/{payment}");
    let functions = ["sync-chain", "confirm-payments"];
    let counts = |payment: &Value| payment["status"] == "succeeded";
    demo.run_until(&functions, &path, counts).await?;
    demo.api.get(&path).await.map(drop)
}

/// Rates the agent, here and then on chain.
pub async fn rate(demo: &Demo, key: &str, agent: &str, paid: &Paid) -> Result<()> {
    let path = format!("/v1/agents/{agent}/feedback");
    let said = json!({
        "value": "95",
        "tag1": "starred",
        "endpoint": "https://agent.example/.well-known/agent-card.json",
        "proofOfPayment": {
            "fromAddress": demo.client.address,
            "toAddress": paid.to,
            "chainId": demo.chain.id.to_string(),
            "txHash": paid.transaction,
        },
    });
    let given = demo.api.post(&path, Some(key), &said).await?;
    show::say("So far it is off chain, and counted apart. The client brings it on chain:");
    demo.client.send(&given["transaction"]).await?;
    let on_chain = |page: &Value| page["items"][0]["feedbackIndex"].is_string();
    demo.run_until(&["sync-chain"], &path, on_chain).await?;
    let page = demo.api.get(&path).await?;
    let id = text(&given["feedback"], "id")?;
    ensure!(
        page["items"][0]["id"] == json!(id),
        "it has another id on chain"
    );
    Ok(())
}

/// What is counted of the agent.
pub async fn stats(demo: &Demo, agent: &str) -> Result<()> {
    let stats = demo.api.get(&format!("/v1/agents/{agent}/stats")).await?;
    let feedback = stats["feedback"]["onChain"].as_u64();
    ensure!(feedback.context("no count of feedback")? == 1, "{stats}");
    let path = format!("/v1/agents/{agent}/reputation");
    demo.api.get(&path).await.map(drop)
}
